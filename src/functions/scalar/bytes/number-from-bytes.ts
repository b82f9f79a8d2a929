import { normalizeInt64 } from '../../../types/int64.ts';
import { BIGINT, BYTES, DOUBLE, INTEGER, type SqlType, STRING } from '../../../types/sql-type.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

type Read = (view: DataView, littleEndian: boolean) => unknown;

function littleEndianOf(order: string): boolean | undefined {
  const upper = order.toUpperCase();
  return upper === 'LITTLE_ENDIAN' ? true : upper === 'BIG_ENDIAN' ? false : undefined;
}

function fromBytes(
  name: string,
  type: SqlType,
  size: number,
  read: Read,
  examples: readonly FunctionExample[],
): ScalarFunction {
  const value = param('value', BYTES, `The ${size} bytes.`);
  const view = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);
  return scalarFunction({
    name,
    category: 'CONVERSIONS',
    doc: `Converts BYTES to a ${type.kind}. NULL when there are not exactly ${size} bytes, or when the byte order is no known one.`,
    signatures: [
      {
        params: [value],
        returns: type,
        evaluate: (b: Uint8Array) => (b.length === size ? read(view(b), false) : null),
      },
      {
        params: [value, param('byteOrder', STRING, 'BIG_ENDIAN (the default) or LITTLE_ENDIAN.')],
        returns: type,
        evaluate(b: Uint8Array, order: string) {
          const little = littleEndianOf(order);
          return b.length === size && little !== undefined ? read(view(b), little) : null;
        },
      },
    ],
    examples,
  });
}

export const intFromBytes = fromBytes('INT_FROM_BYTES', INTEGER, 4, (view, little) => view.getInt32(0, little), [
  { call: "INT_FROM_BYTES(TO_BYTES('AAAH5Q==', 'base64'))", gives: 2021 },
  { call: "INT_FROM_BYTES(TO_BYTES('5QcAAA==', 'base64'), 'LITTLE_ENDIAN')", gives: 2021 },
  { call: "INT_FROM_BYTES(TO_BYTES('5QcAAA==', 'base64'), 'MIDDLE')", gives: null },
]);

export const bigintFromBytes = fromBytes(
  'BIGINT_FROM_BYTES',
  BIGINT,
  8,
  (view, little) => normalizeInt64(view.getBigInt64(0, little)),
  [{ call: "BIGINT_FROM_BYTES(TO_BYTES('AAAAASoF8gA=', 'base64'), 'BIG_ENDIAN')", gives: 5000000000 }],
);

export const doubleFromBytes = fromBytes('DOUBLE_FROM_BYTES', DOUBLE, 8, (view, little) => view.getFloat64(0, little), [
  { call: "DOUBLE_FROM_BYTES(TO_BYTES('QICm/ZvJ9YI=', 'base64'), 'BIG_ENDIAN')", gives: 532.8738323 },
]);
