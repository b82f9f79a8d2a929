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
 * What one SQL database has of its own, behind which the connectors of this room are the same for all: names and
 * quoting, the catalog, types, the statement that writes, and what its errors mean. Methods are only given what the
 * same dialect made: its targets, connections, fields.
 */
export interface Dialect {
  /** The product, as messages show it: `Postgres`. */
  readonly name: string;
  /** The schema of tables that are named without one; undefined where tables have no schema. */
  readonly defaultSchema: string | undefined;
  readonly errors: DatabaseErrors;
  readonly reading: ReadingDialect;
  readonly writing: WritingDialect;
  /** A sentence where the text is no URL of such a database. */
  parseUrl(url: string): Target | string;
  /** Names the database without any login: the same for all ways of writing it. */
  systemOf(target: Target): string;
  /** The URL without any login, for messages. */
  shownUrl(target: Target): string;
  /** Connects once. @throws the driver's error */
  connect(target: Target, options: ConnectOptions): Promise<Connection>;
  quote(identifier: string): string;
}

/** Where a database is and how to enter it. */
export interface Target {
  readonly database: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The schema that names without one mean first. */
  readonly schema?: string | undefined;
}

export interface ConnectOptions {
  /** Name of the connection, where the database shows connection names. */
  readonly name: string;
  /** A source only reads: it makes and changes nothing. */
  readonly access: 'read' | 'write';
}

/** What a statement takes for a parameter. */
export type Parameter = string | number | bigint | Uint8Array | null;

export type Isolation = 'REPEATABLE READ' | 'SERIALIZABLE';

/** One connection of one task: one thing at a time. Every method throws the driver's error. */
export interface Connection {
  /** Opens a transaction; with an isolation one that reads, and sees one picture of its tables to its end. */
  begin(reading?: Isolation): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  query(sql: string, parameters?: readonly Parameter[]): Promise<{ readonly rows: readonly unknown[] }>;
  /** Reads a result in batches of at most so many rows, inside a transaction that reads. */
  openCursor(sql: string, parameters: readonly Parameter[], batchRows: number): Promise<Cursor>;
  end(): Promise<void>;
  /** Makes a call that waits fail at once. */
  cut(): void;
  /** The listener is called once when the connection has ended, also by `end`, with the reason where there is one. */
  onEnd(listener: (reason: unknown) => void): void;
}

/** A result that is being read: the connection does nothing else until it has ended or is closed. */
export interface Cursor {
  readonly fields: readonly FieldInfo[];
  /** The next rows; fewer than the batch has at the end. */
  next(): Promise<Rows>;
  /** Gives the rest up. */
  close(): Promise<void>;
}

/** Rows as the driver has them. */
export interface Rows {
  readonly length: number;
  /** Row i in words: what positions are made of. */
  text(i: number): TextRow;
  append(other: Rows): void;
  /** Takes the rows from `at` on away, and gives them back as rows of their own. */
  split(at: number): Rows;
}

/** A row in words: texts by position. */
export type TextRow = readonly (string | null)[];

/** What an error of the driver means. */
export interface DatabaseErrors {
  /** The server or the way to it is away, or the transaction lost against another: the same may work later. */
  isPassing(error: unknown): boolean;
  /** The database refused a statement: not an error of ours, nor of the way to it. */
  isRefusal(error: unknown): boolean;
  isMissingTable(error: unknown): boolean;
  /** The table is not what it was: an undefined table or column, another type. */
  isStaleShape(error: unknown): boolean;
  /** The values of some record are at fault: data exceptions, constraints. */
  isRecordError(error: unknown): boolean;
  /** What was to be created is there: another task was quicker. */
  isDuplicate(error: unknown): boolean;
  /** The reason in words. */
  reasonOf(error: unknown): string;
  /** What a failed attempt to connect says about which setting. */
  problem(error: unknown, target: Target): ConfigProblem;
}

/** A table's place. `public.users` is its name everywhere: in offsets, in messages. */
export interface TableName {
  /** undefined where the database has no schemas. */
  readonly schema: string | undefined;
  readonly name: string;
}

/** A table as the list of tables has it. */
export interface ListedTable extends TableName {
  /** Why a mode that captures changes cannot read it, though others can. */
  readonly uncaptured?: string;
  /** Why it cannot be read, and the cure. */
  readonly unreadable?: string | undefined;
  /** What a user should know where it is read. */
  readonly remark?: string | undefined;
}

/** A column of a table or of a query's result; a dialect adds what it knows of its type. */
export interface FieldInfo {
  readonly name: string;
  /** Equal texts: the same type. */
  readonly type: string;
  /** As the database calls it. */
  readonly typeName: string;
  /** What a mode can tell new rows by; undefined: not by this column. */
  readonly order: 'number' | 'time' | undefined;
  /** A time that may have more digits than milliseconds. */
  readonly finerThanMs?: boolean | undefined;
}

export interface TableInfo extends TableName {
  readonly fields: readonly FieldInfo[];
  readonly notNull: ReadonlySet<string>;
  /** In the order of the key; empty without one. */
  readonly primaryKey: readonly string[];
  /** Columns whose values are each of one row alone. */
  readonly unique: ReadonlySet<string>;
  /** The column that the database itself numbers, where there is one. */
  readonly autoIncrement: string | undefined;
  readonly kind: 'table' | 'view' | 'other';
  /** Its changes are in no log of the database. */
  readonly isUnlogged?: boolean | undefined;
  /** Its rows may stand in several physical tables: partitions, or tables that inherit from it. */
  readonly spread: boolean;
  /** The key is that of its own rows only: tables that inherit from it have rows with the same. */
  readonly inherited: boolean;
}

export interface TableFilter {
  /** LIKE's pattern. */
  readonly schemaPattern: string | undefined;
  /** In upper case. */
  readonly types: readonly string[];
  /** Partitions are tables as well, also those that nobody names. */
  readonly allPartitions?: boolean | undefined;
  /** Names of partitions that are listed like tables of their own; all others are part of their table. */
  readonly partitions: readonly string[];
}

export type NumericMapping = 'none' | 'string' | 'double' | 'precision_only' | 'best_fit' | 'best_fit_eager_double';

/** How values become Connect's. */
export interface TypeOptions {
  readonly numeric: NumericMapping;
  /** Zone of timestamps without a zone. */
  readonly zone: Zone;
  readonly timestamps: TimestampGranularity;
  /** Columns whose times stand in the record's key as the database writes them, whatever the value has of them. */
  readonly exactKeys?: ReadonlySet<string> | undefined;
  /** Called when a value differs from what its column holds. */
  readonly remark?: ((column: string, text: string) => void) | undefined;
}

/** Reads rows of one shape. */
export interface RowReader {
  /** One per column. */
  readonly schemas: readonly ConnectSchema[];
  /** @throws FieldError */
  read(rows: Rows, i: number): unknown[];
  /** The first column that is NULL in some row though its schema is not optional; -1: none. */
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

/** How SQL compares a column of times with a position, which is in microseconds since the epoch. */
export interface TimeComparison {
  /** What stands for a column in comparisons, where the column alone does not do. */
  readonly expression?: (column: string) => string;
  /** SQL for the current time less `delayMs`, in the type of the column. */
  before(delayMs: number): string;
  /** The expression of a parameter that holds a position. */
  bound(placeholder: string): string;
  toParameter(micros: number): Parameter;
  /** Microseconds since the epoch of a timestamp in a row's text. */
  toMicros(text: string): number;
}

/** What a source asks of a database. */
export interface ReadingDialect {
  /** Ways to find new rows that this database alone has. */
  readonly modes: readonly OwnMode[];
  /** The mode that reads the database's own record of changes. */
  readonly capture?: CaptureMode | undefined;
  /** What `table.types` may hold. */
  readonly tableTypes: readonly string[];
  listTables(connection: Connection, filter: TableFilter): Promise<readonly ListedTable[]>;
  /**
   * Columns as a SELECT * gives them, with what the catalog knows about them; undefined when there is no such table.
   */
  describeTable(connection: Connection, table: TableName): Promise<TableInfo | undefined>;
  describeQuery(connection: Connection, query: string): Promise<readonly FieldInfo[]>;
  /** `notNull` has the names of the columns that are never NULL. */
  rowReader(
    fields: readonly FieldInfo[],
    notNull: ReadonlySet<string>,
    options: TypeOptions,
    config: Config,
  ): RowReader;
  /**
   * Whether a row of the table has a time in one of the columns that milliseconds do not hold, or there is no row that
   * could tell.
   */
  hasFinerTimes(connection: Connection, table: TableName, columns: readonly string[]): Promise<boolean>;
  timeComparison(field: FieldInfo | undefined, zone: Zone, config: Config): TimeComparison;
  /**
   * A text that is another one whenever something has been written since, on this connection: a pass over whole tables
   * is not made again while it is the same.
   */
  changeMark?(connection: Connection): Promise<string>;
  /** The nth parameter of a statement, from 1. */
  placeholder(n: number): string;
  /** What a row's text says, to compare its column with. `field` is undefined where a query's columns are not known. */
  parameter(text: string, field: FieldInfo | undefined): Parameter;
}

/** A mode of one database. */
export interface OwnMode {
  readonly name: string;
  readonly offsets: OffsetShape;
  /** Why the mode cannot read the table; a sentence. */
  problem(table: TableInfo): string | undefined;
  /** Called once for each connection. */
  attach(
    connection: Connection,
    context: SourceContext,
    /** Called with a note for the user. */
    remark: (text: string) => void,
  ): Promise<AttachedMode>;
}

/** A mode that is told of changes as they are committed, deletes among them: one task for all tables. */
export interface CaptureMode {
  readonly name: string;
  /** Why the mode cannot read the table; a sentence. */
  problem(table: TableInfo): string | undefined;
  /** The topic of a table, where it is not the prefix with the table's name. */
  topics?(config: Config): ((table: TableName) => string) | undefined;
  /** Whether partitions are tables of their own. */
  readsPartitions?(config: Config): boolean;
  /** What a table's topic will hold, where it is not the table's rows. */
  declaration?(connection: Connection, source: SourceContext, table: TableName): Promise<TopicDeclaration | undefined>;
  /** A table as its changes will be, which may be less than a SELECT gives. */
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
  /** Takes away what was made in the database. */
  forget(connect: () => Promise<Connection>, context: ForgetContext): Promise<Forgotten>;
  createTask(dialect: Dialect): SourceTask;
  /** Offsets that a user sets. @throws ConnectError naming what is wrong */
  checkOffsets(offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[]): void;
}

export interface AttachedMode {
  /** At the beginning of each transaction that reads. */
  begin(): Promise<ModeMoment>;
  /** A position as it is to be kept. */
  placed(offset: OffsetMap): OffsetMap;
}

export interface ModeMoment {
  /** Where to go on; undefined: at the beginning, since the position says nothing here. @throws ConnectError */
  accept(offset: OffsetMap, what: string): OffsetMap | undefined;
  /** undefined: there can be nothing new. */
  pass(spec: PassSpec, offset: OffsetMap | undefined): Pass | undefined;
}

/** A column of a sink's table as the catalog has it; a dialect adds what it knows. */
export interface TargetColumn {
  readonly name: string;
  /** As SQL writes it: `numeric(10,2)`. */
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

/** What a sink asks of a database. */
export interface WritingDialect {
  /** Bytes of a name that the database keeps. */
  readonly nameBytes: number;
  /**
   * Whether the target is there, where the first connection that writes makes it; absent: always.
   * @throws where it cannot be made
   */
  isThere?(target: Target): Promise<boolean>;
  /** Names of tables that differ in case alone are one table: always, or where the database says so; absent: never. */
  readonly caseBlind?: true | ((connection: Connection) => Promise<boolean>);
  /** undefined when there is no such table. */
  readTarget(connection: Connection, table: TableName): Promise<TargetTable | undefined>;
  /** Type of a column that is made for values of a schema. `inKey`: of the primary key. */
  columnType(schema: ConnectSchema, inKey: boolean): string;
  /** Whether the column can hold values of the schema. */
  canHold(column: TargetColumn, schema: ConnectSchema): boolean;
  /** A statement that checks at once, and from here on, what is put off to the end of the transaction. */
  readonly checkDeferred?: string;
  /** One statement each. `columns` are a name in quotes and its type. */
  addColumns(table: string, columns: readonly string[]): readonly string[];
  writer(settings: WriteSettings, target: TargetTable, plan: SinkPlan, zone: Zone, config: Config): TableWriter;
  /**
   * What a refused record's fault is, in words: the column, its type, the value's length. For the path of errors, in
   * the open transaction.
   */
  blame?(connection: Connection, writer: TableWriter, record: SinkRecord): Promise<string | undefined>;
}

export type WriteSettings = Pick<SinkSettings, 'insertMode' | 'deletes'>;

/** Writes rows of one pair of schemas to one table. */
export interface TableWriter {
  /** Two keys are equal exactly where their texts are: writes and deletes of one batch may be reordered. */
  readonly keyedByText: boolean;
  /** The value of a column, as text where `keyedByText`. */
  keyText(column: number, value: unknown): string;
  /** In one statement, or one a record. At most `batch.size` records. */
  write(connection: Connection, records: readonly SinkRecord[]): Promise<void>;
  delete(connection: Connection, records: readonly SinkRecord[]): Promise<void>;
}
