import { gunzipSync, gzipSync } from 'node:zlib';
import { Decoder, Encoder } from '@toondepauw/node-zstd';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';
import { SluiceError } from '../../base/errors.ts';

/** Kafka's names of codecs (`compression.type`). */
export type CodecName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

interface Codec {
  readonly id: number;
  compress(bytes: Uint8Array): Buffer;
  decompress(bytes: Buffer): Buffer;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * snappy-java's stream format, which Kafka's Java client writes: this header, then chunks of (int32 length, raw
 * snappy).
 */
const SNAPPY_JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const SNAPPY_JAVA_HEADER_BYTES = 16;
/** snappy-java reads chunks of any size; it writes 32 KiB ones. */
const SNAPPY_CHUNK_BYTES = 32 * 1024;

/** The codecs by name; attributes hold their ids. */
export const CODECS: Readonly<Record<CodecName, Codec>> = {
  none: { id: 0, compress: asBuffer, decompress: (bytes) => bytes },
  gzip: { id: 1, compress: (bytes) => gzipSync(bytes), decompress: (bytes) => gunzipSync(bytes) },
  snappy: { id: 2, compress: compressSnappy, decompress: decompressSnappy },
  lz4: {
    id: 3,
    compress: (bytes) => compressFrameSync(asBuffer(bytes)),
    decompress: (bytes) => decompressFrameSync(bytes),
  },
  // Created for each call, because the encoder keeps no state that would be worth its memory.
  zstd: {
    id: 4,
    compress: (bytes) => new Encoder(3).encodeSync(asBuffer(bytes)),
    decompress: (bytes) => new Decoder().decodeSync(bytes),
  },
};

const BY_ID: readonly Codec[] = [CODECS.none, CODECS.gzip, CODECS.snappy, CODECS.lz4, CODECS.zstd];

/** @throws SluiceError LOG_CORRUPT for an unknown codec or bytes that do not decompress */
export function decompress(codecId: number, bytes: Buffer): Buffer {
  const codec = BY_ID[codecId];
  if (codec === undefined)
    throw new SluiceError('LOG_CORRUPT', `Cannot decompress a record batch: unknown codec ${codecId}`);
  try {
    return codec.decompress(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError('LOG_CORRUPT', `Cannot decompress a record batch: codec ${codecId}: ${reason}`, { cause });
  }
}

function compressSnappy(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(SNAPPY_JAVA_HEADER_BYTES);
  SNAPPY_JAVA_MAGIC.copy(header);
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += SNAPPY_CHUNK_BYTES) {
    const chunk = snappyCompress(bytes.subarray(at, at + SNAPPY_CHUNK_BYTES));
    const size = Buffer.alloc(4);
    size.writeInt32BE(chunk.length);
    parts.push(size, chunk);
  }
  return Buffer.concat(parts);
}

function decompressSnappy(bytes: Buffer): Buffer {
  if (bytes.length < SNAPPY_JAVA_HEADER_BYTES || bytes.compare(SNAPPY_JAVA_MAGIC, 0, 8, 0, 8) !== 0) {
    return snappyUncompress(bytes, { asBuffer: true }) as Buffer;
  }
  const parts: Buffer[] = [];
  let at = SNAPPY_JAVA_HEADER_BYTES;
  while (at < bytes.length) {
    // Concatenated streams repeat the header.
    if (at + SNAPPY_JAVA_HEADER_BYTES <= bytes.length && bytes.compare(SNAPPY_JAVA_MAGIC, 0, 8, at, at + 8) === 0) {
      at += SNAPPY_JAVA_HEADER_BYTES;
      continue;
    }
    const size = bytes.readInt32BE(at);
    at += 4;
    if (size < 0 || at + size > bytes.length) throw new Error(`a chunk of ${size} bytes at ${at} of ${bytes.length}`);
    parts.push(snappyUncompress(bytes.subarray(at, at + size), { asBuffer: true }) as Buffer);
    at += size;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
