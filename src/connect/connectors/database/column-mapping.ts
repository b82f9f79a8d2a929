import { must } from '../../../base/assert.ts';
import { NamePattern } from '../../../base/regex/name-pattern.ts';
import type { TableName } from './dialect.ts';
import { fullName } from './table-names.ts';

/**
 * The columns that a mode reads, by table: an entry of `timestamp.columns.mapping` or `incrementing.column.mapping`.
 */
export interface ColumnMapping {
  readonly table: NamePattern;
  readonly columns: readonly string[];
}

/** Parses `regex1:[col1|col2]` and `regex:col`; returns a message for any other text. */
export function columnMappings(entries: readonly string[]): readonly ColumnMapping[] | string {
  const mappings: ColumnMapping[] = [];
  for (const entry of entries) {
    const found = /^(.+):(?:\[([^\]]+)\]|([^\][:]+))$/.exec(entry.trim());
    const columns = (found?.[2]?.split('|') ?? (found?.[3] === undefined ? [] : [found[3]])).map((c) => c.trim());
    if (!found || columns.length === 0 || columns.includes(''))
      return `Each entry must be an expression for tables, a colon and a column, or several as [col1|col2]; ${entry} is not`;
    try {
      mappings.push({ table: new NamePattern(must(found[1], 'group 1 of the match')), columns });
    } catch (error) {
      return `Not a regular expression: ${(error as Error).message}`;
    }
  }
  return mappings;
}

/** The columns for a table; a message unless exactly one entry matches it. */
export function mappedColumns(mappings: readonly ColumnMapping[], table: TableName): readonly string[] | string {
  const found = mappings.filter((m) => m.table.test(fullName(table)));
  if (found.length === 1) return found[0]!.columns;
  return `${found.length === 0 ? 'no entry is' : `${found.length} entries are`} for table ${fullName(table)}, and it needs one`;
}
