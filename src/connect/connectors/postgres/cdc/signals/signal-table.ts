import type { TableName } from '../../../database/dialect.ts';
import { fullName } from '../../../database/table-names.ts';

/** Whether a table is that of signals. The setting is `schema.table`, perhaps with the database's name before it. */
export function signalTable(setting: string | undefined): (table: TableName) => boolean {
  const name = setting?.trim() ?? '';
  return (table) => name !== '' && (name === fullName(table) || name.endsWith(`.${fullName(table)}`));
}
