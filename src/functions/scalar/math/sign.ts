import { BIGINT, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** NaN has the sign 0, like Java's signum cast to int. */
const signOf = (x: number | bigint): number => (x > 0 ? 1 : x < 0 ? -1 : 0);

export const sign = scalarFunction({
  name: 'SIGN',
  category: 'MATHEMATICAL',
  doc: 'Returns -1, 0 or 1 as the value is negative, zero or positive.',
  signatures: [INTEGER, BIGINT, DOUBLE].map((type) => ({
    params: [param('value', type, 'The value.')],
    returns: INTEGER,
    evaluate: signOf,
  })),
  examples: [
    { call: 'SIGN(-7)', gives: -1 },
    { call: 'SIGN(0E0)', gives: 0 },
  ],
});
