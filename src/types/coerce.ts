import { must } from '../base/assert.ts';
import { array, decimal, map, struct, typesEqual, type DecimalType, type SqlType } from './sql-type.ts';

/**
 * Implicit casts between types (docs: type coercion): INTEGER -> BIGINT -> DECIMAL -> DOUBLE, and arrays, maps and
 * structs whose parts can be cast in this way.
 */

export function isNumeric(type: SqlType): boolean {
  return type.kind === 'INTEGER' || type.kind === 'BIGINT' || type.kind === 'DECIMAL' || type.kind === 'DOUBLE';
}

/** Whether the type is DATE, TIME or TIMESTAMP. */
export function isTime(type: SqlType): boolean {
  return type.kind === 'DATE' || type.kind === 'TIME' || type.kind === 'TIMESTAMP';
}

/** The decimal type that can represent all values of an INTEGER or BIGINT; a DECIMAL itself; otherwise undefined. */
export function decimalOf(type: SqlType): DecimalType | undefined {
  if (type.kind === 'DECIMAL') return type;
  if (type.kind === 'INTEGER') return decimal(10, 0);
  if (type.kind === 'BIGINT') return decimal(19, 0);
  return undefined;
}

/** The narrowest DECIMAL that can represent the values of both. */
export function widerDecimal(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  return decimal(Math.max(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

/** The narrowest numeric type that can represent the values of both numeric types. */
export function widerNumeric(a: SqlType, b: SqlType): SqlType {
  if (a.kind === 'DOUBLE') return a;
  if (b.kind === 'DOUBLE') return b;
  if (a.kind === 'DECIMAL' || b.kind === 'DECIMAL') return widerDecimal(decimalOf(a)!, decimalOf(b)!);
  return a.kind === 'BIGINT' ? a : b;
}

/** The type to which both can be implicitly cast, or undefined. A struct gets the fields of both. */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (typesEqual(a, b)) return a;
  if (isNumeric(a) && isNumeric(b)) return widerNumeric(a, b);
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonType(a.element, b.element);
    return element && array(element);
  }
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key && value && map(key, value);
  }
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT') {
    const fields = [...a.fields];
    for (const field of b.fields) {
      const at = fields.findIndex((f) => f.name === field.name);
      if (at < 0) fields.push(field);
      else {
        const type = commonType(must(fields[at], 'field').type, field.type);
        if (type === undefined) return undefined;
        fields[at] = { name: field.name, type };
      }
    }
    return struct(fields);
  }
  return undefined;
}

/**
 * Whether a value of type `from` can be assigned to a column of type `to` (INSERT INTO ... SELECT): by an implicit
 * cast, and an integer to any DECIMAL. A value with too many digits is an error of that record.
 */
export function isAssignable(from: SqlType, to: SqlType): boolean {
  if (to.kind === 'DECIMAL' && (from.kind === 'INTEGER' || from.kind === 'BIGINT')) return true;
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return isAssignable(from.element, to.element);
  if (from.kind === 'MAP' && to.kind === 'MAP')
    return isAssignable(from.key, to.key) && isAssignable(from.value, to.value);
  return isImplicitlyCastable(from, to);
}

/** Whether every value of `from` can be implicitly cast to `to`. */
export function isImplicitlyCastable(from: SqlType, to: SqlType): boolean {
  const common = commonType(from, to);
  return common !== undefined && typesEqual(common, to);
}
