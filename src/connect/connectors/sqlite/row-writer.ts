import { must } from '../../../base/assert.ts';
import type { Zone } from '../../../types/zone.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { TableWriter, TargetTable, WriteSettings } from '../database/dialect.ts';
import type { PlannedColumn, SinkPlan } from '../database/sink-plan.ts';
import { quoteIdentifier } from './catalog.ts';
import { textOf, type SqliteConnection } from './connection.ts';
import type { SqliteValue } from './driver.ts';
import { toValue, type ToValue } from './sink-types.ts';

/** Executes a prepared statement per record: without a network, more rows per statement have no benefit. */
export class RowWriter implements TableWriter {
  /** Collations and affinities determine which keys are equal, so deletes and writes are executed in order. */
  readonly keyedByText = false;
  readonly #plan: SinkPlan;
  readonly #values: readonly ToValue[];
  readonly #writeSql: string;
  readonly #written: readonly number[];
  readonly #deleteSql: string;

  constructor({ insertMode }: WriteSettings, target: TargetTable, plan: SinkPlan, zone: Zone) {
    const { columns, key } = plan;
    this.#plan = plan;
    this.#values = columns.map((c) => toValue(c.schema, target.columns.get(c.name)!.type, zone));
    const rest = columns.filter((c) => !c.isKey);
    // In an UPDATE, the columns that are set precede those that identify the row.
    const ordered = insertMode === 'update' ? [...rest, ...key] : columns;
    this.#written = ordered.map((c) => columns.indexOf(c));
    this.#writeSql =
      insertMode === 'update'
        ? updateSql(target, rest, key)
        : insertSql(target, columns, insertMode === 'upsert' ? key : []);
    this.#deleteSql = `DELETE FROM ${target.sql} WHERE ${matches(key)}`;
  }

  keyText(column: number, value: unknown): string {
    return textOf(must(this.#values[column], 'value')(value))!;
  }

  async write(connection: SqliteConnection, records: readonly SinkRecord[]): Promise<void> {
    const statement = connection.prepared(this.#writeSql);
    for (const record of records) statement.run(this.#written.map((i) => this.#value(i, record)));
  }

  async delete(connection: SqliteConnection, records: readonly SinkRecord[]): Promise<void> {
    const statement = connection.prepared(this.#deleteSql);
    // The columns of the key come first in the plan.
    for (const record of records) statement.run(this.#plan.key.map((_, i) => this.#value(i, record)));
  }

  #value(column: number, record: SinkRecord): SqliteValue {
    const value = must(this.#plan.columns[column], 'column').read(record);
    return value === null || value === undefined ? null : must(this.#values[column], 'value')(value);
  }
}

const names = (columns: readonly PlannedColumn[]): string => columns.map((c) => quoteIdentifier(c.name)).join(', ');
const matches = (key: readonly PlannedColumn[]): string =>
  key.map((k) => `${quoteIdentifier(k.name)} = ?`).join(' AND ');

function insertSql(target: TargetTable, columns: readonly PlannedColumn[], key: readonly PlannedColumn[]): string {
  const insert = `INSERT INTO ${target.sql} (${names(columns)}) VALUES (${columns.map(() => '?').join(', ')})`;
  if (key.length === 0) return insert;
  const set = columns
    .filter((c) => !c.isKey)
    .map((c) => `${quoteIdentifier(c.name)} = excluded.${quoteIdentifier(c.name)}`);
  return `${insert} ON CONFLICT (${names(key)}) DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`}`;
}

function updateSql(target: TargetTable, rest: readonly PlannedColumn[], key: readonly PlannedColumn[]): string {
  return `UPDATE ${target.sql} SET ${rest.map((c) => `${quoteIdentifier(c.name)} = ?`).join(', ')} WHERE ${matches(key)}`;
}
