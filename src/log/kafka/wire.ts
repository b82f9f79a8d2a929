import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';

/**
 * Kafka's primitive types, "compact" as in flexible request versions
 * (https://kafka.apache.org/protocol#protocol_types).
 */
export class WireWriter extends ByteWriter {
  writeInt16(value: number): void {
    this.reserve(2);
    this.length = this.bytes.writeInt16BE(value, this.length);
  }

  writeInt53(value: number): void {
    this.writeBigInt64BE(BigInt(value));
  }

  writeUvarint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.writeByte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.writeByte(rest);
  }

  /** Length + 1; 0 is null. */
  writeCompactString(text: string | null): void {
    if (text === null) {
      this.writeUvarint(0);
      return;
    }
    this.writeUvarint(Buffer.byteLength(text) + 1);
    this.writeUtf8(text);
  }

  /** The head of an array of `n`; its elements follow. */
  writeCompactCount(n: number): void {
    this.writeUvarint(n + 1);
  }

  /** 16 bytes, from their usual text. */
  writeUuid(text: string): void {
    const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
    this.writeBytes(bytes, 0, bytes.length);
  }

  writeNoTags(): void {
    this.writeByte(0);
  }
}

/**
 * Reads Kafka's primitive types from one contiguous response. Reading beyond the end is LOG_UNAVAILABLE, since the
 * response is invalid.
 */
export class WireReader {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  #take(n: number): number {
    const at = this.at;
    if (n < 0 || at + n > this.bytes.length) {
      throw new SluiceError('LOG_UNAVAILABLE', `Kafka's answer ends at byte ${this.bytes.length}, before ${at + n}`);
    }
    this.at = at + n;
    return at;
  }

  skip(n: number): void {
    this.#take(n);
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8));
  }

  /** A 64-bit number that is an offset or a time. */
  int53(): number {
    const at = this.#take(8);
    return this.bytes.readInt32BE(at) * 4294967296 + this.bytes.readUInt32BE(at + 4);
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[this.#take(1)]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new SluiceError('LOG_UNAVAILABLE', `Kafka's answer has an endless varint before byte ${this.at}`);
  }

  compactString(): string | null {
    const n = this.uvarint();
    if (n === 0) return null;
    const at = this.#take(n - 1);
    return this.bytes.toString('utf8', at, at + n - 1);
  }

  uuid(): string {
    const at = this.#take(16);
    return this.bytes.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** Number of elements; a null array has none. */
  compactCount(): number {
    const n = this.uvarint();
    return n === 0 ? 0 : n - 1;
  }

  tags(): void {
    for (let n = this.uvarint(); n > 0; n--) {
      this.uvarint();
      this.skip(this.uvarint());
    }
  }
}
