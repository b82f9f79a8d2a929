import { matchesAny } from '../../../base/regex/name-pattern.ts';
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
 * The tables selected by the lists. `whitelist` and `blacklist` contain names, plain, with schema, or with database and
 * schema; `include` and `exclude` contain expressions for `schema.table` (or `database.schema.table`).
 */
export function selectTables<T extends TableName>(all: readonly T[], filter: TableLists, database: string): T[] {
  const named = (list: readonly string[], t: TableName): boolean =>
    list.some((entry) => tablesNamed(entry, all, database).some((found) => found === t));
  const matches = (list: readonly string[], t: TableName): boolean =>
    matchesAny(list, fullName(t)) || matchesAny(list, `${database}.${fullName(t)}`);
  if (filter.whitelist.length > 0) return all.filter((t) => named(filter.whitelist, t));
  if (filter.blacklist.length > 0) return all.filter((t) => !named(filter.blacklist, t));
  return all.filter((t) => (filter.include.length === 0 || matches(filter.include, t)) && !matches(filter.exclude, t));
}

/** Entries of a whitelist that match no table. */
export function unknownTables(whitelist: readonly string[], all: readonly TableName[], database: string): string[] {
  return whitelist.filter((entry) => tablesNamed(entry, all, database).length === 0);
}

/** Tables of the exact name, otherwise the only one whose name differs just in case. */
function tablesNamed<T extends TableName>(entry: string, all: readonly T[], database: string): readonly T[] {
  const plain = entry.replaceAll('"', '').trim();
  const means = (name: string, t: TableName): boolean =>
    name === t.name || name === fullName(t) || name === `${database}.${fullName(t)}`;
  const exact = all.filter((t) => means(plain, t));
  if (exact.length > 0) return exact;
  const folded = plain.toLowerCase();
  const lower = (t: TableName): TableName => ({ schema: t.schema?.toLowerCase(), name: t.name.toLowerCase() });
  const alike = all.filter((t) => means(folded, lower(t)));
  return alike.length === 1 ? alike : [];
}
