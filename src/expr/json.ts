import { SluiceError } from '../base/errors.ts';
import { decodeBase64, encodeBase64 } from '../types/base64.ts';
import { normalizeInt64 } from '../types/int64.ts';
import type { SqlType } from '../types/sql-type.ts';
import { mapChildren } from './traverse.ts';
import type { TypedExpr } from './typed.ts';

/**
 * Serializes typed expressions for the command log: they are plain data except for the values of literals that JSON
 * cannot represent. Those are written by type: BIGINT beyond 2^53 and DECIMAL as digits, BYTES as base64, DOUBLE
 * without a JSON representation by name, MAP as a list of pairs.
 */
export function exprToJson(expression: TypedExpr): unknown {
  return mapLiterals(expression, (value, type) => valueToJson(value, type));
}

/**
 * The expression that `exprToJson` wrote, after JSON.parse. @throws SluiceError INTERNAL for a value of another type
 */
export function exprFromJson(json: unknown): TypedExpr {
  return mapLiterals(json as TypedExpr, (value, type) => valueFromJson(value, type));
}

function mapLiterals(expression: TypedExpr, convert: (value: unknown, type: SqlType) => unknown): TypedExpr {
  if (expression.kind === 'literal') return { ...expression, value: convert(expression.value, expression.type) };
  return mapChildren(expression, (child) => mapLiterals(child, convert));
}

/** One value of a SQL type as JSON data. */
export function valueToJson(value: unknown, type: SqlType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'BIGINT':
      return typeof value === 'bigint' ? value.toString() : value;
    case 'DECIMAL':
      return (value as bigint).toString();
    case 'DOUBLE': {
      const x = value as number;
      return Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x);
    }
    case 'BYTES':
      return encodeBase64(value as Uint8Array);
    case 'ARRAY':
      return (value as unknown[]).map((item) => valueToJson(item, type.element));
    case 'MAP':
      return [...(value as Map<unknown, unknown>)].map(([k, v]) => [
        valueToJson(k, type.key),
        valueToJson(v, type.value),
      ]);
    case 'STRUCT':
      return type.fields.map((field, i) => valueToJson((value as unknown[])[i] ?? null, field.type));
    default:
      return value;
  }
}

/** The value that `valueToJson` wrote. */
export function valueFromJson(json: unknown, type: SqlType): unknown {
  if (json === null) return null;
  switch (type.kind) {
    case 'BIGINT':
      return typeof json === 'string' ? normalizeInt64(BigInt(json)) : json;
    case 'DECIMAL':
      return BigInt(json as string);
    case 'DOUBLE':
      return Number(json);
    case 'BYTES': {
      const bytes = decodeBase64(json as string);
      if (bytes === undefined) throw new SluiceError('INTERNAL', 'A BYTES literal is not base64');
      return bytes;
    }
    case 'ARRAY':
      return (json as unknown[]).map((item) => valueFromJson(item, type.element));
    case 'MAP':
      return new Map(
        (json as [unknown, unknown][]).map(([k, v]) => [valueFromJson(k, type.key), valueFromJson(v, type.value)]),
      );
    case 'STRUCT':
      return type.fields.map((field, i) => valueFromJson((json as unknown[])[i] ?? null, field.type));
    default:
      return json;
  }
}
