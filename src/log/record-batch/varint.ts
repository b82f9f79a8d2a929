import type { ByteWriter } from '../../base/byte-writer.ts';

/** The length in bytes of a safe integer's zigzag varint. */
export function varintLength(value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  let n = 1;
  while (z > 127) {
    n++;
    z = Math.floor(z / 128);
  }
  return n;
}

/** Writes a zigzag varint at `at` and returns the position after it. The caller has made room. */
export function putVarint(bytes: Buffer, at: number, value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  while (z > 127) {
    // Beyond 32 bits `&` uses only the low half, which is sufficient here.
    bytes[at++] = (z & 127) | 128;
    z = Math.floor(z / 128);
  }
  bytes[at++] = z;
  return at;
}

export function writeVarint(out: ByteWriter, value: number): void {
  out.reserve(10);
  out.length = putVarint(out.bytes, out.length, value);
}
