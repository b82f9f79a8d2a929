import { lowerBound } from './ordered.ts';

/** Positions 0 to count - 1, ordered by their times. */
export class TimeOrder {
  readonly #times: Float64Array;
  readonly #order: Uint32Array;

  constructor(count: number, timeAt: (position: number) => number) {
    const times = new Float64Array(count);
    let [least, most] = [Infinity, -Infinity];
    for (let at = 0; at < count; at++) {
      const time = timeAt(at);
      times[at] = time;
      if (time < least) least = time;
      if (time > most) most = time;
    }
    const order = new Uint32Array(count);
    if ((most - least + 1) * count < Number.MAX_SAFE_INTEGER) {
      // Time and position are packed into one number, which can be sorted without a callback.
      const packed: Float64Array = times.map((time, at) => (time - least) * count + at).sort();
      for (let i = 0; i < count; i++) order[i] = packed[i]! % count;
    } else {
      for (let at = 0; at < count; at++) order[at] = at;
      order.sort((a, b) => times[a]! - times[b]!);
    }
    this.#times = times;
    this.#order = order;
  }

  /** Positions with from <= time <= to, in order. */
  *between(from: number, to: number): Generator<number> {
    const [times, order] = [this.#times, this.#order];
    const first = lowerBound(order.length, (i) => times[order[i]!]! < from);
    for (let i = first; i < order.length && times[order[i]!]! <= to; i++) yield order[i]!;
  }
}
