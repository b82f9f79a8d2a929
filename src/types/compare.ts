import { assertNever } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import type { SqlType } from './sql-type.ts';

/** Compares two values of one type, neither null: negative, zero or positive. */
export type Comparator = (a: any, b: any) => number;
/** Equality of two values of one type; either may be null, and null equals null. */
export type Equality = (a: any, b: any) => boolean;

/**
 * The order of a type's values: numbers by value, strings by UTF-16 code unit (like Java's), BYTES by signed byte (like
 * Java's ByteBuffer), false before true, arrays and structs item by item with nulls first. Throws for maps, which have
 * no order.
 */
export function compareValues(type: SqlType): Comparator {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'INTEGER':
    case 'BIGINT':
    case 'DOUBLE':
    case 'DECIMAL':
    case 'STRING':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return comparePrimitive;
    case 'BYTES':
      return compareBytes;
    case 'ARRAY':
      return compareArrays(compareNullsFirst(compareValues(type.element)));
    case 'STRUCT': {
      const fields = type.fields.map((f) => compareNullsFirst(compareValues(f.type)));
      return (a: unknown[], b: unknown[]) => {
        for (let i = 0; i < fields.length; i++) {
          const order = fields[i]!(a[i], b[i]);
          if (order !== 0) return order;
        }
        return 0;
      };
    }
    case 'MAP':
      throw new SluiceError('STATEMENT', 'Values of type MAP have no order');
    default:
      return assertNever(type);
  }
}

const comparePrimitive: Comparator = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function compareNullsFirst(compare: Comparator): Comparator {
  return (a, b) => (a === null ? (b === null ? 0 : -1) : b === null ? 1 : compare(a, b));
}

function compareArrays(item: Comparator): Comparator {
  return (a: unknown[], b: unknown[]) => {
    const n = Math.min(a.length, b.length);
    for (let i = 0; i < n; i++) {
      const order = item(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  };
}

/** Compares by signed byte, like Java's ByteBuffer; a prefix is less than the longer value. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    if (a[i] !== b[i]) return ((a[i]! << 24) >> 24) - ((b[i]! << 24) >> 24);
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `===` determines equality of the type's values. */
export function isIdentityType(type: SqlType): boolean {
  return type.kind !== 'BYTES' && type.kind !== 'ARRAY' && type.kind !== 'MAP' && type.kind !== 'STRUCT';
}

/** Deep equality of a type's values. NaN is equal to itself. */
export function equalValues(type: SqlType): Equality {
  switch (type.kind) {
    case 'BYTES':
      return nullSafe(equalBytes);
    case 'ARRAY': {
      const item = equalValues(type.element);
      return nullSafe((a: unknown[], b: unknown[]) => a.length === b.length && a.every((x, i) => item(x, b[i])));
    }
    case 'STRUCT': {
      const fields = type.fields.map((f) => equalValues(f.type));
      return nullSafe((a: unknown[], b: unknown[]) => fields.every((equal, i) => equal(a[i], b[i])));
    }
    case 'MAP':
      return nullSafe(equalMaps(type.key, type.value));
    case 'DOUBLE':
      return (a: unknown, b: unknown) => a === b || (a !== a && b !== b);
    default:
      return (a: unknown, b: unknown) => a === b;
  }
}

function nullSafe(equal: Equality): Equality {
  return (a, b) => a === b || (a !== null && b !== null && equal(a, b));
}

function equalMaps(keyType: SqlType, valueType: SqlType): Equality {
  const value = equalValues(valueType);
  if (isIdentityType(keyType)) {
    return (a: Map<unknown, unknown>, b: Map<unknown, unknown>) => {
      if (a.size !== b.size) return false;
      for (const [k, v] of a) {
        const other = b.get(k);
        if (other === undefined || !value(v, other)) return false;
      }
      return true;
    };
  }
  const keyOf = identityKey(keyType);
  return (a: Map<unknown, unknown>, b: Map<unknown, unknown>) => {
    if (a.size !== b.size) return false;
    const byKey = new Map([...b].map(([k, v]) => [keyOf(k), v]));
    for (const [k, v] of a) {
      const other = byKey.get(keyOf(k));
      if (other === undefined || !value(v, other)) return false;
    }
    return true;
  };
}

/**
 * A primitive that represents a value in a JavaScript Set or Map: equal values have equal keys. Null represents itself.
 * For COLLECT_SET, ARRAY_DISTINCT and similar functions.
 */
export function identityKey(type: SqlType): (value: any) => unknown {
  if (isIdentityType(type)) return (value: unknown) => value;
  const text = keyText(type);
  return (value: unknown) => (value === null ? null : text(value));
}

/** An injective text of a value, by its type. */
function keyText(type: SqlType): (value: any) => string {
  switch (type.kind) {
    case 'BYTES':
      return (value: Uint8Array) => value.join(',');
    case 'ARRAY': {
      const item = keyText(type.element);
      return (value: unknown[]) => `[${value.map((v) => framed(v, item)).join('')}]`;
    }
    case 'STRUCT': {
      const fields = type.fields.map((f) => keyText(f.type));
      return (value: unknown[]) => `(${fields.map((text, i) => framed(value[i], text)).join('')})`;
    }
    case 'MAP': {
      const key = keyText(type.key);
      const item = keyText(type.value);
      return (value: Map<unknown, unknown>) =>
        `{${[...value]
          .map(([k, v]) => framed(k, key) + framed(v, item))
          .sort()
          .join('')}}`;
    }
    default:
      return (value: unknown) => String(value);
  }
}

/** Prefixed with the length, so that the concatenation of texts is unambiguous. */
function framed(value: unknown, text: (value: any) => string): string {
  if (value === null || value === undefined) return '~';
  const t = text(value);
  return `${t.length}:${t}`;
}
