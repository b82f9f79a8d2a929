/** A growing byte buffer that encoders append to. Writers keep `bytes` and `length` in locals on the hot path. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity = 1 << 12) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `n` more bytes; `bytes` may be another buffer afterwards. */
  reserve(n: number): void {
    const needed = this.length + n;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, needed));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  reset(): void {
    this.length = 0;
  }

  writeByte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  writeBytes(source: Uint8Array, from = 0, to = source.length): void {
    const length = to - from;
    this.reserve(length);
    const target = this.bytes;
    // A native copy costs more than a short loop (bench/micro).
    if (length < 48) {
      for (let i = from, at = this.length; i < to; i++) target[at++] = source[i]!;
    } else {
      target.set(from === 0 && to === source.length ? source : source.subarray(from, to), this.length);
    }
    this.length += length;
  }

  writeUtf8(text: string): void {
    this.reserve(text.length * 3);
    const target = this.bytes;
    let at = this.length;
    if (text.length < 48) {
      let i = 0;
      for (; i < text.length; i++) {
        const c = text.charCodeAt(i);
        if (c > 127) break;
        target[at + i] = c;
      }
      if (i === text.length) {
        this.length = at + i;
        return;
      }
    }
    at += target.write(text, at, 'utf8');
    this.length = at;
  }

  writeInt32BE(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeInt32BE(value, this.length);
  }

  writeBigInt64BE(value: bigint): void {
    this.reserve(8);
    this.length = this.bytes.writeBigInt64BE(BigInt.asIntN(64, value), this.length);
  }

  writeDoubleBE(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleBE(value, this.length);
  }

  /** A view of what was written; valid until the next write. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what was written. */
  toBuffer(): Buffer {
    return Buffer.from(this.view());
  }
}
