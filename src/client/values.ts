import { ExactNumber, type RowValue } from '../wire/row-json.ts';

/** What `insertInto` writes as a literal: what rows are read as. Dates and times are strings, bytes base64 strings. */
export type InsertValue = RowValue;

/** A value as an expression of the language. Objects become STRUCT, with their names in back-quotes. */
export function valueLiteral(value: InsertValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return textLiteral(value);
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

/** What a variable of a statement may be given. */
export type VariableValue = string | number | bigint | boolean | ExactNumber;

/** Variables as a server takes them. */
export function variableTexts(variables: Readonly<Record<string, VariableValue>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : valueLiteral(value)]),
  );
}

/** A text as a literal of the language: for a variable that stands outside of quotes. */
export function textLiteral(text: string): `'${string}'` {
  return `'${text.replaceAll("'", "''")}'`;
}
