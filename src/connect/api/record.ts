import type { ConnectSchema } from './schema.ts';

/**
 * One record between a connector and a topic, before or after converters. Never modified: transforms create new ones.
 */
export interface ConnectRecord {
  readonly topic: string;
  /**
   * The partition to write; undefined or null: chosen by the key, as in Kafka's default partitioner. Always set on sink
   * records.
   */
  readonly partition?: number | undefined;
  /** null: data without a schema. */
  readonly keySchema: ConnectSchema | null;
  readonly key: unknown;
  readonly valueSchema: ConnectSchema | null;
  /** null: a tombstone. */
  readonly value: unknown;
  /** ms since the epoch; undefined on a source record: the time of writing. */
  readonly timestamp?: number | undefined;
  readonly headers?: readonly ConnectHeader[] | undefined;
}

export interface ConnectHeader {
  readonly key: string;
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

/** A JSON object for a part of the source or a position in it, as in the REST API's offsets. */
export type OffsetMap = Readonly<Record<string, unknown>>;

export interface SourceRecord extends ConnectRecord {
  /** Deletes a key by its bytes in the topic, bypassing transforms and converters. */
  readonly rawKey?: Buffer | undefined;
  readonly sourcePartition: OffsetMap;
  /**
   * Where to continue after this record. Committed atomically with the records of its poll, so only the last offset of
   * each partition in a poll matters: a task may leave the others null to save objects.
   */
  readonly sourceOffset: OffsetMap | null;
}

export interface SinkRecord extends ConnectRecord {
  readonly partition: number;
  readonly offset: number;
  /** The topic from which the record was read, before any transform. */
  readonly originalTopic: string;
}

/** A batch without records and positions. */
export const NO_RECORDS: SourceBatch = {
  count: 0,
  record: () => {
    throw new Error('An empty batch has no record');
  },
};

/**
 * Records that are created on demand: a source with many rows keeps them as bytes, so that each record is short-lived.
 * The worker requests them in order, and starts again when a write must be retried.
 */
export interface SourceBatch {
  readonly count: number;
  /** @throws UnreadableRow when it cannot be read; `errors.tolerance` decides the consequence */
  record(i: number): SourceRecord;
  /**
   * Positions that are committed with the records, or alone when there are none; null deletes one. Offsets of records
   * take precedence.
   */
  readonly offsets?: ReadonlyMap<OffsetMap, OffsetMap | null> | undefined;
  /** When the last record was created in the source, in ms since the epoch, if the source knows. */
  readonly madeAtMs?: number | undefined;
}
