import type { ConnectSchema } from './schema.ts';

/**
 * One record between a connector and a topic, before or after converters. Never changed in place: transforms make new
 * ones.
 */
export interface ConnectRecord {
  readonly topic: string;
  /**
   * Where to write; undefined or null: the key decides, as Kafka's default partitioner does. Always set on sink
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

/** A JSON object that names a piece of the source, or a position in it: what the REST API's offsets show. */
export type OffsetMap = Readonly<Record<string, unknown>>;

export interface SourceRecord extends ConnectRecord {
  /** A tombstone for a key as it stands in the topic: it goes round transforms and converters. */
  readonly rawKey?: Buffer | undefined;
  readonly sourcePartition: OffsetMap;
  /**
   * Where to go on after this record. Committed with the records of its poll, all or nothing, so only the last one of
   * each partition in a poll counts: a task may leave the others null and save the objects.
   */
  readonly sourceOffset: OffsetMap | null;
}

export interface SinkRecord extends ConnectRecord {
  readonly partition: number;
  readonly offset: number;
  /** Where the record was read, whatever transforms made of its topic. */
  readonly originalTopic: string;
}

/**
 * Records that are made as they are asked for: a source with many rows keeps them as bytes and lets each record die
 * young. The worker asks for them in order, and begins again when a write must be tried again.
 */
export interface SourceBatch {
  readonly count: number;
  /** @throws UnreadableRow: that one cannot be read, `errors.tolerance` decides what becomes of it */
  record(i: number): SourceRecord;
  /**
   * Positions that are committed with the records, or alone where there are none; null forgets one. Those of records
   * count after them.
   */
  readonly offsets?: ReadonlyMap<OffsetMap, OffsetMap | null> | undefined;
  /** When the last of the records was made in the source, in ms since the epoch; where the source knows. */
  readonly madeAtMs?: number | undefined;
}
