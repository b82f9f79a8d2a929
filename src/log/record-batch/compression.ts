import { gunzipSync, gzipSync } from 'node:zlib';
import { Decoder, Encoder } from '@toondepauw/node-zstd';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';
import { SluiceError } from '../../base/errors.ts';
import { lz4SizeMax, snappySize, zstdSizeMax } from './decompressed-size.ts';

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

/**
 * The most bytes that a record batch may take when it is decompressed: a megabyte of zeros in gzip is a gigabyte, which
 * would be in memory as a whole.
 */
export const DECOMPRESSED_MAX = 256 << 20;

/** @throws when there would be more bytes than fit. */
function checkSize(size: number): void {
  if (size > DECOMPRESSED_MAX) throw new RangeError(`it would have more than ${DECOMPRESSED_MAX >> 20} MB`);
}

/** The codecs by name; attributes hold their ids. */
export const CODECS: Readonly<Record<CodecName, Codec>> = {
  none: { id: 0, compress: asBuffer, decompress: (bytes) => bytes },
  gzip: { id: 1, compress: (bytes) => gzipSync(bytes), decompress: decompressGzip },
  snappy: { id: 2, compress: compressSnappy, decompress: decompressSnappy },
  lz4: {
    id: 3,
    compress: (bytes) => compressFrameSync(asBuffer(bytes)),
    decompress: (bytes) => {
      checkSize(lz4SizeMax(bytes));
      return decompressFrameSync(bytes);
    },
  },
  // Created for each call, because the encoder keeps no state that would be worth its memory.
  zstd: {
    id: 4,
    compress: (bytes) => new Encoder(3).encodeSync(asBuffer(bytes)),
    decompress: (bytes) => {
      checkSize(zstdSizeMax(bytes));
      return new Decoder().decodeSync(bytes);
    },
  },
};

const BY_ID: readonly Codec[] = [CODECS.none, CODECS.gzip, CODECS.snappy, CODECS.lz4, CODECS.zstd];

/** @throws SluiceError LOG_CORRUPT for an unknown codec, or bytes that do not decompress or would be too many */
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

function decompressGzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: DECOMPRESSED_MAX });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') checkSize(Infinity);
    throw error;
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
    checkSize(snappySize(bytes));
    return snappyUncompress(bytes, { asBuffer: true }) as Buffer;
  }
  let sum = 0;
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
    const chunk = bytes.subarray(at, at + size);
    checkSize((sum += snappySize(chunk)));
    parts.push(snappyUncompress(chunk, { asBuffer: true }) as Buffer);
    at += size;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
