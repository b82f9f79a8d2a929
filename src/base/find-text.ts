/** Longest text that JavaScript's own search looks for however long the other is. */
export const MAX_TEXT = 64;
/** Most pairs of characters that it may compare for longer ones. */
const MAX_PAIRS = 1 << 22;

/**
 * Finds `text` in others: the position from `from` on, or -1. JavaScript's indexOf may compare each character of the
 * one with each of the other (`aaa…b` in `aaaa…`: seconds for texts of 100 KB); where that would be many, this goes by
 * Knuth, Morris and Pratt, in one run.
 */
export function finder(text: string): (value: string, from: number) => number {
  if (text.length <= MAX_TEXT) return (value, from) => value.indexOf(text, from);
  let borders: Int32Array | undefined;
  return (value, from) => {
    if ((value.length - from) * text.length <= MAX_PAIRS) return value.indexOf(text, from);
    borders ??= bordersOf(text);
    let matched = 0;
    for (let at = from; at < value.length; at++) {
      const code = value.charCodeAt(at);
      while (matched > 0 && text.charCodeAt(matched) !== code) matched = borders[matched - 1]!;
      if (text.charCodeAt(matched) === code) matched++;
      if (matched === text.length) return at - matched + 1;
    }
    return -1;
  };
}

/** For each beginning of a text the length of its longest end that is a beginning as well. */
function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let matched = 0;
  for (let at = 1; at < text.length; at++) {
    while (matched > 0 && text.charCodeAt(matched) !== text.charCodeAt(at)) matched = borders[matched - 1]!;
    if (text.charCodeAt(matched) === text.charCodeAt(at)) matched++;
    borders[at] = matched;
  }
  return borders;
}
