import { absInt64 } from '../../../types/int64.ts';
import { BIGINT, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { ANY_DECIMAL, param } from '../../param.ts';

const DOC = 'The value.';

/** Of the smallest INTEGER and BIGINT it is that number itself, as in Java. */
export const abs = scalarFunction({
  name: 'ABS',
  category: 'MATHEMATICAL',
  doc: 'Returns the absolute value. The type is the type of the argument.',
  signatures: [
    { params: [param('value', INTEGER, DOC)], returns: INTEGER, evaluate: (x: number) => Math.abs(x) | 0 },
    { params: [param('value', BIGINT, DOC)], returns: BIGINT, evaluate: absInt64 },
    {
      params: [param('value', ANY_DECIMAL, DOC)],
      returns: (types) => types[0]!,
      evaluate: (x: bigint) => (x < 0n ? -x : x),
    },
    { params: [param('value', DOUBLE, DOC)], returns: DOUBLE, evaluate: Math.abs },
  ],
  examples: [
    { call: 'ABS(-5)', gives: 5 },
    { call: 'ABS(-5.25)', gives: '5.25' },
    { call: 'ABS(-1E0)', gives: 1 },
    { call: 'ABS(NULL)', gives: null },
  ],
});
