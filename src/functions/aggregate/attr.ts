import { must } from '../../base/assert.ts';
import { identityKey } from '../../types/compare.ts';
import { array, INTEGER, type SqlType, struct } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator } from '../api.ts';
import { param, T } from '../param.ts';

type Counted = readonly [value: unknown, count: number];

/** Counts each distinct value, so that rows can be undone. */
function counting(type: SqlType): Aggregator<readonly Counted[]> {
  const key = identityKey(type);
  const plus = (entries: readonly Counted[], value: unknown, count: number): readonly Counted[] => {
    const wanted = key(value);
    const at = entries.findIndex((entry) => key(entry[0]) === wanted);
    if (at < 0) return count > 0 ? [...entries, [value, count]] : entries;
    const total = entries[at]![1] + count;
    return total > 0 ? entries.with(at, [value, total]) : entries.toSpliced(at, 1);
  };
  return {
    intermediate: array(
      struct([
        { name: 'VALUE', type },
        { name: 'COUNT', type: INTEGER },
      ]),
    ),
    initialize: () => [],
    add: (entries, args) => plus(entries, args[0], 1),
    undo: (entries, args) => plus(entries, args[0], -1),
    merge: (a, b) => b.reduce((entries, [value, count]) => plus(entries, value, count), a),
    result: (entries) => (entries.length === 1 ? entries[0]![0] : null),
  };
}

export const attr = aggregateFunction({
  name: 'ATTR',
  category: 'AGGREGATE',
  doc: 'Returns the one value that all rows have in a column; NULL when there are several, NULL being one of them.',
  signatures: [
    {
      params: [param('colValue', T, 'The column.')],
      returns: T,
      create: (site) => counting(must(site.argTypes[0], 'arg type')),
    },
  ],
});
