/** Classes of characters, by code unit. */

const WORD = 1;
const DIGIT = 2;
const SPACE = 4;

const CLASSES = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const char = String.fromCharCode(c);
  if (/[A-Za-z_]/.test(char)) CLASSES[c]! |= WORD;
  if (/[0-9]/.test(char)) CLASSES[c]! |= DIGIT;
  if (/[ \t\r\n\f\v]/.test(char)) CLASSES[c]! |= SPACE;
}

const NO_BREAK_SPACE = 0xa0;
const BYTE_ORDER_MARK = 0xfeff;

/** A letter or underscore: the first character of an unquoted name. */
export const isWordStart = (code: number): boolean => code < 128 && (CLASSES[code]! & WORD) !== 0;
/** A letter, digit, underscore or `@`. */
export const isWordPart = (code: number): boolean =>
  code < 128 && ((CLASSES[code]! & (WORD | DIGIT)) !== 0 || code === 64);
export const isDigit = (code: number): boolean => code < 128 && (CLASSES[code]! & DIGIT) !== 0;
/** Whitespace, including characters that pasted text contains: no-break spaces and a byte order mark. */
export const isSpace = (code: number): boolean =>
  code < 128 ? (CLASSES[code]! & SPACE) !== 0 : code === NO_BREAK_SPACE || code === BYTE_ORDER_MARK;

/** A letter, digit, underscore, hyphen or dot: a character of an unquoted name of a connector, topic or query. */
export const isNamePart = (code: number): boolean => isWordPart(code) || code === 45 || code === 46;
