import type { StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

/** Projects the row; the key and the absence of a value pass through. */
export class StreamSelect implements StreamReceiver {
  readonly retainsRow = false;
  readonly #project: (row: Row) => Row;
  readonly #next: StreamReceiver;

  constructor(project: (row: Row) => Row, next: StreamReceiver) {
    this.#project = project;
    this.#next = next;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    this.#next.push(key, row === null ? null : this.#project(row), timestamp);
  }
}

/** Projects both rows of a change. */
export class TableSelect implements TableReceiver, TableNode {
  readonly #project: (row: Row) => Row;
  readonly #next: TableReceiver;
  #source!: TableNode;

  constructor(project: (row: Row) => Row, next: TableReceiver) {
    this.#project = project;
    this.#next = next;
  }

  connect(source: TableNode): void {
    this.#source = source;
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    this.#next.change(
      key,
      next === null ? null : this.#project(next),
      prev === null ? null : this.#project(prev),
      timestamp,
    );
  }

  get(key: Key): StoredRow | undefined {
    const stored = this.#source.get(key);
    return stored === undefined ? undefined : { row: this.#project(stored.row), timestamp: stored.timestamp };
  }

  requireView(): void {
    this.#source.requireView();
  }

  enableSendOld(force: boolean): boolean {
    return this.#source.enableSendOld(force);
  }
}
