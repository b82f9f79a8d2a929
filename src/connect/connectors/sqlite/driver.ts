import { createRequire } from 'node:module';
import { ConnectError } from '../../api/errors.ts';

/** A value as SQLite stores it: integers are bigint. */
export type SqliteValue = bigint | number | string | Uint8Array | null;

export interface SqliteColumn {
  readonly name: string;
  /** The table that the column belongs to; null for an expression. */
  readonly table: string | null;
  /** The declared type; null if there is none. */
  readonly type: string | null;
}

export interface SqliteStatement {
  columns(): readonly SqliteColumn[];
  run(parameters: readonly SqliteValue[]): void;
  /** Rows with values in the order of the columns. */
  rows(parameters: readonly SqliteValue[]): IterableIterator<readonly SqliteValue[]>;
}

/** An open database file. All methods are synchronous. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /** The program that SQLite compiles a statement to, which is not executed: https://www.sqlite.org/opcode.html */
  explain(sql: string): readonly SqliteOperation[];
  close(): void;
}

export interface SqliteOperation {
  readonly opcode: string;
  readonly p2: number;
  /** For a function, its name and number of arguments: `upper(1)`. */
  readonly p4: string;
}

/** A row of EXPLAIN: addr, opcode, p1, p2, p3, p4, p5, comment. */
const operationOf = ([, opcode, , p2, , p4]: readonly SqliteValue[]): SqliteOperation => ({
  opcode: String(opcode),
  p2: Number(p2),
  p4: String(p4),
});

export interface SqliteDriver {
  readonly name: string;
  /** What another process requires: `node:sqlite`, or the package's path. */
  readonly module: string;
  /**
   * Opens a file, or creates it.
   * @param busyMs how long a statement waits for another program's lock, in ms; it blocks the thread meanwhile
   * @throws Error with SQLite's code in `errcode` or its name in `code`
   */
  open(path: string, busyMs: number): SqliteDatabase;
}

const PACKAGE = 'libsql';

let found: Promise<SqliteDriver> | undefined;

/**
 * Node's SQLite (22.16 and later), otherwise the package `libsql`.
 * @throws ConnectError with the command that installs the package
 */
export function sqliteDriver(): Promise<SqliteDriver> {
  found ??= ofNode().then((node) => node ?? ofPackage());
  found.catch(() => (found = undefined));
  return found;
}

/** The part of `node:sqlite` that is used here. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly timeout: number },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): NodeStatement;
    close(): void;
  };
}
interface NodeStatement {
  columns?(): readonly SqliteColumn[];
  setReadBigInts(on: boolean): void;
  setReturnArrays?(on: boolean): void;
  run(...parameters: readonly SqliteValue[]): unknown;
  iterate(...parameters: readonly SqliteValue[]): IterableIterator<readonly SqliteValue[]>;
}

async function ofNode(): Promise<SqliteDriver | undefined> {
  let module: NodeSqlite;
  try {
    const name = 'node:sqlite';
    module = (await import(name)) as NodeSqlite;
  } catch {
    return undefined;
  }
  const probe = new module.DatabaseSync(':memory:', { timeout: 0 });
  const { columns, setReturnArrays } = probe.prepare('SELECT 1');
  probe.close();
  if (columns === undefined || setReturnArrays === undefined) return undefined;
  return {
    name: 'node:sqlite',
    module: 'node:sqlite',
    open: (path, busyMs) => {
      const database = new module.DatabaseSync(path, { timeout: busyMs });
      return {
        exec: (sql) => database.exec(sql),
        close: () => database.close(),
        explain: (sql) => {
          const statement = database.prepare(`EXPLAIN ${sql}`);
          statement.setReturnArrays!(true);
          return [...statement.iterate()].map(operationOf);
        },
        prepare: (sql) => {
          const statement = database.prepare(sql);
          statement.setReadBigInts(true);
          statement.setReturnArrays!(true);
          return {
            columns: () => statement.columns!(),
            run: (parameters) => void statement.run(...parameters),
            rows: (parameters) => statement.iterate(...parameters),
          };
        },
      };
    },
  };
}

/** The part of `libsql` that is used here; its interface is that of better-sqlite3. */
interface LibSql {
  readonly default: new (
    path: string,
    options: { readonly timeout: number },
  ) => {
    exec(sql: string): void;
    prepare(sql: string): LibSqlStatement;
    close(): void;
  };
}
interface LibSqlStatement {
  safeIntegers(on: boolean): void;
  raw(on: boolean): void;
  columns(): readonly SqliteColumn[];
  run(...parameters: readonly SqliteValue[]): unknown;
  get(): unknown;
  iterate(...parameters: readonly SqliteValue[]): IterableIterator<readonly SqliteValue[]>;
}

async function ofPackage(): Promise<SqliteDriver> {
  let module: LibSql;
  try {
    const name: string = PACKAGE;
    module = (await import(name)) as LibSql;
  } catch (error) {
    throw new ConnectError(
      `SQLite needs the package ${PACKAGE} on Node ${process.versions.node}: npm install ${PACKAGE}, or run on Node 22.16 or later, which has SQLite itself`,
      { cause: error },
    );
  }
  return {
    name: PACKAGE,
    module: createRequire(import.meta.url).resolve(PACKAGE),
    open: (path, busyMs) => {
      const database = new module.default(path, { timeout: busyMs });
      return {
        exec: (sql) => database.exec(sql),
        close: () => database.close(),
        explain: (sql) => {
          const statement = database.prepare(`EXPLAIN ${sql}`);
          statement.raw(true);
          const operations = [...statement.iterate()].map(operationOf);
          // Resets the statement: SQLite regards one that has explained to its end as running, and keeps its locks.
          statement.get();
          return operations;
        },
        prepare: (sql) => {
          const statement = database.prepare(sql);
          statement.safeIntegers(true);
          return {
            columns: () => statement.columns(),
            run: (parameters) => void statement.run(...parameters),
            rows: (parameters) => {
              statement.raw(true);
              return statement.iterate(...parameters);
            },
          };
        },
      };
    },
  };
}
