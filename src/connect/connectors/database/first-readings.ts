import type { Reading, SourceProgress } from '../../api/connector.ts';

interface Open {
  readonly name: string;
  readonly topic: string;
  state: Reading['state'];
  rows: number;
  /** ms of the monotonic clock. */
  beganAtMs: number;
}

/**
 * A task's progress with the contents of its tables at the start: the first pass over each. Only the task that began a
 * pass knows whether everything was read; one that continues in the middle does not report it.
 */
export class FirstReadings<Key> {
  readonly #open = new Map<Key, Open>();
  readonly #report: (progress: SourceProgress) => void;
  readonly #nowMs: () => number;
  #handedOut: { readonly key: Key; readonly rows: number; readonly isLast: boolean } | undefined;

  /** @param nowMs ms of the monotonic clock */
  constructor(report: (progress: SourceProgress) => void, nowMs: () => number) {
    this.#report = report;
    this.#nowMs = nowMs;
  }

  /** `name`: the table's name in the database. */
  wait(key: Key, name: string, topic: string): void {
    this.#open.set(key, { name, topic, state: 'waiting', rows: 0, beganAtMs: this.#nowMs() });
    this.#reportAll();
  }

  begin(key: Key): void {
    const open = this.#open.get(key);
    if (open === undefined || open.state !== 'waiting') return;
    open.state = 'reading';
    open.beganAtMs = this.#nowMs();
    this.#reportAll();
  }

  /** Rows that are handed out count when they are committed. `isLast`: whether they end the pass. */
  handOut(key: Key, rows: number, isLast: boolean): void {
    if (!this.#open.has(key)) return;
    this.#handedOut = { key, rows, isLast };
    if (rows === 0) this.committed();
  }

  committed(): void {
    const handedOut = this.#handedOut;
    this.#handedOut = undefined;
    const open = handedOut && this.#open.get(handedOut.key);
    if (open === undefined || open.state === 'done') return;
    open.rows += handedOut!.rows;
    if (handedOut!.isLast) open.state = 'done';
    this.#reportAll();
  }

  #reportAll(): void {
    const nowMs = this.#nowMs();
    this.#report({
      readings: [...this.#open.values()].map(({ name, topic, state, rows, beganAtMs }) => ({
        name,
        topic,
        state,
        rows,
        estimate: 0,
        rowsPerSecond: state === 'reading' && nowMs > beganAtMs ? (rows * 1000) / (nowMs - beganAtMs) : 0,
      })),
    });
  }
}
