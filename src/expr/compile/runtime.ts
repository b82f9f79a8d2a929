import { SluiceError } from '../../base/errors.ts';
import { equalValues } from '../../types/compare.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Int64 } from '../../types/int64.ts';

/** What generated code calls. No argument is null. */

/** One error for all: it happens on data, so it must be cheap, and its stack would say nothing. */
const NULL_OPERAND = new SluiceError('EVALUATION', 'Arithmetic on null');
NULL_OPERAND.stack = 'SluiceError: Arithmetic on null';

/** Arithmetic on null where the null would be looked at (generator.ts). */
export function failOnNull(): never {
  throw NULL_OPERAND;
}

/** Element of an array by SQL index: from 1, or from the end below 0; null when there is none. */
export function arrayAt(array: readonly unknown[], index: Int64): unknown {
  const i = Number(index);
  const value = i > 0 ? array[i - 1] : array[array.length + i];
  return value === undefined || i === 0 ? null : value;
}

/** Lookup for keys that JavaScript compares by identity: BYTES and nested types. */
export function nestedMapGet(keyType: SqlType): (map: ReadonlyMap<unknown, unknown>, key: unknown) => unknown {
  const equal = equalValues(keyType);
  return (map, key) => {
    for (const [k, v] of map) if (equal(k, key)) return v;
    return null;
  };
}
