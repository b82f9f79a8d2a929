import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';
import type { CodecRegistry, RowDecoder, RowEncoder } from '../../formats/api.ts';
import { formatNamed } from '../../formats/registry.ts';
import type { RowColumn, TopicCodec, WindowInfo } from '../../plan/steps/steps.ts';
import type { Key } from '../../types/row.ts';

/** A windowed key's bytes are followed by window start and end, as in Kafka Streams' windowed serdes. */
const TIME_SUFFIX_BYTES = 8;
const SESSION_SUFFIX_BYTES = 16;

/** Decodes a record's key. */
export class KeyReader {
  readonly #decoder: RowDecoder | undefined;
  readonly #blank: Key;
  readonly #window: WindowInfo | undefined;

  constructor(
    codec: TopicCodec,
    columns: readonly RowColumn[],
    window: WindowInfo | undefined,
    topic: string,
    registry: CodecRegistry | undefined,
  ) {
    this.#blank = columns.map(() => null);
    this.#window = window;
    // Without key columns the key's bytes have no known format and are not read.
    if (columns.length > 0) {
      this.#decoder = formatNamed(codec.keyFormat.format).createDecoder(
        { schema: { columns, features: codec.keyFeatures, isKey: true }, info: codec.keyFormat, topic, registry },
        columns.map((_, i) => i),
      );
    }
  }

  /** @throws SluiceError DESERIALIZATION; NeedsSchema */
  read(bytes: Buffer, from: number, length: number): Key | null {
    if (length < 0 || this.#decoder === undefined) return null;
    const key = this.#blank.slice();
    const window = this.#window;
    if (window === undefined) return this.#decoder.decode(bytes, from, from + length, key) ? key : null;
    const suffix = window.type === 'SESSION' ? SESSION_SUFFIX_BYTES : TIME_SUFFIX_BYTES;
    if (length < suffix) throw new SluiceError('DESERIALIZATION', `A windowed key of ${length} bytes has no window`);
    const at = from + length - suffix;
    if (!this.#decoder.decode(bytes, from, at, key)) return null;
    if (window.type === 'SESSION') {
      key.push(Number(bytes.readBigInt64BE(at + 8)), Number(bytes.readBigInt64BE(at)));
    } else {
      const start = Number(bytes.readBigInt64BE(at));
      key.push(start, start + (window.sizeMs ?? 0));
    }
    return key;
  }
}

/** Encodes keys into a buffer of its own. */
export class KeyWriter {
  readonly out = new ByteWriter(256);
  readonly #encoder: RowEncoder | undefined;
  readonly #width: number;
  readonly #window: WindowInfo | undefined;
  /** Number of bytes before the window; they choose the partition. */
  baseLength = 0;

  constructor(
    codec: TopicCodec,
    columns: readonly RowColumn[],
    window: WindowInfo | undefined,
    topic: string,
    registry: CodecRegistry | undefined,
  ) {
    this.#width = columns.length;
    this.#window = window;
    if (columns.length > 0) {
      this.#encoder = formatNamed(codec.keyFormat.format).createEncoder({
        schema: { columns, features: codec.keyFeatures, isKey: true },
        info: codec.keyFormat,
        topic,
        registry,
      });
    }
  }

  /** Fills `out`; false when the record has no key. */
  write(key: Key | null): boolean {
    const out = this.out;
    out.reset();
    if (key === null || this.#encoder === undefined || !this.#encoder.encode(key, 0, out)) return false;
    this.baseLength = out.length;
    const window = this.#window;
    if (window !== undefined) {
      const start = BigInt(key[this.#width] as number);
      if (window.type === 'SESSION') out.writeBigInt64BE(BigInt(key[this.#width + 1] as number));
      out.writeBigInt64BE(start);
    }
    return true;
  }
}

/** The decoder of a topic's value columns; column i is written to `row[wanted[i]]`, or skipped for -1. */
export function valueDecoder(
  codec: TopicCodec,
  columns: readonly RowColumn[],
  wanted: readonly number[],
  topic: string,
  registry: CodecRegistry | undefined,
): RowDecoder {
  return formatNamed(codec.valueFormat.format).createDecoder(
    { schema: { columns, features: codec.valueFeatures, isKey: false }, info: codec.valueFormat, topic, registry },
    wanted,
  );
}

export function valueEncoder(
  codec: TopicCodec,
  columns: readonly RowColumn[],
  topic: string,
  registry: CodecRegistry | undefined,
): RowEncoder {
  return formatNamed(codec.valueFormat.format).createEncoder({
    schema: { columns, features: codec.valueFeatures, isKey: false },
    info: codec.valueFormat,
    topic,
    registry,
  });
}
