import type { StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

/** Passes on records whose row satisfies the predicate. Records without a value are dropped. */
export class StreamFilter implements StreamReceiver {
  readonly #predicate: (row: Row) => boolean;
  readonly #next: StreamReceiver;
  readonly retainsRow: boolean;

  constructor(predicate: (row: Row) => boolean, next: StreamReceiver) {
    this.#predicate = predicate;
    this.#next = next;
    this.retainsRow = next.retainsRow;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (row !== null && this.#predicate(row)) this.#next.push(key, row, timestamp);
  }
}

/**
 * Replaces a row that does not satisfy the predicate by a tombstone. When old rows are available (the table is stored
 * upstream), no tombstone is sent for a row that never existed; otherwise it is sent, as in Kafka Streams.
 */
export class TableFilter implements TableReceiver, TableNode {
  readonly #predicate: (row: Row) => boolean;
  readonly #next: TableReceiver;
  #source!: TableNode;
  #knowsOld = false;

  constructor(predicate: (row: Row) => boolean, next: TableReceiver) {
    this.#predicate = predicate;
    this.#next = next;
  }

  connect(source: TableNode): void {
    this.#source = source;
    this.#knowsOld = source.enableSendOld(false);
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const kept = next !== null && this.#predicate(next) ? next : null;
    const before = prev !== null && this.#predicate(prev) ? prev : null;
    if (this.#knowsOld && kept === null && before === null) return;
    this.#next.change(key, kept, before, timestamp);
  }

  get(key: Key): StoredRow | undefined {
    const stored = this.#source.get(key);
    return stored !== undefined && this.#predicate(stored.row) ? stored : undefined;
  }

  requireView(): void {
    this.#source.requireView();
  }

  enableSendOld(force: boolean): boolean {
    this.#knowsOld = this.#source.enableSendOld(force);
    return this.#knowsOld;
  }
}
