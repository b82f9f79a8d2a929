import type { Env } from './env.ts';

/** How long the thread is kept without a pause, in ms: clients wait for it. */
export const STRETCH_MS = 8;

/** Work that may take long, cut into stretches: ask `isOver` now and then, and `pause` when it is. */
export class Stretch {
  readonly #env: Pick<Env, 'clock' | 'timers'>;
  readonly #longestMs: number;
  #until = 0;

  constructor(env: Pick<Env, 'clock' | 'timers'>, longestMs = STRETCH_MS) {
    this.#env = env;
    this.#longestMs = longestMs;
  }

  get isOver(): boolean {
    return this.#env.clock.monotonicMs() >= this.#until;
  }

  /** Everybody else has a turn; then a new stretch begins. */
  async pause(): Promise<void> {
    await this.#env.timers.turn();
    this.#until = this.#env.clock.monotonicMs() + this.#longestMs;
  }

  /** Pauses when the stretch is over. */
  async breathe(): Promise<void> {
    if (this.isOver) await this.pause();
  }
}
