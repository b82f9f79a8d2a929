import vm from 'node:vm';
import type { Work } from '../base/budget/work.ts';
import { SluiceError } from '../base/errors.ts';

/** How long a function that exceeded the time limit is not called again, in ms. */
const BARRED_MS = 60_000;

/** Where the script finds the function to call: it has access only to globals. */
const JOB = Symbol.for('sluice.user-function');
const HERE = globalThis as unknown as Record<symbol, () => unknown>;
const CALL = new vm.Script(`globalThis[Symbol.for('sluice.user-function')]()`);

/** A user-defined function, in all queries that call it. */
export class UserCode {
  readonly name: string;
  /** The time, in ms, until which the function is not called in the thread that serves clients. */
  barredUntilMs = -Infinity;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Ends calls of user-defined functions that take too long, because their steps are not counted. V8 stops them from
 * another thread, which costs 50 µs per call, so this is used only in the thread that serves clients.
 */
export class UserFence {
  readonly #maxMs: number;

  /** `maxMs`: the time limit of one call. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /**
   * @throws what the code throws; SluiceError EVALUATION if it takes too long, or has done so within the last minute,
   * which ends the query
   */
  call<T>(code: UserCode, { work, nowMs }: { readonly work: Work; nowMs(): number }, body: () => T): T {
    if (nowMs() < code.barredUntilMs) return work.end(this.#error(code));
    HERE[JOB] = body;
    try {
      return CALL.runInThisContext({ timeout: this.#maxMs }) as T;
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      code.barredUntilMs = nowMs() + BARRED_MS;
      return work.end(this.#error(code));
    }
  }

  #error({ name }: UserCode): SluiceError {
    return new SluiceError(
      'EVALUATION',
      `Function ${name} has not come back within ${this.#maxMs} ms (ksql.extension.call.max.ms): it is not called for a minute`,
      {
        hint: 'Push queries, pull queries and INSERT are computed in the thread that serves clients: a function that takes long is for persistent queries, which have threads of their own.',
      },
    );
  }
}
