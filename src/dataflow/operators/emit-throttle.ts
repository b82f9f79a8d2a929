import type { Clock } from '../../base/env.ts';

/** Looks for windows that have closed: wall-clock throttle as in Kafka Streams (`__emit.interval.ms.kstreams.windowed.aggregation__`). */
export class EmitThrottle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** True at most once per interval. */
  passes(): boolean {
    if (this.#intervalMs <= 0) return true;
    const now = this.#clock.nowMs();
    if (now < this.#nextMs) return false;
    this.#nextMs = now + this.#intervalMs;
    return true;
  }
}
