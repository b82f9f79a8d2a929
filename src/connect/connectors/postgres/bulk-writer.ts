import { must } from '../../../base/assert.ts';
import type { Zone } from '../../../types/zone.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { TableWriter, WriteSettings } from '../database/dialect.ts';
import type { PlannedColumn, SinkPlan } from '../database/sink-plan.ts';
import { quoteIdentifier, type PostgresConnection } from './connection.ts';
import { copyCell, copyChunks, copyIn } from './copy-in.ts';
import { isEqualByText, isPlainText, quoted, toText, type NulMapping, type ToText } from './sink-types.ts';
import type { PostgresTarget } from './target-table.ts';

/** The fewest rows for which a COPY pays. */
const COPY_ROWS_MIN = 50;

/**
 * Writes with statements whose text does not depend on the number of rows: the rows are passed as one text array per
 * column, `unnest` combines the arrays into rows, and each text is cast to the type of its column. Plain inserts of
 * many rows use COPY if it has the same effect: it takes Postgres two thirds of the time.
 */
export class BulkWriter implements TableWriter {
  readonly target: PostgresTarget;
  readonly plan: SinkPlan;
  readonly keyedByText: boolean;
  /** One per column of the plan. */
  readonly texts: readonly ToText[];
  readonly #writeSql: string;
  /** undefined if COPY would not have the same effect. */
  readonly #copySql: string | undefined;
  /** For each column, whether its texts need neither quotes nor escapes. */
  readonly #plain: readonly boolean[];
  readonly #deleteSql: string | undefined;

  constructor(settings: WriteSettings, target: PostgresTarget, plan: SinkPlan, zone: Zone, nul: NulMapping) {
    const { columns, key } = plan;
    this.target = target;
    this.plan = plan;
    this.texts = columns.map((c) => {
      const { baseType, separator } = target.columns.get(c.name)!;
      return toText(c.schema, baseType, zone, nul, separator);
    });
    this.keyedByText = isKeyedByText(target, key);
    this.#writeSql =
      settings.insertMode === 'update'
        ? updateSql(target, columns, key)
        : insertSql(target, columns, settings.insertMode === 'upsert' ? key : undefined);
    this.#plain = columns.map((c) => isPlainText(c.schema));
    const isCopied =
      settings.insertMode === 'insert' &&
      target.isCopiedAlike &&
      columns.every((c) => target.columns.get(c.name)!.isCopiedAlike);
    this.#copySql = isCopied ? `COPY ${target.sql} (${intoColumns(columns)}) FROM STDIN` : undefined;
    this.#deleteSql = settings.deletes && key.length > 0 ? deleteSql(target, key) : undefined;
  }

  keyText(column: number, value: unknown): string {
    return must(this.texts[column], 'column')(value);
  }

  async write({ client }: PostgresConnection, records: readonly SinkRecord[]): Promise<void> {
    if (this.#copySql !== undefined && records.length >= COPY_ROWS_MIN)
      return await copyIn(client, this.#copySql, copyChunks(this.#copyRows(records)));
    await client.query({ name: '', text: this.#writeSql, values: this.#arrays(this.plan.columns, records) });
  }

  async delete({ client }: PostgresConnection, records: readonly SinkRecord[]): Promise<void> {
    // The columns of the key come first in the plan.
    await client.query({ text: this.#deleteSql!, values: this.#arrays(this.plan.key, records) });
  }

  /** Returns one array literal per column. */
  #arrays(columns: readonly PlannedColumn[], records: readonly SinkRecord[]): string[] {
    return columns.map(({ read }, i) => {
      const text = must(this.texts[i], 'column');
      const plain = must(this.#plain[i], 'column');
      let literal = '{';
      for (let r = 0; r < records.length; r++) {
        if (r > 0) literal += ',';
        const value = read(records[r]!);
        literal += value === null || value === undefined ? 'NULL' : plain ? text(value) : quoted(text(value));
      }
      return `${literal}}`;
    });
  }

  /** Yields one line per record. */
  *#copyRows(records: readonly SinkRecord[]): Generator<string> {
    const { columns } = this.plan;
    const texts = this.texts;
    const plain = this.#plain;
    for (const record of records) {
      let row = '';
      for (let i = 0; i < columns.length; i++) {
        const value = columns[i]!.read(record);
        if (i > 0) row += '\t';
        row += value === null || value === undefined ? '\\N' : plain[i] ? texts[i]!(value) : copyCell(texts[i]!(value));
      }
      yield `${row}\n`;
    }
  }
}

const cast = (target: PostgresTarget, c: PlannedColumn, i: number): string =>
  `r.c${i}::${target.columns.get(c.name)!.readAs}`;
const unnest = (columns: readonly PlannedColumn[]): string =>
  `unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')})`;
const intoColumns = (columns: readonly PlannedColumn[]): string =>
  columns.map((c) => quoteIdentifier(c.name)).join(', ');
const names = (columns: readonly PlannedColumn[]): string => columns.map((_, i) => `c${i}`).join(', ');

/**
 * The rows as relation `r`. Keys that the database may consider equal although their texts differ (citext, uuid,
 * char(n), a time read as a date) would occur twice in one statement; only the last row of such a key is kept.
 */
function rows(
  target: PostgresTarget,
  columns: readonly PlannedColumn[],
  key: readonly PlannedColumn[] | undefined,
): string {
  if (key === undefined || key.length === 0 || isKeyedByText(target, key))
    return `${unnest(columns)} AS r(${names(columns)})`;
  const keys = key.map((k) => cast(target, k, columns.indexOf(k))).join(', ');
  return `(SELECT DISTINCT ON (${keys}) ${names(columns)} FROM ${unnest(columns)} WITH ORDINALITY AS r(${names(columns)}, n) ORDER BY ${keys}, n DESC) AS r`;
}

/** Whether two keys are equal if and only if their texts are. */
export function isKeyedByText(target: PostgresTarget, key: readonly PlannedColumn[]): boolean {
  return key.every((k) => {
    const column = target.columns.get(k.name)!;
    // A type with a precision rounds, and a domain may have a precision.
    return column.type === column.readAs && isEqualByText(column.baseType, k.schema);
  });
}

function insertSql(
  target: PostgresTarget,
  columns: readonly PlannedColumn[],
  key: readonly PlannedColumn[] | undefined,
): string {
  const insert = `INSERT INTO ${target.sql} (${intoColumns(columns)}) SELECT ${columns.map((c, i) => cast(target, c, i)).join(', ')} FROM ${rows(target, columns, key)}`;
  if (key === undefined) return insert;
  const set = columns
    .filter((c) => !c.isKey)
    .map((c) => `${quoteIdentifier(c.name)} = EXCLUDED.${quoteIdentifier(c.name)}`);
  return `${insert} ON CONFLICT (${key.map((k) => quoteIdentifier(k.name)).join(', ')}) DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`}`;
}

function updateSql(target: PostgresTarget, columns: readonly PlannedColumn[], key: readonly PlannedColumn[]): string {
  const set = columns.map((c, i) => [c, i] as const).filter(([c]) => !c.isKey);
  const where = key.map((k) => `t.${quoteIdentifier(k.name)} = ${cast(target, k, columns.indexOf(k))}`);
  return `UPDATE ${target.sql} t SET ${set.map(([c, i]) => `${quoteIdentifier(c.name)} = ${cast(target, c, i)}`).join(', ')} FROM ${rows(target, columns, key)} WHERE ${where.join(' AND ')}`;
}

function deleteSql(target: PostgresTarget, key: readonly PlannedColumn[]): string {
  const where = key.map((k, i) => `t.${quoteIdentifier(k.name)} = ${cast(target, k, i)}`);
  return `DELETE FROM ${target.sql} t USING ${rows(target, key, undefined)} WHERE ${where.join(' AND ')}`;
}
