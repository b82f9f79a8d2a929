import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';

export interface GroupByHooks {
  /** The grouping key of a row: one value for each expression. */
  readonly group: (row: Row) => Key;
  /** Reports a row that is left out because expression `index` is null. */
  readonly excluded: (row: Row, index: number) => void;
}

/** Sets the grouping key. Records without a value, and rows with a null in the grouping key, belong to no group. */
export class StreamGroupBy implements StreamReceiver {
  readonly retainsRow: boolean;
  readonly #hooks: GroupByHooks;
  readonly #next: StreamReceiver;

  constructor(hooks: GroupByHooks, next: StreamReceiver) {
    this.#hooks = hooks;
    this.#next = next;
    this.retainsRow = next.retainsRow;
  }

  push(_key: Key | null, row: Row | null, timestamp: number): void {
    if (row === null) return;
    const key = groupOf(this.#hooks, row);
    if (key !== null) this.#next.push(key, row, timestamp);
  }
}

/** GROUP BY the existing key of the stream. */
export class StreamGroupByKey implements StreamReceiver {
  readonly retainsRow: boolean;
  readonly #next: StreamReceiver;

  constructor(next: StreamReceiver) {
    this.#next = next;
    this.retainsRow = next.retainsRow;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key !== null && row !== null) this.#next.push(key, row, timestamp);
  }
}

/**
 * Turns a table's change into changes of groups: one when the row stays in its group, otherwise the old group first,
 * then the new one. Needs old rows, which `connect` requests.
 */
export class TableGroupBy implements TableReceiver {
  readonly #hooks: GroupByHooks;
  /** Gives equal ids for equal keys. */
  readonly #id: (key: Key) => unknown;
  readonly #next: TableReceiver;

  constructor(hooks: GroupByHooks, id: (key: Key) => unknown, next: TableReceiver) {
    this.#hooks = hooks;
    this.#id = id;
    this.#next = next;
  }

  connect(source: TableNode): void {
    source.enableSendOld(true);
  }

  change(_key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const newGroup = next === null ? null : groupOf(this.#hooks, next);
    const oldGroup = prev === null ? null : groupOf(this.#hooks, prev);
    if (newGroup !== null && oldGroup !== null && this.#id(newGroup) === this.#id(oldGroup)) {
      this.#next.change(newGroup, next, prev, timestamp);
      return;
    }
    if (oldGroup !== null) this.#next.change(oldGroup, null, prev, timestamp);
    if (newGroup !== null) this.#next.change(newGroup, next, null, timestamp);
  }
}

function groupOf(hooks: GroupByHooks, row: Row): Key | null {
  const key = hooks.group(row);
  for (let i = 0; i < key.length; i++) {
    if (key[i] === null) {
      hooks.excluded(row, i);
      return null;
    }
  }
  return key;
}
