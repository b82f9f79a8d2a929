/** What the engine decides for a query's tasks; most come from ksqlDB's properties. */
export interface TaskSettings {
  /** `ksql.timestamp.throw.on.invalid`: a bad timestamp column fails the query instead of dropping the record. */
  readonly throwOnInvalidTimestamp: boolean;
  /** `ksql.fail.on.deserialization.error`: a record that cannot be read fails the query instead of being left out. */
  readonly failOnUnreadable: boolean;
  /**
   * `ksql.fail.on.production.error`: whether a record that the sink's topic does not take fails the query. undefined,
   * where nobody said: it fails that of a table, whose state holds the row already, and leaves out that of a stream.
   */
  readonly failOnUnwritable: boolean | undefined;
  /**
   * Gather changes of aggregations until the commit (`cache.max.bytes.buffering` above 0); else every update is sent at
   * once.
   */
  readonly gatherUpdates: boolean;
  /**
   * `__emit.interval.ms.kstreams.windowed.aggregation__`, when it is set: closed windows (EMIT FINAL) come out as Kafka
   * Streams does it, after a record, when this many ms of wall-clock time have passed since the last look; what the
   * store drops before is lost. undefined: every closed window comes out, at the latest with the commit of the record
   * that closed it.
   */
  readonly finalEmitIntervalMs: number | undefined;
  /**
   * `__emit.interval.ms.kstreams.outer.join.spurious.results.fix__`: the same for null-padded rows of stream-stream
   * joins.
   */
  readonly outerJoinEmitIntervalMs: number | undefined;
  /** Larger records are not sent: they go to the processing log. */
  readonly maxRecordBytes: number;
  /**
   * How far records of the sink may be ahead of the wall clock, or behind it, in ms: others go to the processing log.
   */
  readonly timestampRange: TimestampRange;
}

/** A topic's `message.timestamp.after.max.ms` and `message.timestamp.before.max.ms`; Infinity: no limit. */
export interface TimestampRange {
  readonly afterMs: number;
  readonly beforeMs: number;
}

export const DEFAULT_SETTINGS: TaskSettings = {
  throwOnInvalidTimestamp: false,
  failOnUnreadable: false,
  failOnUnwritable: undefined,
  gatherUpdates: true,
  finalEmitIntervalMs: undefined,
  outerJoinEmitIntervalMs: undefined,
  maxRecordBytes: 1_000_000,
  timestampRange: { afterMs: Infinity, beforeMs: Infinity },
};
