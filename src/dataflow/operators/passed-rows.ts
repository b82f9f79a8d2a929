import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableReceiver } from '../receivers.ts';

/** Rows that an operator has emitted since its task was created. */
export interface PassedRows {
  rows: number;
}

/** Counts the records that go to `next`. */
export class CountedStream implements StreamReceiver {
  readonly #passed: PassedRows;
  readonly #next: StreamReceiver;
  readonly retainsRow: boolean;

  constructor(passed: PassedRows, next: StreamReceiver) {
    this.#passed = passed;
    this.#next = next;
    this.retainsRow = next.retainsRow;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    this.#passed.rows++;
    this.#next.push(key, row, timestamp);
  }
}

/** Counts the changes that go to `next`. */
export class CountedTable implements TableReceiver {
  readonly #passed: PassedRows;
  readonly #next: TableReceiver;

  constructor(passed: PassedRows, next: TableReceiver) {
    this.#passed = passed;
    this.#next = next;
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    this.#passed.rows++;
    this.#next.change(key, next, prev, timestamp);
  }
}
