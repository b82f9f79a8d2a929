import type { Key, Row } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * State that operators own. A store is opened by name for one task; its writes become durable with the task's commit (see task.ts).
 * Reads see the task's own uncommitted writes; snapshots for pull queries see the last commit.
 */
export interface StoreProvider {
  keyValue(spec: StoreSpec): KeyValueStore;
  window(spec: WindowStoreSpec): WindowStore;
  session(spec: WindowStoreSpec): SessionStore;
}

export interface StoreSpec {
  /** Unique in the query; also names the changelog topic. */
  readonly name: string;
  readonly keyTypes: readonly SqlType[];
  readonly valueTypes: readonly SqlType[];
}

export interface WindowStoreSpec extends StoreSpec {
  /** How long a window is kept after its start, in stream time. */
  readonly retentionMs: number;
  readonly sizeMs: number;
  /** Keep several records of one key and timestamp (stream-stream join buffers). */
  readonly duplicates?: boolean;
}

/** A stored row with its timestamp. The row is owned by the store: copy before changing it, put after changing it. */
export interface StoredRow {
  row: Row;
  timestamp: number;
}

export interface KeyValueStore {
  get(key: Key): StoredRow | undefined;
  put(key: Key, row: Row, timestamp: number): void;
  delete(key: Key): void;
  /** In the order of the serialized keys (unsigned bytes). */
  all(): Iterable<readonly [Key, StoredRow]>;
  range(from: Key | undefined, to: Key | undefined): Iterable<readonly [Key, StoredRow]>;
  /** Keys whose leading columns equal `prefix`, in order. */
  prefix(prefix: Key): Iterable<readonly [Key, StoredRow]>;
}

export interface WindowStore {
  fetch(key: Key, windowStart: number): StoredRow | undefined;
  /** Windows of one key with start in [fromStart, toStart], oldest first. */
  fetchRange(key: Key, fromStart: number, toStart: number): Iterable<readonly [number, StoredRow]>;
  /** Windows of all keys with start in [fromStart, toStart], ordered by start, then serialized key. */
  fetchAll(fromStart: number, toStart: number): Iterable<readonly [Key, number, StoredRow]>;
  /** A null row deletes. Advances the store's own stream time by windowStart and drops what is older than the retention. */
  put(key: Key, windowStart: number, row: Row | null, timestamp: number): void;
  /** Highest window start ever put: the store's own stream time. */
  readonly observedTime: number;
}

export interface SessionStore {
  /** Sessions of the key that overlap [earliestEnd, latestStart]: end >= earliestEnd and start <= latestStart, oldest first. */
  findSessions(key: Key, earliestEnd: number, latestStart: number): Iterable<readonly [number, number, StoredRow]>;
  put(key: Key, start: number, end: number, row: Row | null, timestamp: number): void;
  /** Sessions of all keys with end in [fromEnd, toEnd], ordered by end. */
  fetchByEnd(fromEnd: number, toEnd: number): Iterable<readonly [Key, number, number, StoredRow]>;
  readonly observedTime: number;
}
