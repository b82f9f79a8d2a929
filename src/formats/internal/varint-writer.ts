import type { ByteWriter } from '../../base/byte-writer.ts';

/** Writes an unsigned varint; negative numbers take 64 bits of two's complement, as protobuf requires. */
export function writeVarint(out: ByteWriter, value: number | bigint): void {
  out.reserve(10);
  if (typeof value === 'number' && value >= 0) {
    let rest = value;
    while (rest >= 128) {
      out.bytes[out.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    out.bytes[out.length++] = rest;
    return;
  }
  let remaining = BigInt.asUintN(64, BigInt(value));
  while (remaining >= 128n) {
    out.bytes[out.length++] = Number(remaining & 127n) | 128;
    remaining >>= 7n;
  }
  out.bytes[out.length++] = Number(remaining);
}

/** Writes a zigzag varint of a BIGINT value. */
export function writeZigzag(out: ByteWriter, value: number | bigint): void {
  if (typeof value === 'number' && value < 4503599627370496 && value >= -4503599627370496) {
    writeVarint(out, value >= 0 ? value * 2 : -value * 2 - 1);
    return;
  }
  const big = BigInt(value);
  writeVarint(out, BigInt.asUintN(64, (big << 1n) ^ (big >> 63n)));
}

/**
 * Writes the length in bytes as a varint, shifted left by `shift` (1 for zigzag), and the text as UTF-8. Most texts are
 * short ASCII, whose length is known before it is written.
 */
export function writeLengthAndText(out: ByteWriter, text: string, shift: 0 | 1): void {
  const chars = text.length;
  if (chars < 32) {
    out.reserve(chars + 1);
    const { bytes } = out;
    const at = out.length + 1;
    let i = 0;
    for (; i < chars; i++) {
      const c = text.charCodeAt(i);
      if (c > 127) break;
      bytes[at + i] = c;
    }
    if (i === chars) {
      bytes[at - 1] = chars << shift;
      out.length = at + chars;
      return;
    }
  }
  const length = Buffer.byteLength(text, 'utf8');
  writeVarint(out, shift === 0 ? length : length * 2);
  out.writeUtf8(text);
}

/** Two's complement, big-endian, of minimal length, as by Java's BigInteger.toByteArray. */
export function twosComplement(value: bigint): Buffer {
  let size = 1;
  if (value < -128n || value > 127n) {
    const magnitude = value < 0n ? -value - 1n : value;
    size = Math.floor(magnitude.toString(2).length / 8) + 1;
  }
  return Buffer.from(
    BigInt.asUintN(size * 8, value)
      .toString(16)
      .padStart(size * 2, '0'),
    'hex',
  );
}

/** The inverse of `twosComplement`; an empty range is zero. */
export function fromTwosComplement(bytes: Uint8Array, from: number, to: number): bigint {
  if (from === to) return 0n;
  let text = '0x';
  for (let i = from; i < to; i++) text += bytes[i]!.toString(16).padStart(2, '0');
  return BigInt.asIntN((to - from) * 8, BigInt(text));
}
