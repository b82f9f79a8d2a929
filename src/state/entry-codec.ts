import { ByteWriter } from '../base/byte-writer.ts';
import type { PlacedEntry } from '../store/ordered-store.ts';
import type { Key, Row } from '../types/row.ts';
import type { KeyedRow, StoredRow, StoreSpec, TimedRow } from './api.ts';
import { createKeyCodec, isLongKey, readOrderedNumber, storedKey, type KeyCodec } from './key-codec.ts';
import { asBuffer } from './ordered.ts';
import { createRowCodec, type RowCodec } from './row-codec.ts';

const LONG_KEY_FLAG = 1;

/**
 * Encodes an entry of a store (docs/formats/state.md). Value: a flag byte, the timestamp, the full key if it was too
 * long to be stored unchanged, the row.
 */
export class EntryCodec {
  readonly keys: KeyCodec;
  readonly #rows: RowCodec;
  readonly #out = new ByteWriter(512);

  constructor(spec: StoreSpec) {
    this.keys = createKeyCodec(spec.keyTypes);
    this.#rows = createRowCodec(spec.valueTypes);
  }

  /** `fullKey`: the bytes that were passed to `storedKey`. */
  encode(fullKey: Uint8Array, row: Row, timestamp: number): Buffer {
    const out = this.#out;
    out.reset();
    const long = isLongKey(fullKey);
    out.writeByte(long ? LONG_KEY_FLAG : 0);
    out.writeDoubleBE(timestamp);
    if (long) {
      out.writeInt32BE(fullKey.length);
      out.writeBytes(fullKey);
    }
    this.#rows.write(row, out);
    return out.toBuffer();
  }

  /** The key bytes before storedKey. */
  fullKey(key: Uint8Array, value: Uint8Array): Uint8Array {
    return fullKeyOf(key, value);
  }

  decode(value: Uint8Array): StoredRow {
    const bytes = asBuffer(value);
    return { row: this.#rows.read(bytes, rowStart(bytes, 0)), timestamp: bytes.readDoubleBE(1) };
  }

  /** Decodes an entry in place: the results of `decode` and of `readKey` of the full key. */
  decodePlaced({ key, keyStart, value, valueStart }: PlacedEntry): KeyedRow {
    const isLong = (value[valueStart]! & LONG_KEY_FLAG) !== 0;
    return {
      key: isLong ? this.keys.read(value, valueStart + 13).key : this.keys.read(key, keyStart).key,
      row: this.#rows.read(value, rowStart(value, valueStart)),
      timestamp: value.readDoubleBE(valueStart + 1),
    };
  }

  /** Like `decodePlaced`, for the row of a key at a time. */
  decodeTimed({ key, keyStart, value, valueStart }: PlacedEntry): TimedRow {
    const isLong = (value[valueStart]! & LONG_KEY_FLAG) !== 0;
    return this.#timed(isLong ? value : key, isLong ? valueStart + 13 : keyStart, value, valueStart);
  }

  /** The row of a key at a time, from its entry. */
  decodeTimedRow(fullKey: Uint8Array, value: Uint8Array): TimedRow {
    return this.#timed(asBuffer(fullKey), 0, asBuffer(value), 0);
  }

  #timed(keys: Buffer, keyStart: number, value: Buffer, valueStart: number): TimedRow {
    const { key, end } = this.keys.read(keys, keyStart);
    return {
      key,
      time: readOrderedNumber(keys, end),
      extra: readOrderedNumber(keys, end + 8),
      row: this.#rows.read(value, rowStart(value, valueStart)),
      timestamp: value.readDoubleBE(valueStart + 1),
    };
  }

  /** The value of an index entry: nothing, or the full key. */
  encodeIndex(fullKey: Uint8Array): Buffer {
    return indexValueOf(fullKey);
  }

  /** The key columns at the start of full key bytes, and where they end. */
  readKey(fullKey: Uint8Array): { readonly key: Key; readonly end: number } {
    return this.keys.read(fullKey, 0);
  }
}

/** The position of the row in a value that starts at `at`. */
function rowStart(value: Buffer, at: number): number {
  return at + ((value[at]! & LONG_KEY_FLAG) === 0 ? 9 : 13 + value.readInt32BE(at + 9));
}

function fullKeyOf(key: Uint8Array, value: Uint8Array): Uint8Array {
  if ((value[0]! & LONG_KEY_FLAG) === 0) return key;
  const length = asBuffer(value).readInt32BE(9);
  return value.subarray(13, 13 + length);
}

function indexValueOf(fullKey: Uint8Array): Buffer {
  if (!isLongKey(fullKey)) return EMPTY;
  const out = Buffer.alloc(13 + fullKey.length);
  out[0] = LONG_KEY_FLAG;
  out.writeInt32BE(fullKey.length, 9);
  out.set(fullKey, 13);
  return out;
}

/**
 * The index entry of an expiring row: (key, time, extra) becomes (time, key, extra). For a restore, which has only the
 * rows.
 */
export function timeIndexOf(key: Uint8Array, value: Uint8Array): { readonly key: Uint8Array; readonly value: Buffer } {
  const full = fullKeyOf(key, value);
  const base = full.length - 16;
  const indexed = Buffer.allocUnsafe(full.length);
  indexed.set(full.subarray(base, base + 8), 0);
  indexed.set(full.subarray(0, base), 8);
  indexed.set(full.subarray(base + 8), base + 8);
  return { key: storedKey(indexed), value: indexValueOf(indexed) };
}

/** The time of a row that expires, from its entry. */
export function timeOfRow(key: Uint8Array, value: Uint8Array): number {
  const full = fullKeyOf(key, value);
  return readOrderedNumber(full, full.length - 16);
}

/** LMDB does not always distinguish an empty value from none, so it is one byte. */
const EMPTY = Buffer.from([0]);

export function latin1ToBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function bytesToLatin1(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('latin1');
}

export { storedKey };
