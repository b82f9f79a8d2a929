import type { Env } from '../../../base/env.ts';
import type { ErrorSettings } from '../config/framework-settings.ts';
import { isRetriable } from './task-host.ts';

/** Connect's first pause. */
const FIRST_MS = 300;

/**
 * `errors.retry.timeout` and `errors.retry.delay.max.ms` (KIP-298): a transform or a converter that reports a temporary
 * error is called again for the same record, after pauses that double, until the time is over; then `errors.tolerance`
 * decides.
 */
export class RecordRetry {
  readonly #env: Env;
  readonly #settings: Pick<ErrorSettings, 'retryTimeoutMs' | 'retryDelayMaxMs'>;
  #attempts = 0;
  #sinceMs = 0;

  constructor(env: Env, settings: Pick<ErrorSettings, 'retryTimeoutMs' | 'retryDelayMaxMs'>) {
    this.#env = env;
    this.#settings = settings;
  }

  /** The pause before the next attempt, in ms; undefined when there is none. */
  pauseAfter(error: unknown): number | undefined {
    const { retryTimeoutMs, retryDelayMaxMs } = this.#settings;
    const now = this.#env.clock.monotonicMs();
    if (this.#attempts === 0) this.#sinceMs = now;
    const leftMs = retryTimeoutMs < 0 ? Infinity : this.#sinceMs + retryTimeoutMs - now;
    if (leftMs <= 0 || !isRetriable(error)) {
      this.done();
      return undefined;
    }
    const doubled = FIRST_MS * 2 ** Math.min(this.#attempts, 30);
    this.#attempts++;
    // As in Connect, pauses of the maximal length are randomized, so that tasks do not retry in step.
    const pause = doubled > retryDelayMaxMs ? this.#env.random.next() * retryDelayMaxMs : doubled;
    return Math.min(pause, leftMs);
  }

  get isRetrying(): boolean {
    return this.#attempts > 0;
  }

  /** The record has been handled; the next one has the whole time. */
  done(): void {
    this.#attempts = 0;
  }
}
