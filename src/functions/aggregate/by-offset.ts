import { must } from '../../base/assert.ts';
import type { Int64 } from '../../types/int64.ts';
import { array, BIGINT, BOOLEAN, INTEGER, type SqlType, struct } from '../../types/sql-type.ts';
import { type AggregateFunction, aggregateFunction, type Aggregator, type CallSite, type FunctionEnv } from '../api.ts';
import { arrayOf, param, T } from '../param.ts';
import { countArgument } from './limits.ts';

/**
 * Values are stored with a sequence number of their arrival, since sessions are merged by time and not by offset. The
 * numbers start at the wall clock (in microseconds), so that they continue to increase after a restart.
 */
type Entry = readonly [sequence: Int64, value: unknown];

const entryType = (type: SqlType): SqlType =>
  struct([
    { name: 'SEQ', type: BIGINT },
    { name: 'VAL', type },
  ]);

function sequence(env: FunctionEnv): () => number {
  let last = Math.floor(env.nowMs()) * 1000;
  return () => ++last;
}

function single(site: CallSite, latest: boolean, ignoreNulls: boolean): Aggregator<Entry | null> {
  const next = sequence(site.env);
  return {
    intermediate: entryType(must(site.argTypes[0], 'arg type')),
    initialize: () => null,
    add: (entry, args) =>
      (ignoreNulls && args[0] === null) || (!latest && entry !== null) ? entry : [next(), args[0]],
    merge(a, b) {
      if (a === null || b === null) return a ?? b;
      return a[0] > b[0] === latest ? a : b;
    },
    result: (entry) => (entry === null ? null : entry[1]),
  };
}

function several(site: CallSite, latest: boolean, ignoreNulls: boolean, limit: number): Aggregator<readonly Entry[]> {
  const next = sequence(site.env);
  const cut = (entries: readonly Entry[]): readonly Entry[] =>
    entries.length <= limit ? entries : latest ? entries.slice(-limit) : entries.slice(0, limit);
  return {
    intermediate: array(entryType(must(site.argTypes[0], 'arg type'))),
    initialize: () => [],
    add: (entries, args) =>
      (ignoreNulls && args[0] === null) || (!latest && entries.length >= limit)
        ? entries
        : cut([...entries, [next(), args[0]]]),
    merge: (a, b) => cut([...a, ...b].sort((x, y) => (x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : 0))),
    result: (entries) => entries.map((entry) => entry[1]),
  };
}

function byOffset(name: string, word: string, latest: boolean): AggregateFunction {
  const column = param('val', T, 'The column.');
  const count = param(`${word}N`, INTEGER, 'How many values to return; a literal.');
  const nulls = param('ignoreNulls', BOOLEAN, 'Whether NULLs are left out, as they are by default; a literal.');
  return aggregateFunction({
    name,
    category: 'AGGREGATE',
    doc: `Returns the ${word} value of a column, or the N ${word} ones as an array. ${latest ? 'The latest value has the highest offset' : 'The earliest value has the lowest offset'} in its partition.`,
    signatures: [
      { params: [column], returns: T, create: (site) => single(site, latest, true) },
      {
        params: [column, nulls],
        literals: 1,
        returns: T,
        create: (site) => single(site, latest, site.constants[1] !== false),
      },
      {
        params: [column, count],
        literals: 1,
        returns: arrayOf(T),
        create: (site) => several(site, latest, true, countArgument(site.constants[1], count.name)),
      },
      {
        params: [column, count, nulls],
        literals: 2,
        returns: arrayOf(T),
        create: (site) =>
          several(site, latest, site.constants[2] !== false, countArgument(site.constants[1], count.name)),
      },
    ],
  });
}

export const earliestByOffset = byOffset('EARLIEST_BY_OFFSET', 'earliest', false);
export const latestByOffset = byOffset('LATEST_BY_OFFSET', 'latest', true);
