import { messageOf } from '../../../base/errors.ts';
import { coerceJson } from '../../../types/literal-coerce.ts';
import { JsonObject, parseJson, type Json } from '../../../types/json-text.ts';
import type { StructType } from '../../../types/sql-type.ts';
import { formatType } from '../../../types/sql-type.ts';
import { DataError } from '../../api/errors.ts';
import type { StructSchema } from '../../api/schema.ts';
import { schemaOfSqlType } from '../../api/sql-mapping.ts';
import { parseTypeText } from '../../api/sql-type-text.ts';

/**
 * `id BIGINT, customer STRUCT<name VARCHAR>`: names without back-quotes are upper-cased, as elsewhere in SQL.
 * @throws ConnectError naming the position
 */
export function columnsOf(text: string): StructType {
  const folded = text.replaceAll(/`(?:[^`]|``)*`|[A-Za-z_]\w*/g, (word) =>
    word.startsWith('`') ? word : word.toUpperCase(),
  );
  return parseTypeText(`STRUCT<${folded}>`) as StructType;
}

/** The validator of a setting with columns. Without a value there are no columns. */
export function columnsProblem(value: unknown): string | undefined {
  if (value === null) return undefined;
  try {
    columnsOf(String(value as string));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The schema of records with these columns. */
export function schemaOf(columns: StructType): StructSchema {
  return schemaOfSqlType(columns, false) as StructSchema;
}

/** Converts a body to the values of the columns; numbers keep all their digits. @throws DataError */
export function valuesOf(columns: StructType, body: Json): unknown[] {
  if (!(body instanceof JsonObject)) throw new DataError('the body is no object of JSON');
  return columns.fields.map(({ name, type }) => {
    const json = memberOf(body, name);
    const coerced = coerceJson(json, type);
    if (coerced === undefined)
      throw new DataError(`member ${name} is ${kindOf(json)}, and the column is ${formatType(type)}`);
    return coerced.value;
  });
}

/** @throws DataError for invalid JSON */
export function jsonOf(text: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    throw new DataError(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** By the exact name, otherwise ignoring case. */
function memberOf(body: JsonObject, name: string): Json {
  const exact = body.get(name);
  if (exact !== undefined) return exact;
  const folded = name.toLowerCase();
  for (const [key, value] of body.fields) if (key.toLowerCase() === folded) return value;
  return null;
}

function kindOf(json: Json): string {
  if (json instanceof JsonObject) return 'an object';
  if (Array.isArray(json)) return 'a list';
  if (typeof json === 'string') return `the text ${JSON.stringify(json.slice(0, 50))}`;
  return typeof json === 'boolean' ? String(json) : 'a number that does not fit';
}
