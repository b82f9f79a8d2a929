import type { Env } from '../../base/env.ts';

/** Pauses that double from `firstMs` to `maxMs`, with a fifth of jitter so that tasks don't knock in step. */
export class Backoff {
  private readonly firstMs: number;
  private readonly maxMs: number;
  private readonly env: Env;
  attempts = 0;

  constructor(env: Env, firstMs: number, maxMs: number) {
    this.env = env;
    this.firstMs = firstMs;
    this.maxMs = maxMs;
  }

  /** Waits before the next attempt; rejects when the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const pause = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.attempts, 30));
    this.attempts++;
    await this.env.timers.sleep(pause * (0.9 + 0.2 * this.env.random.next()), signal);
  }

  reset(): void {
    this.attempts = 0;
  }
}
