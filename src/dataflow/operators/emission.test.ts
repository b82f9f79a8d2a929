import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, col, filter, greater, groupByKey, int, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const count = call('COUNT', [], BIGINT, 1);

test('gathered updates leave in the order of the last changes', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count })), { gather: true });
  for (const key of ['a', 'b', 'c', 'a', 'a', 'd', 'b']) f.feed('s', key, { N: 1 }, 1);
  expect(f.send().map(([key]) => key)).toEqual(['c', 'a', 'd', 'b']);
  for (const key of ['b', 'a']) f.feed('s', key, { N: 1 }, 1);
  expect(f.send().map(([key]) => key)).toEqual(['b', 'a']);
});

test('gathered updates: one output per key and commit, with the latest state; records with headers at once', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count })), { gather: true });
  expect(f.feed('s', 'a', { N: 1 }, 1)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 5)).toEqual([]);
  expect(f.feed('s', 'b', { N: 1 }, 3)).toEqual([]);
  expect(f.send()).toEqual([
    ['a', { C: 2 }, 5],
    ['b', { C: 1 }, 3],
  ]);
  expect(f.send()).toEqual([]);
  f.feed('s', 'a', { N: 1 }, 6);
  f.feed('s', 'a', { N: 1 }, 7, { h: 'x' });
  expect(f.send()).toEqual([['a', { C: 4 }, 7]]);
  expect(f.headers).toEqual([['h=x']]);
});

test('gathered updates: HAVING sees the row of the last commit as the old one', () => {
  const step = aggregate(groupByKey(stream), { C: count });
  const f = new Feed(sink(filter(step, greater(int(3), col(step, 'C')))), { gather: true });
  f.feed('s', 'a', { N: 1 });
  expect(f.send()).toEqual([['a', { C: 1 }, 0]]);
  f.feed('s', 'a', { N: 1 });
  f.feed('s', 'a', { N: 1 });
  expect(f.send()).toEqual([['a', null, 0]]);
  f.feed('s', 'a', { N: 1 });
  expect(f.send()).toEqual([]);
});
