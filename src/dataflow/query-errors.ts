import type { Env, ProcessingLog } from '../base/env.ts';
import { isSluiceError, messageOf } from '../base/errors.ts';
import { Fenced } from '../log/api.ts';

/**
 * An error as SHOW QUERIES EXTENDED and metrics tell it. USER: records, functions, dropped topics, what topics
 * refuse. SYSTEM: log, disk, network.
 */
export interface QueryError {
  readonly timestamp: number;
  readonly message: string;
  readonly type: 'USER' | 'SYSTEM' | 'UNKNOWN';
}

export function classify(error: unknown, nowMs: number): QueryError {
  return { timestamp: nowMs, message: messageOf(error), type: typeOf(error) };
}

function typeOf(error: unknown): QueryError['type'] {
  if (error instanceof Fenced) return 'SYSTEM';
  if (!isSluiceError(error)) return 'UNKNOWN';
  switch (error.code) {
    case 'QUERY_FAILED':
    case 'NOT_FOUND':
    case 'REJECTED':
    case 'FORBIDDEN':
    case 'RECORD_TOO_LARGE':
    case 'DESERIALIZATION':
    case 'SERIALIZATION':
    case 'EVALUATION':
      return 'USER';
    case 'INTERNAL':
      return 'UNKNOWN';
    default:
      return error.code.startsWith('LOG_') ? 'SYSTEM' : 'UNKNOWN';
  }
}

const ERRORS_KEPT = 10;

/** The last errors of a query, each told to the log of the server, and to the processing log where it says something of the query. */
export class QueryErrors {
  readonly #queryId: string;
  readonly #env: Env;
  readonly #processingLog: ProcessingLog;
  readonly #last: QueryError[] = [];

  constructor(queryId: string, env: Env, processingLog: ProcessingLog) {
    this.#queryId = queryId;
    this.#env = env;
    this.#processingLog = processingLog;
  }

  /** Newest last. */
  get last(): readonly QueryError[] {
    return this.#last;
  }

  add(error: unknown): void {
    const entry = classify(error, this.#env.clock.nowMs());
    this.#last.push(entry);
    if (this.#last.length > ERRORS_KEPT) this.#last.shift();
    this.#env.logger.error('query failed', { queryId: this.#queryId, type: entry.type, message: entry.message });
    if (isSluiceError(error, 'LOG_UNAVAILABLE')) return;
    this.#processingLog.write({
      logger: `processing.${this.#queryId}`,
      type: 'KAFKA_STREAMS_THREAD_ERROR',
      message: entry.message,
      cause: error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined,
    });
  }
}

/** Delays between attempts: they double from the initial one to the highest, and begin anew after a success. */
export class RetryDelay {
  readonly #initialMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(initialMs = 1000, maxMs = 60_000) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#nextMs = initialMs;
  }

  next(): number {
    const delay = this.#nextMs;
    this.#nextMs = Math.min(this.#maxMs, delay * 2);
    return delay;
  }

  reset(): void {
    this.#nextMs = this.#initialMs;
  }
}
