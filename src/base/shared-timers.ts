import type { Clock, Timers } from './env.ts';

/** Shorter pauses, in ms, end when they say. */
const EXACT_BELOW_MS = 64;
/** A pause is at most this part of its length too long. */
const SLACK = 1 / 4;
const SLACK_MAX_MS = 256;

/** Those who wake at one moment. */
interface Moment {
  readonly sleepers: Set<Sleeper>;
  readonly timer: AbortController;
}

interface Sleeper {
  readonly wake: () => void;
  readonly interrupt: (reason: Error) => void;
}

/**
 * Timers whose pauses end together: many who sleep for about as long wake in one turn, and what they commit then shares
 * one transaction. A pause is never shorter than asked for, and a quarter or 256 ms longer at most.
 */
export class SharedTimers implements Timers {
  readonly #timers: Timers;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** By the time of their end, in ms of the monotonic clock. */
  readonly #moments = new Map<number, Moment>();
  /** One listener a signal, however often somebody sleeps with it: to add and remove one is not cheap. */
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

  /** Waits for the moment of a pause that begins now. The answer takes that back. */
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

/** Ends of pauses of this length are multiples of it: a power of two, so that long and short ones meet. */
function stepOf(ms: number): number {
  return 2 ** Math.floor(Math.log2(Math.min(SLACK_MAX_MS, ms * SLACK)));
}
