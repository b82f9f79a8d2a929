import type { Env } from '../../base/env.ts';

/** Pauses between tries: doubled each time up to a maximum, with jitter, until a limit of time is reached. */
export class Backoff {
  readonly #env: Env;
  readonly #maxMs: number;
  readonly #deadline: number;
  #nextMs: number;

  constructor(env: Env, firstMs: number, maxMs: number, limitMs: number) {
    this.#env = env;
    this.#nextMs = firstMs;
    this.#maxMs = maxMs;
    this.#deadline = env.clock.monotonicMs() + limitMs;
  }

  /** Waits, at most `atMostMs`; false when the time is up and the caller should give up. */
  async wait(atMostMs = Infinity): Promise<boolean> {
    if (this.#env.clock.monotonicMs() >= this.#deadline) return false;
    await this.#env.timers.sleep(Math.min(atMostMs, this.nextMs()));
    return true;
  }

  /** The length of the next pause, for who waits by other means. */
  nextMs(): number {
    const ms = this.#nextMs * (0.8 + this.#env.random.next() * 0.4);
    this.#nextMs = Math.min(this.#nextMs * 2, this.#maxMs);
    return ms;
  }
}
