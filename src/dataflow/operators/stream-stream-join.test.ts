import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { sink, source, streamStreamJoin } from '../testing/steps.ts';

const ls = source('STREAM', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
const rs = source('STREAM', 'r', { key: { RK: STRING }, value: { R: INTEGER } });

test('stream-stream join: matches within the window, each pair once, at the higher time', () => {
  const f = new Feed(sink(streamStreamJoin(ls, rs, 'INNER', { beforeMs: 5, afterMs: 10 })));
  expect(f.feed('l', 'k', { L: 1 }, 100)).toEqual([]);
  expect(f.feed('r', 'k', { R: 1 }, 94)).toEqual([]);
  expect(f.feed('r', 'k', { R: 2 }, 95)).toEqual([['k', { L: 1, RK: 'k', R: 2 }, 100]]);
  expect(f.feed('r', 'k', { R: 3 }, 110)).toEqual([['k', { L: 1, RK: 'k', R: 3 }, 110]]);
  expect(f.feed('r', 'k', { R: 4 }, 111)).toEqual([]);
  expect(f.feed('l', 'k', { L: 2 }, 100)).toHaveLength(2);
  expect(f.feed('l', 'other', { L: 2 }, 100)).toEqual([]);
  expect(f.feed('l', 'k', null, 100)).toEqual([]);
});

test('stream-stream left join without GRACE: the padded row at once, and the match as well', () => {
  const f = new Feed(sink(streamStreamJoin(ls, rs, 'LEFT', { beforeMs: 10, afterMs: 10 })));
  expect(f.feed('l', 'k', { L: 1 }, 0)).toEqual([['k', { L: 1, RK: null, R: null }, 0]]);
  expect(f.feed('r', 'k', { R: 1 }, 5)).toEqual([['k', { L: 1, RK: 'k', R: 1 }, 5]]);
});

test('stream-stream outer join with GRACE: padded rows when their window has closed; late ones at once; null keys at once', () => {
  const f = new Feed(sink(streamStreamJoin(ls, rs, 'OUTER', { beforeMs: 10, afterMs: 10, graceMs: 5 })));
  expect(f.feed('l', 'a', { L: 1 }, 100)).toEqual([]);
  expect(f.feed('r', 'b', { R: 2 }, 101)).toEqual([]);
  expect(f.feed('l', 'c', { L: 3 }, 102)).toEqual([]);
  expect(f.feed('r', 'c', { R: 4 }, 103)).toEqual([['c', { L: 3, RK: 'c', R: 4 }, 103]]);
  expect(f.feed('l', 'd', { L: 5 }, 115)).toEqual([]);
  expect(f.feed('l', 'd', { L: 6 }, 117)).toEqual([
    ['a', { L: 1, RK: null, R: null }, 100],
    ['b', { L: null, RK: 'b', R: 2 }, 101],
  ]);
  expect(f.feed('l', 'e', { L: 7 }, 90)).toEqual([['e', { L: 7, RK: null, R: null }, 90]]);
  expect(f.feed('l', undefined, { L: 8 }, 117)).toEqual([[null, { L: 8, RK: null, R: null }, 117]]);
});

test.each(['LEFT', 'OUTER'] as const)(
  'stream-stream %s join: a record behind stream time, within the grace, is padded when that is over',
  (type) => {
    const f = new Feed(sink(streamStreamJoin(ls, rs, type, { beforeMs: 2000, afterMs: 2000, graceMs: 8000 })));
    expect(f.feed('l', 'k2', { L: 2 }, 10_000)).toEqual([]);
    expect(f.feed('l', 'k1', { L: 1 }, 7000)).toEqual([]);
    expect(f.feed('l', 'k3', { L: 3 }, 7000)).toEqual([]);
    expect(f.feed('r', 'k1', { R: 1 }, 7100)).toEqual([['k1', { L: 1, RK: 'k1', R: 1 }, 7100]]);
    expect(f.feed('l', 'k4', { L: 4 }, 17_001)).toEqual([['k3', { L: 3, RK: null, R: null }, 7000]]);
  },
);
