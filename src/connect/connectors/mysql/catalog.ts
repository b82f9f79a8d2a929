import type { ListedTable, TableFilter, TableInfo, TableName, TargetColumn, TargetTable } from '../database/dialect.ts';
import type { MysqlConnection } from './connection.ts';
import type { MysqlField } from './fields.ts';
import { CaseBlindMap } from '../database/case-blind-map.ts';

export const quoteIdentifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** By the names of information_schema. */
const TYPES: Readonly<Record<string, string>> = {
  'BASE TABLE': 'TABLE',
  'SYSTEM VERSIONED': 'TABLE',
  VIEW: 'VIEW',
};

const SPATIAL = `'geometry','point','linestring','polygon','multipoint','multilinestring','multipolygon','geometrycollection','geomcollection'`;

/** Tables and views of the connection's database. */
export async function listTables(connection: MysqlConnection, { types }: TableFilter): Promise<ListedTable[]> {
  const { rows } = await connection.query(
    'SELECT t.TABLE_NAME, t.TABLE_TYPE, (SELECT MIN(c.COLUMN_NAME) FROM information_schema.COLUMNS c WHERE c.TABLE_SCHEMA = t.TABLE_SCHEMA' +
      ` AND c.TABLE_NAME = t.TABLE_NAME AND c.DATA_TYPE IN (${SPATIAL})) FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = DATABASE() ORDER BY 1`,
  );
  return rows.flatMap(([name, type, shape]) => {
    if (!types.includes(TYPES[String(type)] ?? '')) return [];
    const table = { schema: undefined, name: String(name) };
    return shape === null
      ? [table]
      : [
          {
            ...table,
            unreadable: `its column ${String(shape)} is a GEOMETRY: a query with ST_AsText(${quoteIdentifier(String(shape))}) reads it`,
          },
        ];
  });
}

interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly dataType: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly isNumbered: boolean;
  readonly isText: boolean;
}

async function columnsOf(connection: MysqlConnection, table: string): Promise<readonly CatalogColumn[]> {
  const { rows } = await connection.query(
    'SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, CHARACTER_SET_NAME FROM information_schema.COLUMNS' +
      ' WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION',
    [table],
  );
  return rows.map(([name, type, dataType, nullable, byDefault, extra, charset]) => {
    const more = String(extra ?? '').toLowerCase();
    const isNumbered = more.includes('auto_increment');
    return {
      name: String(name),
      type: String(type),
      dataType: String(dataType).toLowerCase(),
      notNull: nullable === 'NO',
      hasDefault: byDefault !== null || isNumbered || /generated|default_generated|invisible/.test(more),
      isNumbered,
      isText: charset !== null,
    };
  });
}

/**
 * The columns of the unique indexes by index name; those of the primary key under PRIMARY. Indexes with expressions or
 * column prefixes are omitted.
 */
async function uniquesOf(connection: MysqlConnection, table: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await connection.query(
    'SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?' +
      ' AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX',
    [table],
  );
  const found = new Map<string, string[]>();
  const unfit = new Set<string>();
  for (const [index, column, part] of rows) {
    if (column === null || part !== null) unfit.add(String(index));
    found.set(String(index), [...(found.get(String(index)) ?? []), String(column)]);
  }
  for (const index of unfit) found.delete(index);
  return found;
}

/** The table's columns and keys; undefined when it does not exist. */
export async function describeTable(connection: MysqlConnection, table: TableName): Promise<TableInfo | undefined> {
  const columns = await columnsOf(connection, table.name);
  if (columns.length === 0) return undefined;
  const { fields } = await connection.run(`SELECT * FROM ${quoteIdentifier(table.name)} LIMIT 0`, []);
  const uniques = await uniquesOf(connection, table.name);
  const notNull = new Set(columns.filter((c) => c.notNull).map((c) => c.name));
  const { rows } = await connection.query(
    'SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?',
    [table.name],
  );
  return {
    ...table,
    fields,
    notNull,
    primaryKey: uniques.get('PRIMARY') ?? [],
    unique: new Set([...uniques.values()].filter((u) => u.length === 1 && notNull.has(u[0]!)).map((u) => u[0]!)),
    autoIncrement: columns.find((c) => c.isNumbered)?.name,
    kind: rows[0]?.[0] === 'VIEW' ? 'view' : 'table',
    spread: false,
    inherited: false,
  };
}

/** The columns of a query's result. */
export async function describeQuery(connection: MysqlConnection, query: string): Promise<readonly MysqlField[]> {
  return (await connection.run(`SELECT * FROM (${query}) q LIMIT 0`, [])).fields;
}

/** A column of a sink's target table. */
export interface MysqlTargetColumn extends TargetColumn {
  /** DATA_TYPE in lower case, such as `varchar`. */
  readonly dataType: string;
  readonly isText: boolean;
}

class NameSet extends Set<string> {
  override has(name: string): boolean {
    return super.has(name) || [...this.keys()].some((key) => key.toLowerCase() === name.toLowerCase());
  }
}

/** Reads a sink's target table from information_schema; undefined when it does not exist. */
export async function readTarget(connection: MysqlConnection, table: TableName): Promise<TargetTable | undefined> {
  const columns = await columnsOf(connection, table.name);
  if (columns.length === 0) return undefined;
  const uniques = await uniquesOf(connection, table.name);
  return {
    sql: quoteIdentifier(table.name),
    columns: new CaseBlindMap(columns.map((c) => [c.name, c])),
    uniques: [...uniques.values()].map((u) => new NameSet(u)),
  };
}
