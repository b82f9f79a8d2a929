import type { ListedTable, TableFilter, TableInfo, TableName, TargetColumn, TargetTable } from '../database/dialect.ts';
import { fieldOf, type SqliteField } from './column-kind.ts';
import type { SqliteConnection } from './connection.ts';
import { CaseBlindMap } from '../database/case-blind-map.ts';

/** By the names of PRAGMA table_list. */
const TYPES: Readonly<Record<string, string>> = { table: 'TABLE', virtual: 'TABLE', view: 'VIEW' };

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  /** Position in the primary key, from 1; 0: none. */
  readonly pk: number;
  /** 0: ordinary column; 1: hidden column of a virtual table; 2, 3: generated column. */
  readonly hidden: number;
}

/** Tables and views of the file, except SQLite's own tables and those that implement virtual tables. */
export async function listTables(connection: SqliteConnection, { types }: TableFilter): Promise<ListedTable[]> {
  const all = connection.select<{ name: string; type: string }>(
    `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
  );
  return all.filter((t) => types.includes(TYPES[t.type] ?? '')).map((t) => ({ schema: undefined, name: t.name }));
}

/** The table's entry in the list of tables. */
const listed = (connection: SqliteConnection, table: string): { type: string; wr: number } | undefined =>
  connection.select<{ type: string; wr: number }>(
    `SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE`,
    table,
  )[0];

const columnsOf = (connection: SqliteConnection, table: string): readonly ColumnRow[] =>
  connection.select<ColumnRow>('SELECT * FROM pragma_table_xinfo(?)', table).filter((c) => c.hidden !== 1);

const keyOf = (columns: readonly ColumnRow[]): readonly string[] =>
  columns
    .filter((c) => c.pk > 0)
    .toSorted((a, b) => a.pk - b.pk)
    .map((c) => c.name);

/** The column that is an alias for the rowid: a primary key whose declared type is exactly INTEGER. */
function rowNumber(connection: SqliteConnection, table: string, columns: readonly ColumnRow[]): string | undefined {
  const key = columns.filter((c) => c.pk > 0);
  if (key.length !== 1 || key[0]!.type.toUpperCase() !== 'INTEGER') return undefined;
  // A table WITHOUT ROWID has no such column.
  return listed(connection, table)?.wr === 1 ? undefined : key[0]!.name;
}

/** The columns of the unique indexes, except partial ones and those with expressions. */
function uniquesOf(connection: SqliteConnection, table: string): ReadonlySet<string>[] {
  return connection
    .select<{ name: string }>('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0', table)
    .map((index) => connection.select<{ name: string | null }>('SELECT name FROM pragma_index_info(?)', index.name))
    .filter((columns) => columns.every((c) => c.name !== null))
    .map((columns) => new Set(columns.map((c) => c.name!)));
}

/** The table's columns and keys; undefined when it does not exist. */
export async function describeTable(connection: SqliteConnection, table: TableName): Promise<TableInfo | undefined> {
  const columns = columnsOf(connection, table.name);
  if (columns.length === 0) return undefined;
  const number = rowNumber(connection, table.name, columns);
  const notNull = new Set(columns.filter((c) => c.notnull === 1 || c.name === number).map((c) => c.name));
  const primaryKey = keyOf(columns);
  const uniques = [new Set(primaryKey), ...uniquesOf(connection, table.name)];
  return {
    ...table,
    fields: columns.map((c) => fieldOf(c.name, c.type)),
    notNull,
    primaryKey,
    unique: new Set(uniques.filter((u) => u.size === 1).flatMap((u) => [...u].filter((name) => notNull.has(name)))),
    autoIncrement: number,
    kind: listed(connection, table.name)?.type === 'view' ? 'view' : 'table',
    spread: false,
    inherited: false,
  };
}

/** The number of rows that are read to determine the types of a query's expressions. */
const SAMPLE_ROWS = 100;

/** The columns of a query's result; the types of expressions are those of their first values. */
export async function describeQuery(connection: SqliteConnection, query: string): Promise<readonly SqliteField[]> {
  return await connection.describe(`SELECT * FROM (${query}) q LIMIT ${SAMPLE_ROWS}`);
}

class NameSet extends Set<string> {
  override has(name: string): boolean {
    return super.has(name) || [...this.keys()].some((key) => key.toLowerCase() === name.toLowerCase());
  }
}

/** Reads a sink's target table; undefined when it does not exist. */
export async function readTarget(connection: SqliteConnection, table: TableName): Promise<TargetTable | undefined> {
  const columns = columnsOf(connection, table.name);
  if (columns.length === 0) return undefined;
  const number = rowNumber(connection, table.name, columns);
  const key = keyOf(columns);
  const uniques = uniquesOf(connection, table.name);
  if (key.length > 0) uniques.push(new Set(key));
  return {
    sql: quoteIdentifier(table.name),
    columns: new CaseBlindMap<TargetColumn>(
      columns.map((column) => [
        column.name,
        {
          name: column.name,
          type: column.type,
          notNull: column.notnull === 1,
          hasDefault: column.dflt_value !== null || column.hidden > 1 || column.name === number,
        },
      ]),
    ),
    uniques: uniques.map((u) => new NameSet(u)),
  };
}
