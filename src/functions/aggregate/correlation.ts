import { BIGINT, DOUBLE, INTEGER, struct } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param } from '../param.ts';

type Sums = readonly [count: number, x: number, y: number, xx: number, yy: number, xy: number];

function plus(sums: Sums, args: readonly unknown[], sign: 1 | -1): Sums {
  if (args[0] === null || args[1] === null) return sums;
  const x = Number(args[0]);
  const y = Number(args[1]);
  return [
    sums[0] + sign,
    sums[1] + sign * x,
    sums[2] + sign * y,
    sums[3] + sign * x * x,
    sums[4] + sign * y * y,
    sums[5] + sign * x * y,
  ];
}

const correlating: Aggregator<Sums> = {
  intermediate: struct([
    { name: 'COUNT', type: BIGINT },
    { name: 'SUM_X', type: DOUBLE },
    { name: 'SUM_Y', type: DOUBLE },
    { name: 'SUM_XX', type: DOUBLE },
    { name: 'SUM_YY', type: DOUBLE },
    { name: 'SUM_XY', type: DOUBLE },
  ]),
  initialize: () => [0, 0, 0, 0, 0, 0],
  add: (sums, args) => plus(sums, args, 1),
  undo: (sums, args) => plus(sums, args, -1),
  merge: (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4], a[5] + b[5]],
  result([n, x, y, xx, yy, xy]) {
    const covariance = n * xy - x * y;
    return covariance / Math.sqrt((n * xx - x * x) * (n * yy - y * y));
  },
};

export const correlation = aggregateFunction({
  name: 'CORRELATION',
  category: 'AGGREGATE',
  doc: 'Returns the Pearson correlation of two columns; NaN for less than two pairs. Rows with a NULL in either column do not count.',
  signatures: [INTEGER, BIGINT, DOUBLE].map((type) => ({
    params: [param('x', type, 'The first column.'), param('y', type, 'The second column.')],
    returns: DOUBLE,
    create: () => correlating,
  })),
});
