import { must } from '../../../base/assert.ts';
import type { ListedTable, TableFilter, TableInfo, TableName } from '../database/dialect.ts';
import { fullName, quotedName } from '../database/table-names.ts';
import { quoteIdentifier, type Client, type PostgresConnection } from './connection.ts';
import { FIRST_OID_OF_CATALOG } from './type-oids.ts';
import { type CatalogType, fieldOf, isOfCatalog, type PostgresField } from './fields.ts';

/** The values that `table.types` may contain, with their `relkind`s. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  TABLE: ['r', 'p'],
  'PARTITIONED TABLE': ['p'],
  VIEW: ['v'],
  'MATERIALIZED VIEW': ['m'],
  'FOREIGN TABLE': ['f'],
};

/**
 * Tables of the database, except system tables and partitions that the filter does not name. Patterns are those of
 * LIKE.
 */
export async function listTables({ client }: PostgresConnection, filter: TableFilter): Promise<ListedTable[]> {
  const kinds = filter.types.flatMap((t) => KINDS[t] ?? []);
  const result = await client.query<{
    schema: string;
    name: string;
    /** As it must be written in a statement. */
    quoted: string;
    readable: string;
    row_security: string;
    unlogged: string;
    is_table: string;
    role: string;
  }>(
    `SELECT n.nspname AS schema, c.relname AS name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS quoted,
            row_security_active(c.oid)::text AS row_security, (c.relpersistence = 'u')::text AS unlogged, (c.relkind IN ('r', 'p'))::text AS is_table, quote_ident(current_user) AS role,
            (has_schema_privilege(n.oid, 'USAGE') AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')))::text AS readable
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind::text = ANY($1)
        AND (NOT c.relispartition OR $4::boolean OR lower(c.relname) = ANY($3) OR lower(n.nspname || '.' || c.relname) = ANY($3))
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp\\_%'
        AND ($2::text IS NULL OR n.nspname LIKE $2)
      ORDER BY n.nspname = 'public' DESC, n.nspname, c.relname`,
    [
      kinds,
      filter.schemaPattern ?? null,
      filter.partitions.map((name) => name.replaceAll('"', '').trim().toLowerCase()),
      filter.allPartitions === true,
    ],
  );
  return result.rows.map(({ schema, name, quoted, readable, row_security, unlogged, is_table, role }): ListedTable => {
    const table = fullName({ schema, name });
    return {
      schema,
      name,
      ...(readable !== 'true' && {
        unreadable: `the role may not select from it: GRANT SELECT ON ${quoted} TO ${role};`,
      }),
      ...(unlogged === 'true' && {
        uncaptured: `it is UNLOGGED, and Postgres tells no changes of such a table: ALTER TABLE ${quoted} SET LOGGED; there, or a connector of mode='bulk' for it`,
      }),
      ...(is_table !== 'true' && {
        uncaptured: `it is no plain table, and its rows have no changes: a connector of mode='bulk' reads them`,
      }),
      ...(row_security === 'true' && {
        remark: `Table ${table} has row security: rows that the role of this connector may not see are not read. ALTER ROLE ${role} BYPASSRLS; shows them all`,
      }),
    };
  });
}

/**
 * The columns in the order of a SELECT *, with what the catalog contains about them; undefined when the table does not
 * exist.
 */
export async function describeTable({ client }: PostgresConnection, table: TableName): Promise<TableInfo | undefined> {
  const catalog = await client.query<{
    kind: string;
    name: string;
    not_null: string;
    auto: string;
    is_unique: string;
    key: string | null;
    has_heirs: string;
  }>(
    `SELECT c.relkind::text AS kind, c.relhassubclass::text AS has_heirs, a.attname AS name, a.attnotnull::text AS not_null,
            (a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') LIKE 'nextval(%')::text AS auto,
            (a.attnotnull AND EXISTS (
               SELECT FROM pg_catalog.pg_index u
                WHERE u.indrelid = c.oid AND u.indisunique AND u.indpred IS NULL AND u.indnkeyatts = 1 AND u.indkey[0] = a.attnum))::text AS is_unique,
            -- INCLUDE columns stand behind those of the key.
            array_position((i.indkey::int2[])[0 : i.indnkeyatts - 1], a.attnum)::text AS key
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
      WHERE n.nspname = $1 AND c.relname = $2
      ORDER BY a.attnum`,
    [table.schema, table.name],
  );
  if (catalog.rows.length === 0) return undefined;
  const shape = await client.query(`SELECT * FROM ${quotedName({ quote: quoteIdentifier }, table)} LIMIT 0`);
  const types = await catalogTypes(
    client,
    shape.fields.map((f) => f.dataTypeID),
  );
  const kind = must(catalog.rows[0], 'row').kind;
  return {
    ...table,
    fields: shape.fields.map((f) => fieldOf(f.name, f.dataTypeID, f.dataTypeModifier, types.get(f.dataTypeID))),
    notNull: new Set(catalog.rows.filter((r) => r.not_null === 'true').map((r) => r.name)),
    primaryKey: catalog.rows
      .filter((r) => r.key !== null)
      .sort((a, b) => Number(a.key) - Number(b.key))
      .map((r) => r.name),
    unique: new Set(catalog.rows.filter((r) => r.is_unique === 'true').map((r) => r.name)),
    autoIncrement: catalog.rows.find((r) => r.auto === 'true')?.name,
    spread: kind === 'p' || must(catalog.rows[0], 'row').has_heirs === 'true',
    inherited: kind !== 'p' && must(catalog.rows[0], 'row').has_heirs === 'true',
    kind: kind === 'r' || kind === 'p' ? 'table' : kind === 'v' ? 'view' : 'other',
  };
}

/** The catalog's description of types that the connector does not know. */
async function catalogTypes(client: Client, oids: readonly number[]): Promise<ReadonlyMap<number, CatalogType>> {
  const asked = oids.filter(isOfCatalog);
  if (asked.length === 0) return new Map();
  const found = await client.query<{ oid: string; name: string; separator: string | null }>(
    `SELECT oid::text AS oid, pg_catalog.format_type(oid, NULL) AS name,
            CASE WHEN oid >= ${FIRST_OID_OF_CATALOG} AND typcategory = 'A' THEN typdelim::text END AS separator
       FROM pg_catalog.pg_type WHERE oid = ANY($1::oid[])`,
    [asked],
  );
  return new Map(found.rows.map((r) => [Number(r.oid), { name: r.name, separator: r.separator ?? undefined }]));
}

/** The columns of a query's result. */
export async function describeQuery(connection: PostgresConnection, query: string): Promise<PostgresField[]> {
  const { fields } = await connection.query(`SELECT * FROM (${query}) q LIMIT 0`);
  const types = await catalogTypes(
    connection.client,
    fields.map((f) => f.dataTypeID),
  );
  return fields.map((f) => fieldOf(f.name, f.dataTypeID, f.dataTypeModifier, types.get(f.dataTypeID)));
}

/**
 * Whether a row has a time in one of the columns that is finer than milliseconds; also true when the table is empty.
 */
export async function hasFinerTimes(
  { client }: PostgresConnection,
  table: TableName,
  columns: readonly string[],
): Promise<boolean> {
  const from = quotedName({ quote: quoteIdentifier }, table);
  // The result is NULL for an infinity.
  const finer = columns
    .map((c) => `extract(microseconds FROM t.${quoteIdentifier(c)})::bigint % 1000 <> 0`)
    .join(' OR ');
  const found = await client.query<{ finer: string }>(
    `SELECT (NOT EXISTS (SELECT FROM ${from}) OR EXISTS (SELECT FROM ${from} t WHERE ${finer}))::text AS finer`,
  );
  return must(found.rows[0], 'row').finer === 'true';
}
