import { JsonNumber, JsonObject, parseJson, type Json } from '../types/json-text.ts';

/**
 * A DECIMAL, or a number with more digits than a double can hold, in its original text: `String(x)` has every digit,
 * arithmetic uses the nearest double.
 */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  /** As a string, because JSON.stringify could write any other form only with loss. */
  toJSON(): string {
    return this.text;
  }
}

/**
 * A value of a result row. INTEGER and DOUBLE are numbers; BIGINT is a number up to 2^53 and a bigint beyond; a DECIMAL
 * column is an ExactNumber, as is any nested fraction that a double would change; times, dates and bytes (base64) are
 * strings; structs and maps are objects.
 */
export type RowValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactNumber
  | readonly RowValue[]
  | { readonly [name: string]: RowValue };

/** Parses one row as the server wrote it. @throws SyntaxError when the text is not a JSON array */
export function parseRowText(text: string): readonly Json[] {
  const row = parseJson(text);
  if (!Array.isArray(row)) throw new SyntaxError('A row is a JSON array');
  return row as readonly Json[];
}

/** Values of a row; `types` are the SQL types of its columns, from the metadata line. */
export function rowValues(row: readonly Json[], types: readonly string[]): RowValue[] {
  return row.map((value, i) =>
    value instanceof JsonNumber && types[i]?.startsWith('DECIMAL') === true
      ? new ExactNumber(value.text)
      : valueOf(value),
  );
}

function valueOf(value: Json): RowValue {
  if (value instanceof JsonNumber) return numberOf(value.text);
  if (value instanceof JsonObject)
    return Object.fromEntries([...value.fields].map(([name, field]) => [name, valueOf(field)]));
  if (Array.isArray(value)) return (value as readonly Json[]).map(valueOf);
  return value as null | boolean | string;
}

function numberOf(text: string): number | bigint | ExactNumber {
  const number = Number(text);
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  return digitsOf(String(number)) === digitsOf(text) ? number : new ExactNumber(text);
}

/**
 * Significant digits, without sign, decimal point, exponent, and leading and trailing zeros: equal digits mean that
 * nothing was lost.
 */
function digitsOf(text: string): string {
  return text
    .replace(/[eE].*$/, '')
    .replaceAll(/[-+.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
}

export { jsonText, JsonNumber, type Json } from '../types/json-text.ts';
