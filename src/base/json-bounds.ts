/**
 * Checks of a JSON text before it is parsed: the parser takes long for millions of brackets or names, in one piece.
 * Both are linear in the text and allocate nothing.
 */

const BACKSLASH = 92;
const [QUOTE, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [34, 123, 125, 91, 93];

/** Levels of objects and lists that a request may have. */
export const JSON_DEPTH_MAX = 100;

/** Whether the text is nested deeper than `JSON_DEPTH_MAX`. */
export function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        // Skips the string. A quote behind a backslash belongs to it.
        do {
          at = text.indexOf('"', at + 1);
          if (at < 0) return false;
        } while (isEscaped(text, at));
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        if (++depth > JSON_DEPTH_MAX) return true;
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        depth--;
        break;
    }
  }
  return false;
}

/** Whether an odd number of backslashes precedes the character. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** Whether more than `most` quotation marks begin or end a string: two for each name, and two for a value of text. */
export function hasMoreQuotes(text: string, most: number): boolean {
  let left = most;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1))
    if (text.charCodeAt(at - 1) !== BACKSLASH && --left < 0) return true;
  return false;
}
