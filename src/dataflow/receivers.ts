import type { StoredRow } from '../state/api.ts';
import type { Key, Row } from '../types/row.ts';

/**
 * Receives a stream's records. A null row is a record without a value: filters and joins drop it, projections pass it
 * on. A receiver never changes the key array and may keep it. It may keep the row only if it says so (`retainsRow`);
 * for others the same row array may be reused.
 */
export interface StreamReceiver {
  push(key: Key | null, row: Row | null, timestamp: number): void;
  readonly retainsRow: boolean;
}

/** Receives a stream's rows, and aggregates of several of them: the second phase of a two-phase aggregation. */
export interface PartialReceiver extends StreamReceiver {
  /**
   * `state`: carried columns, then the intermediate value of each call (AggregateCore), over `rows` rows of the group
   * and of the same windows, the highest of whose times is `timestamp`. It is not changed, and may be reused.
   */
  pushPartial(key: Key, state: Row, timestamp: number, rows: number): void;
}

/**
 * Receives a table's changes. `next` null: the key's row was deleted. `prev` is the previous row if the sender was
 * asked for it (TableNode.enableSendOld), otherwise null. Both rows may be kept, but never changed.
 */
export interface TableReceiver {
  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void;
}

/** A table as its readers see it. */
export interface TableNode {
  /** The current row. Requires `requireView`. */
  get(key: Key): StoredRow | undefined;
  /** Announces calls of `get`, so rows that are not stored yet must be. Called while the task is built. */
  requireView(): void;
  /**
   * Requests old rows in changes. `force`: store the table if necessary. Returns whether old rows will be sent. As in
   * Kafka Streams, a filter requests them without force, and passes on superfluous tombstones when it gets none.
   */
  enableSendOld(force: boolean): boolean;
}
