import { must } from '../../../base/assert.ts';
import { compareValues } from '../../../types/compare.ts';
import { decimalOf, widerDecimal } from '../../../types/coerce.ts';
import { rescale } from '../../../types/decimal.ts';
import {
  BIGINT,
  BYTES,
  DATE,
  type DecimalType,
  DOUBLE,
  INTEGER,
  STRING,
  type SqlType,
  TIME,
  TIMESTAMP,
} from '../../../types/sql-type.ts';
import {
  type CallSite,
  type FunctionExample,
  type ScalarBody,
  type ScalarFunction,
  scalarFunction,
} from '../../api.ts';
import { ANY_DECIMAL, param } from '../../param.ts';

function widest(types: readonly SqlType[]): SqlType {
  return types.map((type) => decimalOf(type)!).reduce(widerDecimal);
}

/** Returns the value with the highest order, multiplied by `sign`; of equal values the first. */
function extremum(site: CallSite, sign: 1 | -1): ScalarBody {
  const compare = compareValues(site.returnType);
  const pick = (values: readonly unknown[]): unknown => {
    let best: unknown = null;
    for (const value of values) {
      if (value !== null && (best === null || sign * compare(value, best) > 0)) best = value;
    }
    return best;
  };
  if (site.returnType.kind !== 'DECIMAL') return (...values) => pick(values);
  const { scale } = site.returnType;
  const scales = site.argTypes.map((type) => (type as DecimalType).scale);
  return (...values: (bigint | null)[]) =>
    pick(values.map((value, i) => (value === null ? null : rescale(value, must(scales[i], 'scale'), scale))));
}

function extremumFunction(
  name: string,
  word: string,
  sign: 1 | -1,
  examples: readonly FunctionExample[],
): ScalarFunction {
  const types = [INTEGER, BIGINT, ANY_DECIMAL, DOUBLE, STRING, BYTES, DATE, TIME, TIMESTAMP];
  return scalarFunction({
    name,
    category: 'MATHEMATICAL',
    doc: `Returns the ${word} of its arguments that is not NULL. CAST numbers of several types to one.`,
    signatures: types.map((type) => ({
      params: [param('val1', type, 'The first value.'), param('vals', type, 'More values.')],
      variadic: 1,
      nulls: 'pass',
      returns: type.kind === 'ANY_DECIMAL' ? widest : type,
      prepare: (site) => extremum(site, sign),
    })),
    examples,
  });
}

export const greatest = extremumFunction('GREATEST', 'greatest', 1, [
  { call: 'GREATEST(4, NULL, 9, 7)', gives: 9 },
  { call: "GREATEST('a', 'b', NULL)", gives: 'b' },
  { call: 'GREATEST(1.5, 1.25)', gives: '1.50' },
]);

export const least = extremumFunction('LEAST', 'least', -1, [
  { call: 'LEAST(4, NULL, 9, 7)', gives: 4 },
  { call: 'LEAST(CAST(4 AS BIGINT), CAST(9 AS BIGINT))', gives: 4 },
]);
