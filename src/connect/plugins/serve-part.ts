import { ByteWriter } from '../../base/byte-writer.ts';
import type { Clock } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import type { RawConfig } from '../api/config-spec.ts';
import {
  type Converter,
  NeedsPreparation,
  type Predicate,
  type SchemaAndValue,
  type Transform,
  type ValueEncoder,
} from '../api/converter.ts';
import { ConnectError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import type { ConnectSchema } from '../api/schema.ts';
import type { DecodedValues, Encoded, TestedRecords, TransformedRecords } from './messages.ts';
import { type PlainError, plainError } from './plain-error.ts';
import { type PackedSink, RecordPacker, RecordUnpacker } from './record-columns.ts';

/** The most preparations that one value may request before it is converted. */
const PREPARATIONS_MAX = 100;

/** An exported factory of something that handles records. */
export interface GivenPart {
  readonly className: string;
  readonly type: unknown;
  readonly create: (raw: RawConfig, given: Clock | boolean) => unknown;
}

/** The methods that each kind must have. */
const PARTS = { transformation: ['apply'], predicate: ['test'], converter: ['encoder', 'decode'] } as const;

type Made = Partial<Transform & Predicate & Converter>;

/** A transform, a predicate or a converter, in its thread. */
export class ServedPart {
  readonly #className: string;
  readonly #made: Made;
  readonly #packer = new RecordPacker();
  readonly #unpacker = new RecordUnpacker();
  readonly #encoders = new Map<string, Map<ConnectSchema | null, ValueEncoder>>();
  readonly #out = new ByteWriter(1 << 10);

  /** @throws the factory's error; ConnectError when a method is missing */
  constructor({ className, type, create }: GivenPart, raw: RawConfig, clock: Clock, isKey: boolean) {
    const made = create(raw, type === 'converter' ? isKey : clock) as Made | undefined;
    const parts = PARTS[type as keyof typeof PARTS];
    for (const part of parts)
      if (typeof made?.[part] !== 'function')
        throw new ConnectError(`What create of ${className} gives has no ${part}: a function`);
    this.#className = className;
    this.#made = made!;
  }

  transform(packed: PackedSink): TransformedRecords {
    const kept: boolean[] = [];
    const records: ConnectRecord[] = [];
    const error = this.#eachUntilError(packed, (record) => {
      const made = this.#now('apply', this.#made.apply!(record)) as ConnectRecord | null | undefined;
      if (made !== null && made !== undefined && typeof made.topic !== 'string')
        throw new ConnectError(`What apply of ${this.#className} returns is no record: it has no topic`);
      kept.push(made !== null && made !== undefined);
      if (made !== null && made !== undefined) records.push(made);
    });
    return { kept, records: this.#packer.plain(records), error };
  }

  test(packed: PackedSink): TestedRecords {
    const answers: boolean[] = [];
    const error = this.#eachUntilError(packed, (record) => {
      answers.push(Boolean(this.#now('test', this.#made.test!(record))));
    });
    return { answers, error };
  }

  async encode(packed: PackedSink): Promise<readonly Encoded[]> {
    const encoded: Encoded[] = [];
    for (const { topic, keySchema, key } of this.#unpacker.sink(packed))
      try {
        encoded.push(await this.#prepared(() => this.#encodeOne(topic, keySchema, key)));
      } catch (error) {
        encoded.push({ error: plainError(error) });
      }
    return encoded;
  }

  async decode(topic: string, bytes: readonly (Uint8Array | null)[]): Promise<DecodedValues> {
    const values: ConnectRecord[] = [];
    const errors = new Map<number, PlainError>();
    for (const [i, one] of bytes.entries()) {
      let decoded: SchemaAndValue = { schema: null, value: null };
      try {
        const given = one && Buffer.from(one.buffer, one.byteOffset, one.byteLength);
        decoded = await this.#prepared(() => this.#decodeOne(topic, given));
      } catch (error) {
        errors.set(i, plainError(error));
      }
      values.push({ topic, keySchema: decoded.schema, key: decoded.value, valueSchema: null, value: null });
    }
    return { values: this.#packer.plain(values), errors };
  }

  #eachUntilError(packed: PackedSink, work: (record: ConnectRecord) => void): PlainError | undefined {
    try {
      for (const record of this.#unpacker.sink(packed)) work(record);
      return undefined;
    } catch (error) {
      return plainError(error);
    }
  }

  #encodeOne(topic: string, schema: ConnectSchema | null, value: unknown): Uint8Array | null {
    let ofTopic = this.#encoders.get(topic);
    if (ofTopic === undefined) this.#encoders.set(topic, (ofTopic = new Map()));
    let encoder = ofTopic.get(schema);
    if (encoder === undefined) {
      encoder = this.#made.encoder!(topic, schema);
      if (typeof encoder !== 'function')
        throw new ConnectError(
          `What encoder of ${this.#className} gives is no function of a value and what it writes to`,
        );
      ofTopic.set(schema, encoder);
    }
    this.#out.reset();
    const has = this.#now('encoder', encoder(value, this.#out)) as unknown;
    if (typeof has !== 'boolean')
      throw new ConnectError(
        `The encoder of ${this.#className} says neither true (it has written) nor false (there are no bytes)`,
      );
    return has ? Uint8Array.prototype.slice.call(this.#out.view()) : null;
  }

  #decodeOne(topic: string, bytes: Uint8Array | null): SchemaAndValue {
    const decoded = this.#now('decode', this.#made.decode!(topic, bytes)) as SchemaAndValue | undefined;
    if (decoded?.schema === undefined || !('value' in decoded))
      throw new ConnectError(`What decode of ${this.#className} returns has no schema (null: none) and value`);
    return decoded;
  }

  /** A promise would be mistaken for the result. */
  #now<T>(name: string, answer: T): T {
    if (typeof (answer as { then?: unknown } | null | undefined)?.then !== 'function') return answer;
    (answer as unknown as Promise<unknown>).then(undefined, () => undefined);
    throw new ConnectError(`${name} of ${this.#className} returns a promise: it must answer at once`);
  }

  /** Code with its own copy of `sluice/connect` may also request a preparation. */
  async #prepared<T>(work: () => T): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return work();
      } catch (error) {
        const { ready } = error as Partial<NeedsPreparation>;
        if (typeof ready !== 'function') throw error;
        if (attempt === PREPARATIONS_MAX)
          throw new ConnectError(`${this.#className} asks again and again to be prepared: ${messageOf(error)}`);
        await ready();
      }
    }
  }
}
