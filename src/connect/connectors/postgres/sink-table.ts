import type { Logger } from '../../../base/env.ts';
import { ConnectError } from '../../api/errors.ts';
import { codeOf, quoteIdentifier, type Client } from './connection.ts';
import type { PlannedColumn, SinkPlan } from './sink-plan.ts';
import { canHold, columnTypeFor } from './sink-types.ts';
import { splitName } from './table-names.ts';

/** A column of the target as its catalog has it. */
export interface TargetColumn {
  readonly name: string;
  /** Name in pg_type, of the base type of a domain; `_int4` is int4[]. */
  readonly baseType: string;
  /** As SQL writes it: `numeric(10,2)`. */
  readonly type: string;
  /**
   * The base type without length or precision, to read a text as: a cast to `type` would cut what does not fit, where an assignment refuses it.
   */
  readonly readAs: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
}

export interface TargetTable {
  readonly sql: string;
  readonly columns: ReadonlyMap<string, TargetColumn>;
  /** Column sets of the primary key and of unique constraints. */
  readonly uniques: readonly ReadonlySet<string>[];
}

export interface DdlSettings {
  readonly create: boolean;
  readonly evolve: boolean;
}

export function sqlName(text: string): string {
  const { schema, name } = splitName(text);
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export async function readTarget(client: Client, table: string): Promise<TargetTable | undefined> {
  const sql = sqlName(table);
  const columns = await client.query<{
    name: string;
    base: string;
    read_as: string;
    type: string;
    not_null: string;
    has_default: string;
  }>(
    `WITH RECURSIVE bases(column_type, type) AS (
       SELECT atttypid, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass($1)
       UNION SELECT bases.column_type, t.typbasetype FROM bases JOIN pg_catalog.pg_type t ON t.oid = bases.type WHERE t.typtype = 'd'
     )
     SELECT a.attname AS name, b.typname AS base, pg_catalog.format_type(b.oid, -1) AS read_as, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull::text AS not_null,
            (a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '')::text AS has_default
       FROM pg_catalog.pg_attribute a
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
      columns.rows.map((r) => [
        r.name,
        {
          name: r.name,
          baseType: r.base,
          type: r.type,
          readAs: r.read_as,
          notNull: r.not_null === 'true',
          hasDefault: r.has_default === 'true',
        },
      ]),
    ),
    uniques: uniques.rows.map((r) => new Set(JSON.parse(r.columns) as string[])),
  };
}

/**
 * The table, made fit for the plan: created, or given the columns that it lacks, where the settings allow it.
 * @throws ConnectError saying what is missing or does not fit
 */
export async function fitTarget(
  client: Client,
  table: string,
  plan: SinkPlan,
  ddl: DdlSettings,
  upsert: boolean,
  logger: Logger,
): Promise<TargetTable> {
  let target = await readTarget(client, table);
  if (!target) {
    if (!ddl.create)
      throw new ConnectError(
        `Table ${sqlName(table)} is missing and auto-creation is disabled: create it, or set auto.create=true`,
      );
    const sql = createSql(table, plan);
    logger.info(`Creating table: ${sql}`);
    await ignoringRaces(client, sql);
    target = await readTarget(client, table);
    if (!target) throw new ConnectError(`Table ${sqlName(table)} was created and cannot be found`);
  }
  const missing = plan.columns.filter((c) => !target!.columns.has(c.name));
  if (missing.length > 0) {
    const names = missing.map((c) => c.name).join(', ');
    if (!ddl.evolve) {
      throw new ConnectError(
        `Table ${target.sql} is missing fields ([${names}]) and auto-evolution is disabled: add the columns, or set auto.evolve=true. ` +
          `Its columns are ${[...target.columns.keys()].join(', ')}`,
      );
    }
    for (const column of missing) {
      if (!column.schema.optional && column.schema.default === undefined) {
        throw new ConnectError(
          `Cannot ALTER TABLE ${target.sql} to add missing field ${column.name}, as the field is not optional and does not have a default value`,
        );
      }
    }
    const sql = `ALTER TABLE ${target.sql} ${missing.map((c) => `ADD COLUMN IF NOT EXISTS ${quoteIdentifier(c.name)} ${columnTypeFor(c.schema)}`).join(', ')}`;
    logger.info(`Adding columns: ${sql}`);
    await ignoringRaces(client, sql);
    target = (await readTarget(client, table))!;
  }
  checkTypes(target, plan.columns);
  const unfilled = [...target.columns.values()].filter(
    (c) => c.notNull && !c.hasDefault && !plan.columns.some((p) => p.name === c.name),
  );
  if (unfilled.length > 0 && plan.columns.some((c) => !c.isKey)) {
    throw new ConnectError(
      `Table ${target.sql} has columns that must not be NULL and that the records do not have: ${unfilled.map((c) => c.name).join(', ')}`,
    );
  }
  if (upsert && !target.uniques.some((u) => u.size === plan.key.length && plan.key.every((k) => u.has(k.name)))) {
    const key = plan.key.map((k) => quoteIdentifier(k.name)).join(', ');
    throw new ConnectError(
      `Table ${target.sql} has no primary key or unique constraint on (${key}), which insert.mode=upsert needs: ALTER TABLE ${target.sql} ADD PRIMARY KEY (${key})`,
    );
  }
  return target;
}

function checkTypes(target: TargetTable, columns: readonly PlannedColumn[]): void {
  const wrong = columns.filter((c) => !canHold(target.columns.get(c.name)!.baseType, c.schema));
  if (wrong.length === 0) return;
  throw new ConnectError(
    wrong
      .map((c) => {
        const logical = c.schema.name?.startsWith('org.apache.kafka.connect.data.')
          ? ` (${c.schema.name.slice(30)})`
          : '';
        return (
          `Column "${c.name}" of table ${target.sql} has type ${target.columns.get(c.name)!.type}, which cannot hold the ${c.schema.type}${logical} values ` +
          `of field "${c.name}": a fit type is ${columnTypeFor(c.schema)}`
        );
      })
      .join('\n'),
  );
}

function createSql(table: string, plan: SinkPlan): string {
  const columns = plan.columns.map(
    (c) =>
      `${quoteIdentifier(c.name)} ${columnTypeFor(c.schema)}${c.isKey || !c.schema.optional ? ' NOT NULL' : ' NULL'}`,
  );
  if (plan.key.length > 0) columns.push(`PRIMARY KEY (${plan.key.map((k) => quoteIdentifier(k.name)).join(', ')})`);
  return `CREATE TABLE IF NOT EXISTS ${sqlName(table)} (${columns.join(', ')})`;
}

/** Two tasks may create the same table at once: the second's statement is undone, or its transaction would be lost with it. */
async function ignoringRaces(client: Client, sql: string): Promise<void> {
  await client.query('SAVEPOINT ddl');
  try {
    await client.query(sql);
  } catch (error) {
    if (!['42P07', '42701', '42710', '23505'].includes(codeOf(error) ?? '')) throw error;
    await client.query('ROLLBACK TO ddl');
  }
  await client.query('RELEASE ddl');
}
