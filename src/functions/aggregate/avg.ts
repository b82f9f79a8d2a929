import { BIGINT, DOUBLE, INTEGER, struct } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param } from '../param.ts';

type Average = readonly [sum: number, count: number];

/** Sums are doubles, so that a sum of BIGINTs does not overflow. */
const average: Aggregator<Average> = {
  intermediate: struct([
    { name: 'SUM', type: DOUBLE },
    { name: 'COUNT', type: BIGINT },
  ]),
  initialize: () => [0, 0],
  add: (a, args) => (args[0] === null ? a : [a[0] + Number(args[0]), a[1] + 1]),
  undo: (a, args) => (args[0] === null ? a : [a[0] - Number(args[0]), a[1] - 1]),
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
  result: ([sum, count]) => (count === 0 ? 0 : sum / count),
};

export const avg = aggregateFunction({
  name: 'AVG',
  category: 'AGGREGATE',
  doc: 'Returns the average of a column as a DOUBLE. NULLs do not count; the average of none is 0.0.',
  signatures: [INTEGER, BIGINT, DOUBLE].map((type) => ({
    params: [param('val', type, 'The column.')],
    returns: DOUBLE,
    create: () => average,
  })),
});
