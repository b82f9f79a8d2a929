import { SluiceError } from '../../base/errors.ts';
import { translateClass, translateEscape } from './java-escapes.ts';

/**
 * A regular expression of java.util.regex as a JavaScript one (flags v, g and what the pattern sets). The two
 * languages differ in these points, and the translation takes care of them: `\Q..\E`, `\h \H \v \V \R \A \z \Z \e \a
 * \0nn \x{..}`, POSIX and java classes (`\p{Alpha}`), unions and intersections of classes, `\s` and `.` (other line ends), `$` before a final
 * line end, inline flags at the start, possessive quantifiers and atomic groups (by a look-ahead and a reference to it).
 * Refused with EVALUATION, because JavaScript has nothing like them: `\G`, `\X`, `\b{g}`, flags in the middle of a pattern, the
 * flags d and U. Cases that stay different: case-insensitive matching follows Unicode (Java: ASCII unless (?u)).
 */
export interface JavaRegex {
  /** With flag g; `lastIndex` is the caller's. */
  readonly regex: RegExp;
  readonly groupCount: number;
  /** The group of a Java match: group numbers shift where atomic groups were translated. */
  group(match: RegExpExecArray, number: number): string | null;
}

const cache = new Map<string, JavaRegex>();
const CACHE_MAX = 500;

/** Compiles a Java pattern, or finds it compiled. Throws SluiceError (EVALUATION) for a bad one. */
export function javaRegex(pattern: string): JavaRegex {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const made = compile(pattern);
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(pattern, made);
  return made;
}

function compile(pattern: string): JavaRegex {
  const translator = new Translator(pattern);
  const source = translator.translate();
  let regex: RegExp;
  try {
    regex = new RegExp(source, `gv${translator.flags}`);
  } catch (error) {
    throw new SluiceError('EVALUATION', `Invalid regular expression pattern: ${pattern}`, { cause: error });
  }
  const { groups } = translator;
  return {
    regex,
    groupCount: groups.length - 1,
    group(match, number) {
      const at = groups[number];
      if (at === undefined)
        throw new SluiceError('EVALUATION', `No group ${number} in the regular expression: ${pattern}`);
      return match[at] ?? null;
    },
  };
}

/** Java's dot, without and with (?s); line ends for `$`, without and with (?m). */
const DOT = '[^\\n\\r\\u0085\\u2028\\u2029]';
const LINE_END = '(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])';

class Translator {
  flags = '';
  /** JavaScript's group number of each Java group; 0 is the whole match. */
  readonly groups: number[] = [0];
  private count = 0;
  private atomics = 0;
  private at = 0;
  private comments = false;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  translate(): string {
    this.leadingFlags();
    const result = this.alternatives();
    if (this.at < this.pattern.length) return this.fail('unmatched closing parenthesis');
    return result;
  }

  private fail(why: string): never {
    throw new SluiceError(
      'EVALUATION',
      `Invalid regular expression pattern: ${this.pattern} (${why} near index ${this.at})`,
    );
  }

  private leadingFlags(): void {
    const match = /^\(\?([a-zA-Z]+)\)/.exec(this.pattern);
    if (match === null) return;
    this.at = match[0].length;
    for (const flag of match[1]!) {
      if (flag === 'x') this.comments = true;
      else if (flag === 'i' || flag === 'm' || flag === 's') this.flags += this.flags.includes(flag) ? '' : flag;
      else if (flag !== 'u') this.fail(`unsupported flag ${flag}`);
    }
  }

  /** Up to the closing parenthesis, or the end. */
  private alternatives(): string {
    let result = '';
    while (this.at < this.pattern.length && this.pattern[this.at] !== ')') {
      const start = { count: this.count, length: this.groups.length };
      const piece = this.atom();
      result += this.quantified(piece, start);
    }
    return result;
  }

  private quantified(piece: string, start: { count: number; length: number }): string {
    const match = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(this.pattern.slice(this.at));
    if (match === null) return piece;
    this.at += match[0].length;
    const next = this.pattern[this.at];
    if (next === '?') {
      this.at++;
      return `${piece}${match[0]}?`;
    }
    if (next === '+') {
      this.at++;
      return this.atomic(`${piece}${match[0]}`, start);
    }
    return piece + match[0];
  }

  /** `(?=(...))\k<..>`: a look-ahead is not entered again, so neither is what it captured. Inner groups move by one. */
  private atomic(inner: string, start: { count: number; length: number }): string {
    for (let i = start.length; i < this.groups.length; i++) this.groups[i]!++;
    this.count++;
    const name = `atomic${this.atomics++}`;
    return `(?=(?<${name}>${inner}))\\k<${name}>`;
  }

  private atom(): string {
    const char = this.pattern[this.at]!;
    switch (char) {
      case '(':
        return this.parenthesis();
      case '[': {
        const { text, end } = translateClass(this.pattern, this.at);
        this.at = end;
        return text;
      }
      case '\\':
        return this.escape();
      case '.':
        this.at++;
        return this.flags.includes('s') ? '.' : DOT;
      case '$':
        this.at++;
        return this.flags.includes('m') ? `(?=${LINE_END}|(?![^]))` : `(?=${LINE_END}?(?![^]))`;
      case '{':
      case '}':
      case ']':
        this.at++;
        return `\\${char}`;
      case '*':
      case '+':
      case '?':
        return this.fail(`dangling meta character '${char}'`);
      default:
        return this.literal(char);
    }
  }

  private literal(char: string): string {
    if (this.comments && /\s/.test(char)) {
      this.at++;
      return '';
    }
    if (this.comments && char === '#') {
      const end = this.pattern.indexOf('\n', this.at);
      this.at = end < 0 ? this.pattern.length : end + 1;
      return '';
    }
    const code = String.fromCodePoint(this.pattern.codePointAt(this.at)!);
    this.at += code.length;
    return code === '/' ? '\\/' : code;
  }

  private escape(): string {
    if (this.pattern.startsWith('\\Q', this.at)) {
      const end = this.pattern.indexOf('\\E', this.at + 2);
      const text = this.pattern.slice(this.at + 2, end < 0 ? undefined : end);
      this.at = end < 0 ? this.pattern.length : end + 2;
      const quoted = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      // A quantifier after \E counts for the last character alone, as in Java.
      return quoted;
    }
    const reference = /^\\([1-9]\d*)/.exec(this.pattern.slice(this.at));
    if (reference !== null) return this.backReference(reference[1]!);
    const { text, end } = translateEscape(this.pattern, this.at);
    this.at = end;
    return text;
  }

  /** As many digits as there are groups for, as in Java. */
  private backReference(digits: string): string {
    let length = digits.length;
    while (length > 1 && Number(digits.slice(0, length)) >= this.groups.length) length--;
    this.at += 1 + length;
    const group = this.groups[Number(digits.slice(0, length))];
    // A reference to a group that is not there yet fails to match in Java; in JavaScript it would match nothing.
    return group === undefined ? '(?!)' : `(?:\\${group})`;
  }

  private parenthesis(): string {
    const start = { count: this.count, length: this.groups.length };
    const rest = this.pattern.slice(this.at);
    const special = /^\((\?(?::|=|!|<=|<!|>|<[a-zA-Z][a-zA-Z0-9]*>))?/.exec(rest)!;
    const opening = special[1] ?? '';
    if (opening === '' && rest.startsWith('(?')) return this.fail('unsupported construct');
    this.at += special[0].length;
    const capturing = opening === '' || /^\?<[a-zA-Z]/.test(opening);
    if (capturing) this.groups.push(++this.count);
    let inner = '';
    for (;;) {
      inner += this.alternatives();
      if (this.pattern[this.at] === ')') break;
      return this.fail('unclosed group');
    }
    this.at++;
    if (opening === '?>') return this.atomic(`(?:${inner})`, start);
    return `(${opening}${inner})`;
  }
}
