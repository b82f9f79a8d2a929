import type { Clock } from '../../base/env.ts';

/**
 * Limits how often closed windows are looked for, as in Kafka Streams: at most once per interval of wall-clock time
 * (settings.ts).
 */
export class EmitThrottle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  /** Returns undefined when the interval is not set. */
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
    // If the clock was set back, the next check is not delayed by the difference.
    if (now < this.#nextMs && now >= this.#nextMs - this.#intervalMs) return false;
    this.#nextMs = now + this.#intervalMs;
    return true;
  }
}
