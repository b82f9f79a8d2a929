import type { TableName, TargetColumn, TargetTable } from '../database/dialect.ts';
import { quotedName } from '../database/table-names.ts';
import { quoteIdentifier, type PostgresConnection } from './connection.ts';
import { isCopiedAlike } from './sink-types.ts';

/** A column of the target, from Postgres' catalog. */
export interface PostgresColumn extends TargetColumn {
  /** Name in pg_type, for a domain that of its base type; `_int4` is int4[]. */
  readonly baseType: string;
  /** The separator of the elements if the type is an array. */
  readonly separator: string;
  /**
   * The base type without length or precision, to which texts are cast: a cast to `type` would truncate values that are
   * too long, whereas an assignment refuses them.
   */
  readonly readAs: string;
  /** COPY and INSERT convert a text to the same value. */
  readonly isCopiedAlike: boolean;
}

export interface PostgresTarget extends TargetTable {
  readonly columns: ReadonlyMap<string, PostgresColumn>;
  /**
   * COPY has the same effect on the table as INSERT: it is not a view, and has neither rules nor row security policies.
   */
  readonly isCopiedAlike: boolean;
}

/** Reads a target table from the catalog; undefined when it does not exist. */
export async function readTarget(
  { client }: PostgresConnection,
  table: TableName,
): Promise<PostgresTarget | undefined> {
  const sql = quotedName({ quote: quoteIdentifier }, table);
  const columns = await client.query<{
    name: string;
    base: string;
    separator: string;
    read_as: string;
    type: string;
    not_null: string;
    has_default: string;
    always: string;
    is_enum: string;
    is_plain: string;
  }>(
    `WITH RECURSIVE bases(column_type, type) AS (
       SELECT atttypid, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1)
       UNION SELECT bases.column_type, t.typbasetype FROM bases JOIN pg_catalog.pg_type t ON t.oid = bases.type WHERE t.typtype = 'd'
     )
     SELECT a.attname AS name, b.typname AS base, b.typdelim::text AS separator, pg_catalog.format_type(b.oid, -1) AS read_as, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull::text AS not_null,
            (a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '')::text AS has_default,
            (a.attidentity = 'a')::text AS always, (b.typtype = 'e')::text AS is_enum,
            (t.relkind IN ('r', 'p') AND NOT t.relhasrules AND NOT row_security_active(t.oid))::text AS is_plain
       FROM pg_catalog.pg_attribute a
       JOIN pg_catalog.pg_class t ON t.oid = a.attrelid
       JOIN bases ON bases.column_type = a.atttypid
       JOIN pg_catalog.pg_type b ON b.oid = bases.type AND b.typtype <> 'd'
      WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [sql],
  );
  if (columns.rows.length === 0) return undefined;
  const uniques = await client.query<{ columns: string }>(
    `SELECT (SELECT json_agg(a.attname) FROM unnest((i.indkey::int2[])[0 : i.indnkeyatts - 1]) k JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k)::text AS columns
       FROM pg_catalog.pg_index i WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indpred IS NULL AND NOT 0 = ANY((i.indkey::int2[])[0 : i.indnkeyatts - 1])`,
    [sql],
  );
  return {
    sql,
    columns: new Map(
      columns.rows.map((row) => [
        row.name,
        {
          name: row.name,
          baseType: row.base,
          separator: row.separator,
          type: row.type,
          readAs: row.read_as,
          notNull: row.not_null === 'true',
          hasDefault: row.has_default === 'true',
          // GENERATED ALWAYS AS IDENTITY: INSERT refuses a value, COPY accepts it.
          isCopiedAlike: row.always === 'false' && (row.is_enum === 'true' || isCopiedAlike(row.base)),
        },
      ]),
    ),
    isCopiedAlike: columns.rows.every((r) => r.is_plain === 'true'),
    uniques: uniques.rows.map((r) => new Set(JSON.parse(r.columns) as string[])),
  };
}
