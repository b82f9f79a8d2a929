import { SluiceError } from '../../base/errors.ts';
import { equalValues } from '../../types/compare.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Int64 } from '../../types/int64.ts';

/** Functions that generated code calls. No argument is null. */

/** A single error instance: it is thrown for data, so it must be cheap, and its stack would be useless. */
const NULL_OPERAND = new SluiceError('EVALUATION', 'Arithmetic on null');
NULL_OPERAND.stack = 'SluiceError: Arithmetic on null';

/** Throws for arithmetic on null where an operation would examine the null (generator.ts). */
export function failOnNull(): never {
  throw NULL_OPERAND;
}

/** The array element at a SQL index: from 1, or from the end if negative; null if there is none. */
export function arrayAt(array: readonly unknown[], index: Int64): unknown {
  const i = Number(index);
  const value = i > 0 ? array[i - 1] : array[array.length + i];
  return value === undefined || i === 0 ? null : value;
}

/** Map lookup for keys that JavaScript compares by identity: BYTES and nested types. */
export function nestedMapGet(keyType: SqlType): (map: ReadonlyMap<unknown, unknown>, key: unknown) => unknown {
  const equal = equalValues(keyType);
  return (map, key) => {
    for (const [k, v] of map) if (equal(k, key)) return v;
    return null;
  };
}
