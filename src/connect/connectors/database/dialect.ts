import type { Zone } from '../../../types/zone.ts';
import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type {
  Forgotten,
  ForgetContext,
  SourceConnectorContext,
  SourceTask,
  TopicDeclaration,
} from '../../api/connector.ts';
import type { OffsetMap, SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { OffsetShape } from './offset-check.ts';
import type { Pass, PassSpec } from './passes.ts';
import type { SinkPlan, SinkSettings } from './sink-plan.ts';
import type { SourceContext } from './source-settings.ts';
import type { TimestampGranularity } from './timestamp-granularity.ts';

/**
 * Everything that is specific to one SQL database, so that the connectors of this room are the same for all: names and
 * quoting, the catalog, types, the statement that writes, and the meaning of errors. Methods receive only objects that
 * the same dialect created: its targets, connections, fields.
 */
export interface Dialect {
  /** The product's name in messages: `Postgres`. */
  readonly name: string;
  /** The schema of tables that are named without one; undefined when tables have no schema. */
  readonly defaultSchema: string | undefined;
  readonly errors: DatabaseErrors;
  readonly reading: ReadingDialect;
  readonly writing: WritingDialect;
  /** Returns a message when the text is not a URL of such a database. */
  parseUrl(url: string): Target | string;
  /** Identifies the database, without login: the same for every spelling of its URL. */
  systemOf(target: Target): string;
  /** The URL without any login, for messages. */
  shownUrl(target: Target): string;
  /** Connects once. @throws the driver's error */
  connect(target: Target, options: ConnectOptions): Promise<Connection>;
  quote(identifier: string): string;
}

/** Where a database is, and the login. */
export interface Target {
  readonly database: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The first schema in which names without one are looked up. */
  readonly schema?: string | undefined;
}

export interface ConnectOptions {
  /** Name of the connection, where the database shows connection names. */
  readonly name: string;
  /** A source only reads: it creates and changes nothing. */
  readonly access: 'read' | 'write';
}

/** A parameter of a statement. */
export type Parameter = string | number | bigint | Uint8Array | null;

export type Isolation = 'REPEATABLE READ' | 'SERIALIZABLE';

/** One connection of one task, for one operation at a time. Every method throws the driver's error. */
export interface Connection {
  /**
   * Starts a transaction. With an isolation level it only reads, and sees a consistent state of its tables until its
   * end.
   */
  begin(reading?: Isolation): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  query(sql: string, parameters?: readonly Parameter[]): Promise<{ readonly rows: readonly unknown[] }>;
  /** Reads a result in batches of at most this many rows, inside a read transaction. */
  openCursor(sql: string, parameters: readonly Parameter[], batchRows: number): Promise<Cursor>;
  end(): Promise<void>;
  /** Makes a waiting call fail at once. */
  cut(): void;
  /** The listener is called once when the connection has ended, also after `end`, with the reason if there is one. */
  onEnd(listener: (reason: unknown) => void): void;
}

/** A result that is being read. The connection does nothing else until it has ended or is closed. */
export interface Cursor {
  readonly fields: readonly FieldInfo[];
  /** The next rows; fewer than a batch at the end. */
  next(): Promise<Rows>;
  /** Discards the rest. */
  close(): Promise<void>;
}

/** Rows in the driver's form. */
export interface Rows {
  readonly length: number;
  /** Row i as texts, from which positions are made. */
  text(i: number): TextRow;
  append(other: Rows): void;
  /** Removes the rows from `at` on, and returns them as separate rows. */
  split(at: number): Rows;
}

/** A row as texts by column position. */
export type TextRow = readonly (string | null)[];

/** The meaning of the driver's errors. */
export interface DatabaseErrors {
  /** The server or the network is unavailable, or the transaction lost a conflict: a retry may succeed. */
  isTransient(error: unknown): boolean;
  /** The database refused a statement: neither a defect of ours nor a connection problem. */
  isRefusal(error: unknown): boolean;
  isMissingTable(error: unknown): boolean;
  /** The role lacks a right; once the database grants it, a retry succeeds. */
  isForbidden(error: unknown): boolean;
  /** The table has changed: an undefined table or column, another type. */
  isStaleShape(error: unknown): boolean;
  /** The values of a record are at fault: data exceptions, constraints. */
  isRecordError(error: unknown): boolean;
  /** The object to be created already exists: another task was faster. */
  isDuplicate(error: unknown): boolean;
  /** The reason in words. */
  reasonOf(error: unknown): string;
  /** The problem of a failed attempt to connect, at the setting that causes it. */
  problem(error: unknown, target: Target): ConfigProblem;
}

/** The name of a table. Everywhere, in offsets and messages, it is `public.users`. */
export interface TableName {
  /** undefined when the database has no schemas. */
  readonly schema: string | undefined;
  readonly name: string;
}

/** A table in the listing. */
export interface ListedTable extends TableName {
  /**
   * Why a mode that captures changes cannot read the table although other modes can, and how to correct it. Nothing
   * else reports this.
   */
  readonly uncaptured?: string;
  /** Why it cannot be read, and the cure. */
  readonly unreadable?: string | undefined;
  /** A remark for the user when it is read. */
  readonly remark?: string | undefined;
}

/** A column of a table or of a query's result; a dialect adds details of its type. */
export interface FieldInfo {
  readonly name: string;
  /** Equal for equal types. */
  readonly type: string;
  /** The type's name in the database. */
  readonly typeName: string;
  /** How a mode can recognize new rows by this column; undefined: it cannot. */
  readonly order: 'number' | 'time' | undefined;
  /** Whether its times may be more precise than milliseconds. */
  readonly finerThanMs?: boolean | undefined;
}

export interface TableInfo extends TableName {
  readonly fields: readonly FieldInfo[];
  readonly notNull: ReadonlySet<string>;
  /** In the order of the key; empty without one. */
  readonly primaryKey: readonly string[];
  /** Columns whose values are unique. */
  readonly unique: ReadonlySet<string>;
  /** The column that the database numbers automatically, if any. */
  readonly autoIncrement: string | undefined;
  readonly kind: 'table' | 'view' | 'other';
  /** Its rows may stand in several physical tables: partitions, or tables that inherit from it. */
  readonly spread: boolean;
  /** Whether the key is unique only among its own rows, since tables that inherit from it may contain the same keys. */
  readonly inherited: boolean;
}

export interface TableFilter {
  /** A pattern for LIKE. */
  readonly schemaPattern: string | undefined;
  /** In upper case. */
  readonly types: readonly string[];
  /** Whether partitions count as tables even if they are not named. */
  readonly allPartitions?: boolean | undefined;
  /** Names of partitions that are listed like separate tables; all others belong to their table. */
  readonly partitions: readonly string[];
}

export type NumericMapping = 'none' | 'string' | 'double' | 'precision_only' | 'best_fit' | 'best_fit_eager_double';

/** How values are converted to Connect's. */
export interface TypeOptions {
  readonly numeric: NumericMapping;
  /** Zone of timestamps without a zone. */
  readonly zone: Zone;
  readonly timestamps: TimestampGranularity;
  /** Columns whose times are written to the record's key as the database prints them, whatever the value contains. */
  readonly exactKeys?: ReadonlySet<string> | undefined;
  /** Called when a value cannot be represented exactly. */
  readonly remark?: ((column: string, text: string) => void) | undefined;
}

/** Reads rows of one shape. */
export interface RowReader {
  /** One per column. */
  readonly schemas: readonly ConnectSchema[];
  /** @throws FieldError */
  read(rows: Rows, i: number): unknown[];
  /** The first column that is NULL in some row although its schema is not optional; -1: none. */
  nullAmong(rows: Rows): number;
}

/** The value of a column cannot be read. */
export class FieldError extends Error {
  readonly column: number;
  constructor(column: number, cause: Error) {
    super(cause.message, { cause });
    this.column = column;
  }
}

/** How SQL compares a column of times with a position in microseconds since the epoch. */
export interface TimeComparison {
  /** The expression to compare in place of the column, if the column itself cannot be compared. */
  readonly expression?: (column: string) => string;
  /** SQL for the current time minus `delayMs`, in the type of the column. */
  before(delayMs: number): string;
  /** The expression for a parameter with a position. */
  bound(placeholder: string): string;
  toParameter(micros: number): Parameter;
  /** Microseconds since the epoch of a timestamp in a row's text. */
  toMicros(text: string): number;
}

/** What a source needs from a database. */
export interface ReadingDialect {
  /** Modes that only this database has. */
  readonly modes: readonly OwnMode[];
  /** The mode that reads the database's own log of changes. */
  readonly capture?: CaptureMode | undefined;
  /** Allowed values of `table.types`. */
  readonly tableTypes: readonly string[];
  listTables(connection: Connection, filter: TableFilter): Promise<readonly ListedTable[]>;
  /** Columns as in SELECT *, with what the catalog knows about them; undefined when the table does not exist. */
  describeTable(connection: Connection, table: TableName): Promise<TableInfo | undefined>;
  describeQuery(connection: Connection, query: string): Promise<readonly FieldInfo[]>;
  /** Whether a statement around a user's query has rows, where `Connection.query` would hold up the server. */
  hasRows?(connection: Connection, sql: string): Promise<boolean>;
  /** `notNull`: names of the columns that are never NULL. */
  rowReader(
    fields: readonly FieldInfo[],
    notNull: ReadonlySet<string>,
    options: TypeOptions,
    config: Config,
  ): RowReader;
  /**
   * Whether some row of the table has a time in one of the columns that is more precise than milliseconds, or there is
   * no row to decide it.
   */
  hasFinerTimes(connection: Connection, table: TableName, columns: readonly string[]): Promise<boolean>;
  timeComparison(field: FieldInfo | undefined, zone: Zone, config: Config): TimeComparison;
  /**
   * A text that changes whenever something has been written since, on this connection: a pass over whole tables is not
   * repeated while it is the same.
   */
  changeMark?(connection: Connection): Promise<string>;
  /** The nth parameter of a statement, from 1. */
  placeholder(n: number): string;
  /**
   * Converts a row's text to a parameter for comparison with its column. `field` is undefined when a query's columns
   * are unknown.
   */
  parameter(text: string, field: FieldInfo | undefined): Parameter;
}

/** A mode of one database. */
export interface OwnMode {
  readonly name: string;
  readonly offsets: OffsetShape;
  /** Why the mode cannot read the table, as a sentence. */
  problem(table: TableInfo): string | undefined;
  /** Called once for each connection. */
  attach(
    connection: Connection,
    context: SourceContext,
    /** Called with a note for the user. */
    remark: (text: string) => void,
  ): Promise<AttachedMode>;
}

/** A mode that receives changes as they are committed, including deletions: one task for all tables. */
export interface CaptureMode {
  readonly name: string;
  /** The topic of a table, if it is not the prefix followed by the table's name. */
  topics?(config: Config): ((table: TableName) => string) | undefined;
  /** Whether partitions are read as separate tables. */
  readsPartitions?(config: Config): boolean;
  /** The contents of a table's topic, if they are not the table's rows. */
  declaration?(connection: Connection, source: SourceContext, table: TableName): Promise<TopicDeclaration | undefined>;
  /** A table as its changes show it, which may be less than a SELECT returns. */
  describeTable(connection: Connection, table: TableName): Promise<TableInfo | undefined>;
  /**
   * What the task is to know beside its tables: where it changes the task begins again. Asked at each look for new
   * tables. `refused`: those of the tables whose changes the database would not tell us, with reason and cure.
   */
  taskSettings(
    connection: Connection,
    source: SourceContext,
    context: Pick<SourceConnectorContext, 'name' | 'offset'>,
    tables: readonly TableName[],
  ): Promise<{
    readonly settings: RawConfig;
    readonly remarks: readonly string[];
    readonly refused: readonly { readonly table: TableName; readonly reason: string }[];
  }>;
  /** What the database would need for it, each with the statement that gives it; empty: it can be done. */
  needs(
    connection: Connection,
    source: SourceContext,
    name: string,
    tables: readonly TableName[],
  ): Promise<readonly string[]>;
  /** Deletes what was created in the database. */
  forget(connect: () => Promise<Connection>, context: ForgetContext): Promise<Forgotten>;
  createTask(dialect: Dialect): SourceTask;
  /** Checks offsets that a user sets. @throws ConnectError naming the problem */
  checkOffsets(offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[]): void;
}

export interface AttachedMode {
  /** Called at the start of each read transaction. */
  begin(): Promise<ModeMoment>;
  /** A position in the form in which it is stored. */
  placed(offset: OffsetMap): OffsetMap;
}

export interface ModeMoment {
  /** Where to continue; undefined: at the beginning, since the position is meaningless here. @throws ConnectError */
  accept(offset: OffsetMap, what: string): OffsetMap | undefined;
  /** undefined: there can be nothing new. */
  pass(spec: PassSpec, offset: OffsetMap | undefined): Pass | undefined;
}

/** A column of a sink's table in the catalog; a dialect adds details. */
export interface TargetColumn {
  readonly name: string;
  /** In SQL's notation: `numeric(10,2)`. */
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

export interface TargetTable {
  /** Quoted, with its schema. */
  readonly sql: string;
  readonly columns: ReadonlyMap<string, TargetColumn>;
  /** Column sets of the primary key and of unique constraints. */
  readonly uniques: readonly ReadonlySet<string>[];
}

/** What a sink needs from a database. */
export interface WritingDialect {
  /** The longest name, in bytes, that the database keeps. */
  readonly nameBytes: number;
  /**
   * Whether the target exists, when the first writing connection creates it; absent: always.
   * @throws when it cannot be created
   */
  isThere?(target: Target): Promise<boolean>;
  /** Whether names of tables ignore case: always, or depending on the database; absent: never. */
  readonly caseBlind?: true | ((connection: Connection) => Promise<boolean>);
  /** undefined when the table does not exist. */
  readTarget(connection: Connection, table: TableName): Promise<TargetTable | undefined>;
  /** Type of a new column for values of a schema. `inKey`: whether it is part of the primary key. */
  columnType(schema: ConnectSchema, inKey: boolean): string;
  /** Whether the column can hold values of the schema. */
  canHold(column: TargetColumn, schema: ConnectSchema): boolean;
  /** A statement after which deferred constraints are checked immediately. */
  readonly checkDeferred?: string;
  /** One statement each. `columns` consist of a quoted name and its type. */
  addColumns(table: string, columns: readonly string[]): readonly string[];
  writer(settings: WriteSettings, target: TargetTable, plan: SinkPlan, zone: Zone, config: Config): TableWriter;
  /**
   * Describes what is wrong with a refused record: the column, its type, the value's length. Used for errors only, in
   * the open transaction.
   */
  blame?(connection: Connection, writer: TableWriter, record: SinkRecord): Promise<string | undefined>;
}

export type WriteSettings = Pick<SinkSettings, 'insertMode' | 'deletes'>;

/** Writes rows of one pair of schemas to one table. */
export interface TableWriter {
  /**
   * Whether two keys are equal exactly if their texts are, so that writes and deletions of one batch may be reordered.
   */
  readonly keyedByText: boolean;
  /** The value of a column, as text where `keyedByText`. */
  keyText(column: number, value: unknown): string;
  /** Writes in one statement, or one for each record. At most `batch.size` records. */
  write(connection: Connection, records: readonly SinkRecord[]): Promise<void>;
  delete(connection: Connection, records: readonly SinkRecord[]): Promise<void>;
}
