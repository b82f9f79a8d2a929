import { utf8Text } from './ascii-text.ts';
import { Misfit } from './record-errors.ts';

/**
 * A position in a record's bytes, for binary formats. Reads past `end` are detected by `check` and where a length is
 * taken.
 */
export class ByteCursor {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  #view = new DataView(new ArrayBuffer(8)) as DataView;
  #viewed: Uint8Array | undefined;

  reset(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.pos = from;
    this.end = to;
  }

  /** @throws Misfit when more bytes were read than available */
  check(): void {
    if (this.pos > this.end) throw truncated();
  }

  byte(): number {
    if (this.pos >= this.end) throw truncated();
    return this.bytes[this.pos++]!;
  }

  /** An unsigned varint below 2^32; higher bits are dropped (negative int32 of protobuf). */
  varint32(): number {
    let result = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const b = this.byte();
      if (shift < 32) result |= (b & 0x7f) << shift;
      if (b < 0x80) return result >>> 0;
    }
    throw new Misfit('Malformed varint');
  }

  /** An unsigned varint of up to 64 bits: a number if it is exact, otherwise a bigint. */
  varint64(): number | bigint {
    const { bytes, end } = this;
    let i = this.pos;
    let low = 0;
    let factor = 1;
    // Seven bytes hold 49 bits.
    for (let n = 0; n < 7; n++) {
      if (i >= end) throw truncated();
      const b = bytes[i++]!;
      low += (b & 0x7f) * factor;
      if (b < 0x80) {
        this.pos = i;
        return low;
      }
      factor *= 128;
    }
    let value = BigInt(low);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      if (i >= end) throw truncated();
      const b = bytes[i++]!;
      value |= BigInt(b & 0x7f) << shift;
      if (b < 0x80) {
        this.pos = i;
        return BigInt.asUintN(64, value);
      }
    }
    throw new Misfit('Malformed varint');
  }

  /** A zigzag varint as a BIGINT value: a number if it is safe, otherwise a bigint. */
  zigzag64(): number | bigint {
    const n = this.varint64();
    if (typeof n === 'number') {
      const half = Math.floor(n / 2);
      return half * 2 === n ? half : -half - 1;
    }
    return normal((n >> 1n) ^ -(n & 1n));
  }

  zigzag32(): number {
    const n = this.varint32();
    return (n >>> 1) ^ -(n & 1);
  }

  /** Advances by `n` bytes and returns the position where they begin. */
  take(n: number): number {
    const at = this.pos;
    if (n < 0 || n > this.end - at) throw truncated();
    this.pos = at + n;
    return at;
  }

  text(length: number): string {
    const at = this.take(length);
    return utf8Text(this.bytes, at, at + length);
  }

  /** A copy, since fetched buffers are reused. */
  copy(length: number): Buffer {
    const at = this.take(length);
    return Buffer.from(this.bytes.subarray(at, at + length));
  }

  float64LE(): number {
    return this.#data().getFloat64(this.take(8), true);
  }

  float32LE(): number {
    return this.#data().getFloat32(this.take(4), true);
  }

  uint32LE(): number {
    return this.#data().getUint32(this.take(4), true);
  }

  bigUint64LE(): bigint {
    return this.#data().getBigUint64(this.take(8), true);
  }

  #data(): DataView {
    if (this.#viewed !== this.bytes) {
      this.#viewed = this.bytes;
      this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    }
    return this.#view;
  }
}

function truncated(): Misfit {
  return new Misfit('Unexpected end of the record');
}

function normal(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}
