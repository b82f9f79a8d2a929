import type { PartitionNumber, TimestampMs } from '../../base/quantities.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import type { RecordContext } from './record-context.ts';
import type { KeyWriter } from './topic-codec.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import type { EncodedHeaders } from '../../log/record-batch/headers.ts';
import { NullKeyPartitioner, partitionOfKey } from '../../log/partitioner.ts';

/** Takes finished batches: the log writer's `append`. */
export interface BatchSink {
  append(topic: string, partition: PartitionNumber, batch: Buffer, owned?: boolean): void;
}

/** A batch is written to the log when it has this many bytes, so that none comes near max.message.bytes. */
const BATCH_BYTES = 512 * 1024;

export interface OutputCounters {
  recordsOut: number;
  bytesOut: number;
}

/**
 * One output topic of one task: collects records into a batch per partition. The partition is murmur2 of the key bytes,
 * as with Kafka's default partitioner, without the window of a windowed key. Records without a key stay in one
 * partition for a while.
 */
export class TopicOutput {
  readonly topic: string;
  readonly partitions: number;
  readonly #builders: (BatchBuilder | undefined)[] = [];
  readonly #batchBytes: number;
  readonly #sink: BatchSink;
  readonly #context: RecordContext;
  readonly #counters: OutputCounters;
  readonly #nullKeys = new NullKeyPartitioner();

  /** `maxBytes`: the topic's limit, which may be smaller than our batches. */
  constructor(
    topic: string,
    partitions: number,
    maxBytes: number,
    sink: BatchSink,
    context: RecordContext,
    counters: OutputCounters,
  ) {
    this.topic = topic;
    this.#batchBytes = Math.min(BATCH_BYTES, maxBytes);
    this.partitions = partitions;
    this.#sink = sink;
    this.#context = context;
    this.#counters = counters;
  }

  /** Bytes of the headers that the next record will carry. */
  get headerLength(): number {
    return this.#context.headerLength;
  }

  /**
   * Adds a record with the bytes that `keys` and `value` hold, whose partition is chosen by the key without its window.
   * Headers are taken from the context.
   */
  add(timestamp: TimestampMs, keys: KeyWriter, hasKey: boolean, value: ByteWriter | null): void {
    const key = keys.out;
    const valueLength = value === null ? 0 : value.length;
    const partition = !hasKey
      ? this.#nullKeys.next(this.partitions, valueLength + 64)
      : this.partitions === 1
        ? 0
        : partitionOfKey(key.bytes, this.partitions, 0, keys.baseLength);
    this.addTo(
      partition,
      timestamp,
      hasKey ? key.bytes : null,
      key.length,
      value === null ? null : value.bytes,
      0,
      valueLength,
      this.#context.headers,
    );
  }

  addTo(
    partition: PartitionNumber,
    timestamp: TimestampMs,
    key: Buffer | null,
    keyLength: number,
    value: Buffer | null,
    valueFrom: number,
    valueTo: number,
    headers: EncodedHeaders | null,
  ): void {
    let builder = this.#builders[partition];
    if (builder === undefined) this.#builders[partition] = builder = new BatchBuilder();
    // A large record must not push a batch over the topic's limit.
    const headersLength = headers === null ? 0 : headers.to - headers.from;
    if (builder.count > 0 && builder.size + keyLength + valueTo - valueFrom + headersLength > this.#batchBytes)
      this.#sink.append(this.topic, partition, builder.finish(), true);
    const before = builder.size;
    builder.append(timestamp, key, 0, keyLength < 0 ? 0 : keyLength, value, valueFrom, valueTo, headers);
    this.#counters.recordsOut++;
    this.#counters.bytesOut += builder.size - before;
    if (builder.size >= this.#batchBytes) this.#sink.append(this.topic, partition, builder.finish(), true);
  }

  /** Hands over unfinished batches. */
  flush(): void {
    for (let p = 0; p < this.#builders.length; p++) {
      const builder = this.#builders[p];
      if (builder !== undefined && builder.count > 0) this.#sink.append(this.topic, p, builder.finish(), true);
    }
  }
}
