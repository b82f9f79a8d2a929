import type { Clock, Timers } from '../env.ts';
import { SluiceError } from '../errors.ts';

/** The error for a statement whose time limit has passed. */
function timedOut(limitMs: number, setting: string, what: string): SluiceError {
  return new SluiceError('STATEMENT_TIMEOUT', `${what} takes longer than ${limitMs} ms (${setting})`, {
    hint: `A persistent query keeps an answer ready; ${setting} in the server's configuration is the limit, 0 for none.`,
  });
}

/** Why a wait ends early. Without a reason, each `abort` would create an exception with its stack. */
const ENDED = new Error('The work has ended');

/** A time limit for one statement. The time that its client takes to read does not count. */
export class Deadline {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limitMs: number;
  readonly #setting: string;
  #untilMs: number;
  #pausedMs: number | undefined;

  /**
   * @param limitMs 0 or less: no limit
   * @param setting the configuration key that the error names
   */
  constructor(clock: Pick<Clock, 'monotonicMs'>, limitMs: number, setting: string) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#setting = setting;
    this.#untilMs = limitMs <= 0 ? Infinity : clock.monotonicMs() + limitMs;
  }

  /** @throws SluiceError STATEMENT_TIMEOUT */
  check(): void {
    if (this.leftMs < 0) throw timedOut(this.#limitMs, this.#setting, 'The statement');
  }

  get leftMs(): number {
    return this.#untilMs - (this.#pausedMs ?? this.#clock.monotonicMs());
  }

  /** Stops the clock while the client reads. */
  pause(): void {
    this.#pausedMs ??= this.#clock.monotonicMs();
  }

  resume(): void {
    if (this.#pausedMs !== undefined) this.#untilMs += this.#clock.monotonicMs() - this.#pausedMs;
    this.#pausedMs = undefined;
  }

  /**
   * The result of the work. Work that exceeds the limit is abandoned, and `onLate` receives its result when it ends.
   * @throws SluiceError STATEMENT_TIMEOUT; the error of work that fails in time
   */
  async within<T>(timers: Timers, work: Promise<T>, onLate: (result: T) => void = () => undefined): Promise<T> {
    if (this.#untilMs === Infinity) return await work;
    const waiting = new AbortController();
    const late = timers.sleep(Math.max(0, this.leftMs), waiting.signal).then(
      () => true,
      () => false,
    );
    const ended = work.then(
      () => false,
      () => false,
    );
    try {
      if (!(await Promise.race([ended, late]))) return await work;
      work.then(onLate, () => undefined);
      throw timedOut(this.#limitMs, this.#setting, 'The statement');
    } finally {
      waiting.abort(ENDED);
    }
  }
}

/**
 * Like `Deadline.within`, for many pieces of work one after the other. Each has the whole limit; one timer watches them
 * all.
 */
export class Deadlines {
  readonly #env: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly timers: Pick<Timers, 'after'> };
  readonly #limitMs: number;
  #untilMs = Infinity;
  /** Rejects the work that is being watched. One promise for all pieces would keep every result until the end. */
  #fail: (error: SluiceError) => void = () => undefined;
  #cancel: (() => void) | undefined;
  #late: SluiceError | undefined;
  readonly #setting: string;

  /** @see Deadline */
  constructor(
    env: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly timers: Pick<Timers, 'after'> },
    limitMs: number,
    setting: string,
  ) {
    this.#env = env;
    this.#limitMs = limitMs;
    this.#setting = setting;
  }

  /** Whether some work was abandoned because it took too long. */
  get isLate(): boolean {
    return this.#late !== undefined;
  }

  /** @throws SluiceError STATEMENT_TIMEOUT; the error of work that fails in time */
  within<T>(work: Promise<T>): Promise<T> {
    if (this.#limitMs <= 0) return work;
    this.#untilMs = this.#env.clock.monotonicMs() + this.#limitMs;
    if (this.#cancel === undefined) this.#arm(this.#limitMs);
    return new Promise<T>((resolve, reject) => {
      if (this.#late !== undefined) reject(this.#late);
      this.#fail = reject;
      work.then(
        (result) => {
          this.#untilMs = Infinity;
          resolve(result);
        },
        (error: unknown) => {
          this.#untilMs = Infinity;
          reject(error as Error);
        },
      );
    });
  }

  /** Must be called when all work has ended. */
  close(): void {
    this.#cancel?.();
  }

  #arm(ms: number): void {
    this.#cancel = this.#env.timers.after(ms, () => {
      const leftMs = this.#untilMs - this.#env.clock.monotonicMs();
      if (leftMs > 0) return this.#arm(Math.min(leftMs, this.#limitMs));
      this.#late = timedOut(this.#limitMs, this.#setting, 'The statement');
      this.#fail(this.#late);
    });
  }
}
