import type { TopicDeclaration } from '../../../../api/connector.ts';
import type { OffsetMap, SourceRecord } from '../../../../api/record.ts';
import type { Rows, TableInfo, TableName } from '../../../database/dialect.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import type { Client } from '../../connection.ts';
import type { PostgresField } from '../../fields.ts';

/** What happened to a row. `rekey`: an update that changed the key of the row's records. */
export const OP = { insert: 0, update: 1, delete: 2, rekey: 3, truncate: 4 } as const;
export type Op = (typeof OP)[keyof typeof OP];

/** The transaction of a change. */
export interface Transaction {
  /** The low 32 bits of its transaction id. */
  readonly xid: number;
  /** The position of its commit in the WAL. */
  readonly lsn: bigint;
  /** Time of the commit, µs since the epoch. */
  readonly timeUs: bigint;
  /** Time of the commit, ms since the epoch. */
  readonly timeMs: number;
  /** The commit position of the preceding transaction, if this run of the stream has seen one. */
  readonly previous: bigint | undefined;
}

/**
 * The position of a change's first record among the records of its transaction, and among those of its table within the
 * transaction; from 1.
 */
export interface TransactionOrder {
  readonly total: number;
  readonly ofTable: number;
}

/** A message of `pg_logical_emit_message`. */
export interface LogicalMessage {
  readonly prefix: string;
  readonly content: Buffer;
  /** Its position in the WAL. */
  readonly lsn: bigint;
  /**
   * Whether it was sent as part of a transaction; otherwise it was sent immediately, whether or not its transaction
   * committed.
   */
  readonly isTransactional: boolean;
}

/** Records about transactions themselves. */
export interface TransactionRecords {
  /** @param lsn its position in the WAL */
  begin(transaction: Transaction, lsn: bigint): SourceRecord;
  /** @param counts the number of its records by table */
  end(transaction: Transaction, lsn: bigint, counts: ReadonlyMap<string, number>): SourceRecord;
}

/** Records for logical decoding messages. */
export interface MessageRecords {
  /** The name under which they are counted among a transaction's records. */
  readonly countedAs: string;
  /**
   * @param transaction that of the message, or the last one before it
   * @returns undefined: the message is omitted
   */
  record(
    message: LogicalMessage,
    transaction: Transaction,
    order: () => TransactionOrder | undefined,
  ): SourceRecord | undefined;
}

/** A notification about the progress of a snapshot. */
export interface Notice {
  readonly id: string;
  readonly aggregate: 'Initial Snapshot' | 'Incremental Snapshot';
  readonly type:
    | 'STARTED'
    | 'IN_PROGRESS'
    | 'PAUSED'
    | 'RESUMED'
    | 'ABORTED'
    | 'TABLE_SCAN_COMPLETED'
    | 'COMPLETED'
    | 'SKIPPED';
  readonly data: Readonly<Record<string, string>>;
}

/** Where notifications are sent. */
export interface Notices {
  /** To the server's log. */
  readonly areLogged: boolean;
  /** To a topic; absent: to none. */
  record?(notice: Notice): SourceRecord;
}

/**
 * A decoded change as passed to a record form: positions of tuples in the socket's buffer (read by pgoutput.ts). The
 * same object is reused for all changes of a batch: it is valid only until the call that received it returns.
 */
export interface Change {
  readonly op: Op;
  readonly bytes: Buffer;
  /** The new row; -1 if there is none (delete, truncate). */
  readonly at: number;
  /** The old row, or only its replica identity; -1 if it was not sent. */
  readonly old: number;
  /** Whether the old row is complete (replica identity FULL). */
  readonly isOldWhole: boolean;
  /** By column, the texts of values that were neither sent nor in the old row, if the form completes values. */
  readonly filled: ReadonlyMap<number, string | null> | undefined;
  /** The position of the change itself in the WAL. */
  readonly lsn: bigint;
  readonly transaction: Transaction;
  /** Number of the change within its transaction, from 0. */
  readonly index: number;
  /** Present if the form reports transactions. */
  readonly order: TransactionOrder | undefined;
}

/** The part of a change that is known when its records are counted. */
export type Counted = Pick<Change, 'op' | 'bytes' | 'at' | 'old' | 'isOldWhole'>;

/** The origin of a row of a snapshot. */
export interface ReadPlace {
  /** The end of the WAL when the chunk's snapshot was taken. */
  readonly lsn: bigint;
  /** When the chunk's snapshot was taken, ms since the epoch. */
  readonly timeMs: number;
  /** Whether the row is the first, or the last, of its table's snapshot. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Whether the row is the first, or the last, of all tables of the snapshot; set for forms that mark it. */
  readonly isFirstOfAll: boolean;
  readonly isLastOfAll: boolean;
  /** The low 32 bits of the id of the next transaction at that time. */
  readonly xid: number;
  /** The kind of snapshot that a signal requested. */
  readonly asked: 'incremental' | 'blocking' | undefined;
  /** The position of the last commit that the stream has seen; undefined: none in this run. */
  readonly committed: bigint | undefined;
}

/** A table as passed to a form: from a Relation message, or from a snapshot. */
export interface FormTable {
  readonly source: SourceContext;
  /** All of its columns are nullable except those of `primaryKey`, which identifies its rows. */
  readonly info: TableInfo;
  readonly fields: readonly PostgresField[];
  /** The source partition of its records. */
  readonly partition: OffsetMap;
  /** Called with a note about a value that could not be represented exactly. */
  remark(text: string): void;
}

/** How changes are converted to records: rows with tombstones, or envelopes. Chosen once per connector. */
export interface RecordForm {
  /** Whether values that were not sent (TOAST) must be completed before records are created. */
  readonly completesValues: boolean;
  /** Whether TRUNCATE, and rows that a new snapshot no longer contains, result in tombstones for keys of the topic. */
  readonly takesKeysBack: boolean;
  /** Whether records mark the start and the end of snapshots. */
  readonly marksReadings?: boolean;
  /** Absent: transactions are not reported. */
  readonly transactions?: TransactionRecords | undefined;
  /** Absent: the server need not send messages. */
  readonly messages?: MessageRecords | undefined;
  /** Absent: snapshots are not reported. */
  readonly notices?: Notices | undefined;
  /** A record that shows that the connector is alive; absent: there are no heartbeats. */
  heartbeat?(): SourceRecord;
  topicOf(table: TableName): string;
  /** Reads what the form needs to know about a table besides its fields, before `table` is called. */
  learn?(client: Client, table: TableName, fields: readonly PostgresField[]): Promise<void>;
  /** Whether the existing rows are read. */
  readsFirst?(table: TableName): boolean;
  /** Whether they are read again although they have already been read. Called once per table and run of the stream. */
  readsAgain?(table: TableName): boolean;
  /** The columns that a snapshot selects; absent: all. */
  selected?(info: TableInfo, fields: readonly PostgresField[]): readonly PostgresField[];
  table(of: FormTable): TableForm;
}

/** How the changes and rows of a table are converted to records, as long as it has these columns. */
export interface TableForm {
  readonly topic: string;
  readonly fields: readonly PostgresField[];
  readonly info: TableInfo;
  /** Positions of the key columns of its records; empty: its records have no key. */
  readonly keyAt: readonly number[];
  declaration(): TopicDeclaration;
  /** The number of records for a change. */
  count(change: Counted): number;
  /** How many of them are counted as records of the transaction; absent: all. */
  counted?(change: Counted): number;
  /**
   * Creates record number `part` of a change, from 0. @throws UnreadableRow with the column of a value that cannot be
   * read
   */
  record(change: Change, part: number): SourceRecord;
  /** Creates the record for a row of a snapshot. @throws UnreadableRow */
  row(rows: Rows, i: number, place: ReadPlace): SourceRecord;
}
