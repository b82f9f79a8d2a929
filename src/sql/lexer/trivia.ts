import { isSpace } from './characters.ts';

const NEWLINE = 10;
const DASH = 45;
const SLASH = 47;
const STAR = 42;
const BACKSLASH = 92;

/** The position after a `\` and the end of its line, when only whitespace is between them; otherwise -1. */
export function afterContinuation(text: string, pos: number): number {
  let i = pos + 1;
  while (i < text.length && text.charCodeAt(i) !== NEWLINE && isSpace(text.charCodeAt(i))) i++;
  if (i === text.length) return i;
  return text.charCodeAt(i) === NEWLINE ? i + 1 : -1;
}

/**
 * Skips whitespace, comments (`--` to the end of the line, including directives `--@`, and slash-star) and a `\` at the
 * end of a line, starting at `pos`. Returns the position of the next token or, for a block comment that is not closed,
 * the negative position `-1 - start` of that comment.
 */
export function skipTrivia(text: string, pos: number): number {
  let i = pos;
  for (;;) {
    const code = text.charCodeAt(i);
    if (isSpace(code)) {
      i++;
    } else if (code === DASH && text.charCodeAt(i + 1) === DASH) {
      const newline = text.indexOf('\n', i);
      i = newline === -1 ? text.length : newline + 1;
    } else if (code === SLASH && text.charCodeAt(i + 1) === STAR) {
      const close = text.indexOf('*/', i + 2);
      if (close === -1) return -1 - i;
      i = close + 2;
    } else if (code === BACKSLASH) {
      const next = afterContinuation(text, i);
      if (next === -1) return i;
      i = next;
    } else {
      return i;
    }
  }
}
