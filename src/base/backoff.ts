import type { Env, Random } from './env.ts';

/** Pauses between attempts, in ms: they double from the first to the longest, and begin again after a success. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #jitter: { readonly share: number; readonly random: Random } | undefined;
  #attempts = 0;

  /** `jitter`: each pause is longer or shorter by up to this share (0 to 1) of itself. */
  constructor(firstMs: number, maxMs: number, jitter?: { readonly share: number; readonly random: Random }) {
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#jitter = jitter;
  }

  /** Pauses since the last success, or since the start. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The length of the next pause. */
  nextMs(): number {
    const pause = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempts++, 40));
    return this.#jitter === undefined
      ? pause
      : pause * (1 - this.#jitter.share + 2 * this.#jitter.share * this.#jitter.random.next());
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** A Backoff that waits itself, with the jitter of Kafka's clients, until a time limit is reached. */
export class TimedBackoff extends Backoff {
  readonly #env: Pick<Env, 'clock' | 'timers'>;
  readonly #deadlineMs: number;

  constructor(env: Pick<Env, 'clock' | 'timers' | 'random'>, firstMs: number, maxMs: number, limitMs: number) {
    super(firstMs, maxMs, { share: 0.2, random: env.random });
    this.#env = env;
    this.#deadlineMs = env.clock.monotonicMs() + limitMs;
  }

  /** Waits, for at most `atMostMs`; false when the time limit is reached and the caller should give up. */
  async wait(atMostMs = Infinity): Promise<boolean> {
    if (this.#env.clock.monotonicMs() >= this.#deadlineMs) return false;
    await this.#env.timers.sleep(Math.min(atMostMs, this.nextMs()));
    return true;
  }
}
