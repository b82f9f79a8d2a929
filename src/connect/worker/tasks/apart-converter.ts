import type { ApartContext, ApartConverter, ToEncode } from '../../api/apart.ts';
import { must } from '../../../base/assert.ts';
import type { ByteWriter } from '../../../base/byte-writer.ts';
import { type Converter, NeedsPreparation, type SchemaAndValue, type ValueEncoder } from '../../api/converter.ts';
import type { ConnectSchema } from '../../api/schema.ts';

type Bytes = Uint8Array | null | Error;

/** The most results that are kept besides those of the last preparation. */
const KEPT_MAX = 20_000;

/**
 * A converter whose code runs in another thread. It converts many values at once and keeps the bytes of each. Its
 * output depends only on topic, schema and value, so results are looked up by those.
 */
export class ThreadConverter implements Converter {
  readonly #apart: ApartConverter;
  readonly #encoded = new Map<string, Map<ConnectSchema | null, Map<unknown, Bytes>>>();
  readonly #decoded = new Map<string, Map<string | null, SchemaAndValue | Error>>();
  #kept = 0;

  constructor(apart: ApartConverter) {
    this.#apart = apart;
  }

  start(context: ApartContext): Promise<void> {
    return this.#apart.start(context);
  }

  stop(): Promise<void> {
    return this.#apart.stop();
  }

  encoder(topic: string, schema: ConnectSchema | null): ValueEncoder {
    return (value: unknown, out: ByteWriter): boolean => {
      const answers = this.#encoded.get(topic)?.get(schema);
      const id = idOf(value);
      const bytes = answers?.get(id);
      if (bytes === undefined) throw later(() => this.prepareEncode([{ topic, schema, value }], false));
      if (bytes instanceof Error) {
        // The value may be retried.
        answers!.delete(id);
        throw bytes;
      }
      if (bytes === null) return false;
      out.writeBytes(bytes);
      return true;
    };
  }

  decode(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    const answers = this.#decoded.get(topic);
    const id = textOf(bytes);
    const found = answers?.get(id);
    if (found === undefined) throw later(() => this.prepareDecode(topic, [bytes], false));
    if (!(found instanceof Error)) return found;
    answers!.delete(id);
    throw found;
  }

  /** `isBatch`: earlier results are no longer needed. @throws an error that ends the code's thread */
  async prepareEncode(values: readonly ToEncode[], isBatch = true): Promise<void> {
    this.#make(values.length, isBatch);
    const open = values
      .map((one) => ({ one, answers: this.#answersOf(one), id: idOf(one.value) }))
      .filter(({ answers, id }) => !answers.has(id));
    if (open.length === 0) return;
    const encoded = await this.#apart.encode(open.map(({ one }) => one));
    for (const [i, { answers, id }] of open.entries()) answers.set(id, encoded[i] ?? null);
  }

  async prepareDecode(topic: string, bytes: readonly (Uint8Array | null)[], isBatch = true): Promise<void> {
    this.#make(bytes.length, isBatch);
    let answers = this.#decoded.get(topic);
    if (answers === undefined) this.#decoded.set(topic, (answers = new Map()));
    const open = new Map<string | null, Uint8Array | null>();
    for (const one of bytes) {
      const id = textOf(one);
      if (!answers.has(id)) open.set(id, one);
    }
    if (open.size === 0) return;
    const decoded = await this.#apart.decode(topic, [...open.values()]);
    for (const [i, id] of [...open.keys()].entries()) answers.set(id, must(decoded[i], 'answer'));
  }

  #make(count: number, isBatch: boolean): void {
    if (isBatch || this.#kept + count > KEPT_MAX) {
      for (const ofTopic of this.#encoded.values()) ofTopic.clear();
      this.#decoded.clear();
      this.#kept = 0;
    }
    this.#kept += count;
  }

  #answersOf({ topic, schema }: ToEncode): Map<unknown, Bytes> {
    let ofTopic = this.#encoded.get(topic);
    if (ofTopic === undefined) this.#encoded.set(topic, (ofTopic = new Map()));
    let answers = ofTopic.get(schema);
    if (answers === undefined) ofTopic.set(schema, (answers = new Map()));
    return answers;
  }
}

function later(ready: () => Promise<void>): NeedsPreparation {
  return new NeedsPreparation('The converter runs in another thread', ready);
}

const MINUS_ZERO = Symbol('-0');

/** A Map does not distinguish 0 and -0. */
function idOf(value: unknown): unknown {
  return Object.is(value, -0) ? MINUS_ZERO : value;
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
