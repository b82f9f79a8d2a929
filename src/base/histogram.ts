import { must } from './assert.ts';

/** Upper bounds of the buckets in ms, finer where commits and latencies of a healthy query lie. */
export const BOUNDS_MS: readonly number[] = [
  1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000,
];

/**
 * Plain data. `counts[i]` counts values up to BOUNDS_MS[i] and above the previous bound; the last count is of values
 * above all bounds.
 */
export interface HistogramCounts {
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** A histogram of durations, with buckets as in Prometheus. */
export class Histogram {
  readonly #counts = new Array<number>(BOUNDS_MS.length + 1).fill(0);
  #sumMs = 0;

  observe(ms: number): void {
    let i = 0;
    while (i < BOUNDS_MS.length && ms > BOUNDS_MS[i]!) i++;
    this.#counts[i]!++;
    this.#sumMs += ms;
  }

  get snapshot(): HistogramCounts {
    return { counts: [...this.#counts], sumMs: this.#sumMs };
  }
}

export function sumOf(parts: readonly HistogramCounts[]): HistogramCounts {
  return {
    counts: Array.from({ length: BOUNDS_MS.length + 1 }, (_, i) =>
      parts.reduce((n, p) => n + must(p.counts[i], 'count'), 0),
    ),
    sumMs: parts.reduce((n, p) => n + p.sumMs, 0),
  };
}
