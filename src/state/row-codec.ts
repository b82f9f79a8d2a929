import { ByteWriter } from '../base/byte-writer.ts';
import { SluiceError } from '../base/errors.ts';
import type { Row } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * Encodes rows by the columns' types, without tags or names (docs/formats/state.md). The reader must use the same
 * types.
 */
export interface RowCodec {
  write(row: readonly unknown[], out: ByteWriter): void;
  read(bytes: Uint8Array, at: number): Row;
  /** Fills the first columns of `row`; returns the position after what was read. */
  readInto(bytes: Buffer, at: number, row: Row): number;
}

interface Cursor {
  bytes: Buffer;
  at: number;
}
interface ValueCodec {
  readonly write: (value: any, out: ByteWriter) => void;
  readonly read: (c: Cursor) => unknown;
}

export function createRowCodec(types: readonly SqlType[]): RowCodec {
  const fields = fieldsCodec(types);
  const cursor: Cursor = { bytes: Buffer.alloc(0), at: 0 };
  return {
    write: fields.write,
    read: (bytes, at) =>
      fields.read({
        bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        at,
      }) as Row,
    readInto(bytes, at, row) {
      cursor.bytes = bytes;
      cursor.at = at;
      fields.readInto(cursor, row);
      return cursor.at;
    },
  };
}

interface FieldsCodec extends ValueCodec {
  readonly readInto: (c: Cursor, row: unknown[]) => void;
}

/** A bit for each null value, followed by the others. */
function fieldsCodec(types: readonly SqlType[]): FieldsCodec {
  const codecs = types.map(valueCodec);
  const width = codecs.length;
  const mapBytes = (width + 7) >> 3;
  return {
    write(row: readonly unknown[], out) {
      out.reserve(mapBytes);
      const at = out.length;
      out.bytes.fill(0, at, at + mapBytes);
      out.length = at + mapBytes;
      for (let i = 0; i < width; i++) {
        const value = row[i];
        if (value === null || value === undefined) out.bytes[at + (i >> 3)]! |= 1 << (i & 7);
        else codecs[i]!.write(value, out);
      }
    },
    read(cursor) {
      const nulls = cursor.at;
      cursor.at += mapBytes;
      const row: Row = [];
      for (let i = 0; i < width; i++)
        row.push((cursor.bytes[nulls + (i >> 3)]! >> (i & 7)) & 1 ? null : codecs[i]!.read(cursor));
      return row;
    },
    readInto(cursor, row) {
      const nulls = cursor.at;
      cursor.at += mapBytes;
      for (let i = 0; i < width; i++)
        row[i] = (cursor.bytes[nulls + (i >> 3)]! >> (i & 7)) & 1 ? null : codecs[i]!.read(cursor);
    },
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
        write: (v: number, out) => out.writeInt32BE(v),
        read: (cursor) => cursor.bytes.readInt32BE((cursor.at += 4) - 4),
      };
    case 'BIGINT':
    case 'TIMESTAMP':
      return { write: writeInt64, read: readInt64 };
    case 'DOUBLE':
      return {
        write: (v: number, out) => out.writeDoubleBE(v),
        read: (cursor) => cursor.bytes.readDoubleBE((cursor.at += 8) - 8),
      };
    case 'DECIMAL':
      return {
        write(v: bigint, out) {
          writeText(v.toString(36), out);
        },
        read: (cursor) => parseBase36(readText(cursor)),
      };
    case 'STRING':
      return { write: writeText, read: readText };
    case 'BYTES':
      return {
        write(v: Uint8Array, out) {
          writeLength(v.length, out);
          out.writeBytes(v);
        },
        read(cursor) {
          const n = readLength(cursor);
          return Buffer.from(cursor.bytes.subarray(cursor.at, (cursor.at += n)));
        },
      };
    case 'ARRAY': {
      const element = nullable(valueCodec(type.element));
      return {
        write(v: readonly unknown[], out) {
          writeLength(v.length, out);
          for (const item of v) element.write(item, out);
        },
        read(cursor) {
          const n = readLength(cursor);
          const values: unknown[] = [];
          for (let i = 0; i < n; i++) values.push(element.read(cursor));
          return values;
        },
      };
    }
    case 'MAP': {
      const key = nullable(valueCodec(type.key));
      const value = nullable(valueCodec(type.value));
      return {
        write(v: ReadonlyMap<unknown, unknown>, out) {
          writeLength(v.size, out);
          for (const [k, item] of v) {
            key.write(k, out);
            value.write(item, out);
          }
        },
        read(cursor) {
          const length = readLength(cursor);
          const entries = new Map<unknown, unknown>();
          for (let i = 0; i < length; i++) {
            const k = key.read(cursor);
            entries.set(k, value.read(cursor));
          }
          return entries;
        },
      };
    }
    case 'STRUCT':
      return fieldsCodec(type.fields.map((f) => f.type));
  }
}

function nullable(codec: ValueCodec): ValueCodec {
  return {
    write(value, out) {
      if (value === null || value === undefined) return out.writeByte(0);
      out.writeByte(1);
      codec.write(value, out);
    },
    read: (cursor) => (cursor.bytes[cursor.at++] === 0 ? null : codec.read(cursor)),
  };
}

const TWO_32 = 2 ** 32;

function writeInt64(value: number | bigint, out: ByteWriter): void {
  if (typeof value === 'bigint') return out.writeBigInt64BE(value);
  out.writeInt32BE(Math.floor(value / TWO_32) | 0);
  out.writeInt32BE(value | 0);
}

function readInt64(cursor: Cursor): number | bigint {
  const { bytes, at } = cursor;
  cursor.at = at + 8;
  const high = bytes.readInt32BE(at);
  const low = bytes.readUInt32BE(at + 4);
  const value = high * TWO_32 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}

/** LEB128 of a non-negative int32. */
export function writeLength(n: number, out: ByteWriter): void {
  while (n > 127) {
    out.writeByte((n & 127) | 128);
    n >>>= 7;
  }
  out.writeByte(n);
}

function readLength(cursor: Cursor): number {
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined || shift > 28) throw new SluiceError('LOG_CORRUPT', 'A stored state row is cut off');
    length |= (byte & 127) << shift;
    if (byte < 128) return length;
  }
}

function writeText(text: string, out: ByteWriter): void {
  if (text.length < 43) {
    // At most 3 bytes per unit. The length takes one byte, so it can be filled in afterwards.
    out.reserve(1 + text.length * 3);
    const at = out.length++;
    out.writeUtf8(text);
    out.bytes[at] = out.length - at - 1;
    return;
  }
  writeLength(Buffer.byteLength(text), out);
  out.writeUtf8(text);
}

function readText(cursor: Cursor): string {
  const n = readLength(cursor);
  return cursor.bytes.toString('utf8', cursor.at, (cursor.at += n));
}

function parseBase36(text: string): bigint {
  let value = 0n;
  for (let i = text.charCodeAt(0) === 45 ? 1 : 0; i < text.length; i++)
    value = value * 36n + BigInt(parseInt(text[i]!, 36));
  return text.charCodeAt(0) === 45 ? -value : value;
}
