import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { numericOverflow } from '../../types/cast.ts';
import { fitsPrecision, formatDecimal } from '../../types/decimal.ts';
import { addInt64, type Int64, subInt64 } from '../../types/int64.ts';
import { BIGINT, type DecimalType, DOUBLE, INTEGER, type SqlType } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { ANY_DECIMAL, param } from '../param.ts';

/** A sum over the values that are not null; zero if there are none. */
function summing<A>(type: SqlType, zero: A, add: (a: A, b: A) => A, subtract: (a: A, b: A) => A): Aggregator<A> {
  return {
    intermediate: type,
    initialize: () => zero,
    add: (sum, args) => (args[0] === null ? sum : add(sum, args[0] as A)),
    undo: (sum, args) => (args[0] === null ? sum : subtract(sum, args[0] as A)),
    merge: add,
    result: (sum) => sum,
  };
}

export const sumOfIntegers = summing<number>(
  INTEGER,
  0,
  (a, b) => (a + b) | 0,
  (a, b) => (a - b) | 0,
);
export const sumOfBigints = summing<Int64>(BIGINT, 0, addInt64, subInt64);
export const sumOfDoubles = summing<number>(
  DOUBLE,
  0,
  (a, b) => a + b,
  (a, b) => a - b,
);

/** The sum keeps the type of its column; a sum that does not fit stops the query, as in ksqlDB. */
function sumOfDecimals(type: DecimalType): Aggregator<bigint> {
  const checked = (sum: bigint): bigint => {
    if (fitsPrecision(sum, type.precision)) return sum;
    throw new SluiceError('QUERY_FAILED', numericOverflow(formatDecimal(sum, type.scale), type).message);
  };
  return summing<bigint>(
    type,
    0n,
    (a, b) => checked(a + b),
    (a, b) => checked(a - b),
  );
}

export const sum = aggregateFunction({
  name: 'SUM',
  category: 'AGGREGATE',
  doc:
    'Adds up the values of a column, in the type of the column. NULLs do not count. INTEGER and BIGINT wrap around; a ' +
    'DECIMAL sum that does not fit its type stops the query: CAST the column to a wider DECIMAL.',
  signatures: [
    {
      params: [param('val', INTEGER, 'The column.')],
      returns: INTEGER,
      isMergedExactly: true,
      create: () => sumOfIntegers,
    },
    {
      params: [param('val', BIGINT, 'The column.')],
      returns: BIGINT,
      isMergedExactly: true,
      create: () => sumOfBigints,
    },
    { params: [param('val', DOUBLE, 'The column.')], returns: DOUBLE, create: () => sumOfDoubles },
    {
      params: [param('val', ANY_DECIMAL, 'The column.')],
      returns: (types) => must(types[0], 'type'),
      create: (site) => sumOfDecimals(site.argTypes[0] as DecimalType),
    },
  ],
});
