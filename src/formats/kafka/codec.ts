import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { CodecSite, RowDecoder, RowEncoder } from '../api.ts';
import { utf8Text } from '../internal/ascii-text.ts';
import { viewOf } from '../internal/native-slice.ts';
import { deserializationError } from '../internal/record-errors.ts';

/**
 * Equivalents of Kafka's IntegerSerializer, LongSerializer, DoubleSerializer, StringSerializer and ByteArraySerializer
 * for one column.
 */

/** Creates the decoder of one plain value. @throws an error for a type that the format does not support */
export function createKafkaDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder {
  const column = site.schema.columns[0];
  if (column === undefined) return { decode: () => site.schema.isKey === false };
  const target = must(wanted[0], 'wanted field');
  const { topic } = site;
  const checked = (size: number, name: string, read: (view: DataView, at: number) => unknown): RowDecoder => {
    let seen: Uint8Array | undefined;
    let view: DataView = new DataView(new ArrayBuffer(8));
    return {
      decode(bytes, from, to, row) {
        if (to - from !== size) throw deserializationError(topic, `Size of data received by ${name} is not ${size}`);
        if (target < 0) return true;
        if (bytes !== seen) {
          seen = bytes;
          view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        }
        row[target] = read(view, from);
        return true;
      },
    };
  };
  switch (column.type.kind) {
    case 'INTEGER':
      return checked(4, 'IntegerDeserializer', (view, at) => view.getInt32(at));
    case 'BIGINT':
      return checked(8, 'LongDeserializer', (view, at) => {
        const high = view.getInt32(at);
        // With 21 bits above the low word the value is still a safe integer.
        if (high >= -0x200000 && high < 0x200000) {
          const value = high * 4294967296 + view.getUint32(at + 4);
          if (value >= Number.MIN_SAFE_INTEGER) return value;
        }
        return normalizeInt64(view.getBigInt64(at));
      });
    case 'DOUBLE':
      return checked(8, 'DoubleDeserializer', (view, at) => view.getFloat64(at));
    case 'STRING':
      return {
        decode(bytes, from, to, row) {
          if (target >= 0) row[target] = utf8Text(bytes, from, to);
          return true;
        },
      };
    case 'BYTES':
      return {
        decode(bytes, from, to, row) {
          // A copy, since the fetched buffer is reused.
          if (target >= 0) row[target] = Buffer.from(viewOf(bytes, from, to));
          return true;
        },
      };
    default:
      throw unsupported(column.type.kind);
  }
}

/** Creates the encoder of one plain value. @throws an error for a type that the format does not support */
export function createKafkaEncoder(site: CodecSite): RowEncoder {
  const column = site.schema.columns[0];
  if (column === undefined) return { encode: () => false };
  switch (column.type.kind) {
    case 'INTEGER':
      return nullable((value: number, out) => out.writeInt32BE(value));
    case 'BIGINT':
      return nullable((value: number | bigint, out) => {
        if (typeof value === 'bigint') return out.writeBigInt64BE(value);
        const high = Math.floor(value / 4294967296);
        out.writeInt32BE(high);
        out.writeInt32BE((value - high * 4294967296) | 0);
      });
    case 'DOUBLE':
      return nullable((value: number, out) => out.writeDoubleBE(value));
    case 'STRING':
      return nullable((value: string, out) => out.writeUtf8(value));
    case 'BYTES':
      return nullable((value: Uint8Array, out) => out.writeBytes(value));
    default:
      throw unsupported(column.type.kind);
  }
}

function nullable<T>(write: (value: T, out: Parameters<RowEncoder['encode']>[2]) => void): RowEncoder {
  return {
    encode(row, offset, out) {
      const value = row[offset];
      if (value === null || value === undefined) return false;
      write(value as T, out);
      return true;
    },
  };
}

function unsupported(kind: string): SluiceError {
  return new SluiceError('STATEMENT', `The 'KAFKA' format does not support type '${kind}'`);
}
