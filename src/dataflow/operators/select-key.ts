import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

/**
 * Replaces the key by expressions over the row. A single null expression gives a null key; of several, each may be
 * null. For a record without a value only expressions over the old key are computed; the others are null. The window of
 * a windowed key is kept.
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
 * The same for a table (to join it with another key type or format). The new key only converts the primary key, so old
 * and new row have the same one. A deletion takes the key from the old row; a deletion of a row that never existed is
 * dropped.
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

export interface KeyMakerOptions {
  readonly project: (row: Row) => Row;
  /** The number of expressions; with none the key is null. */
  readonly expressions: number;
  /** Creates the row for a record without a value: copies of the key, null otherwise. */
  readonly rowOfKey: (key: Key | null) => Row;
  /** For each expression, whether it reads only the key; the others are null for a record without a value. */
  readonly fromKey: readonly boolean[];
  /** Number of columns in the incoming key. */
  readonly width: number;
  /** Whether window start and end follow the key and are kept. */
  readonly windowed: boolean;
}

export function keyMaker({ project, expressions, rowOfKey, fromKey, width, windowed }: KeyMakerOptions): KeyMaker {
  if (expressions === 0) return () => null;
  return (key, row) => {
    const made = project(row ?? rowOfKey(key));
    if (row === null) fromKey.forEach((known, i) => !known && (made[i] = null));
    if (expressions === 1 && made[0] === null) return null;
    if (windowed && key !== null) made.push(key[width], key[width + 1]);
    return made;
  };
}
