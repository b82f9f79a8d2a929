import type { FieldInfo } from '../database/dialect.ts';

/** The kind of a column's values, from its declared type: SQLite itself stores any value in any column. */
export type ColumnKind =
  | 'boolean'
  | 'integer'
  | 'real'
  | 'decimal'
  | 'text'
  | 'blob'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'any';

/** A column as described by SQLite. */
export interface SqliteField extends FieldInfo {
  readonly kind: ColumnKind;
  /** Precision and scale of DECIMAL(p, s). */
  readonly decimal: { readonly precision: number; readonly scale: number } | undefined;
}

/**
 * Determined by the names of SQL types first, then by the rules of affinity,
 * https://www.sqlite.org/datatype3.html#determination_of_column_affinity
 */
export function kindOf(declared: string | null): ColumnKind {
  const type = (declared ?? '').toUpperCase();
  if (type === '' || type === 'ANY') return 'any';
  if (type.startsWith('BOOL')) return 'boolean';
  if (/^(?:DATETIME|TIMESTAMP)/.test(type)) return 'timestamp';
  if (/^DATE\b/.test(type)) return 'date';
  if (/^TIME\b/.test(type)) return 'time';
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT|UUID|JSON|^STRING/.test(type)) return 'text';
  if (/BLOB|BINARY|BYTEA/.test(type)) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  if (/^(?:DEC|NUMERIC|NUMBER|MONEY)/.test(type)) return 'decimal';
  return 'any';
}

/** @param declared the declared type; null for an expression without a value */
export function fieldOf(name: string, declared: string | null): SqliteField {
  const kind = kindOf(declared);
  const found = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(declared ?? '');
  const decimal =
    kind === 'decimal' && found !== null ? { precision: Number(found[1]), scale: Number(found[2] ?? 0) } : undefined;
  const isNumber = kind === 'integer' || kind === 'decimal';
  const order = isNumber ? 'number' : kind === 'timestamp' || kind === 'date' ? 'time' : undefined;
  return { name, type: (declared ?? '').toUpperCase(), typeName: declared ?? '', order, kind, decimal };
}
