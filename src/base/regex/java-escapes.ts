import { quoting } from '../quoting.ts';
import { must } from '../assert.ts';
import { SluiceError } from '../errors.ts';

/** The translation of an escape or a class, and the index after it in the Java pattern. */
export interface Translated {
  readonly text: string;
  readonly end: number;
}

/** Classes that JavaScript lacks, as the content of a class. */
const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  s: ' \\t\\n\\x0B\\f\\r',
  h: ' \\t\\u00A0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000',
  v: '\\n\\x0B\\f\\r\\u0085\\u2028\\u2029',
};

/** POSIX classes (ASCII only) and classes of java.lang.Character. */
const PROPERTIES: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7F',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`\\{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1F\\x7F',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\x0B\\f\\r',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaWhitespace: ' \\t\\n\\x0B\\f\\r\\x1C-\\x1F\\u1680\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000',
  javaMirrored: '\\p{Bidi_Mirrored}',
  javaLetter: '\\p{L}',
  javaDigit: '\\p{Nd}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
};

const BINARY: Readonly<Record<string, string>> = {
  ALPHABETIC: 'Alphabetic',
  IDEOGRAPHIC: 'Ideographic',
  LETTER: 'L',
  LOWERCASE: 'Lowercase',
  UPPERCASE: 'Uppercase',
  PUNCTUATION: 'P',
  CONTROL: 'Cc',
  WHITE_SPACE: 'White_Space',
  WHITESPACE: 'White_Space',
  DIGIT: 'Nd',
  EMOJI: 'Emoji',
};

/** @throws SluiceError EVALUATION, always */
export function badPattern(pattern: string, at: number, why: string): never {
  const message = quoting(pattern, (p) => `Invalid regular expression pattern: ${p} (${why} near index ${at})`);
  throw new SluiceError('EVALUATION', message);
}

/** Translates an escape outside of a class: that of a character, or of a class of characters. */
export function translateEscape(pattern: string, at: number): Translated {
  const { text, isSet, end } = classItem(pattern, at);
  return { text: isSet ? `[${text}]` : text, end };
}

interface Item extends Translated {
  /** Stands for more than one character: it must be put in brackets, and cannot bound a range. */
  readonly isSet: boolean;
}

/** Translates one escape inside a class; it may stand outside of one too, unless it is a set. */
function classItem(pattern: string, at: number): Item {
  const char = pattern[at + 1];
  const end = at + 2;
  const one = (text: string, to: number): Item => ({ text, end: to, isSet: false });
  switch (char) {
    case undefined:
      return badPattern(pattern, at, 'trailing backslash');
    case 'd':
    case 'D':
    case 'w':
    case 'W':
      return { text: `\\${char}`, end, isSet: true };
    case 's':
    case 'h':
    case 'v':
      return { text: must(CLASS_ESCAPES[char], 'class escape'), end, isSet: true };
    case 'S':
    case 'H':
    case 'V':
      return { text: `[^${must(CLASS_ESCAPES[char.toLowerCase()], 'class escape')}]`, end, isSet: true };
    case 't':
    case 'n':
    case 'r':
    case 'f':
      return one(`\\${char}`, end);
    case 'a':
      return one('\\x07', end);
    case 'e':
      return one('\\x1B', end);
    case 'c':
      return one(codePoint(pattern.charCodeAt(end) ^ 64), end + 1);
    case '0': {
      const octal = /^[0-3]?[0-7]{1,2}/.exec(pattern.slice(end));
      return octal === null
        ? badPattern(pattern, at, 'bad octal escape')
        : one(codePoint(Number.parseInt(octal[0], 8)), end + octal[0].length);
    }
    case 'x':
    case 'u': {
      const hex = /^(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4}))/.exec(pattern.slice(at + 1));
      if (hex === null) return badPattern(pattern, at, 'bad hexadecimal escape');
      return one(codePoint(Number.parseInt((hex[1] ?? hex[2] ?? hex[3])!, 16)), at + 1 + hex[0].length);
    }
    case 'p':
    case 'P': {
      const name = /^\{(\^?)([^}]+)\}|^([A-Z])/.exec(pattern.slice(end));
      if (name === null) return badPattern(pattern, at, 'bad property');
      const inside = property(pattern, at, (name[2] ?? name[3])!);
      const negated = (char === 'P') !== (name[1] === '^');
      return { text: negated ? `[^${inside}]` : inside, end: end + name[0].length, isSet: true };
    }
    default:
      if (/[a-zA-Z]/.test(char)) return badPattern(pattern, at, `illegal escape \\${char}`);
      return one(/[\^$.*+?()[\]{}|/\\-]/.test(char) ? `\\${char === '-' ? 'x2D' : char}` : quote(char), end);
  }
}

function codePoint(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

/** Escapes a character that the class syntax of the v flag may interpret. */
function quote(char: string): string {
  return /[A-Za-z0-9_]/.test(char) || char > '\u007f' ? char : codePoint(char.codePointAt(0)!);
}

function property(pattern: string, at: number, name: string): string {
  const known = PROPERTIES[name];
  if (known !== undefined) return known;
  const plain = name.replace(/^Is/, '');
  const binary = BINARY[plain.toUpperCase()];
  if (binary !== undefined) return `\\p{${binary}}`;
  const keyed = /^(?:script|sc|general_category|gc)=(.+)$/i.exec(name);
  const candidates = keyed === null ? [plain, `Script=${plain}`] : [keyed[1]!, `Script=${keyed[1]!}`];
  for (const candidate of candidates) {
    const text = `\\p{${candidate.replace(/^Script=(.)(.*)$/, (_, a: string, b: string) => `Script=${a.toUpperCase()}${b.toLowerCase()}`)}}`;
    if (isPattern(text)) return text;
  }
  return badPattern(pattern, at, `unknown character property ${name}`);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'v').source !== '';
  } catch {
    return false;
  }
}

/** Translates the class that starts at `at`, with its nested unions and intersections. */
export function translateClass(pattern: string, at: number): Translated {
  let i = at + 1;
  let result = '[';
  if (pattern[i] === '^') {
    result += '^';
    i++;
  }
  // An intersection binds less tightly than a union, so every operand is put in its own brackets.
  const operands: string[] = [];
  let operand = '';
  let first = true;
  for (;;) {
    const char = pattern[i];
    if (char === undefined) return badPattern(pattern, at, 'unclosed character class');
    if (char === ']' && !first) break;
    first = false;
    if (char === '&' && pattern[i + 1] === '&') {
      operands.push(operand);
      operand = '';
      i += 2;
      continue;
    }
    if (char === '[') {
      const nested = translateClass(pattern, i);
      operand += nested.text;
      i = nested.end;
      continue;
    }
    const from = classAtom(pattern, i);
    i = from.end;
    if (!from.isSet && pattern[i] === '-' && pattern[i + 1] !== undefined && !'[]&'.includes(pattern[i + 1]!)) {
      const to = classAtom(pattern, i + 1);
      if (!to.isSet) {
        operand += `${from.text}-${to.text}`;
        i = to.end;
        continue;
      }
    }
    operand += from.text;
  }
  operands.push(operand);
  const used = operands.filter((text) => text !== '');
  result += used.length === 1 ? used[0]! : used.map((text) => `[${text}]`).join('&&');
  return { text: `${result}]`, end: i + 1 };
}

function classAtom(pattern: string, at: number): Item {
  if (pattern[at] === '\\') return classItem(pattern, at);
  const char = String.fromCodePoint(pattern.codePointAt(at)!);
  return { text: quote(char), end: at + char.length, isSet: false };
}
