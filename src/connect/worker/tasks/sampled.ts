/** The default window of Kafka's metrics (`metrics.sample.window.ms`), in ms; two of them are kept. */
const WINDOW_MS = 30_000;
const WINDOWS = 2;

interface Window {
  readonly beganMs: number;
  count: number;
  sum: number;
  max: number;
}

/**
 * Values of the last minute: their mean, maximum and rate per second as in Kafka's metrics, over two windows of 30 s; a
 * rate covers at least one whole window. Times are ms of one clock.
 */
export class Sampled {
  #windows: Window[] = [];

  record(value: number, nowMs: number): void {
    let window = this.#windows.at(-1);
    if (window === undefined || nowMs - window.beganMs >= WINDOW_MS) {
      this.#drop(nowMs);
      window = { beganMs: nowMs, count: 0, sum: 0, max: -Infinity };
      this.#windows.push(window);
    }
    window.count++;
    window.sum += value;
    window.max = Math.max(window.max, value);
  }

  /** Undefined when there were no values in the last minute. */
  mean(nowMs: number): number | undefined {
    this.#drop(nowMs);
    const count = this.#total('count');
    return count === 0 ? undefined : this.#total('sum') / count;
  }

  /** Undefined when there were no values in the last minute. */
  max(nowMs: number): number | undefined {
    this.#drop(nowMs);
    return this.#windows.length === 0 ? undefined : Math.max(...this.#windows.map((w) => w.max));
  }

  /** The sum of recorded values per second. */
  rate(nowMs: number): number {
    this.#drop(nowMs);
    const [oldest] = this.#windows;
    return oldest === undefined ? 0 : this.#total('sum') / (Math.max(nowMs - oldest.beganMs, WINDOW_MS) / 1000);
  }

  #total(of: 'count' | 'sum'): number {
    return this.#windows.reduce((sum, window) => sum + window[of], 0);
  }

  #drop(nowMs: number): void {
    this.#windows = this.#windows.filter((w) => nowMs - w.beganMs < WINDOWS * WINDOW_MS);
  }
}
