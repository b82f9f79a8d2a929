import { Backoff } from '../../../base/backoff.ts';
import type { Env } from '../../../base/env.ts';
import { RetriableError } from '../../api/errors.ts';

/** The longest pause between two attempts, in ms. */
const RETRY_MAX_MS = 30_000;

/** The context of attempts. A SinkTaskContext is one; a probe has neither a signal nor somebody to report to. */
export interface RetryContext {
  readonly env: Pick<Env, 'timers' | 'random'>;
  /** Ends the pauses and the attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each failure that is followed by another attempt. */
  readonly trouble?: ((error: RetriableError) => void) | undefined;
}

/**
 * The attempts that one put of a sink makes by itself while its target accepts nothing. All parts of the put share
 * them, and a success restores all of them. Afterwards the worker takes over and puts the same records again.
 */
export class PutRetries {
  readonly #context: RetryContext;
  readonly #max: number;
  readonly #backoff: Backoff;

  constructor(context: RetryContext, { max, firstPauseMs }: { readonly max: number; readonly firstPauseMs: number }) {
    this.#context = context;
    this.#max = max;
    this.#backoff = new Backoff(firstPauseMs, RETRY_MAX_MS, { share: 0.2, random: context.env.random });
  }

  /**
   * Repeats `work` while it fails with a RetriableError. If a target asks for a longer pause, `work` itself waits
   * before it tries again.
   * @throws the error of `work`: any other error at once, a RetriableError after `max` further attempts
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { env, signal } = this.#context;
    for (;;) {
      try {
        const result = await work();
        this.#backoff.reset();
        return result;
      } catch (error) {
        if (signal?.aborted === true || !(error instanceof RetriableError)) throw error;
        if (this.#backoff.attempts >= this.#max) throw error;
        this.#context.trouble?.(error);
        await env.timers.sleep(this.#backoff.nextMs(), signal);
      }
    }
  }
}
