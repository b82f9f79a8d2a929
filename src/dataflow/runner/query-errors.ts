import { bareOf, retold } from '../../base/quoting.ts';
import { textsOf } from '../task/problem-texts.ts';
import { Backoff } from '../../base/backoff.ts';
import type { Env, ProcessingLog } from '../../base/env.ts';
import { isSluiceError, messageOf } from '../../base/errors.ts';
import { Fenced } from '../../log/api.ts';

/**
 * An error as in SHOW QUERIES EXTENDED and metrics. USER: records, functions, deleted topics, refusals by topics.
 * SYSTEM: log, disk, network.
 */
export interface QueryError {
  readonly timestamp: number;
  readonly message: string;
  readonly type: 'USER' | 'SYSTEM' | 'UNKNOWN';
}

export function classify(error: unknown, nowMs: number): QueryError {
  return {
    timestamp: nowMs,
    message: error instanceof Error && !isSluiceError(error) ? messageOf(error) : bareOf(error),
    type: typeOf(error),
  };
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
 * The last errors of a query. Each is also logged, and written to the processing log where it concerns the query
 * itself.
 */
export class QueryErrors {
  readonly #queryId: string;
  readonly #env: Env;
  readonly #processingLog: ProcessingLog;
  readonly #kept: number;
  readonly #last: QueryError[] = [];
  /** Number of errors written to the processing log. */
  written = 0;

  /** `kept`: the most errors in `last`. */
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
      ...textsOf(isSluiceError(error) ? retold(error) : entry.message, error),
    });
  }
}

/**
 * Pauses before a fenced member, or one that has lost its membership, joins again. Nothing else takes so long that it
 * needs a longer pause.
 */
const REJOIN_FIRST_MS = 50;
const REJOIN_MAX_MS = 5000;
/** After this many fences without a success, each soon after the other, another process must be using the same name. */
const REJOINS_UNTIL_ERROR = 5;
const REJOIN_MEMORY_MS = 60_000;
/**
 * Something that is unavailable (brokers, a registry, disk space) is retried at least this often, and its return
 * awaited.
 */
const AWAY_MAX_MS = 5000;

export interface NextAttempt {
  /** False when the query has merely lost its turn to other members and is as healthy as before. */
  readonly isError: boolean;
  readonly delayMs: number;
}

/**
 * Decides when a query restarts after a failure. Where tasks are shared, a fence or a lost membership is no error: it
 * joins again at once. A log that does not answer is retried every few seconds. Everything else waits longer each time,
 * since it may need a person.
 */
export class Attempts {
  readonly #isShared: boolean;
  readonly #error: Backoff;
  readonly #unavailable: Backoff;
  readonly #rejoin = new Backoff(REJOIN_FIRST_MS, REJOIN_MAX_MS);
  #rejoins = 0;
  #lastRejoinMs = -Infinity;

  constructor(isShared: boolean, initialMs?: number, maxMs?: number) {
    this.#isShared = isShared;
    this.#error = new Backoff(initialMs ?? 1000, maxMs ?? 60_000);
    this.#unavailable = new Backoff(Math.min(initialMs ?? 1000, 1000), Math.min(maxMs ?? AWAY_MAX_MS, AWAY_MAX_MS));
  }

  /** `nowMs` is of the monotonic clock. */
  after(error: unknown, nowMs: number): NextAttempt {
    if (this.#isShared && error instanceof Fenced) {
      if (nowMs - this.#lastRejoinMs > REJOIN_MEMORY_MS) {
        this.#rejoins = 0;
        this.#rejoin.reset();
      }
      this.#lastRejoinMs = nowMs;
      return { isError: ++this.#rejoins > REJOINS_UNTIL_ERROR, delayMs: this.#rejoin.nextMs() };
    }
    return { isError: true, delayMs: this.#isUnavailable(error) ? this.#unavailable.nextMs() : this.#error.nextMs() };
  }

  #isUnavailable(error: unknown): boolean {
    if (isSluiceError(error, 'REGISTRY_UNAVAILABLE')) return error.retriable;
    if (isSluiceError(error, 'LOG_FULL')) return true;
    return isSluiceError(error, 'LOG_UNAVAILABLE') && error.retriable;
  }

  /** Called when the query works again: the next failure counts as the first of its kind. */
  succeeded(): void {
    this.#error.reset();
    this.#unavailable.reset();
    this.#rejoin.reset();
    this.#rejoins = 0;
  }
}
