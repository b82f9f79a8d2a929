import { latin1, utf8 } from '../internal/native-slice.ts';

const QUOTE = 34;
const COLON = 58;
/** No more than this many different keys are learned: beyond it the records are maps rather than rows. */
const MAX_KEYS = 128;

/**
 * The order of the keys in earlier records: most producers always write the same keys in the same order, so a key is
 * recognized by comparing bytes with the expected one. The arrays are shared with the generated scanner; `keys` ends
 * with a key that matches nothing.
 */
export class KeyOrder {
  /** The bytes of each key, including its closing quote and the colon. */
  readonly keys: Uint8Array[] = [NOTHING];
  /** The same bytes as little-endian words, without the remaining bytes that do not fill one. */
  readonly words: Int32Array[] = [new Int32Array(0)];
  /** What to do with the value of each key: see `actionOf` in the scanner. */
  readonly actions: number[] = [0];
  /** Results of `find`. */
  action = 0;
  at = 0;
  readonly #actionOf: (key: string) => number;

  constructor(actionOf: (key: string) => number) {
    this.#actionOf = actionOf;
  }

  /**
   * Recognizes the key whose first byte is at `i`, which is not the expected one at `f`. Sets `action` and `at` (after
   * the colon) and returns the index of the key to expect next, or -1 if there is no plain key.
   */
  find(bytes: Uint8Array, i: number, to: number, first: number): number {
    const { keys } = this;
    const count = keys.length - 1;
    // Later keys first, since a key may have been omitted.
    for (let k = 0; k < count; k++) {
      const n = first + k < count ? first + k : first + k - count;
      if (n < count && matches(bytes, i, keys[n]!)) {
        this.action = this.actions[n]!;
        this.at = i + keys[n]!.length;
        return n + 1;
      }
    }
    return this.#learn(bytes, i, to, first);
  }

  #learn(bytes: Uint8Array, i: number, to: number, first: number): number {
    let end = i;
    let ascii = true;
    while (end < to) {
      const byte = bytes[end]!;
      if (byte === QUOTE) break;
      // Escaped keys are left to the general parser.
      if (byte === 92 || byte < 32) return -1;
      if (byte > 126) ascii = false;
      end++;
    }
    if (end >= to) return -1;
    const key = ascii ? latin1(bytes, i, end) : utf8(bytes, i, end);
    const length = end - i;
    end++;
    let spaced = false;
    while (end < to && (bytes[end] === 32 || bytes[end] === 9 || bytes[end] === 10 || bytes[end] === 13)) {
      spaced = true;
      end++;
    }
    if (end >= to || bytes[end] !== COLON) return -1;
    this.action = this.#actionOf(key);
    this.at = end + 1;
    if (spaced || this.keys.length > MAX_KEYS) return Math.min(first, this.keys.length - 1);
    const learnt = new Uint8Array(length + 2);
    learnt.set(bytes.subarray(i, i + length));
    learnt[length] = QUOTE;
    learnt[length + 1] = COLON;
    const at = Math.min(first, this.keys.length - 1);
    this.keys.splice(at, 0, learnt);
    this.words.splice(at, 0, wordsOf(learnt));
    this.actions.splice(at, 0, this.action);
    return at + 1;
  }
}

/** A key that matches nothing: its one byte does not occur in valid UTF-8. */
const NOTHING = new Uint8Array([0xff]);

function matches(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let j = 0; j < key.length; j++) if (bytes[at + j] !== key[j]) return false;
  return true;
}

function wordsOf(key: Uint8Array): Int32Array {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return Int32Array.from({ length: key.length >> 2 }, (_, i) => view.getInt32(i * 4, true));
}
