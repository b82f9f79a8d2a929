import type { Key, Row } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * State of operators. A store is opened by name for one task, and its writes become durable with the task's commit (see
 * task.ts). Reads see the task's own uncommitted writes; pull queries open the stores on a snapshot of the last commit
 * (dataflow/views/table-view.ts).
 */
export interface StoreProvider {
  keyValue(spec: StoreSpec): KeyValueStore;
  window(spec: WindowStoreSpec): WindowStore;
  session(spec: WindowStoreSpec): SessionStore;
  /**
   * Numbers that survive a restart, such as stream times and sequence counters. The owner may change the array; each
   * commit stores what has changed. Names must be unique to their owner.
   */
  numbers(name: string, initial: readonly number[]): Float64Array;
}

export interface StoreSpec {
  /** Unique within the query; also part of the changelog topic's name. */
  readonly name: string;
  /**
   * The leading elements of a Key that identify a row. For a time window: the key columns and the start, without the
   * end.
   */
  readonly keyTypes: readonly SqlType[];
  readonly valueTypes: readonly SqlType[];
}

export interface WindowStoreSpec extends StoreSpec {
  /** Rows are kept while their time (window start, session end) >= observedTime - retentionMs. */
  readonly retentionMs: number;
  /** Whether several records of one key and timestamp are kept (stream-stream join buffers). */
  readonly duplicates?: boolean;
}

/**
 * A stored row with its timestamp. The store owns the row: copy it before changing it, or change it and call `update`
 * at once (only if nobody else holds the row).
 */
export interface StoredRow {
  readonly row: Row;
  readonly timestamp: number;
}

/** A stored row with its key. */
export interface KeyedRow extends StoredRow {
  readonly key: Key;
}

export interface KeyValueStore {
  get(key: Key): StoredRow | undefined;
  /** Returns what `get` would return afterwards. */
  put(key: Key, row: Row, timestamp: number): StoredRow;
  /** Like `put` for a row that `get` has just returned; saves the look-up. */
  update(stored: StoredRow, row: Row, timestamp: number): void;
  delete(key: Key): void;
  /** In the order of serialized keys (unsigned bytes), which is the order of the values (key-codec.ts). */
  all(): Iterable<readonly [Key, StoredRow]>;
  /** Both ends are included; undefined means unbounded. */
  range(from: Key | undefined, to: Key | undefined): Iterable<readonly [Key, StoredRow]>;
  /** Keys whose leading columns equal `prefix`, in order. */
  prefix(prefix: Key): Iterable<readonly [Key, StoredRow]>;
}

/**
 * A row of a window or session store. `time`: window start, record time (duplicates), or session end. `extra`: a
 * session's start.
 */
export interface TimedRow extends StoredRow {
  readonly key: Key;
  readonly time: number;
  readonly extra: number;
}

/** Returned lists are copies and stay valid during later puts. */
export interface WindowStore {
  fetch(key: Key, windowStart: number): TimedRow | undefined;
  /** Windows of one key with start in [fromStart, toStart], oldest first. */
  fetchRange(key: Key, fromStart: number, toStart: number): readonly TimedRow[];
  /** Windows of all keys with start in [fromStart, toStart], ordered by start, then serialized key. */
  fetchAll(fromStart: number, toStart: number): readonly TimedRow[];
  /**
   * A null row deletes. Advances the store's own stream time to windowStart and drops rows older than the retention.
   * Returns what `fetch` would return afterwards, or undefined for a dropped or null row.
   */
  put(key: Key, windowStart: number, row: Row | null, timestamp: number): TimedRow | undefined;
  /** Like `put` for a row that was just fetched. */
  update(stored: TimedRow, row: Row, timestamp: number): void;
  /** The highest window start ever put, which is the store's own stream time. Initially -Infinity. */
  readonly observedTime: number;
  /** As in its WindowStoreSpec, ms. */
  readonly retentionMs: number;
}

export interface SessionStore {
  /** Sessions of the key with end >= earliestEnd and start <= latestStart, by end, then start. */
  findSessions(key: Key, earliestEnd: number, latestStart: number): readonly TimedRow[];
  put(key: Key, start: number, end: number, row: Row | null, timestamp: number): void;
  /** Sessions of all keys with end in [fromEnd, toEnd], ordered by end, then serialized key. */
  fetchByEnd(fromEnd: number, toEnd: number): readonly TimedRow[];
  readonly observedTime: number;
  readonly retentionMs: number;
}
