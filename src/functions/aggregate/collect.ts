import { must } from '../../base/assert.ts';
import { identityKey } from '../../types/compare.ts';
import { array, type SqlType } from '../../types/sql-type.ts';
import { aggregateFunction, type Aggregator, type CallSite } from '../api.ts';
import { arrayOf, param, T } from '../param.ts';
import { limitOf } from './limits.ts';

type List = readonly unknown[];

/** Lists are replaced, never modified: rows that were already emitted refer to them. */
function collectingList(element: SqlType, limit: number): Aggregator<List> {
  const key = identityKey(element);
  return {
    intermediate: array(element),
    initialize: () => [],
    add: (list, args) => (list.length >= limit ? list : [...list, args[0]]),
    // It is unknown which of several equal values came from this row: the last one is removed.
    undo(list, args) {
      const wanted = key(args[0]);
      const at = list.findLastIndex((value) => key(value) === wanted);
      return at < 0 ? list : list.toSpliced(at, 1);
    },
    merge: (a, b) => [...a, ...b].slice(0, limit),
    result: (list) => list,
  };
}

function collectingSet(element: SqlType, limit: number): Aggregator<List> {
  const key = identityKey(element);
  // The keys of a list that was created here, so that most additions need not iterate over it.
  const known = new WeakMap<List, Set<unknown>>();
  const keysOf = (list: List): Set<unknown> => known.get(list) ?? new Set(list.map(key));
  const append = (list: List, values: List): List => {
    const keys = keysOf(list);
    const added: unknown[] = [];
    for (const value of values) {
      if (list.length + added.length >= limit) break;
      const k = key(value);
      if (keys.has(k)) continue;
      keys.add(k);
      added.push(value);
    }
    if (added.length === 0) {
      known.set(list, keys);
      return list;
    }
    // The keys now belong only to the new list.
    known.delete(list);
    const result = [...list, ...added];
    known.set(result, keys);
    return result;
  };
  return {
    intermediate: array(element),
    initialize: () => [],
    add: append,
    merge: append,
    result: (list) => list,
  };
}

const COLUMN = [param('val', T, 'The column.')];

export const collectList = aggregateFunction({
  name: 'COLLECT_LIST',
  category: 'AGGREGATE',
  doc: 'Collects all values of a column, NULLs too, in an array, up to ksql.functions.collect_list.limit of them.',
  signatures: [
    {
      params: COLUMN,
      returns: arrayOf(T),
      create: (site: CallSite) =>
        collectingList(must(site.argTypes[0], 'arg type'), limitOf(site.env, 'ksql.functions.collect_list.limit')),
    },
  ],
});

export const collectSet = aggregateFunction({
  name: 'COLLECT_SET',
  category: 'AGGREGATE',
  doc: 'Collects the distinct values of a column, NULL too, in an array, up to ksql.functions.collect_set.limit of them.',
  signatures: [
    {
      params: COLUMN,
      returns: arrayOf(T),
      create: (site: CallSite) =>
        collectingSet(must(site.argTypes[0], 'arg type'), limitOf(site.env, 'ksql.functions.collect_set.limit')),
    },
  ],
});
