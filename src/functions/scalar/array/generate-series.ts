import type { Work } from '../../../base/budget/work.ts';
import { addInt64, type Int64, toBigInt } from '../../../types/int64.ts';
import { array, BIGINT, INTEGER } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** Limits the memory that a series uses. */
const MAX_LENGTH = 10_000_000;

function series(start: Int64, end: Int64, step: number, work: Work): Int64[] {
  if (step === 0) throw new RangeError('GENERATE_SERIES step cannot be zero');
  if ((end > start && step < 0) || (end < start && step > 0))
    throw new RangeError('GENERATE_SERIES step has wrong sign');
  const count = (toBigInt(end) - toBigInt(start)) / BigInt(step) + 1n;
  if (count < 0n || count > MAX_LENGTH) throw new RangeError(`GENERATE_SERIES of more than ${MAX_LENGTH} values`);
  work.spend(2 * Number(count));
  const result: Int64[] = [];
  for (let value = start, n = Number(count); n > 0; n--, value = addInt64(value, step)) result.push(value);
  return result;
}

/** Counts down if the end is less than the start. */
const seriesByOne =
  ({ env }: CallSite) =>
  (start: Int64, end: Int64): Int64[] =>
    series(start, end, end < start ? -1 : 1, env.work);
const seriesBy =
  ({ env }: CallSite) =>
  (start: Int64, end: Int64, step: number): Int64[] =>
    series(start, end, step, env.work);

const STEP = param('step', INTEGER, 'The difference between two values; not 0, and of the right sign.');

export const generateSeries = scalarFunction({
  name: 'GENERATE_SERIES',
  category: 'ARRAY',
  doc: 'Returns an array of the integers from a start to an end, both included. Without a step they are 1 apart, upwards or downwards.',
  signatures: [INTEGER, BIGINT].flatMap((type) => {
    const bounds = [param('start', type, 'The first value.'), param('end', type, 'The last value.')];
    return [
      { params: bounds, returns: array(type), prepare: seriesByOne },
      { params: [...bounds, STEP], returns: array(type), prepare: seriesBy },
    ];
  }),
  examples: [
    { call: 'GENERATE_SERIES(0, 3)', gives: [0, 1, 2, 3] },
    { call: 'GENERATE_SERIES(4, 2)', gives: [4, 3, 2] },
    { call: 'GENERATE_SERIES(-2, 1, 2)', gives: [-2, 0] },
  ],
});
