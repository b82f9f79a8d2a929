/** The door to the world: everything that is not a pure function of its input is handed in through these. */
export interface Env {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
}

export interface Clock {
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
  /** Monotonic clock, ms, with fractions. */
  monotonicMs(): number;
}

export interface Timers {
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once after `ms`. The returned function cancels it. Does not keep the process alive. */
  after(ms: number, task: () => void): () => void;
  /**
   * Resolves when it is the caller's turn: first come, first served, and after some milliseconds of turns clients and
   * timers are served. Whoever works on and on takes one after a stretch (stretch.ts).
   * @param isNew the caller has done next to nothing yet: it comes before those who go on
   */
  turn(isNew?: boolean): Promise<void>;
}

export interface Random {
  /** A double in [0, 1). */
  next(): number;
  uuid(): string;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log. Fields must never hold secrets. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

/** Where the engine reports records it could not handle (ksqlDB's processing log). */
export interface ProcessingLog {
  write(entry: ProcessingLogEntry): void;
}

export interface ProcessingLogEntry {
  /** Dotted path, e.g. `processing.CSAS_X_1.KsqlTopic.Source.deserializer`. */
  readonly logger: string;
  readonly type:
    | 'DESERIALIZATION_ERROR'
    | 'RECORD_PROCESSING_ERROR'
    | 'PRODUCTION_ERROR'
    | 'SERIALIZATION_ERROR'
    | 'KAFKA_STREAMS_THREAD_ERROR';
  /** Without values of rows. */
  readonly message: string;
  /** The texts with the values that they quote: only where rows may be shown. Absent: they quote none. */
  readonly quoted?: { readonly message: string; readonly cause: string | undefined } | undefined;
  /** True when an expression failed on the row. */
  readonly computing?: true;
  /** The part of the record that could not be read or written. */
  readonly side?: 'key' | 'value' | undefined;
  /**
   * The row as JSON; for a record that cannot be read, the bytes of its key or value as base64. Only where rows may be
   * shown.
   */
  readonly record?: string | undefined;
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
  readonly offset?: number | undefined;
  readonly cause?: string | undefined;
}

export const SILENT_LOGGER: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => SILENT_LOGGER,
};
