import { addInt64, type Int64, subInt64 } from '../../types/int64.ts';
import { BIGINT, map, STRING } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param } from '../param.ts';

type Counts = ReadonlyMap<string, Int64>;

const MAX_KEYS = 1000;

/**
 * New keys beyond the limit are not counted. Maps are replaced, never modified: rows that were already emitted refer to
 * them.
 */
function plus(counts: Counts, key: string, count: Int64): Counts {
  const before = counts.get(key);
  if (before === undefined && counts.size >= MAX_KEYS) return counts;
  return new Map(counts).set(key, before === undefined ? count : addInt64(before, count));
}

const histogramOf: Aggregator<Counts> = {
  intermediate: map(STRING, BIGINT),
  initialize: () => new Map(),
  add: (counts, args) => (args[0] === null ? counts : plus(counts, args[0] as string, 1)),
  undo(counts, args) {
    const key = args[0] as string | null;
    const before = key === null ? undefined : counts.get(key);
    if (key === null || before === undefined) return counts;
    const result = new Map(counts);
    if (before === 1) result.delete(key);
    else result.set(key, subInt64(before, 1));
    return result;
  },
  merge(a, b) {
    let result = a;
    for (const [key, count] of b) result = plus(result, key, count);
    return result;
  },
  result: (counts) => counts,
};

export const histogram = aggregateFunction({
  name: 'HISTOGRAM',
  category: 'AGGREGATE',
  doc: 'Returns a map of the distinct values of a STRING column and how often each occurs. At most 1000 distinct values are counted; NULLs are not.',
  signatures: [
    { params: [param('val', STRING, 'The column.')], returns: map(STRING, BIGINT), create: () => histogramOf },
  ],
});
