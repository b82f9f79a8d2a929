import { ExactNumber, type RowValue } from '../wire/row-json.ts';

/**
 * A value that `insertInto` writes as a literal; the same types as in rows that are read. Dates and times are strings,
 * bytes are base64 strings.
 */
export type InsertValue = RowValue;

/** A value as an SQL expression. Objects become STRUCT, with their names in back-quotes. */
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

/** A possible value of a statement's variable. */
export type VariableValue = string | number | bigint | boolean | ExactNumber;

/** Variables in the form that a server accepts. */
export function variableTexts(variables: Readonly<Record<string, VariableValue>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : valueLiteral(value)]),
  );
}

/** A text as an SQL string literal, for a variable that is used outside of quotes. */
export function textLiteral(text: string): `'${string}'` {
  return `'${text.replaceAll("'", "''")}'`;
}
