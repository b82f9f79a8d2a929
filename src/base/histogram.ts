/** Upper bounds of the classes, in ms: fine where commits and latencies of a healthy query lie. */
export const BOUNDS_MS: readonly number[] = [
  1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000,
];

/** Plain data. `counts[i]`: what was at most BOUNDS_MS[i] and above the bound before; the last: what was above all. */
export interface HistogramCounts {
  readonly counts: readonly number[];
  readonly sumMs: number;
}

/** Durations by class, as Prometheus' histograms have them. */
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
    counts: Array.from({ length: BOUNDS_MS.length + 1 }, (_, i) => parts.reduce((n, p) => n + p.counts[i]!, 0)),
    sumMs: parts.reduce((n, p) => n + p.sumMs, 0),
  };
}
