import type { Env } from './env.ts';

/** How long work may occupy the thread without a pause, in ms, while clients wait. */
export const STRETCH_MS = 8;
/**
 * The first stretch, in ms. Most requests are done in it, and it comes before the stretches of those that are not:
 * where thirty statements work on and on, a look-up waits for one or two of them and not for all.
 */
const FIRST_MS = 2;

/** Divides long work into stretches: the work checks `isOver` now and then, and calls `pause` when it is. */
export class Stretch {
  readonly #env: Pick<Env, 'clock' | 'timers'>;
  readonly #longestMs: number;
  #until = 0;
  /** Of its stretches none has begun yet. */
  #isNew = true;

  constructor(env: Pick<Env, 'clock' | 'timers'>, longestMs = STRETCH_MS) {
    this.#env = env;
    this.#longestMs = longestMs;
  }

  get isOver(): boolean {
    return this.#env.clock.monotonicMs() >= this.#until;
  }

  /** Lets everything else run, then starts a new stretch. */
  async pause(): Promise<void> {
    const isNew = this.#isNew;
    this.#isNew = false;
    await this.#env.timers.turn(isNew);
    this.#until = this.#env.clock.monotonicMs() + (isNew ? Math.min(FIRST_MS, this.#longestMs) : this.#longestMs);
  }

  /** Pauses when the stretch is over. */
  async breathe(): Promise<void> {
    if (this.isOver) await this.pause();
  }
}
