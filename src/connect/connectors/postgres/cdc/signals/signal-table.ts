import type { TableName } from '../../../database/dialect.ts';
import { fullName } from '../../../database/table-names.ts';

/** Whether a table is the signal table. The setting is `schema.table`, optionally preceded by the database name. */
export function signalTable(setting: string | undefined): (table: TableName) => boolean {
  const name = setting?.trim() ?? '';
  return (table) => name !== '' && (name === fullName(table) || name.endsWith(`.${fullName(table)}`));
}
