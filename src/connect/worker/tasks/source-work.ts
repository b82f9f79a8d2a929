import { ByteWriter } from '../../../base/byte-writer.ts';
import { Stretch } from '../../../base/stretch.ts';
import type { LogWriter } from '../../../log/api.ts';
import { NullKeyPartitioner, partitionOfKey } from '../../../log/partitioner.ts';
import { BatchBuilder } from '../../../log/record-batch/builder.ts';
import { type EncodedHeaders, encodeHeaders, writeTextHeader } from '../../../log/record-batch/headers.ts';
import type { SourceTask } from '../../api/connector.ts';
import { NeedsPreparation, type Converter, type ValueEncoder } from '../../api/converter.ts';
import { ConnectError, DataError, UnreadableRow } from '../../api/errors.ts';
import type { ConnectHeader, OffsetMap, SourceBatch, SourceRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonEncoder } from '../../converters/json-value.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import type { FailedRecord, Stage } from './error-policy.ts';
import { headerText } from './header-text.ts';
import { endOffsets, liveKeys } from './live-keys.ts';
import { recordsOf } from './records-of.ts';
import type { TransformChain } from './transform-chain.ts';
import { commitRetrying } from './retrying.ts';
import { TaskMemory } from './task-memory.ts';
import type { TaskWork } from './task-runner.ts';
import type { TaskSite } from './task-site.ts';

/** The first pause before a call is repeated, in ms. */
export const SOURCE_RETRY_FIRST_MS = 250;
/** A batch is closed at this size, or at the topic's limit if that is smaller. */
const BATCH_BYTES_MAX = 512 * 1024;
/** Kafka's default of max.message.bytes. */
const MESSAGE_BYTES_MAX = 1_048_588;
/** The most bytes in a batch and its record besides key, value and headers. */
const AROUND_BYTES = 96;

/** The longest key of a dead letter. */
const KEY_BYTES_MAX = 1 << 16;

/** The clock is checked whenever these bits of a record's number are 0. */
const LOOK_MASK = 31;

/** A topic that the task writes: partitions, open batches, compiled encoders. */
interface Target {
  readonly topic: string;
  readonly partitions: number;
  /** The largest batch, in bytes, that the topic accepts. */
  readonly limit: number;
  readonly builders: (BatchBuilder | undefined)[];
  readonly unkeyed: NullKeyPartitioner;
  readonly keyEncoders: Map<ConnectSchema | null, ValueEncoder>;
  readonly valueEncoders: Map<ConnectSchema | null, ValueEncoder>;
  // The last schemas, which are nearly always those of the next record too.
  keySchema: ConnectSchema | null;
  keyEncoder: ValueEncoder;
  valueSchema: ConnectSchema | null;
  valueEncoder: ValueEncoder;
}

/** The work of a source task: poll, transform, convert, append, and commit records and source offsets together. */
export class SourceWork implements TaskWork {
  readonly #site: TaskSite;
  #writer: LogWriter | undefined;
  /** Records of the current batch that go to the log. */
  #appended = 0;
  readonly #task: SourceTask;
  readonly #targets = new Map<string, Target>();
  readonly #stretch: Stretch;
  readonly #headerEncoders = new Map<ConnectSchema | null, ValueEncoder>();
  readonly #headerBytes = new ByteWriter(256);
  readonly #scratch = new ByteWriter(1 << 12);
  #declarations: Promise<void>[] = [];
  readonly #letters: DeadLetterBox;
  readonly #memory: TaskMemory;

  constructor(site: TaskSite, task: SourceTask) {
    this.#site = site;
    this.#memory = new TaskMemory(site.host.env.timers, site.control.signal);
    this.#task = task;
    this.#stretch = new Stretch(site.host.env);
    this.#letters = new DeadLetterBox(site);
  }

  start(): Promise<void> {
    const { host, spec } = this.#site;
    return this.#task.start(spec.config, {
      ...this.#site.taskContext(),
      offset: (partition) => host.store.sourceOffset(spec.connector, partition),
      endOffsets: async (topic) => {
        const behind = host.topicBehindTransforms(spec.connector, topic);
        return behind === undefined ? [] : await endOffsets(host.log, behind);
      },
      recordsOf: (topic, partition, from) => recordsOf(host.log, { topic, partition }, from),
      liveKeys: (topic, before) => {
        const behind = host.topicBehindTransforms(spec.connector, topic);
        if (behind === undefined)
          throw new ConnectError(
            `What the transforms of ${spec.connector} make of topic ${topic} cannot be foreseen: its keys are not known`,
          );
        return liveKeys(host.log, behind, before);
      },
      remark: (text) => spec.onRemark(text),
      report: (progress) => spec.onProgress(progress),
      receive: (receiver) =>
        host.deliveries.register(spec.connector, { receiver, isPaused: () => this.#site.control.paused }),
      declareTopic: (declaration) => {
        this.#declarations.push(host.declareTopic(spec.connector, declaration));
      },
    });
  }

  async open(): Promise<void> {
    const { host, spec } = this.#site;
    this.#writer = await host.log.createWriter({
      transactionalId: `${host.groupId}-${spec.connector}-${spec.taskId}`,
    });
    if (this.#letters.isKept) await this.#site.retrying(() => this.#letters.ensureTopic());
  }

  async round(): Promise<void> {
    // A task that always has data gives others a turn.
    await this.#stretch.breathe();
    await this.#memory.rest();
    const { meter } = this.#site.spec;
    const began = meter.nowMs;
    const polled = await this.#site.retrying(() => this.#task.poll());
    await this.#declared();
    if (this.#site.control.stopped) return;
    const made = 'count' in polled ? polled : batchOf(polled);
    const batch = (await this.#site.foresight?.source(made)) ?? made;
    meter.batch(batch.count, began);
    if (batch.count === 0 && (batch.offsets?.size ?? 0) === 0) return;
    if (batch.count > 0) meter.take(batch.count);
    await meter.commit(() => this.#site.retrying(() => this.#write(this.#writer!, batch)));
    if (this.#appended > 0) meter.move(this.#appended);
    if (batch.madeAtMs !== undefined) meter.changesWritten(batch.madeAtMs);
    await this.#task.commit?.();
  }

  /** Nothing to do: the records of a poll are committed with it. */
  async settle(): Promise<void> {}

  stop(): Promise<void> {
    return this.#task.stop();
  }

  async close(): Promise<void> {
    this.#memory.end();
    await this.#writer?.close();
  }

  async #declared(): Promise<void> {
    if (this.#declarations.length === 0) return;
    const waiting = this.#declarations;
    this.#declarations = [];
    await Promise.all(waiting);
  }

  /** One poll is one transaction: its records, and the last offset of each source partition. */
  async #write(writer: LogWriter, batch: SourceBatch): Promise<void> {
    const offsets = new Map<OffsetMap, OffsetMap | null>(batch.offsets);
    this.#appended = 0;
    try {
      for (let from = 0; from < batch.count;) from = await this.#append(writer, batch, from, offsets);
      for (const target of this.#targets.values()) {
        for (let p = 0; p < target.partitions; p++) this.#closeBatch(writer, target, p);
      }
      this.#letters.handTo(writer);
      // Both the records and their bytes count.
      this.#memory.hold(2 * writer.pendingBytes);
      const apply = this.#site.host.store.stageSourceOffsets(writer, this.#site.spec.connector, offsets);
      await commitRetrying(this.#site.retrying, writer);
      apply();
      this.#letters.clear();
      this.#site.spec.totals.records += batch.count;
    } catch (error) {
      for (const target of this.#targets.values()) for (const builder of target.builders) builder?.reset();
      this.#letters.clear();
      await writer.abort().catch(() => {});
      throw error;
    } finally {
      this.#memory.hold(0);
    }
  }

  /** The record from the task; null when its row cannot be read and is skipped. */
  #given(batch: SourceBatch, i: number, offsets: Map<OffsetMap, OffsetMap | null>): SourceRecord | null {
    try {
      return batch.record(i);
    } catch (error) {
      if (!(error instanceof UnreadableRow)) throw error;
      const { topic, sourcePartition, sourceOffset } = error;
      const row = error.row === undefined ? null : Buffer.from(JSON.stringify(error.row));
      this.#refused({ stage: 'TASK_POLL', error, className: this.#site.classOf('TASK_POLL'), topic }, null, row);
      if (sourceOffset !== null) offsets.set(sourcePartition, sourceOffset);
      return null;
    }
  }

  /** The record after the transforms; null when it is dropped; a pause when it must be retried. */
  #transformed(record: SourceRecord, chain: TransformChain): SourceRecord | null | (() => Promise<void>) {
    try {
      return chain.apply(record);
    } catch (error) {
      if (error instanceof NeedsPreparation) return error.ready;
      const again = this.#site.retryOf(error);
      if (again !== undefined) return again;
      const failed: FailedRecord = { stage: 'TRANSFORMATION', error, className: chain.lastClass, topic: record.topic };
      this.#refused(failed, ...this.#inWords(record));
      return null;
    }
  }

  /**
   * Returns when the record is skipped; it becomes a dead letter if those have a topic. @throws ConnectError when the
   * task must fail
   */
  #refused(failed: FailedRecord, key: Buffer | null, value: Buffer | null): void {
    this.#site.policy.onFailure(failed);
    if (!this.#letters.isKept) return;
    this.#letters.add(failed, { key, value, headers: [], timestamp: this.#site.host.env.clock.nowMs() });
  }

  /** A record that has no bytes yet, as JSON; null when it has no such text. */
  #inWords({ keySchema, key, valueSchema, value }: SourceRecord): [Buffer | null, Buffer | null] {
    return this.#letters.isKept ? [jsonBytes(keySchema, key), jsonBytes(valueSchema, value)] : [null, null];
  }

  /**
   * Transforms, converts and appends from `from` on; returns where to continue when a topic or a schema has been
   * prepared.
   */
  async #append(
    writer: LogWriter,
    batch: SourceBatch,
    from: number,
    offsets: Map<OffsetMap, OffsetMap | null>,
  ): Promise<number> {
    const next = this.#appendWhilePossible(writer, batch, from, offsets);
    if (typeof next === 'number') return next;
    await next.ready();
    return next.at;
  }

  #appendWhilePossible(
    writer: LogWriter,
    batch: SourceBatch,
    from: number,
    offsets: Map<OffsetMap, OffsetMap | null>,
  ): number | { readonly at: number; readonly ready: () => Promise<void> } {
    const scratch = this.#scratch;
    const { transforms } = this.#site;
    const now = this.#site.host.env.clock.nowMs();
    let target: Target | undefined;
    for (let i = from; i < batch.count; i++) {
      if ((i & LOOK_MASK) === 0 && i > from && this.#stretch.isOver)
        return { at: i, ready: () => this.#stretch.pause() };
      const given = this.#given(batch, i, offsets);
      if (given === null) continue;
      // Also counts for records that a transform drops.
      if (given.sourceOffset !== null) offsets.set(given.sourcePartition, given.sourceOffset);
      const { rawKey } = given;
      const record = transforms === undefined || rawKey !== undefined ? given : this.#transformed(given, transforms);
      if (record === null) continue;
      if (typeof record === 'function') return { at: i, ready: record };
      if (target === undefined || target.topic !== record.topic) {
        target = this.#targets.get(record.topic);
        if (target === undefined) return { at: i, ready: () => this.#openTarget(record.topic) };
      }
      let stage: Stage = 'KEY_CONVERTER';
      let hasKey: boolean;
      let keyEnd: number;
      let hasValue: boolean;
      let headers: EncodedHeaders | null;
      try {
        scratch.reset();
        if (rawKey === undefined) {
          if (record.keySchema !== target.keySchema || record.valueSchema !== target.valueSchema)
            this.#switchSchemas(target, record);
          hasKey = target.keyEncoder(record.key, scratch);
        } else {
          scratch.writeBytes(rawKey);
          hasKey = true;
        }
        keyEnd = scratch.length;
        stage = 'VALUE_CONVERTER';
        hasValue = rawKey === undefined && target.valueEncoder(record.value, scratch);
        stage = 'HEADER_CONVERTER';
        headers =
          record.headers === undefined || record.headers.length === 0
            ? null
            : this.#site.headers === undefined
              ? encodedHeaders(record.headers, this.#headerBytes)
              : this.#convertedHeaders(record.headers, record.topic, this.#site.headers);
        this.#site.handled();
      } catch (error) {
        if (error instanceof NeedsPreparation) return { at: i, ready: error.ready };
        const again = this.#site.retryOf(error);
        if (again !== undefined) return { at: i, ready: again };
        const failed: FailedRecord = { stage, error, className: this.#site.classOf(stage), topic: record.topic };
        this.#refused(failed, ...this.#inWords(record));
        continue;
      }
      const { bytes } = scratch;
      const valueEnd = scratch.length;
      const size = valueEnd + AROUND_BYTES + (headers === null ? 0 : headers.to - headers.from);
      if (size > target.limit) {
        const failed: FailedRecord = {
          stage: 'KAFKA_PRODUCE',
          error: tooLarge(size, target, record),
          className: this.#site.classOf('KAFKA_PRODUCE'),
          topic: record.topic,
        };
        // The topic of dead letters would refuse what one topic refuses, so only the key is kept: it identifies the
        // row.
        this.#refused(failed, hasKey && keyEnd < KEY_BYTES_MAX ? Buffer.from(bytes.subarray(0, keyEnd)) : null, null);
        continue;
      }
      const partition =
        record.partition ??
        (target.partitions === 1
          ? 0
          : hasKey
            ? partitionOfKey(bytes, target.partitions, 0, keyEnd)
            : target.unkeyed.next(target.partitions, valueEnd));
      if (partition >= target.partitions) {
        throw new ConnectError(
          `Topic ${record.topic} has ${target.partitions} partitions: there is no partition ${partition}`,
        );
      }
      const builder = (target.builders[partition] ??= new BatchBuilder());
      if (builder.size + size > target.limit) this.#closeBatch(writer, target, partition);
      builder.append(
        record.timestamp ?? now,
        hasKey ? bytes : null,
        0,
        keyEnd,
        hasValue ? bytes : null,
        keyEnd,
        valueEnd,
        headers,
      );
      this.#appended++;
      if (builder.size >= BATCH_BYTES_MAX) this.#closeBatch(writer, target, partition);
    }
    return batch.count;
  }

  #convertedHeaders(headers: readonly ConnectHeader[], topic: string, converter: Converter): EncodedHeaders {
    const out = this.#headerBytes;
    return encodeHeaders(
      headers.map(({ key, schema, value }) => {
        let encode = this.#headerEncoders.get(schema);
        if (!encode) this.#headerEncoders.set(schema, (encode = converter.encoder(topic, schema)));
        out.reset();
        return { key, value: encode(value, out) ? Buffer.from(out.bytes.subarray(0, out.length)) : null };
      }),
    );
  }

  #closeBatch(writer: LogWriter, target: Target, partition: number): void {
    const builder = target.builders[partition];
    if (builder !== undefined && builder.count > 0) writer.append(target.topic, partition, builder.finish(), true);
  }

  #switchSchemas(target: Target, record: SourceRecord): void {
    const { keySchema, valueSchema, topic } = record;
    const known = target.keyEncoders.has(keySchema) && target.valueEncoders.has(valueSchema);
    let key = target.keyEncoders.get(keySchema);
    if (!key) target.keyEncoders.set(keySchema, (key = this.#site.keys.encoder(topic, keySchema)));
    let value = target.valueEncoders.get(valueSchema);
    if (!value) target.valueEncoders.set(valueSchema, (value = this.#site.values.encoder(topic, valueSchema)));
    target.keySchema = keySchema;
    target.keyEncoder = key;
    target.valueSchema = valueSchema;
    target.valueEncoder = value;
    if (!known) this.#site.host.learnSchemas(this.#site.spec.connector, topic, keySchema, valueSchema);
  }

  async #openTarget(topic: string): Promise<void> {
    const partitions = await this.#site.host.ensureTopic(this.#site.spec.connector, topic);
    const configs = (await this.#site.host.log.admin.describeTopic(topic))?.configs ?? {};
    const isCompressed = /^(gzip|snappy|lz4|zstd)$/.test(configs['compression.type'] ?? '');
    await this.#site.usesTopic(topic);
    // The initial encoder is never called, since the marker differs from every schema.
    const unset: ValueEncoder = () => false;
    const marker = { type: 'BOOLEAN', optional: true } as const;
    this.#targets.set(topic, {
      topic,
      partitions,
      // Batches that are compressed later may be larger before: the log itself reports what it refuses.
      limit: isCompressed ? Infinity : Number(configs['max.message.bytes'] ?? MESSAGE_BYTES_MAX),
      builders: [],
      unkeyed: new NullKeyPartitioner(),
      keyEncoders: new Map(),
      valueEncoders: new Map(),
      keySchema: marker,
      keyEncoder: unset,
      valueSchema: marker,
      valueEncoder: unset,
    });
  }
}

function jsonBytes(schema: ConnectSchema | null, value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  try {
    if (schema === null)
      return Buffer.from(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)));
    const out = new ByteWriter(1 << 10);
    jsonEncoder(schema, 'NUMERIC')(value, out);
    return out.toBuffer();
  } catch {
    // The value itself may be broken.
    return null;
  }
}

function batchOf(records: readonly SourceRecord[]): SourceBatch {
  return { count: records.length, record: (i) => records[i]! };
}

function tooLarge(bytes: number, { topic, limit }: Target, { key }: SourceRecord): DataError {
  const which =
    typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint'
      ? ` (key ${String(key).slice(0, 100)})`
      : '';
  return new DataError(
    `A record of ${bytes} bytes${which} is larger than topic ${topic} takes: its max.message.bytes is ${limit}. Set it higher before the connector is started again ('topic.creation.default.max.message.bytes' where the connector makes the topic), or leave such records out with 'errors.tolerance'='all'`,
  );
}

/** Encodes header values as texts in a reused buffer, valid until the next call with the same `out`. */
function encodedHeaders(headers: readonly ConnectHeader[], out: ByteWriter): EncodedHeaders {
  out.reset();
  for (const { key, schema, value } of headers) writeTextHeader(out, key, headerText(schema, value));
  return { bytes: out.bytes, from: 0, to: out.length, count: headers.length };
}
