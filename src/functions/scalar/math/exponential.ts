import { BIGINT, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { doubleFunction, doubleFunction2 } from './double-function.ts';
import { naturalLog } from './natural-log.ts';

export const exp = doubleFunction({
  name: 'EXP',
  doc: 'Returns e raised to the power of the value.',
  valueDoc: 'The exponent.',
  evaluate: Math.exp,
  examples: [
    { call: 'EXP(0)', gives: 1 },
    { call: 'EXP(1)', gives: 2.718281828459045 },
  ],
});

export const ln = doubleFunction({
  name: 'LN',
  doc: 'Returns the natural logarithm of the value: -Infinity for 0, NaN for negative values.',
  valueDoc: 'The value, greater than 0.',
  evaluate: naturalLog,
  examples: [
    { call: 'LN(2)', gives: 0.6931471805599453 },
    { call: 'LN(3)', gives: 1.0986122886681098 },
  ],
});

const logOf = (base: number, value: number): number => {
  if (base <= 0 || base === 1) return NaN;
  return naturalLog(value) / naturalLog(base);
};

/**
 * With one argument this is the natural logarithm in ksqlDB (according to its test suite; its reference says base 10).
 */
export const log = scalarFunction({
  name: 'LOG',
  category: 'MATHEMATICAL',
  doc:
    'Returns the logarithm of the value: the natural one, or the one of the given base. -Infinity for 0; NaN for a ' +
    'negative value and for a base that is 1, 0 or negative.',
  signatures: [
    ...[INTEGER, DOUBLE].map((type) => ({
      params: [param('value', type, 'The value.')],
      returns: DOUBLE,
      evaluate: naturalLog,
    })),
    {
      params: [param('value', BIGINT, 'The value.')],
      returns: DOUBLE,
      evaluate: (value: number | bigint) => naturalLog(Number(value)),
    },
    ...[INTEGER, DOUBLE].map((type) => ({
      params: [param('base', type, 'The base.'), param('value', type, 'The value.')],
      returns: DOUBLE,
      evaluate: logOf,
    })),
    {
      params: [param('base', BIGINT, 'The base.'), param('value', BIGINT, 'The value.')],
      returns: DOUBLE,
      evaluate: (base: number | bigint, value: number | bigint) => logOf(Number(base), Number(value)),
    },
  ],
  examples: [
    { call: 'LOG(1)', gives: 0 },
    { call: 'LOG(2, 8)', gives: 3 },
  ],
});

/** Java's Math.pow and JavaScript's ** agree on every special case; for example, both give NaN for 1 and Infinity. */
export const power = doubleFunction2({
  name: 'POWER',
  doc: 'Returns the base raised to the exponent; Infinity when the result overflows a DOUBLE.',
  first: ['base', 'The base.'],
  second: ['exponent', 'The exponent.'],
  evaluate: Math.pow,
  examples: [
    { call: 'POWER(15, 13)', gives: 1946195068359375 },
    { call: 'POWER(0, 0)', gives: 1 },
  ],
});

export const sqrt = doubleFunction({
  name: 'SQRT',
  doc: 'Returns the square root of the value; NaN for a negative one.',
  valueDoc: 'The value.',
  evaluate: Math.sqrt,
  examples: [{ call: 'SQRT(2)', gives: 1.4142135623730951 }],
});

export const cbrt = doubleFunction({
  name: 'CBRT',
  doc: 'Returns the cube root of the value.',
  valueDoc: 'The value.',
  evaluate: Math.cbrt,
  examples: [{ call: 'CBRT(-27)', gives: -3 }],
});
