import { Backoff as Pauses } from '../../base/backoff.ts';
import type { Env } from '../../base/env.ts';

/** Pauses between attempts, with jitter as in Kafka's clients, until a time limit is reached. */
export class Backoff {
  readonly #env: Env;
  readonly #deadlineMs: number;
  readonly #pauses: Pauses;

  constructor(env: Env, firstMs: number, maxMs: number, limitMs: number) {
    this.#env = env;
    this.#pauses = new Pauses(firstMs, maxMs, { share: 0.2, random: env.random });
    this.#deadlineMs = env.clock.monotonicMs() + limitMs;
  }

  /** Waits, for at most `atMostMs`; false when the time limit is reached and the caller should give up. */
  async wait(atMostMs = Infinity): Promise<boolean> {
    if (this.#env.clock.monotonicMs() >= this.#deadlineMs) return false;
    await this.#env.timers.sleep(Math.min(atMostMs, this.nextMs()));
    return true;
  }

  /** The length of the next pause, for callers that wait by other means. */
  nextMs(): number {
    return this.#pauses.nextMs();
  }
}
