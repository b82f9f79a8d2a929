import { isSluiceError, messageOf } from '../base/errors.ts';
import { Fenced } from '../log/api.ts';

/** An error as SHOW QUERIES EXTENDED and metrics tell it. USER: records, functions, dropped topics. SYSTEM: log, disk, network. */
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
