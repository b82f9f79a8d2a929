import vm from 'node:vm';
import type { Work } from '../base/budget/work.ts';
import { SluiceError } from '../base/errors.ts';

/** How long a function that has not come back is not called again, in ms. */
const BARRED_MS = 60_000;

/** Where the script finds what it is to call: it sees nothing but what is global. */
const JOB = Symbol.for('sluice.user-function');
const HERE = globalThis as unknown as Record<symbol, () => unknown>;
const CALL = new vm.Script(`globalThis[Symbol.for('sluice.user-function')]()`);

/** A function of a user, in all queries that call it. */
export class UserCode {
  readonly name: string;
  /** Until when the function is not called in the thread that serves clients, in ms. */
  barredUntilMs = -Infinity;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * Ends calls of functions that are not ours when they take too long: nobody counts their steps. V8 stops them from
 * another thread, which costs 50 µs a call; so that is for the thread that serves clients alone.
 */
export class UserFence {
  readonly #maxMs: number;

  /** `maxMs`: what one call may take. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /**
   * @throws what the code throws; SluiceError EVALUATION when it takes too long, or has done so within the last minute:
   *   the query ends with that
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
