import type { Env } from '../../../../../base/env.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import type { Client } from '../../connection.ts';
import type { RecordForm, TableForm } from '../form/record-form.ts';
import type { StreamTable } from '../stream-table.ts';
import type { Chunk } from './chunk.ts';
import type { Committed } from './visibility.ts';

/** The progress of a table's snapshot. It is committed as the table's offset. */
export interface TableProgress {
  readonly state: 'waiting' | 'reading' | 'sweeping' | 'done';
  /** Rows written. */
  readonly rows: number;
  /** The estimate of the server's planner. */
  readonly estimate: number;
  /** The texts of the key after which it continues. */
  readonly after: readonly string[] | undefined;
  /**
   * For a table without a key: what its database snapshot saw, and the position (`until`) at which the stream has
   * passed it.
   */
  readonly seen?: string | undefined;
  /** An SQL condition for the rows to read. Absent: all rows. */
  readonly where?: string | undefined;
  /** The table's marks in the publication (published-marks.ts). */
  readonly published?: string | undefined;
  /** Whether a user has paused it. */
  readonly isPaused?: boolean | undefined;
  /**
   * If the topic had records: its end offsets at that time, by partition. A key whose last record is still before them
   * in the end is no longer in the table.
   */
  readonly before?: readonly number[] | undefined;
  readonly until?: string | undefined;
  /**
   * The kind of snapshot that a signal requested, which determines how its records are marked. Absent: it was started
   * by the connector or a statement.
   */
  readonly asked?: 'incremental' | 'blocking' | undefined;
  /** Id of the signal. */
  readonly signal?: string | undefined;
}

/** A chunk that has been read, with the progress of its table once it is written. */
export interface ReadChunk {
  readonly table: SnapshotTable;
  readonly chunk: Chunk;
  readonly form: TableForm;
  /** When its database snapshot was taken, ms since the epoch. */
  readonly timeMs: number;
  /** Whether its first row is the first of all tables, and its last row the last of all, for forms that mark them. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly progress: TableProgress;
  /** The texts of the key of its last row; undefined: it has no rows, or the table has no key. */
  readonly lastKey?: readonly string[] | undefined;
}

/** A table whose rows are still to be read. */
export interface SnapshotTable {
  readonly table: StreamTable;
  readonly topic: string;
  readonly partition: OffsetMap;
  progress: TableProgress;
  /** The number of rows that were written before this run, and when reading started, in ms of the monotonic clock. */
  readonly startRows: number;
  startedAtMs: number | undefined;
  /** The texts of the greatest key when reading started; set if notifications need it. */
  maximumKey?: readonly string[] | undefined;
  /**
   * The database snapshot must see every transaction before this one, because the stream may lack some of their
   * changes.
   */
  readonly since: bigint;
  /** Open chunks of the table: changes of its rows are reported to them. */
  readonly open: Set<Chunk>;
  /** For a table without a key: whether a transaction's change is to be written. */
  admits: ((by: Committed) => boolean) | undefined;
}

export interface SnapshotSurroundings {
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly source: SourceContext;
  readonly form: RecordForm;
  /** By table, the SELECT whose rows replace all rows of the table. */
  readonly selects: ReadonlyMap<string, string>;
  /** Rows per chunk of a snapshot requested by a signal; undefined: the default. */
  readonly chunkRows: number | undefined;
  /** Whether the keys that are read are reported in notifications. */
  readonly reportsKeys: boolean;
  remark(text: string): void;
  connect(): Promise<Client>;
  /** The transactions whose changes have been received recently. */
  recent(): Iterable<number>;
  /** Holds all changes until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** A chunk is ready: the server will be asked for its position. */
  offered(): void;
  wake(): void;
  /** Reports what it waits for; undefined: nothing. */
  waiting(text: string | undefined): void;
}
