import type { Env } from '../../../../../base/env.ts';
import type { OffsetMap } from '../../../../api/record.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import type { Client } from '../../connection.ts';
import type { RecordForm, TableForm } from '../form/record-form.ts';
import type { StreamTable } from '../stream-table.ts';
import type { Chunk } from './chunk.ts';
import type { Committed } from './visibility.ts';

/** How far the first reading of a table is. Kept as its offset. */
export interface TableProgress {
  readonly state: 'waiting' | 'reading' | 'sweeping' | 'done';
  /** Rows written. */
  readonly rows: number;
  /** As the server's planner has it. */
  readonly estimate: number;
  /** Texts of the key behind which it goes on. */
  readonly after: readonly string[] | undefined;
  /** A table without a key: what its snapshot saw, and where the stream had to be for that to be behind it. */
  readonly seen?: string | undefined;
  /** A condition in the database's words: of the rows to read. Absent: all. */
  readonly where?: string | undefined;
  /** The table's marks in the publication (published-marks.ts). */
  readonly published?: string | undefined;
  /** A user has asked to hold it. */
  readonly isPaused?: boolean | undefined;
  /**
   * The topic had records: its ends, by partition. A key whose last record is before them in the end is not in the
   * table any more.
   */
  readonly before?: readonly number[] | undefined;
  readonly until?: string | undefined;
  /** A signal asks for it, and in these words: how its records are marked. Absent: the connector, or a statement. */
  readonly asked?: 'incremental' | 'blocking' | undefined;
  /** Id of the signal. */
  readonly signal?: string | undefined;
}

/** A chunk that is read, with what its table's progress is when it is written. */
export interface ReadChunk {
  readonly table: SnapshotTable;
  readonly chunk: Chunk;
  readonly form: TableForm;
  /** When its snapshot was taken, ms since the epoch. */
  readonly timeMs: number;
  /** Its first row is the first of all tables, its last row the last of all: where the form marks them. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly progress: TableProgress;
  /** Texts of the key of its last row; undefined: it has no rows, or the table no key. */
  readonly lastKey?: readonly string[] | undefined;
}

/** A table whose rows are still to be read. */
export interface SnapshotTable {
  readonly table: StreamTable;
  readonly topic: string;
  readonly partition: OffsetMap;
  progress: TableProgress;
  /** Rows that were written before this run, and when it began to read; ms of the monotonic clock. */
  readonly startRows: number;
  startedAtMs: number | undefined;
  /** Texts of the greatest key there was as the reading began; where somebody is told of that. */
  maximumKey?: readonly string[] | undefined;
  /** The snapshot has to see every transaction before this one: the stream may not have all of their changes. */
  readonly since: bigint;
  /** Open chunks of the table: changes of its rows are reported to them. */
  readonly open: Set<Chunk>;
  /** A table without a key: whether a change of a transaction is to be written. */
  admits: ((by: Committed) => boolean) | undefined;
}

export interface SnapshotSurroundings {
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly source: SourceContext;
  readonly form: RecordForm;
  /** By table, the SELECT whose rows are read in place of all. */
  readonly selects: ReadonlyMap<string, string>;
  /** Rows of a chunk that a signal asks for; undefined: as many as fit. */
  readonly chunkRows: number | undefined;
  /** Somebody is told of the keys that are read. */
  readonly tellsKeys: boolean;
  remark(text: string): void;
  connect(): Promise<Client>;
  /** Transactions whose changes have come. */
  recent(): Iterable<number>;
  /** No change is handed out until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** A chunk is there: the stream will be asked how far it is. */
  offered(): void;
  wake(): void;
  /** What it waits for. */
  waiting(text: string | undefined): void;
}
