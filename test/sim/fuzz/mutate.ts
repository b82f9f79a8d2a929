const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xffffffff];
const MOST_BYTES = 1 << 14;

/** Changes an input at one to four places: bytes, numbers, words, and parts of itself and of another input. */
export function mutated(
  input: Buffer,
  pool: readonly Buffer[],
  words: readonly string[],
  random: () => number,
): Buffer {
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  let out = Buffer.from(input);
  const put = (at: number, removed: number, ...parts: readonly Buffer[]): void => {
    out = Buffer.concat([out.subarray(0, at), ...parts, out.subarray(at + removed)]);
  };
  for (let n = 1 + below(4); n > 0; n--) {
    const at = below(out.length + 1);
    const length = below(Math.min(24, out.length - at + 1));
    switch (below(words.length === 0 ? 7 : 9)) {
      case 0:
        if (at < out.length) out[at]! ^= 1 << below(8);
        break;
      case 1:
        if (at < out.length) out[at] = below(256);
        break;
      case 2:
        put(at, length);
        break;
      case 3:
        put(at, 0, ...Array.from({ length: 1 + below(40) }, () => out.subarray(at, at + length)));
        break;
      case 4: {
        const number = Buffer.alloc(4);
        number.writeUInt32BE(pick(EXTREMES));
        put(at, random() < 0.7 ? 4 : 0, number);
        break;
      }
      case 5: {
        const other = pick(pool);
        const from = below(other.length);
        put(at, length, other.subarray(from, from + below(64)));
        break;
      }
      case 6: {
        const other = pick(pool);
        put(at, out.length, other.subarray(below(other.length)));
        break;
      }
      default:
        put(at, length, Buffer.from(` ${pick(words)} `));
    }
  }
  return out.subarray(0, MOST_BYTES);
}
