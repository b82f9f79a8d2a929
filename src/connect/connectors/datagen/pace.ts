import type { Env } from '../../../base/env.ts';

/** The most records of one poll. */
export const RECORDS_PER_POLL = 5000;
/** How often due records are returned when the rate is even, in ms. */
const TICK_MS = 20;
/** The longest delay of a timer. */
const PAUSE_MAX_MS = 2 ** 31 - 1;
/** After a pause longer than this, the rate starts again instead of catching up. */
const CATCH_UP_MS = 1000;

/** When records are due: at an even rate, after random pauses, or as fast as possible. */
export class Pace {
  readonly #env: Pick<Env, 'clock' | 'timers' | 'random'>;
  readonly #signal: AbortSignal;
  readonly #rate: number | undefined;
  readonly #maxIntervalMs: number;
  #anchorMs = 0;
  #anchored = 0;

  /**
   * @param site - where the task runs; its signal ends a pause
   * @param pace - records per second; or the longest random pause in ms, where 0 means as fast as possible
   */
  constructor(
    site: { readonly env: Pick<Env, 'clock' | 'timers' | 'random'>; readonly signal: AbortSignal },
    pace: { readonly rate: number | undefined; readonly maxIntervalMs: number },
  ) {
    this.#env = site.env;
    this.#signal = site.signal;
    this.#rate = pace.rate;
    this.#maxIntervalMs = pace.maxIntervalMs;
    this.#anchor();
  }

  /** The number of records that are due now, at most RECORDS_PER_POLL; waits briefly when there are none. */
  async due(): Promise<number> {
    const { clock, timers, random } = this.#env;
    if (this.#rate === undefined) {
      if (this.#maxIntervalMs === 0) return RECORDS_PER_POLL;
      await timers.sleep(random.next() * this.#maxIntervalMs, this.#signal).catch(() => {});
      return this.#signal.aborted ? 0 : 1;
    }
    const elapsed = clock.monotonicMs() - this.#anchorMs;
    const wanted = Math.floor((elapsed * this.#rate) / 1000) - this.#anchored;
    if (wanted > Math.max(1, (this.#rate * CATCH_UP_MS) / 1000)) {
      this.#anchor();
      return 1;
    }
    if (wanted > 0) {
      const due = Math.min(wanted, RECORDS_PER_POLL);
      this.#anchored += due;
      return due;
    }
    const nextMs = ((this.#anchored + 1) / this.#rate) * 1000 - elapsed;
    await timers.sleep(Math.min(PAUSE_MAX_MS, Math.max(TICK_MS, nextMs)), this.#signal).catch(() => {});
    return 0;
  }

  #anchor(): void {
    this.#anchorMs = this.#env.clock.monotonicMs();
    this.#anchored = 0;
  }
}
