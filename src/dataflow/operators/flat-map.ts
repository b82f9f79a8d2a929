import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver } from '../receivers.ts';

/**
 * Table functions: emits one row for each element of the longest result, the shorter ones padded with null. No
 * elements: no rows. Records without a value give no rows.
 */
export class StreamFlatMap implements StreamReceiver {
  readonly retainsRow = false;
  readonly #functions: readonly ((row: Row) => readonly unknown[])[];
  readonly #width: number;
  readonly #next: StreamReceiver;

  constructor(functions: readonly ((row: Row) => readonly unknown[])[], width: number, next: StreamReceiver) {
    this.#functions = functions;
    this.#width = width;
    this.#next = next;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (row === null) return;
    const results = this.#functions.map((f) => f(row));
    let rows = 0;
    for (const r of results) if (r.length > rows) rows = r.length;
    for (let i = 0; i < rows; i++) {
      const out = row.slice(0, this.#width);
      for (const r of results) out.push(i < r.length ? (r[i] ?? null) : null);
      this.#next.push(key, out, timestamp);
    }
  }
}
