import { Backoff as Pauses } from '../../base/backoff.ts';
import type { Env } from '../../base/env.ts';

/** Pauses between tries, with jitter as Kafka's clients have it, until a limit of time is reached. */
export class Backoff {
  readonly #env: Env;
  readonly #deadlineMs: number;
  readonly #pauses: Pauses;

  constructor(env: Env, firstMs: number, maxMs: number, limitMs: number) {
    this.#env = env;
    this.#pauses = new Pauses(firstMs, maxMs, { share: 0.2, random: env.random });
    this.#deadlineMs = env.clock.monotonicMs() + limitMs;
  }

  /** Waits, at most `atMostMs`; false when the time is up and the caller should give up. */
  async wait(atMostMs = Infinity): Promise<boolean> {
    if (this.#env.clock.monotonicMs() >= this.#deadlineMs) return false;
    await this.#env.timers.sleep(Math.min(atMostMs, this.nextMs()));
    return true;
  }

  /** The length of the next pause, for who waits by other means. */
  nextMs(): number {
    return this.#pauses.nextMs();
  }
}
