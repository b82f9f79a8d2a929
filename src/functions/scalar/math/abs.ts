import { must } from '../../../base/assert.ts';
import { absInt64, INT32_MIN } from '../../../types/int64.ts';
import { BIGINT, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { ANY_DECIMAL, param } from '../../param.ts';

const DOC = 'The value.';

/** The absolute value of the smallest INTEGER or BIGINT is out of range; in Java it is that number itself. */
function absInteger(x: number): number {
  if (x === INT32_MIN) throw new RangeError(`Not in the range of INTEGER: ${-x}`);
  return Math.abs(x);
}

export const abs = scalarFunction({
  name: 'ABS',
  category: 'MATHEMATICAL',
  doc: 'Returns the absolute value. The type is the type of the argument.',
  signatures: [
    { params: [param('value', INTEGER, DOC)], returns: INTEGER, evaluate: absInteger },
    { params: [param('value', BIGINT, DOC)], returns: BIGINT, evaluate: absInt64 },
    {
      params: [param('value', ANY_DECIMAL, DOC)],
      returns: (types) => must(types[0], 'type'),
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
