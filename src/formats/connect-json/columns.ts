import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  type SqlType,
} from '../../types/sql-type.ts';
import { timeTypeOf } from '../internal/connect-times.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import { decimalScaleOf, nameOf } from './coerce.ts';
import { fieldsOf } from './record-shape.ts';

/** The largest precision of a DECIMAL, for writers that do not specify theirs. */
const MAX_PRECISION = 64;

const PRIMITIVES: Readonly<Record<string, SqlType>> = {
  boolean: BOOLEAN,
  int8: INTEGER,
  int16: INTEGER,
  int32: INTEGER,
  int64: BIGINT,
  float: DOUBLE,
  double: DOUBLE,
  string: STRING,
  bytes: BYTES,
};

/**
 * The SQL type of an embedded Connect schema; undefined if SQL cannot represent it (a struct without fields,
 * recursion).
 */
export function connectSqlType(schema: Json | undefined, depth = 0): SqlType | undefined {
  if (!(schema instanceof JsonObject) || depth > 50) return undefined;
  const name = nameOf(schema);
  const scale = decimalScaleOf(schema);
  if (scale !== undefined) return decimalType(schema, scale);
  const time = name === undefined ? undefined : timeTypeOf(name);
  if (time !== undefined) return time;
  const type = schema.get('type');
  switch (type) {
    case 'array': {
      const element = connectSqlType(schema.get('items'), depth + 1);
      return element && array(element);
    }
    case 'map': {
      const value = connectSqlType(schema.get('values'), depth + 1);
      return value && map(STRING, value);
    }
    case 'struct': {
      const fields = connectFieldTypes(schema, depth + 1);
      return fields.length === 0 ? undefined : struct(fields.map((f) => ({ ...f, name: f.name.toUpperCase() })));
    }
    default:
      return typeof type === 'string' && Object.hasOwn(PRIMITIVES, type) ? PRIMITIVES[type] : undefined;
  }
}

/** The fields of a struct's schema, with the names they have there. */
export function connectFieldTypes(schema: Json | undefined, depth = 0): { name: string; type: SqlType }[] {
  return fieldsOf(schema).flatMap((field) => {
    const name = field.get('field');
    const type = connectSqlType(field, depth);
    return typeof name === 'string' && type !== undefined ? [{ name, type }] : [];
  });
}

function decimalType(schema: JsonObject, scale: number): SqlType {
  const parameters = schema.get('parameters');
  const given = parameters instanceof JsonObject ? parameters.get('connect.decimal.precision') : undefined;
  const precision = Number(given instanceof JsonNumber ? given.text : given);
  // Databases have numbers without bounds, whose scale or precision is outside SQL's range.
  const width = Number.isInteger(precision) && precision > 0 ? precision : MAX_PRECISION;
  if (scale < 0 || scale > width || width > MAX_PRECISION) return DOUBLE;
  return decimal(width, scale);
}
