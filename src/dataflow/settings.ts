/** The engine's settings for a query's tasks; most come from ksqlDB's properties. */
export interface TaskSettings {
  /** `ksql.timestamp.throw.on.invalid`: an invalid timestamp column fails the query instead of dropping the record. */
  readonly throwOnInvalidTimestamp: boolean;
  /** `ksql.fail.on.deserialization.error`: a record that cannot be read fails the query instead of being dropped. */
  readonly failOnUnreadable: boolean;
  /**
   * `ksql.fail.on.production.error`: whether a record that the sink's topic does not accept fails the query. undefined
   * when it is not set: it fails the query of a table, whose state already holds the row, and drops the record of a
   * stream.
   */
  readonly failOnUnwritable: boolean | undefined;
  /**
   * Whether changes of aggregations are gathered until the commit (`cache.max.bytes.buffering` above 0); otherwise
   * every update is sent at once.
   */
  readonly gatherUpdates: boolean;
  /**
   * `__emit.interval.ms.kstreams.windowed.aggregation__`, when set: closed windows (EMIT FINAL) are emitted as in Kafka
   * Streams, after a record, when this many ms of wall-clock time have passed since the last check; windows that the
   * store drops before are lost. undefined: every closed window is emitted, at the latest with the commit of the record
   * that closed it.
   */
  readonly finalEmitIntervalMs: number | undefined;
  /**
   * `__emit.interval.ms.kstreams.outer.join.spurious.results.fix__`: the same for null-padded rows of stream-stream
   * joins.
   */
  readonly outerJoinEmitIntervalMs: number | undefined;
  /** Larger records are not sent, but reported to the processing log. */
  readonly maxRecordBytes: number;
  /**
   * How far timestamps of the sink's records may be ahead of the wall clock, or behind it, in ms. Other records are
   * reported to the processing log.
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
