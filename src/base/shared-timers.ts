import type { Clock, Timers } from './env.ts';

/** Pauses shorter than this, in ms, are exact. */
const EXACT_BELOW_MS = 64;
/** A pause is longer than requested by at most this share of its length. */
const SLACK = 1 / 4;
const SLACK_MAX_MS = 256;

/** The sleepers that wake together. */
interface Moment {
  readonly sleepers: Set<Sleeper>;
  readonly timer: AbortController;
}

interface Sleeper {
  readonly wake: () => void;
  readonly interrupt: (reason: Error) => void;
}

/**
 * Timers that end similar pauses together: many who sleep for about the same time wake in one turn, so that their
 * commits share a transaction. A pause is never shorter than requested, and longer by at most a quarter, or 256 ms.
 */
export class SharedTimers implements Timers {
  readonly #timers: Timers;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** By end time, in ms of the monotonic clock. */
  readonly #moments = new Map<number, Moment>();
  /** One listener for each signal, however many sleepers use it: adding and removing listeners is not cheap. */
  readonly #bySignal = new WeakMap<AbortSignal, Set<Sleeper>>();

  constructor(timers: Timers, clock: Pick<Clock, 'monotonicMs'>) {
    this.#timers = timers;
    this.#clock = clock;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < EXACT_BELOW_MS) return this.#timers.sleep(ms, signal);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const interruptible = signal && this.#sleepersOf(signal);
      const sleeper: Sleeper = {
        wake: () => {
          interruptible?.delete(sleeper);
          resolve();
        },
        interrupt: (reason) => {
          leave();
          reject(reason);
        },
      };
      const leave = this.#join(ms, sleeper);
      interruptible?.add(sleeper);
    });
  }

  after(ms: number, task: () => void): () => void {
    return this.#timers.after(ms, task);
  }

  turn(isNew?: boolean): Promise<void> {
    return this.#timers.turn(isNew);
  }

  /** Adds a sleeper to the moment at which its pause ends. The returned function removes it. */
  #join(ms: number, sleeper: Sleeper): () => void {
    const now = this.#clock.monotonicMs();
    const step = stepOf(ms);
    const at = Math.ceil((now + ms) / step) * step;
    const moment = this.#moments.get(at) ?? this.#begin(at, at - now);
    moment.sleepers.add(sleeper);
    return () => {
      moment.sleepers.delete(sleeper);
      if (moment.sleepers.size > 0 || this.#moments.get(at) !== moment) return;
      this.#moments.delete(at);
      moment.timer.abort();
    };
  }

  #begin(at: number, ms: number): Moment {
    const moment: Moment = { sleepers: new Set(), timer: new AbortController() };
    this.#moments.set(at, moment);
    this.#timers.sleep(ms, moment.timer.signal).then(
      () => {
        this.#moments.delete(at);
        for (const { wake } of moment.sleepers) wake();
      },
      () => undefined,
    );
    return moment;
  }

  #sleepersOf(signal: AbortSignal): Set<Sleeper> {
    let sleepers = this.#bySignal.get(signal);
    if (sleepers === undefined) {
      const all = new Set<Sleeper>();
      this.#bySignal.set(signal, (sleepers = all));
      signal.addEventListener('abort', () => {
        for (const { interrupt } of all) interrupt(signal.reason as Error);
        all.clear();
      });
    }
    return sleepers;
  }
}

/**
 * The granularity for pauses of this length: their ends are multiples of it. A power of two, so that long and short
 * pauses end together.
 */
function stepOf(ms: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(SLACK_MAX_MS, ms * SLACK)));
}
