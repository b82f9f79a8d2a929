import type { Zone } from '../../../types/zone.ts';
import { quoteIdentifier } from './connection.ts';
import type { PlannedColumn, SinkPlan, SinkSettings } from './sink-plan.ts';
import type { TargetTable } from './sink-table.ts';
import { toText, type ToText } from './sink-types.ts';

/**
 * Statements whose text does not depend on the number of rows: the rows come as one array of texts per column, which `unnest` sets side by
 * side, and each text is cast to the type of its column.
 */
export interface SinkStatements {
  readonly write: string;
  readonly delete: string | undefined;
  /** One per column of the plan. */
  readonly texts: readonly ToText[];
}

export function statementsFor(
  settings: Pick<SinkSettings, 'insertMode' | 'deletes'>,
  target: TargetTable,
  plan: SinkPlan,
  zone: Zone,
): SinkStatements {
  const { columns, key } = plan;
  const texts = columns.map((c) => toText(c.schema, target.columns.get(c.name)!.baseType, zone));
  return {
    write:
      settings.insertMode === 'update'
        ? updateSql(target, columns, key)
        : insertSql(target, columns, settings.insertMode === 'upsert' ? key : undefined),
    delete: settings.deletes && key.length > 0 ? deleteSql(target, key) : undefined,
    texts,
  };
}

const cast = (target: TargetTable, c: PlannedColumn, i: number): string =>
  `r.c${i}::${target.columns.get(c.name)!.type}`;
const rows = (columns: readonly PlannedColumn[]): string =>
  `unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')}) AS r(${columns.map((_, i) => `c${i}`).join(', ')})`;

function insertSql(
  target: TargetTable,
  columns: readonly PlannedColumn[],
  key: readonly PlannedColumn[] | undefined,
): string {
  const names = columns.map((c) => quoteIdentifier(c.name)).join(', ');
  const insert = `INSERT INTO ${target.sql} (${names}) SELECT ${columns.map((c, i) => cast(target, c, i)).join(', ')} FROM ${rows(columns)}`;
  if (key === undefined) return insert;
  const set = columns
    .filter((c) => !c.isKey)
    .map((c) => `${quoteIdentifier(c.name)} = EXCLUDED.${quoteIdentifier(c.name)}`);
  return `${insert} ON CONFLICT (${key.map((k) => quoteIdentifier(k.name)).join(', ')}) DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`}`;
}

function updateSql(target: TargetTable, columns: readonly PlannedColumn[], key: readonly PlannedColumn[]): string {
  const set = columns.map((c, i) => [c, i] as const).filter(([c]) => !c.isKey);
  const where = key.map((k) => `t.${quoteIdentifier(k.name)} = ${cast(target, k, columns.indexOf(k))}`);
  return `UPDATE ${target.sql} t SET ${set.map(([c, i]) => `${quoteIdentifier(c.name)} = ${cast(target, c, i)}`).join(', ')} FROM ${rows(columns)} WHERE ${where.join(' AND ')}`;
}

function deleteSql(target: TargetTable, key: readonly PlannedColumn[]): string {
  const where = key.map((k, i) => `t.${quoteIdentifier(k.name)} = ${cast(target, k, i)}`);
  return `DELETE FROM ${target.sql} t USING ${rows(key)} WHERE ${where.join(' AND ')}`;
}
