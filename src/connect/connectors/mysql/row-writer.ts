import { must, elementAt } from '../../../base/assert.ts';
import type { Zone } from '../../../types/zone.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { TableWriter, TargetTable, WriteSettings } from '../database/dialect.ts';
import type { PlannedColumn, SinkPlan } from '../database/sink-plan.ts';
import { quoteIdentifier, type MysqlTargetColumn } from './catalog.ts';
import type { MysqlConnection } from './connection.ts';
import { toValue, type ToValue } from './sink-types.ts';

type Value = string | number | Buffer | null;

/** Writes many rows per statement: `INSERT ... VALUES (...), (...) ON DUPLICATE KEY UPDATE`. */
export class RowWriter implements TableWriter {
  /** Collations determine which keys are equal, so deletes and writes are executed in order. */
  readonly keyedByText = false;
  readonly #plan: SinkPlan;
  readonly #values: readonly ToValue[];
  readonly #insertSql: string;
  readonly #suffix: string;
  readonly #updateSql: string | undefined;
  readonly #deleteSql: string;

  constructor({ insertMode }: WriteSettings, target: TargetTable, plan: SinkPlan, zone: Zone) {
    const { columns, key } = plan;
    this.#plan = plan;
    this.#values = columns.map((c) => toValue(c.schema, target.columns.get(c.name)! as MysqlTargetColumn, zone));
    const rest = columns.filter((c) => !c.isKey);
    this.#insertSql = `INSERT INTO ${target.sql} (${names(columns)}) VALUES `;
    this.#suffix = insertMode === 'upsert' ? onDuplicate(rest, key) : '';
    this.#updateSql =
      insertMode === 'update'
        ? `UPDATE ${target.sql} SET ${rest.map((c) => `${quoteIdentifier(c.name)} = ?`).join(', ')} WHERE ${key.map((k) => `${quoteIdentifier(k.name)} = ?`).join(' AND ')}`
        : undefined;
    this.#deleteSql = `DELETE FROM ${target.sql} WHERE (${names(key)}) IN `;
  }

  keyText(column: number, value: unknown): string {
    return String(must(this.#values[column], 'column')(value));
  }

  async write(connection: MysqlConnection, records: readonly SinkRecord[]): Promise<void> {
    const { columns } = this.#plan;
    const rows = records.map((record) => columns.map((_, i) => this.#value(i, record)));
    if (this.#updateSql === undefined) return this.#inPieces(connection, rows, this.#insertSql, this.#suffix);
    const rest = columns.flatMap((c, i) => (c.isKey ? [] : [i]));
    for (const row of rows)
      await connection.query(
        this.#updateSql,
        [...rest, ...this.#plan.key.keys()].map((i) => elementAt(row, i)),
      );
  }

  async delete(connection: MysqlConnection, records: readonly SinkRecord[]): Promise<void> {
    const rows = records.map((record) => this.#plan.key.map((_, i) => this.#value(i, record)));
    await this.#inPieces(connection, rows, `${this.#deleteSql}(`, ')');
  }

  /** Executes statements with as many rows as the server accepts at once. */
  async #inPieces(
    connection: MysqlConnection,
    rows: readonly (readonly Value[])[],
    head: string,
    tail: string,
  ): Promise<void> {
    for (let from = 0; from < rows.length;) {
      let to = from;
      let bytes = 0;
      // When escaped, a byte has at most two characters.
      for (; to < rows.length && (to === from || bytes < connection.statementBytes); to++)
        for (const value of rows[to]!) bytes += typeof value === 'number' || value === null ? 8 : value.length * 2 + 8;
      const piece = rows.slice(from, to);
      const marks = `(${must(piece[0], 'row')
        .map(() => '?')
        .join(', ')})`;
      await connection.query(`${head}${piece.map(() => marks).join(', ')}${tail}`, piece.flat());
      from = to;
    }
  }

  #value(column: number, record: SinkRecord): Value {
    const value = must(this.#plan.columns[column], 'column').read(record);
    return value === null || value === undefined ? null : must(this.#values[column], 'column')(value);
  }
}

const names = (columns: readonly PlannedColumn[]): string => columns.map((c) => quoteIdentifier(c.name)).join(', ');

/** VALUES() refers to the row that could not be inserted, in both MySQL and MariaDB. */
function onDuplicate(rest: readonly PlannedColumn[], key: readonly PlannedColumn[]): string {
  const set = (rest.length > 0 ? rest : key.slice(0, 1)).map((c) => {
    const name = quoteIdentifier(c.name);
    return rest.length > 0 ? `${name} = VALUES(${name})` : `${name} = ${name}`;
  });
  return ` ON DUPLICATE KEY UPDATE ${set.join(', ')}`;
}
