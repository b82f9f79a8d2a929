import type { ByteWriter } from '../../base/byte-writer.ts';

/** Bytes of the zigzag varint of a safe integer. */
export function varintLength(value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  let n = 1;
  while (z > 127) {
    n++;
    z = Math.floor(z / 128);
  }
  return n;
}

/** Writes a zigzag varint at `at` and returns the position behind it. The caller has made room. */
export function putVarint(bytes: Buffer, at: number, value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  while (z > 127) {
    // Beyond 32 bits `&` would see only the low half, which is all that is asked for here.
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
