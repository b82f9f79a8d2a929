import { must } from '../../../base/assert.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { PlannedColumn } from '../database/sink-plan.ts';
import type { Client, PostgresConnection } from './connection.ts';
import { codeOf, POSTGRES_ERRORS } from './errors.ts';
import type { BulkWriter } from './bulk-writer.ts';

/**
 * The column of a refused record that does not accept its value, with the column's type and the value's length;
 * undefined when each value would be accepted alone (a constraint). Postgres itself reports neither. Only for error
 * handling: it executes a query per column, each in a savepoint of the open transaction.
 */
export async function blamed(
  { client }: PostgresConnection,
  { target, plan, texts }: BulkWriter,
  record: SinkRecord,
): Promise<string | undefined> {
  for (const [i, column] of plan.columns.entries()) {
    if (record.value === null && !column.isKey) continue;
    const value = column.read(record);
    if (value === null || value === undefined) continue;
    const text = must(texts[i], 'text')(value);
    const type = target.columns.get(column.name)!;
    if ((await refusalOf(client, text, type.readAs)) !== undefined || !fits(text, type.type))
      return faultText(column, type.type, text);
  }
  return undefined;
}

function faultText(column: PlannedColumn, type: string, text: string): string {
  return `column "${column.name}" is ${type}, the value has ${[...text].length} characters`;
}

/**
 * Whether a text is within the length that `character varying(3)`, `character(3)`, `bit(3)` or `bit varying(3)`
 * declares.
 */
function fits(text: string, type: string): boolean {
  const stated = /^(character varying|character|bit varying|bit)\((\d+)\)$/.exec(type);
  if (!stated) return true;
  const length = Number(stated[2]);
  if (must(stated[1], 'group 1 of the match').startsWith('character')) return [...text.trimEnd()].length <= length;
  return stated[1] === 'bit' ? text.length === length : text.length <= length;
}

async function refusalOf(client: Client, text: string, type: string): Promise<string | undefined> {
  await client.query('SAVEPOINT blame');
  try {
    await client.query(`SELECT $1::text::${type}`, [text]);
    await client.query('RELEASE blame');
    return undefined;
  } catch (error) {
    if (codeOf(error)?.startsWith('22') !== true) throw error;
    await client.query('ROLLBACK TO blame');
    await client.query('RELEASE blame');
    return POSTGRES_ERRORS.reasonOf(error);
  }
}
