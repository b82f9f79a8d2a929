import { must } from '../../base/assert.ts';
import type {
  ApartContext,
  ApartConverter,
  ApartPredicate,
  ApartTransform,
  InOrder,
  ToEncode,
  WorkerConverter,
  WorkerPredicate,
  WorkerTransform,
} from '../api/apart.ts';
import type { RawConfig } from '../api/config-spec.ts';
import type { SchemaAndValue } from '../api/converter.ts';
import { ConnectError } from '../api/errors.ts';
import type { ConnectRecord } from '../api/record.ts';
import { Looks } from './looks.ts';
import type { PartTable } from './messages.ts';
import { errorOf, type PlainError } from './plain-error.ts';
import type { ThreadOptions } from './plugin-thread.ts';
import { RecordPacker, RecordUnpacker } from './record-columns.ts';
import { Seat } from './seat.ts';
import { ThreadPlace } from './threads.ts';

export type ThreadedPart =
  | { readonly type: 'transformation'; readonly plugin: WorkerTransform }
  | { readonly type: 'predicate'; readonly plugin: WorkerPredicate }
  | { readonly type: 'converter'; readonly plugin: WorkerConverter };

/**
 * A transform, a predicate or a converter of an external module. Its code runs in a separate thread for each task that
 * uses it, so that a record that makes it hang ends only that task.
 */
export function threadedPart(table: PartTable, specifier: string, options: ThreadOptions): ThreadedPart {
  const { className, aliases, version, doc, config, sqlFormat, type } = table;
  const what = { specifier, className };
  const checks = new Looks(options, what, config);
  const places = new WeakMap<object, ThreadPlace>();
  const seat = (task: object): Seat => {
    let place = places.get(task);
    if (place === undefined) places.set(task, (place = new ThreadPlace(options, what, 0)));
    return new Seat(place, options.env);
  };
  const data = {
    className,
    aliases,
    version,
    doc,
    config,
    checked: (raw: RawConfig) => checks.check(raw),
    create: (): never => {
      throw new ConnectError(`${className} answers later: it runs in a thread of its own`);
    },
  };
  switch (type) {
    case 'transformation':
      return { type, plugin: { ...data, apart: (task, raw) => new ThreadedTransform(seat(task), raw) } };
    case 'predicate':
      return { type, plugin: { ...data, apart: (task, raw) => new ThreadedPredicate(seat(task), raw) } };
    case 'converter':
      return {
        type,
        plugin: {
          ...data,
          apart: (task, raw, isKey) => new ThreadedConverter(seat(task), raw, isKey),
          ...(sqlFormat !== undefined && { sqlForm: () => ({ format: sqlFormat }) }),
        },
      };
  }
}

class PartSeat {
  protected readonly seat: Seat;
  protected packer = new RecordPacker();
  protected unpacker = new RecordUnpacker();
  readonly #raw: RawConfig;
  readonly #isKey: boolean;

  constructor(seat: Seat, raw: RawConfig, isKey = false) {
    this.seat = seat;
    this.#raw = raw;
    this.#isKey = isKey;
  }

  async start({ logger, signal, raiseError }: ApartContext): Promise<void> {
    // Each start recreates it in the thread, and schemas are sent again.
    this.packer = new RecordPacker();
    this.unpacker = new RecordUnpacker();
    this.seat.take({
      signal,
      listener: { log: (level, message, fields) => logger[level](message, fields), ended: raiseError },
    });
    await this.seat.call('startPart', this.#raw, this.#isKey);
  }

  stop(): Promise<void> {
    return this.seat.leave();
  }
}

class ThreadedTransform extends PartSeat implements ApartTransform {
  async apply<R extends ConnectRecord>(records: readonly R[]): Promise<InOrder<R | null>> {
    const { kept, records: packed, error } = await this.seat.call('transform', this.packer.plain(records));
    const made = this.unpacker.sink(packed);
    let at = 0;
    return {
      answers: kept.map((isKept, i) =>
        isKept ? changed(must(records[i], 'record that was asked'), must(made[at++], 'record that was made')) : null,
      ),
      error: error && errorOf(error),
    };
  }
}

/** The record with the parts that a transform may change. A sink's record keeps its position. */
function changed<R extends ConnectRecord>(record: R, made: ConnectRecord): R {
  const { topic, keySchema, key, valueSchema, value, timestamp, headers } = made;
  const partition = made.partition ?? ('originalTopic' in record ? record.partition : undefined);
  return { ...record, topic, partition, keySchema, key, valueSchema, value, timestamp, headers };
}

class ThreadedPredicate extends PartSeat implements ApartPredicate {
  async test(records: readonly ConnectRecord[]): Promise<InOrder<boolean>> {
    const { answers, error } = await this.seat.call('test', this.packer.plain(records));
    return { answers, error: error && errorOf(error) };
  }
}

class ThreadedConverter extends PartSeat implements ApartConverter {
  async encode(values: readonly ToEncode[]): Promise<readonly (Uint8Array | null | Error)[]> {
    const records = values.map(({ topic, schema, value }) => ({
      topic,
      keySchema: schema,
      key: value,
      valueSchema: null,
      value: null,
    }));
    const encoded = await this.seat.call('encode', this.packer.plain(records));
    return encoded.map((one) => (one === null || one instanceof Uint8Array ? one : errorOf(one.error)));
  }

  async decode(topic: string, bytes: readonly (Uint8Array | null)[]): Promise<readonly (SchemaAndValue | Error)[]> {
    const own = bytes.map((one) => one && (Uint8Array.prototype.slice.call(one) as Uint8Array));
    const { values, errors } = await this.seat.call('decode', topic, own);
    return this.unpacker.sink(values).map((r, i) => {
      const error: PlainError | undefined = errors.get(i);
      return error === undefined ? { schema: r.keySchema, value: r.key } : errorOf(error);
    });
  }
}
