import { must } from '../assert.ts';
import { badPattern, translateClass, translateEscape } from './java-escapes.ts';
import type { RegexNode, RegexSyntax } from './syntax.ts';

/** The deepest nesting of groups: everything that walks the tree is recursive. */
const MAX_NESTING = 200;
/** The largest count in a repetition: `x{1000}`. */
const MAX_COUNT = 100_000;

/** Java's dot without (?s); with it, the dot is any character. */
const DOT = '[^\\n\\r\\u0085\\u2028\\u2029]';
const ANY = '[\\s\\S]';

/**
 * Parses a pattern of java.util.regex. It differs from JavaScript in: `\Q..\E`, `\h \H \v \V \R \A \z \Z \e \a \0nn
 * \x{..}`, POSIX and java classes (`\p{Alpha}`), unions and intersections of classes, `\s` and `.` (other line
 * terminators), `$` before a final line terminator, inline flags at the start, possessive quantifiers and atomic
 * groups. Refused, because JavaScript has no equivalent: `\G`, `\X`, `\b{g}`, flags in the middle of a pattern, the
 * flags d and U. One difference remains: case-insensitive matching follows Unicode, where Java uses ASCII unless (?u)
 * is set.
 * @throws SluiceError EVALUATION for an invalid pattern
 */
export function parseRegex(pattern: string): RegexSyntax {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #pattern: string;
  #at = 0;
  #groupCount = 0;
  readonly #groupNames = new Map<string, number>();
  readonly #flags = new Set<string>();
  #nesting = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): RegexSyntax {
    this.#leadingFlags();
    const root = this.#choice();
    if (this.#at < this.#pattern.length) return this.#fail('unmatched closing parenthesis');
    const pattern = this.#pattern;
    const groupCount = this.#groupCount;
    const groupNames = this.#groupNames;
    return { pattern, root, groupCount, groupNames, ignoreCase: this.#flags.has('i') };
  }

  #fail(why: string): never {
    return badPattern(this.#pattern, this.#at, why);
  }

  #leadingFlags(): void {
    const match = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern);
    if (match === null) return;
    this.#at = match[0].length;
    for (const flag of must(match[1], 'group 1 of the match')) {
      if ('imsxu'.includes(flag)) this.#flags.add(flag);
      else this.#fail(`unsupported flag ${flag}`);
    }
  }

  /** Parses alternatives up to the closing parenthesis or the end. */
  #choice(): RegexNode {
    const branches: RegexNode[] = [this.#sequence()];
    while (this.#pattern[this.#at] === '|') {
      this.#at++;
      branches.push(this.#sequence());
    }
    return branches.length === 1 ? branches[0]! : { kind: 'choice', branches };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')' && this.#pattern[this.#at] !== '|') {
      const pieces = this.#atom();
      const last = pieces.pop();
      items.push(...pieces);
      if (last !== undefined) items.push(this.#quantified(last));
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  #quantified(body: RegexNode): RegexNode {
    this.#skipComments();
    const match = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})([?+]?)/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#pattern);
    if (found === null) return body;
    const [text, sign, low, comma, high, suffix] = found;
    const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0;
    const max =
      sign === undefined
        ? comma === undefined
          ? min
          : high === ''
            ? Infinity
            : Number(high)
        : sign === '?'
          ? 1
          : Infinity;
    if (max < min) return this.#fail('illegal repetition range');
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity)) return this.#fail('illegal repetition');
    this.#at += text.length;
    const mode = suffix === '?' ? 'lazy' : suffix === '+' ? 'possessive' : 'greedy';
    return { kind: 'repeat', body, min, max, mode };
  }

  #skipComments(): void {
    while (this.#flags.has('x') && /[\s#]/.test(this.#pattern[this.#at] ?? '')) {
      if (this.#pattern[this.#at] !== '#') {
        this.#at++;
        continue;
      }
      const end = this.#pattern.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#pattern.length : end + 1;
    }
  }

  /** Parses one atom, or several of which a following quantifier applies to the last. */
  #atom(): RegexNode[] {
    const char = must(this.#pattern[this.#at], 'character of the pattern');
    switch (char) {
      case '(':
        return [this.#parenthesis()];
      case '[': {
        const { text, end } = translateClass(this.#pattern, this.#at);
        this.#at = end;
        return [{ kind: 'set', text }];
      }
      case '\\':
        return this.#escape();
      case '.':
        this.#at++;
        return [{ kind: 'set', text: this.#flags.has('s') ? ANY : DOT }];
      case '^':
        this.#at++;
        return [{ kind: 'place', place: this.#flags.has('m') ? 'line start' : 'text start' }];
      case '$':
        this.#at++;
        return [{ kind: 'place', place: this.#flags.has('m') ? 'line end' : 'last line end' }];
      case '*':
      case '+':
      case '?':
        return this.#fail(`dangling meta character '${char}'`);
      default: {
        const from = this.#at;
        this.#skipComments();
        if (this.#at > from) return [];
        return [this.#literal()];
      }
    }
  }

  #literal(): RegexNode {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    this.#at += char.length;
    return { kind: 'set', text: literalText(char) };
  }

  #escape(): RegexNode[] {
    const pattern = this.#pattern;
    const at = this.#at;
    switch (pattern[at + 1]) {
      case 'Q': {
        const end = pattern.indexOf('\\E', at + 2);
        const text = pattern.slice(at + 2, end < 0 ? undefined : end);
        this.#at = end < 0 ? pattern.length : end + 2;
        return Array.from(text, (char): RegexNode => ({ kind: 'set', text: literalText(char) }));
      }
      case 'A':
        return this.#place('text start');
      case 'z':
        return this.#place('text end');
      case 'Z':
        return this.#place('last line end');
      case 'b':
        if (pattern[at + 2] === '{') return this.#fail('unsupported boundary');
        return this.#place('word edge');
      case 'B':
        return this.#place('no word edge');
      case 'R':
        this.#at += 2;
        return [
          {
            kind: 'choice',
            branches: [
              { kind: 'sequence', items: ['\\r', '\\n'].map((text): RegexNode => ({ kind: 'set', text })) },
              { kind: 'set', text: '[\\n\\x0B\\f\\r\\u0085\\u2028\\u2029]' },
            ],
          },
        ];
      case 'k': {
        const name = /^\\k<([a-zA-Z][a-zA-Z0-9]*)>/.exec(pattern.slice(at, at + 200));
        if (name === null) return this.#fail('bad group reference');
        const group = this.#groupNames.get(name[1]!);
        if (group === undefined) return this.#fail(`named capturing group <${name[1]}> does not exist`);
        this.#at += name[0].length;
        return [{ kind: 'reference', group }];
      }
    }
    const reference = /^\\([1-9]\d{0,8})/.exec(pattern.slice(at, at + 12));
    if (reference !== null) return [this.#reference(reference[1]!)];
    const { text, end } = translateEscape(pattern, at);
    this.#at = end;
    return [{ kind: 'set', text }];
  }

  #place(place: Extract<RegexNode, { kind: 'place' }>['place']): RegexNode[] {
    this.#at += 2;
    return [{ kind: 'place', place }];
  }

  /** Takes as many digits as there are groups for, as Java does. */
  #reference(digits: string): RegexNode {
    let length = digits.length;
    while (length > 1 && Number(digits.slice(0, length)) > this.#groupCount) length--;
    this.#at += 1 + length;
    const group = Number(digits.slice(0, length));
    // In Java, a reference to a group that has not been opened yet never matches.
    return { kind: 'reference', group: group > this.#groupCount ? 0 : group };
  }

  #parenthesis(): RegexNode {
    const opening = /\((\?(?::|=|!|<=|<!|>|<[a-zA-Z][a-zA-Z0-9]*>))?/y;
    opening.lastIndex = this.#at;
    const [text, special = ''] = opening.exec(this.#pattern)!;
    if (special === '' && this.#pattern[this.#at + 1] === '?') return this.#fail('unsupported construct');
    if (++this.#nesting > MAX_NESTING) return this.#fail(`more than ${MAX_NESTING} groups inside one another`);
    this.#at += text.length;
    const name = /^\?<([a-zA-Z]\w*)>$/.exec(special)?.[1];
    const number = special === '' || name !== undefined ? ++this.#groupCount : 0;
    if (name !== undefined) {
      if (this.#groupNames.has(name)) return this.#fail(`named capturing group <${name}> is already defined`);
      this.#groupNames.set(name, number);
    }
    const body = this.#choice();
    if (this.#pattern[this.#at] !== ')') return this.#fail('unclosed group');
    this.#at++;
    this.#nesting--;
    switch (special) {
      case '?:':
        return body;
      case '?>':
        return { kind: 'atomic', body };
      case '?=':
      case '?!':
      case '?<=':
      case '?<!':
        return { kind: 'look', behind: special.includes('<'), negative: special.endsWith('!'), body };
      default:
        return { kind: 'group', number, name, body };
    }
  }
}

function literalText(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
