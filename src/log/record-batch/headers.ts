import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';
import { writeVarint } from './varint.ts';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Headers as encoded in a record, after their count: what BatchBuilder takes and RecordColumns refer to. */
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

/** Appends one header whose value is a text. */
export function writeTextHeader(out: ByteWriter, key: string, text: string | null): void {
  writeSized(out, key);
  if (text === null) writeVarint(out, -1);
  else writeSized(out, text);
}

/**
 * The most characters of a text that is certain to have at most 63 bytes, so that its length is a varint of one byte.
 */
const SHORT_TEXT = 21;

function writeSized(out: ByteWriter, text: string): void {
  if (text.length > SHORT_TEXT) {
    writeVarint(out, Buffer.byteLength(text));
    out.writeUtf8(text);
    return;
  }
  const at = out.length;
  out.writeByte(0);
  out.writeUtf8(text);
  out.bytes[at] = (out.length - at - 1) << 1;
}

/**
 * Reads `count` headers at `at`. Values are views of `bytes`.
 * @throws SluiceError LOG_CORRUPT
 */
export function decodeHeaders(bytes: Buffer, at: number, count: number): RecordHeader[] {
  const headers: RecordHeader[] = [];
  let pos = at;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[pos++];
      if (byte === undefined) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
    throw new SluiceError('LOG_CORRUPT', `Cannot read record headers: no varint ends at byte ${pos}`);
  };
  for (let i = 0; i < count; i++) {
    const keyLength = varint();
    if (keyLength < 0 || pos + keyLength > bytes.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot read record headers: a key of ${keyLength} bytes at ${pos} of ${bytes.length}`,
      );
    }
    const key = bytes.toString('utf8', pos, (pos += keyLength));
    const valueLength = varint();
    if (valueLength < -1 || pos + valueLength > bytes.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot read record headers: a value of ${valueLength} bytes at ${pos} of ${bytes.length}`,
      );
    }
    headers.push({ key, value: valueLength < 0 ? null : bytes.subarray(pos, (pos += valueLength)) });
  }
  return headers;
}
