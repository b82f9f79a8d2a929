import { access, constants } from 'node:fs/promises';
import { elementAt } from '../../../base/assert.ts';
import type { Connection, Cursor, Parameter } from '../database/dialect.ts';
import { ValueRows } from '../database/value-rows.ts';
import { fieldOf, type SqliteField } from './column-kind.ts';
import { sqliteDriver, type SqliteDatabase, type SqliteStatement, type SqliteValue } from './driver.ts';
import { SQLITE_HEAP_BYTES, tryStatement, type Trial } from './trial.ts';
import type { SqliteTarget } from './url.ts';
import { prepareUserStatement } from './user-statement.ts';

/**
 * How long a statement waits for another program's lock, in ms. It is short because it blocks the whole server: if the
 * file is still locked then, the operation is retried like a lost connection, with pauses in which others can work.
 */
const BUSY_MS = 50;
/** The most prepared statements that are cached. */
const STATEMENTS_MAX = 200;

/**
 * By file, when the queued write transactions have ended. Connections of this server take turns: if one waited for
 * another's lock in SQLite, it would block the thread, and the other could never end.
 */
const turns = new Map<string, Promise<void>>();

/** A separate connection to the file. SQLite runs in this thread: every call has finished when it returns. */
export class SqliteConnection implements Connection {
  readonly database: SqliteDatabase;
  readonly #file: string;
  readonly #access: 'read' | 'write';
  /** Ends this connection's turn to write. */
  #giveTurn: () => void = () => {};
  readonly #statements = new Map<string, SqliteStatement>();
  /** By query, the types of columns that are expressions, from their first values. */
  readonly #seen = new Map<string, readonly (string | null)[]>();
  /** By statement, so that a connection tries none twice. */
  readonly #trials = new Map<string, Promise<Trial>>();
  readonly #module: string;
  #listener: ((reason: unknown) => void) | undefined;
  #isOpen = true;

  constructor(database: SqliteDatabase, file: string, access: 'read' | 'write', module: string) {
    this.#module = module;
    this.database = database;
    this.#file = file;
    this.#access = access;
  }

  async begin(reading?: string): Promise<void> {
    if (reading !== undefined) return this.database.exec('BEGIN');
    await this.#takeTurn();
    try {
      // Acquires the write lock immediately: a transaction that starts with reads might have to be aborted when it
      // writes.
      this.database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      this.#giveTurn();
      throw error;
    }
  }
  async commit(): Promise<void> {
    this.database.exec('COMMIT');
    this.#giveTurn();
  }
  async rollback(): Promise<void> {
    try {
      this.database.exec('ROLLBACK');
    } finally {
      this.#giveTurn();
    }
  }

  async #takeTurn(): Promise<void> {
    const before = turns.get(this.#file);
    const turn = new Promise<void>((resolve) => (this.#giveTurn = resolve));
    turns.set(
      this.#file,
      Promise.resolve(before).then(() => turn),
    );
    await before;
  }

  async query(sql: string, parameters: readonly Parameter[] = []): Promise<{ readonly rows: readonly unknown[] }> {
    // What a source asks may contain the user's query and names of columns; a sink's statements are made here.
    const isUsers = this.#access === 'read';
    const statement = isUsers ? prepareUserStatement(this.database, sql) : this.database.prepare(sql);
    if (statement.columns().length > 0) return { rows: rowsOf(statement, parameters) };
    statement.run(parameters.map(valueOf));
    return { rows: [] };
  }

  /** Returns rows as objects, with integers as numbers if they fit; for the catalog, without text of users. */
  select<R = Record<string, unknown>>(sql: string, ...parameters: readonly Parameter[]): R[] {
    return rowsOf(this.database.prepare(sql), parameters);
  }

  /** Returns a statement of the writer, which is prepared only once. */
  prepared(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * The columns of a query of the user's; the types of expressions are those of their first values. The query is
   * compiled here and executed in another process.
   */
  async describe(sql: string): Promise<readonly SqliteField[]> {
    const statement = prepareUserStatement(this.database, sql);
    const { types } = await this.#tried(sql);
    return statement
      .columns()
      .map(({ name, table, type }, i) => fieldOf(name, table === null ? elementAt(types, i, 'type') : type));
  }

  /** Whether a query of the user's has rows; it is executed in another process. */
  async hasRows(sql: string): Promise<boolean> {
    prepareUserStatement(this.database, sql);
    return (await this.#tried(sql)).rows > 0;
  }

  /** @throws ConnectError when it takes too long */
  #tried(sql: string): Promise<Trial> {
    let trial = this.#trials.get(sql);
    if (trial === undefined) {
      trial = tryStatement(this.#module, this.#file, sql, BUSY_MS);
      this.#trials.set(sql, trial);
    }
    return trial;
  }

  async openCursor(sql: string, parameters: readonly Parameter[], batchRows: number): Promise<SqliteCursor> {
    const statement = prepareUserStatement(this.database, sql);
    const cursor = new SqliteCursor(statement, parameters.map(valueOf), batchRows);
    const types = typesOf(statement, cursor.first, this.#seen.get(sql));
    this.#seen.set(sql, types);
    cursor.fields = statement.columns().map((c, i) => fieldOf(c.name, elementAt(types, i, 'type')));
    return cursor;
  }

  async end(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    try {
      // Statements that have not been garbage-collected would hold the locks of an open transaction.
      this.database.exec('ROLLBACK');
    } catch {
      // No transaction is open.
    }
    this.database.close();
    this.#giveTurn();
    this.#listener?.(new Error('the file was closed'));
  }

  cut(): void {
    // Calls are synchronous, so there is nothing to interrupt.
  }

  onEnd(listener: (reason: unknown) => void): void {
    this.#listener = listener;
  }
}

function rowsOf<R>(statement: SqliteStatement, parameters: readonly Parameter[]): R[] {
  const names = statement.columns().map((c) => c.name);
  return [...statement.rows(parameters.map(valueOf))].map(
    (row) =>
      Object.fromEntries(names.map((name, i) => [name, typeof row[i] === 'bigint' ? Number(row[i]) : row[i]])) as R,
  );
}

/** The declared types; for an expression, that of its first value that is not NULL. */
function typesOf(
  statement: SqliteStatement,
  rows: readonly (readonly SqliteValue[])[],
  seen: readonly (string | null)[] | undefined,
): readonly (string | null)[] {
  return statement.columns().map(({ type, table }, i) => {
    if (table !== null) return type;
    const value = rows.find((row) => row[i] !== null)?.[i];
    return value === undefined ? (seen?.[i] ?? null) : storageOf(value);
  });
}

function storageOf(value: SqliteValue): string {
  if (typeof value === 'bigint') return 'INTEGER';
  return typeof value === 'number' ? 'REAL' : typeof value === 'string' ? 'TEXT' : 'BLOB';
}

class SqliteCursor implements Cursor {
  fields: readonly SqliteField[] = [];
  /** The rows of the first batch, which determine the types of the columns. */
  readonly first: readonly (readonly SqliteValue[])[];
  readonly #rows: IterableIterator<readonly SqliteValue[]>;
  readonly #batchRows: number;
  #isFresh = true;

  constructor(statement: SqliteStatement, parameters: readonly SqliteValue[], batchRows: number) {
    this.#rows = statement.rows(parameters);
    this.#batchRows = batchRows;
    this.first = this.#read();
  }

  async next(): Promise<ValueRows<SqliteValue>> {
    const rows = this.#isFresh ? [...this.first] : this.#read();
    this.#isFresh = false;
    return new ValueRows(rows, textOf);
  }

  async close(): Promise<void> {
    this.#rows.return?.();
  }

  #read(): (readonly SqliteValue[])[] {
    const rows: (readonly SqliteValue[])[] = [];
    while (rows.length < this.#batchRows) {
      const { done, value } = this.#rows.next();
      if (done === true) break;
      rows.push(value);
    }
    return rows;
  }
}

/** A value as text, for positions and messages. */
export function textOf(value: SqliteValue): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}

function valueOf(parameter: Parameter): SqliteValue {
  return typeof parameter === 'number' && Number.isSafeInteger(parameter) ? BigInt(parameter) : parameter;
}

/**
 * Opens the file; creates it if it does not exist and is to be written. @throws the driver's error, and Node's if the
 * file cannot be read
 */
export async function openFile({ file }: SqliteTarget, wanted: 'read' | 'write'): Promise<SqliteConnection> {
  const driver = await sqliteDriver();
  // Drivers differ in how they handle a file that does not exist.
  if (wanted === 'read') await access(file, constants.R_OK);
  const database = driver.open(file, BUSY_MS);
  try {
    // Querying the schema reads the header: a file that is not a database is detected now. Views, triggers and defaults
    // of a file that somebody else wrote may call only functions without side effects. The limit of
    // memory is the process's.
    database.exec(
      `PRAGMA trusted_schema = OFF; PRAGMA hard_heap_limit = ${SQLITE_HEAP_BYTES}; PRAGMA ${wanted === 'read' ? 'query_only' : 'foreign_keys'} = ON; SELECT count(*) FROM sqlite_schema`,
    );
    return new SqliteConnection(database, file, wanted, driver.module);
  } catch (error) {
    database.close();
    throw error;
  }
}
