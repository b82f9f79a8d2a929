import { BIGINT, DOUBLE, INTEGER, struct } from '../../types/sql-type.ts';
import { type AggregateFunction, aggregateFunction, type Aggregator } from '../api.ts';
import { param } from '../param.ts';

/** `m2` is the sum of squared deviations from the mean, updated as values are added and undone (Youngs and Cramer). */
type Moments = readonly [sum: number, count: number, m2: number];

/** The contribution of a value to `m2`, if it is one of `count` values with that sum. */
function deviation(sum: number, count: number, value: number): number {
  if (count <= 1) return 0;
  const difference = count * value - sum;
  return (difference * difference) / (count * (count - 1));
}

function moments(result: (m2: number, count: number) => number): Aggregator<Moments> {
  return {
    intermediate: struct([
      { name: 'SUM', type: DOUBLE },
      { name: 'COUNT', type: BIGINT },
      { name: 'M2', type: DOUBLE },
    ]),
    initialize: () => [0, 0, 0],
    add([sum, count, m2], args) {
      if (args[0] === null) return [sum, count, m2];
      const value = Number(args[0]);
      return [sum + value, count + 1, m2 + deviation(sum + value, count + 1, value)];
    },
    undo([sum, count, m2], args) {
      if (args[0] === null) return [sum, count, m2];
      const value = Number(args[0]);
      if (count <= 1) return [0, 0, 0];
      return [sum - value, count - 1, Math.max(0, m2 - deviation(sum, count, value))];
    },
    merge(a, b) {
      if (a[1] === 0) return b;
      if (b[1] === 0) return a;
      const between = a[0] / a[1] - b[0] / b[1];
      return [a[0] + b[0], a[1] + b[1], a[2] + b[2] + (between * between * a[1] * b[1]) / (a[1] + b[1])];
    },
    result: ([, count, m2]) => result(m2, count),
  };
}

function deviationFunction(
  name: string,
  doc: string,
  result: (m2: number, count: number) => number,
): AggregateFunction {
  const aggregator = moments(result);
  return aggregateFunction({
    name,
    category: 'AGGREGATE',
    doc,
    signatures: [INTEGER, BIGINT, DOUBLE].map((type) => ({
      params: [param('val', type, 'The column.')],
      returns: DOUBLE,
      create: () => aggregator,
    })),
  });
}

/** Despite its name ("standard deviation"), ksqlDB computes the variance; this behavior is kept for compatibility. */
export const stddevSamp = deviationFunction(
  'STDDEV_SAMP',
  'Returns the sample variance of a column (the square of STDDEV_SAMPLE, as in ksqlDB); 0.0 for less than two values. NULLs do not count.',
  (m2, count) => (count < 2 ? 0 : m2 / (count - 1)),
);

export const stddevSample = deviationFunction(
  'STDDEV_SAMPLE',
  'Returns the sample standard deviation of a column; 0.0 for less than two values. NULLs do not count.',
  (m2, count) => (count < 2 ? 0 : Math.sqrt(m2 / (count - 1))),
);

export const stddevPop = deviationFunction(
  'STDDEV_POP',
  'Returns the standard deviation of a column, taken as the whole population; 0.0 for no values. NULLs do not count.',
  (m2, count) => (count === 0 ? 0 : Math.sqrt(m2 / count)),
);
