import type { TopicDeclaration } from '../../../../api/connector.ts';
import type { OffsetMap, SourceRecord } from '../../../../api/record.ts';
import type { Rows, TableInfo, TableName } from '../../../database/dialect.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import type { Client } from '../../connection.ts';
import type { PostgresField } from '../../fields.ts';

/** What happened to a row. `rekey`: an update that changed what identifies the row's records. */
export const OP = { insert: 0, update: 1, delete: 2, rekey: 3, truncate: 4 } as const;
export type Op = (typeof OP)[keyof typeof OP];

/** The transaction of a change. */
export interface Transaction {
  /** The low 32 bits of its number. */
  readonly xid: number;
  /** Where its commit stands in the log. */
  readonly lsn: bigint;
  /** Time of the commit, µs since the epoch. */
  readonly timeUs: bigint;
  /** Time of the commit, ms since the epoch. */
  readonly timeMs: number;
  /** Where the transaction before it commits, as far as this run of the stream has seen one. */
  readonly previous: bigint | undefined;
}

/** Where a change's first record stands among those of its transaction, and of these among its table's; from 1. */
export interface TransactionOrder {
  readonly total: number;
  readonly ofTable: number;
}

/** A message of `pg_logical_emit_message`. */
export interface LogicalMessage {
  readonly prefix: string;
  readonly content: Buffer;
  /** Where it stands in the log. */
  readonly lsn: bigint;
  /** It came with a transaction; else at once, whatever became of that. */
  readonly isTransactional: boolean;
}

/** Records that tell of transactions as such. */
export interface TransactionRecords {
  /** `lsn`: where the log has it. */
  begin(transaction: Transaction, lsn: bigint): SourceRecord;
  /** `counts`: its records by table. */
  end(transaction: Transaction, lsn: bigint, counts: ReadonlyMap<string, number>): SourceRecord;
}

/** Records of messages. */
export interface MessageRecords {
  /** By what name they are counted among a transaction's. */
  readonly countedAs: string;
  /** `transaction`: that of the message, or the last one before it. undefined: it is left out. */
  record(
    message: LogicalMessage,
    transaction: Transaction,
    order: () => TransactionOrder | undefined,
  ): SourceRecord | undefined;
}

/** What is told of a reading beside its rows. */
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

/** How notices are given. */
export interface Notices {
  /** Into the server's log. */
  readonly areLogged: boolean;
  /** Into a topic; absent: into none. */
  record?(notice: Notice): SourceRecord;
}

/**
 * A decoded change, as a form of records sees it: places of tuples in the socket's buffer (pgoutput.ts reads them). One
 * object is used for all changes of a run: it says nothing once the call that got it has returned.
 */
export interface Change {
  readonly op: Op;
  readonly bytes: Buffer;
  /** The row as it is now; -1 where there is none (delete, truncate). */
  readonly at: number;
  /** The row as it was, or its identity alone; -1 where it was not sent. */
  readonly old: number;
  /** The row as it was is whole (replica identity FULL). */
  readonly isOldWhole: boolean;
  /** By column, the texts of values that were not sent and stand in no old row; where the form completes values. */
  readonly filled: ReadonlyMap<number, string | null> | undefined;
  /** Where the change itself stands in the log. */
  readonly lsn: bigint;
  readonly transaction: Transaction;
  /** Number of the change within its transaction, from 0. */
  readonly index: number;
  /** Where the form tells of transactions. */
  readonly order: TransactionOrder | undefined;
}

/** What of a change is known as it is counted. */
export type Counted = Pick<Change, 'op' | 'bytes' | 'at' | 'old' | 'isOldWhole'>;

/** Where a row of a first reading was seen. */
export interface ReadPlace {
  /** The log's end as the chunk's snapshot was taken. */
  readonly lsn: bigint;
  /** Its time, ms since the epoch. */
  readonly timeMs: number;
  /** The row is the first, or the last, of its table's first reading. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The row is the first, or the last, of all tables of the snapshot; set for forms that mark it. */
  readonly isFirstOfAll: boolean;
  readonly isLastOfAll: boolean;
  /** The low 32 bits of the number that the next transaction had. */
  readonly xid: number;
  /** A signal asks for it, and in these words. */
  readonly asked: 'incremental' | 'blocking' | undefined;
  /** Where the stream has seen the last transaction commit; undefined: none in this run. */
  readonly committed: bigint | undefined;
}

/** What a form is told of a table: as a Relation message had it, or as a first reading found it. */
export interface FormTable {
  readonly source: SourceContext;
  /** Its columns may all be NULL but for those of `primaryKey`, by which its rows are told apart. */
  readonly info: TableInfo;
  readonly fields: readonly PostgresField[];
  /** The source partition of its records. */
  readonly partition: OffsetMap;
  /** Called with a note about a value that could not be represented exactly. */
  remark(text: string): void;
}

/** How changes become records: rows with tombstones, or envelopes. Chosen once for a connector. */
export interface RecordForm {
  /** Values that were not sent (TOAST) are to be completed before a record is asked for. */
  readonly completesValues: boolean;
  /** TRUNCATE and rows that are gone after a new reading become tombstones of the keys that the topic has. */
  readonly takesKeysBack: boolean;
  /** Records tell where the first readings begin and end. */
  readonly marksReadings?: boolean;
  /** Absent: none are told of. */
  readonly transactions?: TransactionRecords | undefined;
  /** Absent: the server need not send any. */
  readonly messages?: MessageRecords | undefined;
  /** Absent: nothing is told of readings. */
  readonly notices?: Notices | undefined;
  /** What tells that the connector lives; absent: nothing does. */
  heartbeat?(): SourceRecord;
  topicOf(table: TableName): string;
  /** Looks at what the form is to know of a table beyond its fields, before `table` is asked. */
  learn?(client: Client, table: TableName, fields: readonly PostgresField[]): Promise<void>;
  /** Whether the rows are read that were there before. */
  readsFirst?(table: TableName): boolean;
  /** Whether they are read again though they have been. Asked once for each table and run of the stream. */
  readsAgain?(table: TableName): boolean;
  /** The columns that a first reading asks for; absent: all. */
  selected?(info: TableInfo, fields: readonly PostgresField[]): readonly PostgresField[];
  table(of: FormTable): TableForm;
}

/** How the changes and rows of one table become records, while its columns are these. */
export interface TableForm {
  readonly topic: string;
  readonly fields: readonly PostgresField[];
  readonly info: TableInfo;
  /** Positions of the columns of the record's key; none: its records have no key. */
  readonly keyAt: readonly number[];
  declaration(): TopicDeclaration;
  /** How many records a change becomes. */
  count(change: Counted): number;
  /** How many of them count as records of the transaction; absent: all. */
  counted?(change: Counted): number;
  /**
   * Record number `part` of a change, from 0. @throws UnreadableRow naming the column of a value that cannot be read
   */
  record(change: Change, part: number): SourceRecord;
  /** A row of a first reading. @throws UnreadableRow */
  row(rows: Rows, i: number, place: ReadPlace): SourceRecord;
}
