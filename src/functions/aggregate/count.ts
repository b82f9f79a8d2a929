import { addInt64, type Int64, subInt64 } from '../../types/int64.ts';
import { BIGINT } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { ANY, param } from '../param.ts';

const countValues: Aggregator<Int64> = {
  intermediate: BIGINT,
  initialize: () => 0,
  add: (count, args) => (args[0] === null ? count : addInt64(count, 1)),
  undo: (count, args) => (args[0] === null ? count : subInt64(count, 1)),
  merge: addInt64,
  result: (count) => count,
};

const countRows: Aggregator<Int64> = {
  ...countValues,
  add: (count) => addInt64(count, 1),
  undo: (count) => subInt64(count, 1),
};

/** COUNT(*) is equivalent to COUNT(ROWTIME), which is never null. */
export const count = aggregateFunction({
  name: 'COUNT',
  category: 'AGGREGATE',
  doc: 'Counts the rows for which a column is not NULL; COUNT(*) counts all rows.',
  signatures: [
    {
      params: [param('val', ANY, 'The column.')],
      returns: BIGINT,
      isMergedExactly: true,
      create: () => countValues,
    },
    { params: [], returns: BIGINT, isMergedExactly: true, create: () => countRows },
  ],
});
