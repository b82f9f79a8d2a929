import type { StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

/** Projects the row, and with `rekey` the columns of the key. Records without a value pass through. */
export class StreamSelect implements StreamReceiver {
  readonly retainsRow = false;
  readonly #project: (row: Row) => Row;
  readonly #next: StreamReceiver;
  readonly #rekey: ((key: Key | null) => Key | null) | undefined;

  constructor(project: (row: Row) => Row, next: StreamReceiver, rekey?: (key: Key | null) => Key | null) {
    this.#project = project;
    this.#next = next;
    this.#rekey = rekey;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    const out = row === null ? null : this.#project(row);
    this.#next.push(this.#rekey === undefined ? key : this.#rekey(key), out, timestamp);
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

/** Picks key columns by position; none: a null key. A window after the `width` columns is kept. */
export function keyPicker(
  columns: readonly number[],
  width: number,
  windowed: boolean,
): (key: Key | null) => Key | null {
  if (columns.length === 0) return () => null;
  const picked = windowed ? [...columns, width, width + 1] : columns;
  return (key) => (key === null ? null : picked.map((i) => key[i]));
}
