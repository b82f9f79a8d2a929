import type { Logger } from '../../../base/env.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Connection, Dialect, TableName, TargetTable } from './dialect.ts';
import { KAFKA_FIELDS, type PlannedColumn, type SinkPlan } from './sink-plan.ts';
import { quotedName } from './table-names.ts';

export interface DdlSettings {
  readonly create: boolean;
  readonly evolve: boolean;
}

/** Where tables are created. */
interface Workshop {
  readonly dialect: Dialect;
  readonly connection: Connection;
  readonly logger: Logger;
  /** Called before a missing table is created. May throw. */
  readonly onMissing: (sqlName: string) => void;
  /** Called when a table that was there has got columns. */
  readonly onAdded: (sqlName: string, columns: readonly string[]) => void;
}

/**
 * The table, adapted to the plan: created, or given missing columns, where the settings allow it; and the plan with the
 * table's own names.
 * @throws ConnectError naming what is missing or does not fit
 */
export async function fitTarget(
  workshop: Workshop,
  table: TableName,
  given: SinkPlan,
  ddl: DdlSettings,
  upsert: boolean,
): Promise<{ readonly target: TargetTable; readonly plan: SinkPlan }> {
  const { dialect, connection, logger } = workshop;
  const { writing } = dialect;
  const quote = (name: string): string => dialect.quote(name);
  const sqlName = quotedName(dialect, table);
  let target = await writing.readTarget(connection, table);
  const wasThere = target !== undefined;
  if (!target) {
    workshop.onMissing(sqlName);
    if (!ddl.create)
      throw new ConnectError(
        `Table ${sqlName} is missing and auto-creation is disabled: create it, or set auto.create=true`,
      );
    const sql = createSql(dialect, sqlName, given);
    logger.info(`Creating table: ${sql}`);
    await ignoringRaces(workshop, sql);
    target = await writing.readTarget(connection, table);
    if (!target) throw new ConnectError(`Table ${sqlName} was created and cannot be found`);
  }
  const plan = inNamesOf(target, given);
  const missing = missingIn(target, plan, ddl);
  if (missing.length > 0) {
    const added = missing.map((c) => `${quote(c.name)} ${writing.columnType(c.schema, c.isKey)}`);
    for (const sql of writing.addColumns(target.sql, added)) {
      logger.info(`Adding columns: ${sql}`);
      await ignoringRaces(workshop, sql);
    }
    target = (await writing.readTarget(connection, table))!;
    if (wasThere)
      workshop.onAdded(
        sqlName,
        missing.map((c) => c.name),
      );
  }
  checkFit(dialect, target, plan, upsert);
  return { target, plan };
}

/**
 * Checks an existing table without changing it.
 * @throws ConnectError naming what is missing or does not fit
 */
export function checkTarget(
  dialect: Dialect,
  target: TargetTable,
  given: SinkPlan,
  ddl: DdlSettings,
  upsert: boolean,
): void {
  const plan = inNamesOf(target, given);
  const missing = missingIn(target, plan, ddl);
  checkFit(dialect, target, { ...plan, columns: plan.columns.filter((c) => !missing.includes(c)) }, upsert);
}

/**
 * A column that differs only in case from one of the table is that column: SQL knows a table's `createdAt` as
 * CREATEDAT.
 * @throws ConnectError when there are several such columns
 */
function inNamesOf(target: TargetTable, plan: SinkPlan): SinkPlan {
  const taken = new Set(plan.columns.map((c) => c.name).filter((name) => target.columns.has(name)));
  if (taken.size === plan.columns.length) return plan;
  const named = new Map<PlannedColumn, PlannedColumn>();
  for (const column of plan.columns) {
    if (target.columns.has(column.name)) continue;
    const folded = column.name.toLowerCase();
    const alike = [...target.columns.keys()].filter((name) => !taken.has(name) && name.toLowerCase() === folded);
    if (alike.length > 1)
      throw new ConnectError(
        `Field ${column.name} may be any of the columns ${alike.join(', ')} of ${target.sql}, which differ in case alone: name one in the case that it has`,
      );
    const [name] = alike;
    if (name === undefined) continue;
    taken.add(name);
    named.set(column, { ...column, name });
  }
  const of = (column: PlannedColumn): PlannedColumn => named.get(column) ?? column;
  return { columns: plan.columns.map(of), key: plan.key.map(of) };
}

/** Why a key column is written that the table lacks, and what selects another. */
function withoutKey({ name, isKey }: PlannedColumn): string {
  if (KAFKA_FIELDS.includes(name))
    return (
      '. The records have no key of their own, so topic, partition and offset would be the one of the table (pk.mode=kafka): ' +
      "pk.mode='record_value' with pk.fields='a,b' takes columns of their values, pk.mode='none' writes rows without a key"
    );
  return isKey
    ? ". It is the key of the records: add the column to the table, or choose others by pk.mode='record_value' and pk.fields='a,b'"
    : '. Add the column to the table, or choose those that are written by fields.whitelist';
}

/** The columns that the table lacks and may get. @throws ConnectError when it may not */
function missingIn(target: TargetTable, plan: SinkPlan, ddl: DdlSettings): PlannedColumn[] {
  const missing = plan.columns.filter((c) => !target.columns.has(c.name));
  if (missing.length === 0) return missing;
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
        `Cannot ALTER TABLE ${target.sql} to add missing field ${column.name}, as the field is not optional and does not have a default value${withoutKey(column)}`,
      );
    }
  }
  return missing;
}

function checkFit(dialect: Dialect, target: TargetTable, plan: SinkPlan, upsert: boolean): void {
  checkTypes(dialect, target, plan.columns);
  const unfilled = [...target.columns.values()].filter(
    (c) => c.notNull && !c.hasDefault && !plan.columns.some((p) => p.name === c.name),
  );
  if (unfilled.length > 0 && plan.columns.some((c) => !c.isKey)) {
    throw new ConnectError(
      `Table ${target.sql} has columns that must not be NULL and that the records do not have: ${unfilled.map((c) => c.name).join(', ')}`,
    );
  }
  if (upsert && !target.uniques.some((u) => u.size === plan.key.length && plan.key.every((k) => u.has(k.name)))) {
    const key = plan.key.map((k) => dialect.quote(k.name)).join(', ');
    throw new ConnectError(
      `Table ${target.sql} has no primary key or unique constraint on (${key}), which insert.mode=upsert needs: ALTER TABLE ${target.sql} ADD PRIMARY KEY (${key})`,
    );
  }
}

function checkTypes({ writing }: Dialect, target: TargetTable, columns: readonly PlannedColumn[]): void {
  const wrong = columns.filter((c) => !writing.canHold(target.columns.get(c.name)!, c.schema));
  if (wrong.length === 0) return;
  throw new ConnectError(
    wrong
      .map((column) => {
        const logical = column.schema.name?.startsWith('org.apache.kafka.connect.data.')
          ? ` (${column.schema.name.slice(30)})`
          : '';
        return (
          `Column "${column.name}" of table ${target.sql} has type ${target.columns.get(column.name)!.type}, which cannot hold the ${column.schema.type}${logical} values ` +
          `of field "${column.name}": a fit type is ${writing.columnType(column.schema, column.isKey)}`
        );
      })
      .join('\n'),
  );
}

function createSql(dialect: Dialect, sqlName: string, plan: SinkPlan): string {
  const columns = plan.columns.map((c) => {
    const type = dialect.writing.columnType(c.schema, c.isKey);
    return `${dialect.quote(c.name)} ${type}${c.isKey || !c.schema.optional ? ' NOT NULL' : ' NULL'}`;
  });
  if (plan.key.length > 0) columns.push(`PRIMARY KEY (${plan.key.map((k) => dialect.quote(k.name)).join(', ')})`);
  return `CREATE TABLE IF NOT EXISTS ${sqlName} (${columns.join(', ')})`;
}

/**
 * Two tasks may create the same table at once: the second statement is undone, since otherwise its whole transaction
 * would fail.
 */
async function ignoringRaces({ dialect, connection }: Workshop, sql: string): Promise<void> {
  await connection.query('SAVEPOINT ddl');
  try {
    await connection.query(sql);
  } catch (error) {
    if (!dialect.errors.isDuplicate(error)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT ddl');
  }
  await connection.query('RELEASE SAVEPOINT ddl');
}
