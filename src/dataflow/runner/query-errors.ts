import { Backoff } from '../../base/backoff.ts';
import type { Env, ProcessingLog } from '../../base/env.ts';
import { isSluiceError, messageOf } from '../../base/errors.ts';
import { Fenced } from '../../log/api.ts';

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
    case 'SCHEMA_MISSING':
      return 'USER';
    case 'REGISTRY_UNAVAILABLE':
      return 'SYSTEM';
    case 'INTERNAL':
      return 'UNKNOWN';
    default:
      return error.code.startsWith('LOG_') ? 'SYSTEM' : 'UNKNOWN';
  }
}

/**
 * The last errors of a query, each told to the log of the server, and to the processing log where it says something of
 * the query.
 */
export class QueryErrors {
  readonly #queryId: string;
  readonly #env: Env;
  readonly #processingLog: ProcessingLog;
  readonly #kept: number;
  readonly #last: QueryError[] = [];
  /** How many went to the processing log. */
  written = 0;

  /** `kept`: most errors that `last` holds. */
  constructor(queryId: string, env: Env, processingLog: ProcessingLog, kept = 10) {
    this.#queryId = queryId;
    this.#env = env;
    this.#processingLog = processingLog;
    this.#kept = kept;
  }

  /** Newest last. */
  get last(): readonly QueryError[] {
    return this.#last;
  }

  add(error: unknown): void {
    const entry = classify(error, this.#env.clock.nowMs());
    this.#last.push(entry);
    if (this.#last.length > this.#kept) this.#last.shift();
    this.#env.logger.error('query failed', { queryId: this.#queryId, type: entry.type, message: entry.message });
    if (isSluiceError(error, 'LOG_UNAVAILABLE')) return;
    this.written++;
    this.#processingLog.write({
      logger: `processing.${this.#queryId}`,
      type: 'KAFKA_STREAMS_THREAD_ERROR',
      message: entry.message,
      cause: error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined,
    });
  }
}

/**
 * Pauses before a member joins again that was fenced, or has lost its membership; nobody waits for anything that takes
 * longer.
 */
const REJOIN_FIRST_MS = 50;
const REJOIN_MAX_MS = 5000;
/** Fenced so often without a success between, and never this long apart: somebody else works under the same name. */
const REJOINS_UNTIL_ERROR = 5;
const REJOIN_MEMORY_MS = 60_000;
/** Brokers, a registry, room on a disk: what is away is tried again at least this often, and its return waited for. */
const AWAY_MAX_MS = 5000;

export interface NextAttempt {
  /** False: the query has lost its turn to other members, and is as well as before. */
  readonly isError: boolean;
  readonly delayMs: number;
}

/**
 * When a query that has been thrown out of its loop is started again. A fence and a lost membership are no errors where
 * tasks are shared: it joins again at once. A log that does not answer is asked again every few seconds. Everything
 * else waits longer each time, for it may need a person.
 */
export class Attempts {
  readonly #isShared: boolean;
  readonly #error: Backoff;
  readonly #away: Backoff;
  readonly #rejoin = new Backoff(REJOIN_FIRST_MS, REJOIN_MAX_MS);
  #rejoins = 0;
  #lastRejoinMs = -Infinity;

  constructor(isShared: boolean, initialMs?: number, maxMs?: number) {
    this.#isShared = isShared;
    this.#error = new Backoff(initialMs ?? 1000, maxMs ?? 60_000);
    this.#away = new Backoff(Math.min(initialMs ?? 1000, 1000), Math.min(maxMs ?? AWAY_MAX_MS, AWAY_MAX_MS));
  }

  /** `nowMs`: monotonic. */
  after(error: unknown, nowMs: number): NextAttempt {
    if (this.#isShared && error instanceof Fenced) {
      if (nowMs - this.#lastRejoinMs > REJOIN_MEMORY_MS) {
        this.#rejoins = 0;
        this.#rejoin.reset();
      }
      this.#lastRejoinMs = nowMs;
      return { isError: ++this.#rejoins > REJOINS_UNTIL_ERROR, delayMs: this.#rejoin.nextMs() };
    }
    return { isError: true, delayMs: this.#isAway(error) ? this.#away.nextMs() : this.#error.nextMs() };
  }

  #isAway(error: unknown): boolean {
    if (isSluiceError(error, 'REGISTRY_UNAVAILABLE')) return error.retriable;
    if (isSluiceError(error, 'LOG_FULL')) return true;
    return isSluiceError(error, 'LOG_UNAVAILABLE') && error.retriable;
  }

  /** It works: what comes next is the first of its kind. */
  succeeded(): void {
    this.#error.reset();
    this.#away.reset();
    this.#rejoin.reset();
    this.#rejoins = 0;
  }
}
