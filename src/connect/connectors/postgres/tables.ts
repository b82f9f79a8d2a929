import type { Client } from './connection.ts';
import { quoteIdentifier } from './connection.ts';
import { mayBeArray } from './value-types.ts';

/** A table's place. `public.users` is its name everywhere: in offsets, in messages. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export const fullName = (t: TableName): string => `${t.schema}.${t.name}`;
export const quoted = (t: TableName): string => `${quoteIdentifier(t.schema)}.${quoteIdentifier(t.name)}`;

/** A table as the list of tables has it. */
export interface ListedTable extends TableName {
  /** Whether the role may select all of its columns. */
  readonly readable: boolean;
  /** Whether policies hide rows from the role. */
  readonly rowSecurity: boolean;
}

export interface FieldInfo {
  readonly name: string;
  readonly oid: number;
  readonly modifier: number;
  /** An array of a type that is not built in; of a query's columns it is not known. */
  readonly isArray?: boolean | undefined;
}

export interface TableInfo extends TableName {
  readonly fields: readonly FieldInfo[];
  readonly notNull: ReadonlySet<string>;
  /** In the order of the key; empty without one. */
  readonly primaryKey: readonly string[];
  /** Columns whose values are each of one row alone. */
  readonly unique: ReadonlySet<string>;
  /** The identity or serial column, where there is one. */
  readonly autoIncrement: string | undefined;
  readonly kind: 'table' | 'view' | 'other';
  /** Its rows may stand in several physical tables: partitions, or tables that inherit from it. */
  readonly spread: boolean;
  /** The key is that of its own rows only: tables that inherit from it have rows with the same. */
  readonly inherited: boolean;
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  TABLE: ['r', 'p'],
  'PARTITIONED TABLE': ['p'],
  VIEW: ['v'],
  'MATERIALIZED VIEW': ['m'],
  'FOREIGN TABLE': ['f'],
};

/** Tables of the database, system ones and partitions of others left out. Patterns are LIKE's. */
export async function listTables(
  client: Client,
  filter: { readonly schemaPattern?: string | undefined; readonly types: readonly string[] },
): Promise<ListedTable[]> {
  const kinds = filter.types.flatMap((t) => KINDS[t.trim().toUpperCase()] ?? []);
  const result = await client.query<{ schema: string; name: string; readable: string; row_security: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, row_security_active(c.oid)::text AS row_security,
            (has_schema_privilege(n.oid, 'USAGE') AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')))::text AS readable
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind::text = ANY($1) AND NOT c.relispartition
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp\\_%'
        AND ($2::text IS NULL OR n.nspname LIKE $2)
      ORDER BY n.nspname = 'public' DESC, n.nspname, c.relname`,
    [kinds, filter.schemaPattern ?? null],
  );
  return result.rows.map(({ schema, name, readable, row_security }) => ({
    schema,
    name,
    readable: readable === 'true',
    rowSecurity: row_security === 'true',
  }));
}

/** Columns as a SELECT * gives them, with what the catalog knows about them; undefined when there is no such table. */
export async function describeTable(client: Client, table: TableName): Promise<TableInfo | undefined> {
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
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
      WHERE n.nspname = $1 AND c.relname = $2
      ORDER BY a.attnum`,
    [table.schema, table.name],
  );
  if (catalog.rows.length === 0) return undefined;
  const shape = await client.query(`SELECT * FROM ${quoted(table)} LIMIT 0`);
  const arrays = await arraysAmong(
    client,
    shape.fields.map((f) => f.dataTypeID),
  );
  const kind = catalog.rows[0]!.kind;
  return {
    ...table,
    fields: shape.fields.map((f) => ({
      name: f.name,
      oid: f.dataTypeID,
      modifier: f.dataTypeModifier,
      isArray: arrays.has(f.dataTypeID),
    })),
    notNull: new Set(catalog.rows.filter((r) => r.not_null === 'true').map((r) => r.name)),
    primaryKey: catalog.rows
      .filter((r) => r.key !== null)
      .sort((a, b) => Number(a.key) - Number(b.key))
      .map((r) => r.name),
    unique: new Set(catalog.rows.filter((r) => r.is_unique === 'true').map((r) => r.name)),
    autoIncrement: catalog.rows.find((r) => r.auto === 'true')?.name,
    spread: kind === 'p' || catalog.rows[0]!.has_heirs === 'true',
    inherited: kind !== 'p' && catalog.rows[0]!.has_heirs === 'true',
    kind: kind === 'r' || kind === 'p' ? 'table' : kind === 'v' ? 'view' : 'other',
  };
}

/** Which of the types are arrays, as far as only the catalog knows. Those of `box` have another separator: none of users' types has. */
async function arraysAmong(client: Client, oids: readonly number[]): Promise<ReadonlySet<number>> {
  const asked = oids.filter(mayBeArray);
  if (asked.length === 0) return new Set();
  const found = await client.query<{ oid: string }>(
    `SELECT oid::text AS oid FROM pg_catalog.pg_type WHERE oid = ANY($1::oid[]) AND typcategory = 'A' AND typdelim = ','`,
    [asked],
  );
  return new Set(found.rows.map((r) => Number(r.oid)));
}

export interface TableFilter {
  readonly whitelist: readonly string[];
  readonly blacklist: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * The tables that the lists choose. `whitelist` and `blacklist` hold names, plain, with their schema, or with database and schema;
 * `include` and `exclude` hold expressions for `schema.table` (or `database.schema.table`).
 */
export function selectTables<T extends TableName>(all: readonly T[], filter: TableFilter, database: string): T[] {
  const named = (list: readonly string[], t: TableName): boolean =>
    list.some((entry) => nameMatches(entry, t, database));
  const matches = (list: readonly string[], t: TableName): boolean =>
    list.some(
      (p) => new RegExp(`^(?:${p})$`).test(fullName(t)) || new RegExp(`^(?:${p})$`).test(`${database}.${fullName(t)}`),
    );
  if (filter.whitelist.length > 0) return all.filter((t) => named(filter.whitelist, t));
  if (filter.blacklist.length > 0) return all.filter((t) => !named(filter.blacklist, t));
  return all.filter((t) => (filter.include.length === 0 || matches(filter.include, t)) && !matches(filter.exclude, t));
}

/** Entries of a whitelist that name no table. */
export function unknownTables(whitelist: readonly string[], all: readonly TableName[], database: string): string[] {
  return whitelist.filter((entry) => !all.some((t) => nameMatches(entry, t, database)));
}

function nameMatches(entry: string, t: TableName, database: string): boolean {
  const plain = entry.replaceAll('"', '').trim();
  return plain === t.name || plain === fullName(t) || plain === `${database}.${fullName(t)}`;
}
