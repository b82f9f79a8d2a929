import { crc32c } from '@node-rs/crc32';

/*
 * A value followed by a 32-bit, big-endian checksum of the key and the value. LMDB has no checksums for its pages, and
 * a flipped bit in a row of state would be a wrong result. Short values use MurmurHash3 (x86, 32 bits), at a tenth of
 * the cost of reading the row; longer ones CRC-32C, which costs more per call and less per byte.
 */

const SUM_BYTES = 4;
/** Values of at least this length use CRC-32C. */
const CRC_BYTES = 512;
/** A space whose number has this bit contains such values. The number precedes every key, so all readers know. */
export const SEALED_SPACE = 0x8000_0000;

/** Whether the values of this space are sealed. */
export function isSealed(space: number): boolean {
  return space >= SEALED_SPACE;
}

/** `key`: the whole key, with the number of its space. */
export function seal(key: Uint8Array, value: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(value.length + SUM_BYTES);
  sealed.set(value, 0);
  sealed.writeUInt32BE(sumOf({ key, keyStart: 0, keyEnd: key.length, value: sealed }, value.length), value.length);
  return sealed;
}

/** The value; undefined when it, its key or the checksum has changed. */
export function unseal(key: Uint8Array, sealed: Buffer): Buffer | undefined {
  const length = lengthUnsealed({ key, keyStart: 0, keyEnd: key.length, value: sealed, valueEnd: sealed.length });
  return length === undefined ? undefined : sealed.subarray(0, length);
}

/** A key, and the sealed value at the start of a buffer. */
interface Sealed {
  readonly key: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Buffer;
  readonly valueEnd: number;
}

/** Length of the value without its checksum; undefined when it, its key or the checksum has changed. */
export function lengthUnsealed(sealed: Sealed): number | undefined {
  const length = sealed.valueEnd - SUM_BYTES;
  return length >= 0 && sealed.value.readUInt32BE(length) === sumOf(sealed, length) ? length : undefined;
}

function sumOf({ key, keyStart, keyEnd, value }: Omit<Sealed, 'valueEnd'>, length: number): number {
  const ofKey = murmur3(0, key, keyStart, keyEnd);
  if (length < CRC_BYTES) return murmur3(ofKey, value, 0, length);
  return crc32c(value.subarray(0, length), ofKey);
}

/** MurmurHash3_x86_32 by Austin Appleby (public domain): https://github.com/aappleby/smhasher */
function murmur3(seed: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = seed;
  const words = start + ((end - start) & ~3);
  for (let i = start; i < words; i += 4)
    hash = step(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  let rest = 0;
  for (let i = end - 1; i >= words; i--) rest = (rest << 8) | bytes[i]!;
  if (words < end) hash ^= mixed(rest);
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(word: number): number {
  const spread = Math.imul(word, 0xcc9e_2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b87_3593);
}

function step(hash: number, word: number): number {
  const met = hash ^ mixed(word);
  return (Math.imul((met << 13) | (met >>> 19), 5) + 0xe654_6b64) | 0;
}
