import type { Connection, WritingDialect } from './dialect.ts';
import type { TableNames } from './table-names.ts';

/** Whether table names ignore case in this database. */
export async function isCaseBlind({ caseBlind }: WritingDialect, connection: Connection): Promise<boolean> {
  return typeof caseBlind === 'function' ? await caseBlind(connection) : caseBlind === true;
}

/**
 * Topics whose tables have different names but are the same table when case is ignored: their rows would overwrite one
 * another. Topics that are mapped to one name are meant to share it.
 */
export function sharedByCase(tables: TableNames, topics: readonly string[]): string | undefined {
  const known = new Map<string, string>();
  for (const topic of topics) {
    const table = tables.of(topic);
    const other = known.get(table.toLowerCase());
    if (other !== undefined && tables.of(other) !== table)
      return sharedTable(`Topics ${other} and ${topic}`, [tables.of(other), table], topic);
    known.set(table.toLowerCase(), topic);
  }
  return undefined;
}

export function sharedTable(who: string, [one, other]: readonly [string, string], topic: string): string {
  return (
    `${who} would be written to one table: this database does not tell ${one} and ${other} apart. ` +
    `Name one of them with topics.to.tables.mapping=${topic}:another_table`
  );
}
