import type { Work } from './budget/work.ts';

/** Up to this length of the searched text, JavaScript's own search is used whatever the length of the other text. */
export const MAX_TEXT = 64;
/** The most pairs of characters that JavaScript's search may compare for longer texts. */
const MAX_PAIRS = 1 << 22;
/**
 * What is done in a step of `Work`: pairs that JavaScript's search compares, characters that the linear search
 * reads.
 */
const PAIRS_A_STEP = 32;
const CHARACTERS_A_STEP = 4;

/**
 * Finds `text` in other texts: the position at or after `from`, or -1. JavaScript's indexOf may compare each character
 * of one with each of the other (`aaa…b` in `aaaa…`: seconds for 100 KB). Where that would be too much, this uses the
 * algorithm of Knuth, Morris and Pratt, which is linear. Searches for texts
 * that are longer than MAX_TEXT count what they may take at worst against `work`.
 */
export function finder(text: string, work?: Work): (value: string, from: number) => number {
  if (text.length <= MAX_TEXT) return (value, from) => value.indexOf(text, from);
  let borders: Int32Array | undefined;
  const linear = (value: string, from: number): number => {
    if (borders === undefined) {
      work?.spend(text.length / CHARACTERS_A_STEP);
      borders = bordersOf(text);
    }
    let matched = 0;
    for (let at = from; at < value.length; at++) {
      const code = value.charCodeAt(at);
      while (matched > 0 && text.charCodeAt(matched) !== code) matched = borders[matched - 1]!;
      if (text.charCodeAt(matched) === code) matched++;
      if (matched === text.length) return at - matched + 1;
    }
    return -1;
  };
  return (value, from) => {
    const isShort = (value.length - from) * text.length <= MAX_PAIRS;
    const at = isShort ? value.indexOf(text, from) : linear(value, from);
    // Who looks for one after another pays for each part of the text about once.
    const read = Math.max(0, (at < 0 ? value.length : at + text.length) - from);
    work?.spend(isShort ? (read * text.length) / PAIRS_A_STEP : read / CHARACTERS_A_STEP);
    return at;
  };
}

/** For each prefix of a text, the length of its longest proper suffix that is also a prefix. */
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
