import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';
import { writeVarint } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Headers as they stand in a record, after their number: what BatchBuilder takes and RecordColumns point at. */
export interface EncodedHeaders {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export function encodeHeaders(headers: readonly RecordHeader[]): EncodedHeaders {
  const out = new ByteWriter(64);
  for (const { key, value } of headers) {
    writeVarint(out, Buffer.byteLength(key));
    out.writeUtf8(key);
    writeVarint(out, value === null ? -1 : value.length);
    if (value !== null) out.writeBytes(value);
  }
  return { bytes: out.toBuffer(), from: 0, to: out.length, count: headers.length };
}

/** The same of texts, into memory that is used again: valid until the next call with this `out`. */
export function encodeTextHeaders(
  headers: readonly { readonly key: string; readonly text: string | null }[],
  out: ByteWriter,
): EncodedHeaders {
  out.reset();
  for (const { key, text } of headers) {
    writeVarint(out, Buffer.byteLength(key));
    out.writeUtf8(key);
    writeVarint(out, text === null ? -1 : Buffer.byteLength(text));
    if (text !== null) out.writeUtf8(text);
  }
  return { bytes: out.bytes, from: 0, to: out.length, count: headers.length };
}

/**
 * Reads `count` headers at `at`. Values are views of `bytes`.
 * @throws SluiceError LOG_CORRUPT
 */
export function decodeHeaders(bytes: Buffer, at: number, count: number): RecordHeader[] {
  const headers: RecordHeader[] = [];
  let p = at;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[p++];
      if (byte === undefined) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
    throw new SluiceError('LOG_CORRUPT', `Cannot read record headers: no varint ends at byte ${p}`);
  };
  for (let i = 0; i < count; i++) {
    const keyLength = varint();
    if (keyLength < 0 || p + keyLength > bytes.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot read record headers: a key of ${keyLength} bytes at ${p} of ${bytes.length}`,
      );
    }
    const key = bytes.toString('utf8', p, (p += keyLength));
    const valueLength = varint();
    if (valueLength < -1 || p + valueLength > bytes.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot read record headers: a value of ${valueLength} bytes at ${p} of ${bytes.length}`,
      );
    }
    headers.push({ key, value: valueLength < 0 ? null : bytes.subarray(p, (p += valueLength)) });
  }
  return headers;
}
