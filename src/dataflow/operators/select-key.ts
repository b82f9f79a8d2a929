import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

/**
 * Replaces the key by expressions over the row. A single expression that is null gives a null key, as does a record without a value;
 * of several, each may be null. A windowed key keeps its window.
 */
export class StreamSelectKey implements StreamReceiver {
  readonly retainsRow: boolean;
  readonly #newKey: KeyMaker;
  readonly #next: StreamReceiver;

  constructor(newKey: KeyMaker, next: StreamReceiver) {
    this.#newKey = newKey;
    this.#next = next;
    this.retainsRow = next.retainsRow;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    this.#next.push(this.#newKey(key, row), row, timestamp);
  }
}

/**
 * The same for a table (to join it under another type or format of key): each change goes on under the new key, which only converts the
 * primary key, so that old and new row have the same. A deletion takes it from the old row; one of what was never there is dropped.
 */
export class TableSelectKey implements TableReceiver {
  readonly #newKey: KeyMaker;
  readonly #next: StreamReceiver;

  constructor(newKey: KeyMaker, next: StreamReceiver) {
    this.#newKey = newKey;
    this.#next = next;
  }

  connect(source: TableNode): void {
    source.enableSendOld(true);
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const row = next ?? prev;
    if (row !== null) this.#next.push(this.#newKey(key, row), next, timestamp);
  }
}

export type KeyMaker = (key: Key | null, row: Row | null) => Key | null;

/** `width`: key columns of the incoming key; `windowed`: window start and end stand behind them and are kept. */
export function keyMaker(project: (row: Row) => Row, expressions: number, width: number, windowed: boolean): KeyMaker {
  if (expressions === 0) return () => null;
  return (key, row) => {
    if (row === null) return null;
    const made = project(row);
    if (expressions === 1 && made[0] === null) return null;
    if (windowed && key !== null) made.push(key[width], key[width + 1]);
    return made;
  };
}
