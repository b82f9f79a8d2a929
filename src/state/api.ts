import type { Key, Row } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * State that operators own. A store is opened by name for one task; its writes become durable with the task's commit
 * (see task.ts). Reads see the task's own uncommitted writes; pull queries open the stores on a snapshot of the last
 * commit (dataflow/views/table-view.ts).
 */
export interface StoreProvider {
  keyValue(spec: StoreSpec): KeyValueStore;
  window(spec: WindowStoreSpec): WindowStore;
  session(spec: WindowStoreSpec): SessionStore;
  /**
   * Numbers that survive a restart: stream times, sequence counters. The array is the owner's to change; each commit
   * stores what changed. Give every owner a name of its own.
   */
  numbers(name: string, initial: readonly number[]): Float64Array;
}

export interface StoreSpec {
  /** Unique in the query; also names the changelog topic. */
  readonly name: string;
  /**
   * The leading elements of a Key that identify a row. Of a time-windowed key: the key columns and the start, not the
   * end.
   */
  readonly keyTypes: readonly SqlType[];
  readonly valueTypes: readonly SqlType[];
}

export interface WindowStoreSpec extends StoreSpec {
  /** Rows are kept while their time (window start, session end) >= observedTime - retentionMs. */
  readonly retentionMs: number;
  /** Keep several records of one key and timestamp (stream-stream join buffers). */
  readonly duplicates?: boolean;
}

/**
 * A stored row with its timestamp. The row is owned by the store: copy before changing it, or change it and call
 * `update` at once (only where nobody else may hold the row).
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
  /** Returns what `get` would give now. */
  put(key: Key, row: Row, timestamp: number): StoredRow;
  /** `put` for a row that `get` just gave: saves the look-up. */
  update(stored: StoredRow, row: Row, timestamp: number): void;
  delete(key: Key): void;
  /** In the order of the serialized keys (unsigned bytes), which is the order of the values (key-codec.ts). */
  all(): Iterable<readonly [Key, StoredRow]>;
  /** Both ends included; undefined is no bound. */
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

/** What it returns are copies of lists: safe against puts while they are walked. */
export interface WindowStore {
  fetch(key: Key, windowStart: number): TimedRow | undefined;
  /** Windows of one key with start in [fromStart, toStart], oldest first. */
  fetchRange(key: Key, fromStart: number, toStart: number): readonly TimedRow[];
  /** Windows of all keys with start in [fromStart, toStart], ordered by start, then serialized key. */
  fetchAll(fromStart: number, toStart: number): readonly TimedRow[];
  /**
   * A null row deletes. Advances the store's own stream time by windowStart and drops what is older than the retention:
   * then, and for a null row, the answer is undefined, else what `fetch` would give.
   */
  put(key: Key, windowStart: number, row: Row | null, timestamp: number): TimedRow | undefined;
  /** `put` for a row that was just fetched. */
  update(stored: TimedRow, row: Row, timestamp: number): void;
  /** Highest window start ever put: the store's own stream time. -Infinity at first. */
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
