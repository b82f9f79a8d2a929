import type { Clock } from '../../base/env.ts';

/**
 * Looks for windows that have closed as Kafka Streams does: at most once per interval of wall-clock time (settings.ts).
 */
export class EmitThrottle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  /** undefined where the interval is not set. */
  static of(clock: Clock, intervalMs: number | undefined): EmitThrottle | undefined {
    return intervalMs === undefined ? undefined : new EmitThrottle(clock, intervalMs);
  }

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** True at most once per interval. */
  passes(): boolean {
    if (this.#intervalMs <= 0) return true;
    const now = this.#clock.nowMs();
    // A clock that was set back keeps nobody waiting for the time that it has lost.
    if (now < this.#nextMs && now >= this.#nextMs - this.#intervalMs) return false;
    this.#nextMs = now + this.#intervalMs;
    return true;
  }
}
