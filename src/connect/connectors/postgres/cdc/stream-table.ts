import { must } from '../../../../base/assert.ts';
import type { Client } from '../connection.ts';
import type { TableInfo, TableName } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import { describeTable } from '../catalog.ts';
import { PostgresConnection } from '../connection.ts';
import { fieldOf, type PostgresField } from '../fields.ts';
import { FIRST_OID_OF_CATALOG } from '../type-oids.ts';
import type { Relation } from './stream/pgoutput.ts';

/**
 * The changes of a table in the stream: `rows`, all changes of its rows; `inserts`, only new rows, because nothing
 * identifies an old one. (A table without a replica identity must not publish updates and deletes: Postgres would
 * refuse them to the application.)
 */
export type Published = 'rows' | 'inserts';

interface StreamInfo extends TableInfo {
  readonly fields: readonly PostgresField[];
}

/** A table with its key and the form in which it is published. */
export interface StreamTable extends TableName {
  readonly info: StreamInfo;
  readonly published: Published;
  /** The key columns of its records; empty: its records have no key, and its rows form a stream. */
  readonly key: readonly string[];
  /** Generated columns, which the server does not publish. */
  readonly hidden: readonly string[];
  /** How to enable updates and deletes, and other information for the user. One sentence each. */
  readonly notes: readonly string[];
}

/** The first version that can publish the values of stored generated columns. */
export const PUBLISHES_GENERATED = 180_000;

/** The server's version as a number: 160003 is 16.3. */
export async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ v: string }>(`SELECT current_setting('server_version_num') AS v`);
  return Number(must(rows[0], 'row').v);
}

/** Whether the rows of each of a table's `parts` have a replica identity. A deferrable key is not one. */
const IDENTIFIES = `(SELECT coalesce(bool_and(l.relreplident = 'f' OR EXISTS (
                      SELECT FROM pg_catalog.pg_index i
                       WHERE i.indrelid = l.oid AND i.indimmediate AND i.indisvalid
                         AND CASE l.relreplident WHEN 'i' THEN i.indisreplident WHEN 'd' THEN i.indisprimary ELSE false END)), true)
               FROM parts JOIN pg_catalog.pg_class l ON l.oid = parts.relid)`;

/** The tables of which only new rows can be published. */
export async function insertsOnly(client: Client, tables: readonly TableName[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN unnest($1::text[], $2::text[]) AS w (schema, name) ON w.schema = n.nspname AND w.name = c.relname
      WHERE NOT (WITH parts AS (SELECT coalesce(p.relid, c.oid) AS relid
                   FROM (SELECT 1) one LEFT JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) p ON c.relkind = 'p' WHERE p.isleaf OR p.relid IS NULL)
                 SELECT ${IDENTIFIES})
      ORDER BY 1, 2`,
    [tables.map((t) => t.schema), tables.map((t) => t.name)],
  );
  return rows.map(fullName);
}

/** The table as it appears in the stream; undefined if it does not exist. */
export async function streamTable(client: Client, table: TableName, version: number): Promise<StreamTable | undefined> {
  const info = await describeTable(new PostgresConnection(client), table);
  if (info === undefined) return undefined;
  const { rows } = await client.query<{
    kind: string;
    identity: string;
    identifies: string;
    columns: string[] | null;
    hidden: string[] | null;
    unlogged: string | null;
  }>(
    `WITH t AS (SELECT c.oid, c.relkind, c.relreplident FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = $1 AND c.relname = $2),
          parts AS (SELECT coalesce(p.relid, t.oid) AS relid FROM t LEFT JOIN LATERAL pg_catalog.pg_partition_tree(t.oid) p ON t.relkind = 'p' WHERE p.isleaf OR p.relid IS NULL)
     SELECT t.relkind::text AS kind, t.relreplident::text AS identity,
            ${IDENTIFIES}::text AS identifies,
            (SELECT string_agg(l.oid::regclass::text, ', ' ORDER BY l.oid) FROM parts JOIN pg_catalog.pg_class l ON l.oid = parts.relid
              WHERE t.relkind = 'p' AND l.relpersistence = 'u') AS unlogged,
            (SELECT to_json(array_agg(a.attname ORDER BY array_position((i.indkey::int2[]), a.attnum)))
               FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1])
              WHERE i.indrelid = t.oid AND i.indisreplident)::text AS columns,
            (SELECT to_json(array_agg(a.attname)) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.oid AND NOT a.attisdropped AND a.attgenerated <> '' AND NOT (a.attgenerated = 's' AND $3::int >= ${PUBLISHES_GENERATED}))::text AS hidden
       FROM t`,
    [table.schema, table.name, version],
  );
  const found = must(rows[0], 'row');
  const list = (text: unknown): readonly string[] =>
    text === null ? [] : ((JSON.parse(String(text)) as string[] | null) ?? []);
  const hidden = list(found.hidden);
  const published: Published = found.identifies === 'true' ? 'rows' : 'inserts';
  const byIndex = found.identity === 'i' && published === 'rows' ? list(found.columns) : undefined;
  const primary = info.primaryKey.filter((c) => !hidden.includes(c));
  const holdsPrimary =
    primary.length === info.primaryKey.length && (byIndex === undefined || primary.every((c) => byIndex.includes(c)));
  const key = holdsPrimary ? primary : (byIndex ?? []);
  const name = fullName(table);
  const notes: string[] = [];
  if (published === 'inserts')
    notes.push(
      info.primaryKey.length > 0
        ? `Table ${name} has no replica identity: its new rows are seen, updates and deletes are not. ALTER TABLE ${name} REPLICA IDENTITY DEFAULT; adds them`
        : `Table ${name} has no primary key: its new rows are seen, updates and deletes are not. ALTER TABLE ${name} REPLICA IDENTITY FULL; adds updates, a primary key deletes too`,
    );
  else if (key.length === 0)
    notes.push(`Table ${name} has no primary key: what its rows become is seen, deletes are not`);
  if (!holdsPrimary && key.length > 0)
    notes.push(
      `The key of table ${name} here is ${key.join(', ')}, its replica identity: a deleted row is known by that alone`,
    );
  if (found.unlogged !== null)
    notes.push(
      `Table ${name} has partitions that are UNLOGGED: changes of their rows are not seen. ALTER TABLE ... SET LOGGED; for each of ${found.unlogged}`,
    );
  if (hidden.length > 0)
    notes.push(
      `Table ${name} has generated columns that the server does not publish: ${hidden.join(', ')} ${hidden.length === 1 ? 'is' : 'are'} left out` +
        (version >= PUBLISHES_GENERATED ? ' (STORED ones are)' : ' (Postgres 18 publishes STORED ones)'),
    );
  return {
    schema: table.schema,
    name: table.name,
    info: infoOf(
      table,
      (info.fields as readonly PostgresField[]).filter((f) => !hidden.includes(f.name)),
      key,
      info,
    ),
    published,
    key,
    hidden,
    notes,
  };
}

/**
 * A table whose columns are all nullable except those of the key: the stream also contains rows from before a column
 * became NOT NULL, and the catalog contains only the current state.
 */
export function infoOf(
  table: TableName,
  fields: readonly PostgresField[],
  key: readonly string[],
  like?: TableInfo,
): StreamInfo {
  return {
    schema: table.schema,
    name: table.name,
    fields,
    notNull: new Set(key),
    primaryKey: key,
    unique: like?.unique ?? new Set(),
    autoIncrement: like?.autoIncrement,
    kind: like?.kind ?? 'table',
    spread: like?.spread ?? false,
    inherited: like?.inherited ?? false,
  };
}

/** The columns of a Relation message with the types of a query result: domains are resolved to their base types. */
export async function fieldsOf(client: Client, relation: Relation): Promise<readonly PostgresField[]> {
  const asked = [...new Set(relation.columns.map((c) => c.oid))];
  const { rows } = await client.query<{
    id: string;
    oid: string;
    modifier: string;
    name: string;
    separator: string | null;
  }>(
    `WITH RECURSIVE t AS (
       SELECT oid AS id, oid, typtype, typbasetype, -1 AS modifier, typcategory, typdelim FROM pg_catalog.pg_type WHERE oid = ANY($1::oid[])
       UNION ALL
       SELECT t.id, b.oid, b.typtype, b.typbasetype, d.typtypmod, b.typcategory, b.typdelim
         FROM t JOIN pg_catalog.pg_type d ON d.oid = t.oid JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype WHERE t.typtype = 'd')
     SELECT id::text, oid::text, modifier::text, pg_catalog.format_type(oid, NULL) AS name, CASE WHEN oid >= ${FIRST_OID_OF_CATALOG} AND typcategory = 'A' THEN typdelim::text END AS separator FROM t WHERE typtype <> 'd'`,
    [asked],
  );
  const types = new Map(rows.map((r) => [Number(r.id), r]));
  return relation.columns.map((column) => {
    const type = types.get(column.oid);
    // The type has been dropped: its values are read as text.
    if (type === undefined) return fieldOf(column.name, column.oid, column.modifier);
    const oid = Number(type.oid);
    return fieldOf(column.name, oid, oid === column.oid ? column.modifier : Number(type.modifier), {
      name: type.name,
      separator: type.separator ?? undefined,
    });
  });
}
