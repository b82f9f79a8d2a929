import type { StoredRow } from '../state/api.ts';
import type { Key, Row } from '../types/row.ts';

/**
 * Where a stream's records go. A null row is a record without a value: filters and joins drop it, projections pass it
 * on. The key array is never changed by a receiver and may be kept. The row may be kept only by receivers that say so
 * (`retainsRow`): the others may be given one row again and again.
 */
export interface StreamReceiver {
  push(key: Key | null, row: Row | null, timestamp: number): void;
  readonly retainsRow: boolean;
}

/**
 * Where a table's changes go. `next` null: the key's row is gone. `prev` is the row before, if the sender was asked for
 * it (TableNode.enableSendOld), else null. Both rows may be kept, never changed.
 */
export interface TableReceiver {
  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void;
}

/** A table as its readers see it. */
export interface TableNode {
  /** The current row. Works only after `requireView`. */
  get(key: Key): StoredRow | undefined;
  /** Somebody will call `get`: what is not kept yet must be kept. Called while the task is built. */
  requireView(): void;
  /**
   * Asks for old rows in changes. `force`: keep the table in a store if need be. Returns whether old rows will come: as
   * in Kafka Streams, a filter asks without force, and passes on superfluous tombstones when it gets no old rows.
   */
  enableSendOld(force: boolean): boolean;
}
