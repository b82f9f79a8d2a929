import { ByteWriter } from '../base/byte-writer.ts';
import { isLongKey, storedPrefix, writeOrderedInt64 } from './key-codec.ts';
import { afterPrefix } from './ordered.ts';

/**
 * The bytes that follow a row's key, and precede it in the index by time (docs/formats/state.md): rows are (key, time,
 * extra), index entries (time, key, extra).
 */
const TIME_BYTES = 8;
/** The bytes of time and extra. */
const BEHIND_KEY_BYTES = 2 * TIME_BYTES;

/** Infinity is above all times, -Infinity below. */
export function timeBytes(time: number): Buffer {
  const out = new ByteWriter(TIME_BYTES);
  writeOrderedInt64(Math.max(Math.min(time, Number.MAX_SAFE_INTEGER), Number.MIN_SAFE_INTEGER), out);
  return out.toBuffer();
}

/** The full row key for an index entry's full key, as a copy. */
export function rowKeyOf(indexKey: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(indexKey.length);
  const base = indexKey.length - BEHIND_KEY_BYTES;
  key.set(indexKey.subarray(TIME_BYTES, TIME_BYTES + base), 0);
  key.set(indexKey.subarray(0, TIME_BYTES), base);
  key.set(indexKey.subarray(TIME_BYTES + base), base + TIME_BYTES);
  return key;
}

/** Stored keys with from <= key < to. */
interface StoredRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
  /** False: other keys may be among them, because the part after the beginning of a long key is not ordered. */
  readonly isExact: boolean;
}

/** The range of stored keys for rows of one key with fromTime <= time <= toTime. `key`: the bytes of its columns. */
export function rowsBetween(key: Uint8Array, fromTime: number, toTime: number): StoredRange {
  const first = Buffer.concat([key, timeBytes(fromTime)]);
  if (isLongKey(Buffer.concat([first, timeBytes(0)]))) {
    const from = storedPrefix(key);
    return { from, to: afterPrefix(from), isExact: false };
  }
  return { from: first, to: afterPrefix(Buffer.concat([key, timeBytes(toTime)])), isExact: true };
}
