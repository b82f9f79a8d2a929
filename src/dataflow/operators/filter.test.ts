import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { col, filter, greater, int, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { A: INTEGER, B: STRING } });
const table = source('TABLE', 't', { value: { A: INTEGER } });
const kept = source('TABLE', 't', { value: { A: INTEGER }, materialized: true });

test('stream filter: passes what satisfies the predicate; null is false; no value, nothing to satisfy it', () => {
  const f = new Feed(sink(filter(stream, greater(col(stream, 'A'), int(1)))));
  expect(f.feed('s', 'k', { A: 2, B: 'x' }, 7)).toEqual([['k', { A: 2, B: 'x' }, 7]]);
  expect(f.feed('s', 'k', { A: 1, B: 'x' })).toEqual([]);
  expect(f.feed('s', 'k', { B: 'x' })).toEqual([]);
  expect(f.feed('s', 'k', null)).toEqual([]);
});

test('table filter: a row that stops matching is a tombstone; without a store, so is one that never matched', () => {
  const f = new Feed(sink(filter(table, greater(col(table, 'A'), int(1)))));
  expect(f.feed('t', 'k', { A: 0 })).toEqual([['k', null, 0]]);
  const g = new Feed(sink(filter(kept, greater(col(kept, 'A'), int(1)))));
  expect(g.feed('t', 'k', { A: 0 })).toEqual([]);
  expect(g.feed('t', 'k', { A: 5 }, 3)).toEqual([['k', { A: 5 }, 3]]);
  expect(g.feed('t', 'k', { A: 0 }, 4)).toEqual([['k', null, 4]]);
  expect(g.feed('t', 'k', null, 5)).toEqual([]);
});
