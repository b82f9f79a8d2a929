import { must } from '../../../base/assert.ts';
import type { Logger } from '../../../base/env.ts';
import type { ApartContext, ToEncode } from '../../api/apart.ts';
import type { Converter } from '../../api/converter.ts';
import type { ConnectRecord, SourceBatch, SourceRecord } from '../../api/record.ts';
import type { RecordHeader } from '../../../log/record-batch/headers.ts';
import { ApartChain } from './apart-chain.ts';
import { ThreadConverter } from './apart-converter.ts';
import { accused } from './blame.ts';
import type { TaskControl } from './task-control.ts';
import type { TransformChain } from './transform-chain.ts';

/** Records as bytes, by position. */
interface RawColumns {
  readonly count: number;
  key(i: number): Uint8Array | null;
  value(i: number): Uint8Array | null;
}

/** The parts of a task that are needed here. */
interface Site {
  readonly logger: Logger;
  readonly control: TaskControl;
  readonly transforms: TransformChain | undefined;
  readonly keys: Converter;
  readonly values: Converter;
  readonly headers: Converter | undefined;
}

/**
 * For a task with transforms or converters in other threads: processes whole batches in advance, so that the results
 * are available when a record is handled. What could not be prepared (records after one that failed) is requested then.
 */
export class Foresight {
  readonly #site: Site;
  readonly #chain: ApartChain | undefined;
  readonly #keys: ThreadConverter | undefined;
  readonly #values: ThreadConverter | undefined;
  readonly #headers: ThreadConverter | undefined;

  /** Returns undefined when everything runs in the worker's thread. */
  static of(site: Site): Foresight | undefined {
    const foresight = new Foresight(site);
    return foresight.#parts.length === 0 ? undefined : foresight;
  }

  private constructor(site: Site) {
    this.#site = site;
    const { transforms, keys, values, headers } = site;
    this.#chain = transforms instanceof ApartChain ? transforms : undefined;
    this.#keys = keys instanceof ThreadConverter ? keys : undefined;
    this.#values = values instanceof ThreadConverter ? values : undefined;
    this.#headers = headers instanceof ThreadConverter ? headers : undefined;
  }

  get #parts(): readonly (ApartChain | ThreadConverter)[] {
    return [this.#chain, this.#keys, this.#values, this.#headers].flatMap((part) => part ?? []);
  }

  /** @throws errors of their creation */
  async start(): Promise<void> {
    const { logger, control } = this.#site;
    const context: ApartContext = { logger, signal: control.signal, raiseError: accused() };
    for (const part of this.#parts) await part.start(context);
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#parts.map((part) => part.stop()));
  }

  /**
   * Prepares a batch and returns it with its records created once, so that they stay the same objects. @throws an error
   * that ends a thread
   */
  async source(batch: SourceBatch): Promise<SourceBatch> {
    const records = Array.from({ length: batch.count }, (_, i): SourceRecord | { readonly thrown: unknown } => {
      try {
        return batch.record(i);
      } catch (error) {
        return { thrown: error };
      }
    });
    const read = records.flatMap((r) => ('thrown' in r || r.rawKey !== undefined ? [] : [r]));
    const chain = this.#chain;
    if (chain !== undefined) await chain.prepare(read);
    const behind = chain === undefined ? read : read.flatMap((r) => chain.answered(r) ?? []);
    await this.#encode(behind);
    return {
      ...batch,
      count: batch.count,
      record: (i) => {
        const record = must(records[i], 'record of the batch');
        if ('thrown' in record) throw record.thrown;
        return record;
      },
    };
  }

  /** Prepares bytes that a sink has read. @throws an error that ends a thread */
  async bytes(topic: string, columns: RawColumns, headersOf: (i: number) => readonly RecordHeader[]): Promise<void> {
    const all = <T>(of: (i: number) => T): T[] => Array.from({ length: columns.count }, (_, i) => of(i));
    await this.#keys?.prepareDecode(
      topic,
      all((i) => columns.key(i)),
    );
    await this.#values?.prepareDecode(
      topic,
      all((i) => columns.value(i)),
    );
    await this.#headers?.prepareDecode(topic, all((i) => headersOf(i).map((h) => h.value)).flat());
  }

  /** Prepares records that a sink has decoded. @throws an error that ends a thread */
  async records(records: readonly ConnectRecord[]): Promise<void> {
    await this.#chain?.prepare(records);
  }

  async #encode(records: readonly ConnectRecord[]): Promise<void> {
    const asked = (of: (record: ConnectRecord) => ToEncode | readonly ToEncode[]): ToEncode[] => records.flatMap(of);
    await this.#keys?.prepareEncode(asked(({ topic, keySchema, key }) => ({ topic, schema: keySchema, value: key })));
    await this.#values?.prepareEncode(
      asked(({ topic, valueSchema, value }) => ({ topic, schema: valueSchema, value })),
    );
    await this.#headers?.prepareEncode(
      asked(({ topic, headers }) => (headers ?? []).map(({ schema, value }) => ({ topic, schema, value }))),
    );
  }
}
