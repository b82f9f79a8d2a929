import { assertNever } from '../base/assert.ts';
import { decodeBase64 } from './base64.ts';
import { decimalToNumber, fitsPrecision, parseDecimal, rescale } from './decimal.ts';
import { parseInt32, parseInt64, toBigInt, type Int64 } from './int64.ts';
import { JsonNumber, JsonObject, type Json } from './json-text.ts';
import type { DecimalType, SqlType } from './sql-type.ts';
import { parseDateText, parseTimestampText, parseTimeText } from './time-text.ts';

/**
 * The values that INSERT accepts for a column: those of its type, numbers that can be widened to it, texts for BYTES
 * (base64), DECIMAL, DATE, TIME and TIMESTAMP, and arrays, maps and structs of such values. Nothing is rounded or
 * truncated: a value that does not fit is rejected.
 */
export type Coerced = { readonly value: unknown } | undefined;

const NULL: Coerced = { value: null };

/** Coerces a value of SQL type `from` to `to`; undefined if it is not allowed. Null is accepted for every type. */
export function coerceValue(value: unknown, from: SqlType, to: SqlType): Coerced {
  if (value === null) return NULL;
  switch (to.kind) {
    case 'BOOLEAN':
    case 'STRING':
      return from.kind === to.kind ? { value } : undefined;
    case 'INTEGER':
      return from.kind === 'INTEGER' ? { value } : undefined;
    case 'BIGINT':
      return from.kind === 'INTEGER' || from.kind === 'BIGINT' ? { value } : undefined;
    case 'DOUBLE':
      if (from.kind === 'DOUBLE' || from.kind === 'INTEGER') return { value };
      if (from.kind === 'BIGINT') return { value: Number(value) };
      return from.kind === 'DECIMAL' ? { value: decimalToNumber(value as bigint, from.scale) } : undefined;
    case 'DECIMAL':
      return coerceToDecimal(value, from, to);
    case 'BYTES':
      if (from.kind === 'BYTES') return { value };
      return from.kind === 'STRING' ? present(decodeBase64(value as string)) : undefined;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (from.kind === to.kind) return { value };
      return from.kind === 'STRING' ? present(parseTimeOf(to.kind, value as string)) : undefined;
    case 'ARRAY':
      if (from.kind !== 'ARRAY') return undefined;
      return coerceAll(value as unknown[], (item) => coerceValue(item, from.element, to.element));
    case 'MAP': {
      if (from.kind !== 'MAP') return undefined;
      const result = new Map<unknown, unknown>();
      for (const [k, v] of value as Map<unknown, unknown>) {
        const key = coerceValue(k, from.key, to.key);
        const item = coerceValue(v, from.value, to.value);
        if (key === undefined || item === undefined) return undefined;
        result.set(key.value, item.value);
      }
      return { value: result };
    }
    case 'STRUCT': {
      if (from.kind !== 'STRUCT') return undefined;
      const values = value as unknown[];
      // Names are compared exactly, then in upper case, as when records of a source are read.
      return coerceAll(to.fields, (field) => {
        const at = from.fields.findIndex((f) => f.name === field.name);
        const i = at >= 0 ? at : from.fields.findIndex((f) => f.name.toUpperCase() === field.name);
        return i < 0 ? NULL : coerceValue(values[i], from.fields[i]!.type, field.type);
      });
    }
    default:
      return assertNever(to);
  }
}

function coerceToDecimal(value: unknown, from: SqlType, to: DecimalType): Coerced {
  switch (from.kind) {
    case 'DECIMAL':
      return exactDecimal(value as bigint, from.scale, to);
    case 'INTEGER':
    case 'BIGINT':
      return exactDecimal(toBigInt(value as Int64), 0, to);
    case 'STRING': {
      const parsed = parseDecimal((value as string).trim());
      return parsed && exactDecimal(parsed.unscaled, parsed.scale, to);
    }
    default:
      return undefined;
  }
}

function exactDecimal(unscaled: bigint, scale: number, to: DecimalType): Coerced {
  try {
    const result = rescale(unscaled, scale, to.scale, 'UNNECESSARY');
    return fitsPrecision(result, to.precision) ? { value: result } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Coerces the JSON of a request (parsed by json-text.ts) to a value of type `to`; undefined if it is not allowed. */
export function coerceJson(json: Json, to: SqlType): Coerced {
  if (json === null) return NULL;
  switch (to.kind) {
    case 'BOOLEAN':
      return typeof json === 'boolean' ? { value: json } : undefined;
    case 'STRING':
      return typeof json === 'string' ? { value: json } : undefined;
    case 'INTEGER':
      return json instanceof JsonNumber ? present(parseInt32(wholeText(json.text))) : undefined;
    case 'BIGINT':
      return json instanceof JsonNumber ? present(parseInt64(wholeText(json.text))) : undefined;
    case 'DOUBLE':
      return json instanceof JsonNumber ? { value: Number(json.text) } : undefined;
    case 'DECIMAL': {
      const text = json instanceof JsonNumber ? json.text : typeof json === 'string' ? json.trim() : undefined;
      const parsed = text === undefined ? undefined : parseDecimal(text);
      return parsed && exactDecimal(parsed.unscaled, parsed.scale, to);
    }
    case 'BYTES':
      return typeof json === 'string' ? present(decodeBase64(json)) : undefined;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return typeof json === 'string' ? present(parseTimeOf(to.kind, json)) : undefined;
    case 'ARRAY':
      return Array.isArray(json)
        ? coerceAll(json as readonly Json[], (item) => coerceJson(item, to.element))
        : undefined;
    case 'MAP': {
      if (!(json instanceof JsonObject)) return undefined;
      const result = new Map<unknown, unknown>();
      for (const [name, item] of json.fields) {
        const key = coerceJsonKey(name, to.key);
        const value = coerceJson(item, to.value);
        if (key === undefined || value === undefined) return undefined;
        result.set(key.value, value.value);
      }
      return { value: result };
    }
    case 'STRUCT': {
      if (!(json instanceof JsonObject)) return undefined;
      return coerceAll(to.fields, (field) => coerceJson(fieldOf(json, field.name) ?? null, field.type));
    }
    default:
      return assertNever(to);
  }
}

/** Finds a field by its exact name, otherwise by its name in upper case. */
function fieldOf(json: JsonObject, name: string): Json | undefined {
  const exact = json.get(name);
  if (exact !== undefined) return exact;
  for (const [key, value] of json.fields) if (key.toUpperCase() === name) return value;
  return undefined;
}

/** JSON names are text; a key of another type is parsed from it. */
function coerceJsonKey(name: string, to: SqlType): Coerced {
  if (to.kind === 'STRING') return { value: name };
  if (to.kind === 'BOOLEAN') return name === 'true' ? { value: true } : name === 'false' ? { value: false } : undefined;
  if (to.kind === 'INTEGER' || to.kind === 'BIGINT' || to.kind === 'DOUBLE') {
    return parseDecimal(name) === undefined ? undefined : coerceJson(new JsonNumber(name), to);
  }
  return coerceJson(name, to);
}

/** The digits of an integer, which may also be written as `1e3` or `5.0`. */
function wholeText(text: string): string {
  if (!/[.eE]/.test(text)) return text;
  const parsed = parseDecimal(text);
  if (parsed === undefined || parsed.scale < -19) return text;
  try {
    return rescale(parsed.unscaled, parsed.scale, 0, 'UNNECESSARY').toString();
  } catch {
    return text;
  }
}

function parseTimeOf(kind: 'DATE' | 'TIME' | 'TIMESTAMP', text: string): number | undefined {
  return kind === 'DATE' ? parseDateText(text) : kind === 'TIME' ? parseTimeText(text) : parseTimestampText(text);
}

function present(value: unknown): Coerced {
  return value === undefined ? undefined : { value };
}

function coerceAll<T>(items: readonly T[], coerce: (item: T) => Coerced): Coerced {
  const values: unknown[] = [];
  for (const item of items) {
    const coerced = coerce(item);
    if (coerced === undefined) return undefined;
    values.push(coerced.value);
  }
  return { value: values };
}
