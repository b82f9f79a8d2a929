import type { ProbeContext } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import { taskError } from './connecting.ts';
import type { Connection, ListedTable, TableInfo, TableName } from './dialect.ts';
import type { SourceContext } from './source-settings.ts';
import { chooseTables, type TableChoice } from './table-choice.ts';
import { selectTables } from './table-lists.ts';
import { fullName, partitionOf } from './table-names.ts';

/** The table as the lineage names it. */
export function placeOf(
  { dialect, target }: SourceContext,
  table: TableName,
): { readonly system: string; readonly name: string } {
  return { system: dialect.systemOf(target), name: fullName(table) };
}

/** The tables that are visible under the database's settings. */
export async function listed(
  connection: Connection,
  { dialect, settings, capture, config }: SourceContext,
): Promise<readonly ListedTable[]> {
  const { schemaPattern, tableTypes: types } = settings;
  const allPartitions = capture?.readsPartitions?.(config);
  return await dialect.reading.listTables(connection, {
    schemaPattern,
    types,
    partitions: settings.lists.whitelist,
    allPartitions,
  });
}

/** @throws ConnectError when the connector does not read a table, or the database cannot be asked */
export async function checkTables(source: SourceContext, tables: ReadonlySet<unknown>): Promise<void> {
  const { dialect, target, settings } = source;
  let read: readonly string[];
  try {
    const connection = await dialect.connect(target, { name: 'offsets', access: 'read' });
    try {
      const all = await listed(connection, source);
      read = selectTables(all, settings.lists, target.database).map((table) => String(partitionOf(table)['table']));
    } finally {
      await connection.end().catch(() => {});
    }
  } catch (error) {
    throw taskError(dialect, error, 'Cannot read the list of tables');
  }
  for (const table of tables)
    // Java's connector puts the database before schema and table.
    if (!read.includes(String(table)) && !read.some((name) => table === `${target.database}.${name}`))
      throw new ConnectError(
        `There is no partition {"protocol":"1","table":${JSON.stringify(table)}}: this connector reads ${read.length === 0 ? 'no table' : read.slice(0, TOLD_TABLES).join(', ')}`,
      );
}

/** The most tables that a refusal names. */
const TOLD_TABLES = 20;

/**
 * Of a whole database: what has rows and is not read for its kind, such as views; a sentence for the user, or none.
 */
export async function tableRemarks(
  connection: Connection,
  { dialect, settings, target }: SourceContext,
): Promise<readonly string[]> {
  const { schemaPattern, tableTypes, lists } = settings;
  const others = dialect.reading.tableTypes.filter((type) => !tableTypes.includes(type));
  if (lists.whitelist.length > 0 || others.length === 0) return [];
  const filter = { schemaPattern, partitions: [] };
  const read = new Set((await dialect.reading.listTables(connection, { ...filter, types: tableTypes })).map(fullName));
  const all = await dialect.reading.listTables(connection, { ...filter, types: others });
  const names = selectTables(all, lists, target.database)
    .map(fullName)
    .filter((name) => !read.has(name));
  if (names.length === 0) return [];
  const listed = names.slice(0, TOLD_TABLES).join(', ') + (names.length > TOLD_TABLES ? ', ...' : '');
  return [
    `Not read, since they are no tables: ${listed}. A connector of its own reads them with tables='...', mode='bulk' and 'table.types'='${others.join(',')}'`,
  ];
}

/** The tables to read, and those that are left out. `all`: the listing, where it is known. */
export async function choiceOf(
  connection: Connection,
  source: SourceContext,
  refusal: ProbeContext['refusal'],
  all?: readonly ListedTable[],
): Promise<TableChoice> {
  return chooseTables(
    all ?? (await listed(connection, source)),
    source,
    (table) => placeOf(source, table),
    refusal,
    source.target.database,
  );
}

/**
 * The table's columns, or why it cannot be read (a broken view, an unavailable foreign server); undefined when it no
 * longer exists.
 */
export async function lookAt(
  connection: Connection,
  { dialect, capture }: SourceContext,
  table: TableName,
): Promise<TableInfo | { readonly problem: string } | undefined> {
  try {
    return await (capture ?? dialect.reading).describeTable(connection, table);
  } catch (error) {
    if (dialect.errors.isTransient(error)) throw error;
    return { problem: dialect.errors.reasonOf(error) };
  }
}
