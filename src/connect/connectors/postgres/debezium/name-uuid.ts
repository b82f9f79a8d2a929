import { createHash } from 'node:crypto';

/** Computes a version 3 UUID from a text without a namespace, like Java's UUID.nameUUIDFromBytes. */
export function nameUuid(text: string): string {
  const hash: Buffer = createHash('md5').update(text).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x30;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
