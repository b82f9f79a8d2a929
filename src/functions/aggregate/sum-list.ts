import { array, BIGINT, DOUBLE, INTEGER } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param } from '../param.ts';
import { sumOfBigints, sumOfDoubles, sumOfIntegers } from './sum.ts';

/** Treats each element of a list as a row of SUM. */
function overElements(sum: Aggregator): Aggregator {
  const each = (step: (aggregate: unknown, args: readonly unknown[]) => unknown) => {
    const args: unknown[] = [null];
    return (aggregate: unknown, [list]: readonly unknown[]) => {
      if (list === null) return aggregate;
      for (const value of list as readonly unknown[]) {
        args[0] = value;
        aggregate = step(aggregate, args);
      }
      return aggregate;
    };
  };
  const { undo } = sum;
  return { ...sum, add: each((aggregate, args) => sum.add(aggregate, args)), ...(undo && { undo: each(undo) }) };
}

export const sumList = aggregateFunction({
  name: 'SUM_LIST',
  category: 'AGGREGATE',
  doc: 'Adds up all elements of the lists in a column. NULLs do not count.',
  signatures: [
    {
      params: [param('list', array(INTEGER), 'The column.')],
      returns: INTEGER,
      create: () => overElements(sumOfIntegers),
    },
    {
      params: [param('list', array(BIGINT), 'The column.')],
      returns: BIGINT,
      create: () => overElements(sumOfBigints),
    },
    {
      params: [param('list', array(DOUBLE), 'The column.')],
      returns: DOUBLE,
      create: () => overElements(sumOfDoubles),
    },
  ],
});
