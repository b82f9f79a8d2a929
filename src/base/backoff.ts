import type { Random } from './env.ts';

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
