import { asciiText } from '../internal/ascii-text.ts';

const SIZE = 1 << 10;
/** Hits are evaluated after this many lookups: a column whose values do not repeat is better off without the cache. */
const ROUND = 1 << 12;

/**
 * Strings that a column held before, by the hash of their bytes: most columns repeat a few values, and finding one
 * costs less than creating another by a native call, which would also have to be hashed again by whoever looks it up.
 */
export class StringCache {
  readonly #texts: string[] = new Array<string>(SIZE).fill('');
  #lookups = 0;
  #hits = 0;
  #off = 0;

  /** The text of ASCII bytes; `hash` is any hash of them. */
  text(bytes: Uint8Array, from: number, to: number, hash: number): string {
    if (this.#off > 0) {
      this.#off--;
      return asciiText(bytes, from, to);
    }
    const slot = (hash ^ (hash >>> 15)) & (SIZE - 1);
    const known = this.#texts[slot]!;
    const length = to - from;
    if (++this.#lookups === ROUND) this.#review();
    if (known.length === length) {
      let i = 0;
      while (i < length && known.charCodeAt(i) === bytes[from + i]) i++;
      if (i === length) {
        this.#hits++;
        return known;
      }
    }
    const made = asciiText(bytes, from, to);
    this.#texts[slot] = made;
    return made;
  }

  #review(): void {
    if (this.#hits < ROUND / 4) this.#off = ROUND * 16;
    this.#lookups = 0;
    this.#hits = 0;
  }
}
