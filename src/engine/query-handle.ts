import type { Column } from '../types/schema.ts';

/**
 * Whether rows that left a table are in the result and count for its LIMIT: some forms of the answer cannot represent
 * them.
 */
export type Tombstones = 'shown' | 'left out';

/** One row of a result. A tombstone has its key columns and nulls (a row that left the table). */
export interface ResultRow {
  readonly values: readonly unknown[];
  readonly tombstone: boolean;
}

/** Rows that are handed out together. */
export interface RowBatch extends ReadonlyArray<ResultRow> {
  /** The array is shared with other readers and must not be changed. */
  readonly isShared?: true;
}

/** How a result ended: `LIMIT` reached, the query `COMPLETED`, or it was `CLOSED` by the client or the server. */
export type QueryEnd = 'LIMIT' | 'COMPLETED' | 'CLOSED';

/**
 * A running SELECT. Rows come in batches as they become available; the reader's pace limits the query (at most one
 * queue of rows waits).
 */
export interface QueryHandle {
  readonly kind: 'PUSH' | 'PULL';
  readonly queryId: string;
  /** Columns of the rows, in order; key columns have the role KEY where the query is a pull query. */
  readonly columns: readonly Column[];
  /** All rows, when they are known at once: the same as those of `rows`. */
  readonly ready?: readonly ResultRow[] | undefined;
  /** The rows, which can be read once. Throws the error that made the query fail. Returns how the query ended. */
  rows(): AsyncGenerator<RowBatch, QueryEnd>;
  /**
   * What its reader should know besides the rows, such as records that could not be read. Grows while the query runs.
   */
  notice?(): string | undefined;
  close(): Promise<void>;
}

/** What a reader should know, as one text. */
export function noticeOf(parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.map((part) => part.replace(/(?<![.?])$/, '.')).join(' ');
}

/** A running PRINT: lines of text as ksqlDB prints them. */
export interface PrintHandle {
  readonly kind: 'PRINT';
  lines(): AsyncGenerator<string, void>;
  close(): Promise<void>;
}
