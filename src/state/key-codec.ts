import { createHash } from 'node:crypto';
import { ByteWriter } from '../base/byte-writer.ts';
import type { Key } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * Encodes key columns to bytes whose unsigned order is the order of the values (docs/formats/state.md). Encodings are
 * self-delimiting: a shorter key is a prefix of a longer one only at a column's end, so prefix scans and (key, time)
 * keys need no separator.
 */
export interface KeyCodec {
  readonly types: readonly SqlType[];
  /** Appends the first `types.length` values of `key`. */
  write(key: Key, out: ByteWriter): void;
  /** Bytes of the first `columns` values (all by default). */
  bytes(key: Key, columns?: number): Buffer;
  /** The same as a string of Latin-1 characters: comparable with `<`. */
  text(key: Key, columns?: number): string;
  /**
   * An id under which a Map can hold the key; keys are equal when their ids are. A primitive if the key is one
   * primitive column.
   */
  id(key: Key): unknown;
  read(bytes: Uint8Array, at: number): { readonly key: Key; readonly end: number };
}

const NULL_MARK = 0;
const VALUE_MARK = 1;

type WriteValue = (value: any, out: ByteWriter) => void;

/** The reader's position. One for the module: readers are not re-entrant, and never await. */
interface Cursor {
  bytes: Buffer;
  at: number;
}
type ReadValue = (c: Cursor) => unknown;

interface ValueCodec {
  readonly write: WriteValue;
  readonly read: ReadValue;
}

/** Encodes keys of these types so that their bytes sort as the keys do. */
export function createKeyCodec(types: readonly SqlType[]): KeyCodec {
  const codecs = types.map((t) => nullable(valueCodec(t)));
  const scratch = new ByteWriter(256);
  const write = (key: Key, out: ByteWriter, columns: number): void => {
    for (let i = 0; i < columns; i++) codecs[i]!.write(key[i] ?? null, out);
  };
  const text = (key: Key, columns = codecs.length): string => {
    scratch.reset();
    write(key, scratch, columns);
    return scratch.bytes.toString('latin1', 0, scratch.length);
  };
  const bytes = (key: Key, columns = codecs.length): Buffer => {
    scratch.reset();
    write(key, scratch, columns);
    return scratch.toBuffer();
  };
  const single = types.length === 1 && isPrimitiveId(types[0]!);
  return {
    types,
    write: (key, out) => write(key, out, codecs.length),
    bytes,
    text,
    id: single ? (key) => key[0] : (key) => text(key),
    read(bytes, at) {
      const cursor: Cursor = { bytes: asBuffer(bytes), at };
      const key: Key = [];
      for (const codec of codecs) key.push(codec.read(cursor));
      return { key, end: cursor.at };
    },
  };
}

/** Types whose values are JavaScript primitives that compare by value in a Map. */
function isPrimitiveId(type: SqlType): boolean {
  return type.kind !== 'BYTES' && type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'STRUCT';
}

function nullable(codec: ValueCodec): ValueCodec {
  return {
    write(value, out) {
      if (value === null) return out.writeByte(NULL_MARK);
      out.writeByte(VALUE_MARK);
      codec.write(value, out);
    },
    read: (cursor) => (cursor.bytes[cursor.at++] === NULL_MARK ? null : codec.read(cursor)),
  };
}

function valueCodec(type: SqlType): ValueCodec {
  switch (type.kind) {
    case 'BOOLEAN':
      return { write: (v, out) => out.writeByte(v ? 1 : 0), read: (cursor) => cursor.bytes[cursor.at++] === 1 };
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
      return {
        write: (v: number, out) => out.writeInt32BE(v ^ -0x80000000),
        read: (cursor) => cursor.bytes.readInt32BE((cursor.at += 4) - 4) ^ -0x80000000,
      };
    case 'BIGINT':
    case 'TIMESTAMP':
      return { write: writeOrderedInt64, read: readOrderedInt64 };
    case 'DOUBLE':
      return { write: writeOrderedDouble, read: readOrderedDouble };
    case 'DECIMAL':
      return { write: writeOrderedBigInt, read: readOrderedBigInt };
    case 'STRING':
      return {
        write: (v: string, out) => writeEscaped(Buffer.from(v, 'utf8'), out),
        read: (cursor) => readEscaped(cursor).toString('utf8'),
      };
    case 'BYTES':
      return { write: (v: Uint8Array, out) => writeEscaped(v, out), read: readEscaped };
    case 'ARRAY':
      return listCodec(nullable(valueCodec(type.element)));
    case 'STRUCT': {
      const fields = type.fields.map((f) => nullable(valueCodec(f.type)));
      return {
        write: (v: readonly unknown[], out) => fields.forEach((f, i) => f.write(v[i] ?? null, out)),
        read: (cursor) => fields.map((f) => f.read(cursor)),
      };
    }
    case 'MAP':
      return mapCodec(nullable(valueCodec(type.key)), nullable(valueCodec(type.value)));
  }
}

/** Each element after a 1, then a 0, so that a list sorts before its continuations. */
function listCodec(element: ValueCodec): ValueCodec {
  return {
    write(values: readonly unknown[], out) {
      for (const v of values) {
        out.writeByte(1);
        element.write(v, out);
      }
      out.writeByte(0);
    },
    read(cursor) {
      const values: unknown[] = [];
      while (cursor.bytes[cursor.at++] === 1) values.push(element.read(cursor));
      return values;
    },
  };
}

/** Entries in the order of their encoded keys, so that equal maps have equal bytes whatever their insertion order. */
function mapCodec(key: ValueCodec, value: ValueCodec): ValueCodec {
  return {
    write(map: ReadonlyMap<unknown, unknown>, out) {
      const entries = [...map].map(([k, v]) => {
        const w = new ByteWriter(64);
        key.write(k, w);
        value.write(v, w);
        return w.toBuffer();
      });
      for (const entry of entries.sort(Buffer.compare)) {
        out.writeByte(1);
        out.writeBytes(entry);
      }
      out.writeByte(0);
    },
    read(cursor) {
      const map = new Map<unknown, unknown>();
      while (cursor.bytes[cursor.at++] === 1) {
        const part = key.read(cursor);
        map.set(part, value.read(cursor));
      }
      return map;
    },
  };
}

const TWO_32 = 2 ** 32;

/** 64-bit two's complement with the sign flipped, big endian. */
export function writeOrderedInt64(value: number | bigint, out: ByteWriter): void {
  if (typeof value === 'bigint') return out.writeBigInt64BE(BigInt.asIntN(64, value ^ (1n << 63n)));
  out.writeInt32BE((Math.floor(value / TWO_32) | 0) ^ -0x80000000);
  out.writeInt32BE(value | 0);
}

function readOrderedInt64(cursor: Cursor): number | bigint {
  const { bytes, at } = cursor;
  cursor.at = at + 8;
  const high = bytes.readInt32BE(at) ^ -0x80000000;
  const low = bytes.readUInt32BE(at + 4);
  const value = high * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

/** The number at `at`, written by writeOrderedInt64 from a safe integer. */
export function readOrderedNumber(bytes: Uint8Array, at: number): number {
  return Number(readOrderedInt64({ bytes: asBuffer(bytes), at }));
}

function writeOrderedDouble(value: number, out: ByteWriter): void {
  out.writeDoubleBE(value);
  const { bytes, length } = out;
  if (bytes[length - 8]! & 0x80) for (let i = length - 8; i < length; i++) bytes[i] = bytes[i]! ^ 0xff;
  else bytes[length - 8] = bytes[length - 8]! ^ 0x80;
}

function readOrderedDouble(cursor: Cursor): number {
  const b = Buffer.from(cursor.bytes.subarray(cursor.at, cursor.at + 8));
  cursor.at += 8;
  if (b[0]! & 0x80) b[0] = b[0]! ^ 0x80;
  else for (let i = 0; i < 8; i++) b[i] = b[i]! ^ 0xff;
  return b.readDoubleBE(0);
}

/**
 * Length of the magnitude (128 + n for positive, 128 - n for negative numbers), then its bytes, inverted for negative
 * numbers.
 */
function writeOrderedBigInt(value: bigint, out: ByteWriter): void {
  const negative = value < 0n;
  const hex = (negative ? -value : value).toString(16);
  const magnitude = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  out.writeByte(negative ? 128 - magnitude.length : 128 + magnitude.length);
  for (const byte of magnitude) out.writeByte(negative ? byte ^ 0xff : byte);
}

function readOrderedBigInt(cursor: Cursor): bigint {
  const lead = cursor.bytes[cursor.at++]!;
  const length = Math.abs(lead - 128);
  let value = 0n;
  for (let i = 0; i < length; i++)
    value = (value << 8n) | BigInt(lead < 128 ? cursor.bytes[cursor.at + i]! ^ 0xff : cursor.bytes[cursor.at + i]!);
  cursor.at += length;
  return lead < 128 ? -value : value;
}

/** 0 becomes 0 255, and the end is 0 1: a text sorts before its continuations, and no text contains another's end. */
function writeEscaped(source: Uint8Array, out: ByteWriter): void {
  out.reserve(source.length * 2 + 2);
  const target = out.bytes;
  let at = out.length;
  for (let i = 0; i < source.length; i++) {
    const byte = source[i]!;
    target[at++] = byte;
    if (byte === 0) target[at++] = 255;
  }
  target[at++] = 0;
  target[at++] = 1;
  out.length = at;
}

function readEscaped(cursor: Cursor): Buffer {
  const { bytes } = cursor;
  let end = cursor.at;
  let escapes = 0;
  for (; ; end++) {
    if (bytes[end] !== 0) continue;
    if (bytes[end + 1] !== 255) break;
    escapes++;
    end++;
  }
  const out = Buffer.allocUnsafe(end - cursor.at - escapes);
  for (let from = cursor.at, to = 0; from < end; from++) {
    out[to++] = bytes[from]!;
    if (bytes[from] === 0) from++;
  }
  cursor.at = end + 2;
  return out;
}

/** The longest key in the ordered store (LMDB's limit is 1978 bytes). */
const STORED_KEY_BYTES_MAX = 1024;
const DIGEST_BYTES = 20;

/** Whether `key` is shortened in the store, with its full bytes in the value. */
export function isLongKey(key: Uint8Array): boolean {
  return key.length > STORED_KEY_BYTES_MAX;
}

/**
 * The bytes under which a key is stored: the key itself, or its beginning and a digest. Long keys keep roughly their
 * place in the order.
 */
export function storedKey(key: Uint8Array): Uint8Array {
  if (!isLongKey(key)) return key;
  return Buffer.concat([key.subarray(0, STORED_KEY_BYTES_MAX - DIGEST_BYTES), createHash('sha1').update(key).digest()]);
}

/** A common prefix of the stored forms of all keys that begin with `prefix`, long or not. */
export function storedPrefix(prefix: Uint8Array): Uint8Array {
  return prefix.subarray(0, STORED_KEY_BYTES_MAX - DIGEST_BYTES);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
