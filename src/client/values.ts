import { ExactNumber, type RowValue } from '../wire/row-json.ts';

/** What `insertInto` writes as a literal: what rows are read as. Dates and times are strings, bytes base64 strings. */
export type InsertValue = RowValue;

/** A value as an expression of the language. Objects become STRUCT, with their names in back-quotes. */
export function valueLiteral(value: InsertValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} has no literal`);
    return String(value);
  }
  if (typeof value === 'bigint' || typeof value === 'boolean' || value instanceof ExactNumber) return String(value);
  if (Array.isArray(value)) return `ARRAY[${(value as readonly InsertValue[]).map(valueLiteral).join(', ')}]`;
  return `STRUCT(${Object.entries(value)
    .map(([name, field]) => `\`${name.replaceAll('`', '``')}\` := ${valueLiteral(field)}`)
    .join(', ')})`;
}
