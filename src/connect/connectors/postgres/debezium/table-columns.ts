import type { TableName } from '../../database/dialect.ts';
import type { Client } from '../connection.ts';
import type { PostgresField } from '../fields.ts';
import type { PostgresType } from './column-types.ts';

/** A column with everything that its schema contains. */
export interface TableColumn {
  readonly name: string;
  readonly type: PostgresType;
  readonly notNull: boolean;
  /** In the format of pg_get_expr. */
  readonly default: string | undefined;
  /** Name, length and scale of the type as declared in the database, for `*.propagate.source.type`. */
  readonly source: { readonly type: string; readonly length: number | undefined; readonly scale: number | undefined };
}

/** The catalog's information about a table's columns; dropped columns are absent. */
export interface TableColumns {
  readonly byName: ReadonlyMap<string, Pick<TableColumn, 'notNull' | 'default'> & { readonly typeName: string }>;
  readonly types: ReadonlyMap<number, Omit<PostgresType, 'modifier'>>;
  /** The key: the columns of the primary key, otherwise those of the first unique index without NULLs. */
  readonly key: readonly string[];
}

interface TypeRow {
  readonly oid: string;
  readonly name: string;
  readonly labels: string | null;
  readonly element: string | null;
  readonly element_kind: string | null;
  readonly element_labels: string | null;
}

/** Reads the columns of a table from the catalog, in the order of their numbers. */
export async function tableColumns(
  client: Client,
  table: TableName,
  fields: readonly PostgresField[],
): Promise<TableColumns> {
  const columns = await client.query<{ name: string; not_null: string; default: string | null; type: string }>(
    `SELECT a.attname AS name, a.attnotnull::text AS not_null, t.typname AS type,
            CASE WHEN a.attgenerated = '' AND a.attidentity = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS default
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE n.nspname = $1 AND c.relname = $2`,
    [table.schema, table.name],
  );
  const labels = (of: string): string =>
    `(SELECT to_json(array_agg(l.enumlabel ORDER BY l.enumsortorder)) FROM pg_catalog.pg_enum l WHERE l.enumtypid = ${of})::text`;
  const types = await client.query<TypeRow & Record<string, string | null>>(
    `SELECT t.oid::text AS oid, t.typname AS name, ${labels('t.oid')} AS labels,
            e.typname AS element, e.typtype::text AS element_kind, ${labels('e.oid')} AS element_labels
       FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
      WHERE t.oid = ANY($1::oid[])`,
    [[...new Set(fields.map((f) => f.oid))]],
  );
  const key = await client.query<{ columns: string }>(
    `SELECT (SELECT to_json(array_agg(a.attname ORDER BY array_position((i.indkey::int2[]), a.attnum))) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1]))::text AS columns
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
       JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (i.indisprimary OR NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull))
      ORDER BY i.indisprimary DESC, x.relname LIMIT 1`,
    [table.schema, table.name],
  );
  return {
    byName: new Map(
      columns.rows.map((r) => [
        r.name,
        { notNull: r.not_null === 'true', default: r.default ?? undefined, typeName: r.type },
      ]),
    ),
    types: new Map(types.rows.map((r) => [Number(r.oid), typeOf(r)])),
    key: key.rows[0] === undefined ? [] : (JSON.parse(key.rows[0].columns) as string[]),
  };
}

const listOf = (text: string | null): readonly string[] | undefined =>
  text === null ? undefined : (JSON.parse(text) as string[]);

function typeOf({ name, labels, element, element_kind, element_labels }: TypeRow): Omit<PostgresType, 'modifier'> {
  return {
    name,
    labels: listOf(labels),
    ...(element !== null && {
      element: { name: element, labels: listOf(element_labels), isDomain: element_kind === 'd' },
    }),
  };
}
