import type { TableName } from './dialect.ts';
import { fullName } from './table-names.ts';

/** What the settings `table.whitelist` and its kin hold. */
export interface TableLists {
  readonly whitelist: readonly string[];
  readonly blacklist: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * The tables that the lists choose. `whitelist` and `blacklist` hold names, plain, with their schema, or with database and schema;
 * `include` and `exclude` hold expressions for `schema.table` (or `database.schema.table`).
 */
export function selectTables<T extends TableName>(all: readonly T[], filter: TableLists, database: string): T[] {
  const named = (list: readonly string[], t: TableName): boolean =>
    list.some((entry) => nameMatches(entry, t, database));
  const matches = (list: readonly string[], t: TableName): boolean =>
    list.some(
      (p) => new RegExp(`^(?:${p})$`).test(fullName(t)) || new RegExp(`^(?:${p})$`).test(`${database}.${fullName(t)}`),
    );
  if (filter.whitelist.length > 0) return all.filter((t) => named(filter.whitelist, t));
  if (filter.blacklist.length > 0) return all.filter((t) => !named(filter.blacklist, t));
  return all.filter((t) => (filter.include.length === 0 || matches(filter.include, t)) && !matches(filter.exclude, t));
}

/** Entries of a whitelist that name no table. */
export function unknownTables(whitelist: readonly string[], all: readonly TableName[], database: string): string[] {
  return whitelist.filter((entry) => !all.some((t) => nameMatches(entry, t, database)));
}

function nameMatches(entry: string, t: TableName, database: string): boolean {
  const plain = entry.replaceAll('"', '').trim();
  return plain === t.name || plain === fullName(t) || plain === `${database}.${fullName(t)}`;
}
