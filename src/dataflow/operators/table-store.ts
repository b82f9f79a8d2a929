import type { KeyValueStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableNode, TableReceiver } from '../receivers.ts';

/**
 * A table read from a topic: each record replaces its key's row. Rows are stored when the plan requires it or a
 * downstream operator needs the current or old row; otherwise changes are passed on without old rows.
 */
export class TableStore implements TableNode {
  readonly #open: () => KeyValueStore;
  readonly #next: TableReceiver;
  #store: KeyValueStore | undefined;
  #sendOld = false;

  constructor(open: () => KeyValueStore, materialized: boolean, next: TableReceiver) {
    this.#open = open;
    this.#next = next;
    if (materialized) this.#store = open();
  }

  /** A null row deletes. Updates with an equal row are passed on too. */
  upsert(key: Key, row: Row | null, timestamp: number): void {
    const store = this.#store;
    if (store === undefined) {
      this.#next.change(key, row, null, timestamp);
      return;
    }
    const stored = this.#sendOld || row === null ? store.get(key) : undefined;
    const prev = stored?.row ?? null;
    if (row === null) store.delete(key);
    else store.put(key, row, timestamp);
    this.#next.change(key, row, this.#sendOld ? prev : null, timestamp);
  }

  get(key: Key): StoredRow | undefined {
    return this.#store!.get(key);
  }

  /** The row of a key; null when there is none or rows are not stored. */
  known(key: Key): Row | null {
    return this.#store?.get(key)?.row ?? null;
  }

  requireView(): void {
    this.#store ??= this.#open();
  }

  enableSendOld(force: boolean): boolean {
    if (this.#store === undefined && !force) return false;
    this.requireView();
    this.#sendOld = true;
    return true;
  }
}
