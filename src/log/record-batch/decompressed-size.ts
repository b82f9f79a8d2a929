/** A frame of zstd, a frame that is skipped (RFC 8878 sections 3.1.1 and 3.1.2), and one of LZ4. */
const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPED_MAGIC = 0x184d2a50;
const LZ4_MAGIC = 0x184d2204;
/** The most bytes of a block of zstd. */
const ZSTD_BLOCK = 128 * 1024;
/** No byte of LZ4 stands for more than this many. */
const LZ4_RATIO = 255;

/**
 * How many bytes some raw snappy says that it holds, which its decompressor allocates at once; NaN when it says
 * nothing. Little-endian groups of 7 bits (the format's description, section 1).
 */
export function snappySize(bytes: Buffer): number {
  let size = 0;
  for (let i = 0; i < 5 && i < bytes.length; i++) {
    const byte = bytes.readUInt8(i);
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  return NaN;
}

/**
 * The most bytes that frames of zstd can hold, by the headers of their blocks: what a frame says of its size is not
 * relied on. Ends where something else follows, which the decompressor refuses.
 */
export function zstdSizeMax(bytes: Buffer): number {
  let sum = 0;
  let at = 0;
  const has = (count: number): boolean => at + count <= bytes.length;
  while (has(5)) {
    const magic = bytes.readUInt32LE(at);
    if (isSkipped(magic)) {
      if (!has(8)) break;
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== ZSTD_MAGIC) break;
    const descriptor = bytes.readUInt8(at + 4);
    const isSingle = (descriptor & 0x20) !== 0;
    const dictionary = [0, 1, 2, 4].at(descriptor & 3) ?? 0;
    const content = [isSingle ? 1 : 0, 2, 4, 8].at(descriptor >> 6) ?? 0;
    at += 5 + (isSingle ? 0 : 1) + dictionary + content;
    for (let isLast = false; !isLast && has(3);) {
      const header = bytes.readUIntLE(at, 3);
      const size = header >> 3;
      const kind = (header >> 1) & 3;
      isLast = (header & 1) === 1;
      // As they are; one byte so many times; compressed.
      sum += kind === 2 ? ZSTD_BLOCK : size;
      at += 3 + (kind === 1 ? 1 : size);
    }
    if ((descriptor & 4) !== 0) at += 4;
  }
  return sum;
}

/** The most bytes that frames of LZ4 can hold, by the headers of their blocks (LZ4 frame format 1.6). */
export function lz4SizeMax(bytes: Buffer): number {
  let sum = 0;
  let at = 0;
  const has = (count: number): boolean => at + count <= bytes.length;
  while (has(7)) {
    const magic = bytes.readUInt32LE(at);
    if (isSkipped(magic)) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== LZ4_MAGIC) break;
    const flags = bytes.readUInt8(at + 4);
    const most = 2 ** (8 + 2 * ((bytes.readUInt8(at + 5) >> 4) & 7));
    const hasChecksums = (flags & 0x10) !== 0;
    // With the content's size and the dictionary's id, where there are any.
    at += 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4);
    while (has(4)) {
      const header = bytes.readUInt32LE(at);
      at += 4;
      if (header === 0) break;
      const size = header & 0x7fffffff;
      sum += header >= 0x80000000 ? size : Math.min(most, size * LZ4_RATIO);
      at += size + (hasChecksums ? 4 : 0);
    }
    if ((flags & 4) !== 0) at += 4;
  }
  return sum;
}

const isSkipped = (magic: number): boolean => (magic & 0xfffffff0) >>> 0 === SKIPPED_MAGIC;
