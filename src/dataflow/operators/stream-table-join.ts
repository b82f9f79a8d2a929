import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import { nullRow, type RowCondition, type RowJoiner } from '../rows.ts';

/**
 * Joins each stream record with the table's current row, whatever the timestamps; the output has the record's key and
 * time. Records without a value are dropped. A record with a null key finds no row: an inner join drops it, a left join
 * pads it.
 */
export class StreamTableJoin implements StreamReceiver {
  readonly retainsRow = false;
  readonly #left: boolean;
  readonly #join: RowJoiner;
  readonly #noRight: Row;
  readonly #next: StreamReceiver;
  readonly #matches: RowCondition | undefined;
  #table!: TableNode;

  /** `matches`: whether a record's row can find anything; absent: only its key decides. */
  constructor(left: boolean, join: RowJoiner, rightWidth: number, next: StreamReceiver, matches?: RowCondition) {
    this.#left = left;
    this.#join = join;
    this.#noRight = nullRow(rightWidth);
    this.#next = next;
    this.#matches = matches;
  }

  connectTable(table: TableNode): void {
    this.#table = table;
    table.requireView();
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (row === null) return;
    const mayMatch = key !== null && (this.#matches === undefined || this.#matches(row));
    const right = mayMatch ? this.#table.get(key) : undefined;
    if (right !== undefined) this.#next.push(key, this.#join(row, right.row, key!), timestamp);
    else if (this.#left) this.#next.push(key, this.#join(row, this.#noRight, key ?? NO_KEY), timestamp);
  }
}

export const NO_KEY: Key = new Proxy([], { get: () => null });

/** The table side of such a join: its changes are already in the table's store. */
export const IGNORE_CHANGES: TableReceiver = { change() {} };
