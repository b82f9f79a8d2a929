import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import {
  col,
  foreignKeyJoin,
  sink,
  source,
  streamStreamJoin,
  streamTableJoin,
  tableTableJoin,
} from '../testing/steps.ts';

const ls = source('STREAM', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
const rs = source('STREAM', 'r', { key: { RK: STRING }, value: { R: INTEGER } });
const lt = source('TABLE', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
const rt = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });

test('stream-table join: the table as it stands; output time is the record’s', () => {
  const f = new Feed(sink(streamTableJoin(ls, rt, 'LEFT')));
  expect(f.feed('l', 'k', { L: 1 }, 5)).toEqual([['k', { L: 1, RK: null, R: null }, 5]]);
  expect(f.feed('r', 'k', { R: 9 }, 100)).toEqual([]);
  expect(f.feed('l', 'k', { L: 2 }, 6)).toEqual([['k', { L: 2, RK: 'k', R: 9 }, 6]]);
  expect(f.feed('l', 'k', null, 7)).toEqual([]);
  expect(f.feed('l', undefined, { L: 3 }, 7)).toEqual([[null, { L: 3, RK: null, R: null }, 7]]);
  f.feed('r', 'k', null, 101);
  expect(f.feed('l', 'k', { L: 2 }, 8)).toEqual([['k', { L: 2, RK: null, R: null }, 8]]);
  const inner = new Feed(sink(streamTableJoin(ls, rt, 'INNER')));
  expect(inner.feed('l', 'k', { L: 1 })).toEqual([]);
  expect(inner.feed('l', undefined, { L: 1 })).toEqual([]);
});

test('table-table inner join: nothing while the other side is missing, tombstones while it is there', () => {
  const f = new Feed(sink(tableTableJoin(lt, rt, 'INNER')));
  expect(f.feed('l', 'k', { L: 1 }, 1)).toEqual([]);
  expect(f.feed('r', 'k', { R: 2 }, 9)).toEqual([['k', { L: 1, RK: 'k', R: 2 }, 9]]);
  expect(f.feed('l', 'k', { L: 3 }, 4)).toEqual([['k', { L: 3, RK: 'k', R: 2 }, 9]]);
  expect(f.feed('l', 'k', null, 10)).toEqual([['k', null, 10]]);
  expect(f.feed('r', 'k', null, 11)).toEqual([]);
});

test('table-table left, right and outer joins', () => {
  const left = new Feed(sink(tableTableJoin(lt, rt, 'LEFT')));
  expect(left.feed('r', 'k', { R: 2 }, 1)).toEqual([]);
  expect(left.feed('l', 'k', { L: 1 }, 2)).toEqual([['k', { L: 1, RK: 'k', R: 2 }, 2]]);
  expect(left.feed('r', 'k', null, 3)).toEqual([['k', { L: 1, RK: null, R: null }, 3]]);
  expect(left.feed('l', 'k', null, 4)).toEqual([['k', null, 4]]);
  expect(left.feed('l', 'k', null, 5)).toEqual([]);
  const right = new Feed(sink(tableTableJoin(lt, rt, 'RIGHT')));
  expect(right.feed('l', 'k', { L: 1 }, 1)).toEqual([]);
  expect(right.feed('r', 'k', { R: 2 }, 2)).toEqual([['k', { L: 1, RK: 'k', R: 2 }, 2]]);
  const outer = new Feed(sink(tableTableJoin(lt, rt, 'OUTER')));
  expect(outer.feed('r', 'k', { R: 2 }, 1)).toEqual([['k', { L: null, RK: 'k', R: 2 }, 1]]);
  expect(outer.feed('r', 'k', null, 2)).toEqual([['k', null, 2]]);
  expect(outer.feed('r', 'k', null, 3)).toEqual([]);
});

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

const fkLeft = source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING, L: INTEGER } });

test('foreign-key join: inner', () => {
  const f = new Feed(sink(foreignKeyJoin(fkLeft, rt, 'INNER', col(fkLeft, 'FK'))));
  expect(f.feed('l', 'k2', { FK: 'x', L: 2 }, 1)).toEqual([]);
  expect(f.feed('l', 'k1', { FK: 'x', L: 1 }, 2)).toEqual([]);
  // In the order of the left keys, at the right record's time.
  expect(f.feed('r', 'x', { R: 7 }, 3)).toEqual([
    ['k1', { FK: 'x', L: 1, RK: 'x', R: 7 }, 3],
    ['k2', { FK: 'x', L: 2, RK: 'x', R: 7 }, 3],
  ]);
  f.feed('r', 'y', { R: 8 }, 4);
  expect(f.feed('l', 'k1', { FK: 'y', L: 1 }, 2)).toEqual([['k1', { FK: 'y', L: 1, RK: 'y', R: 8 }, 4]]);
  // The row no longer refers to x.
  expect(f.feed('r', 'x', { R: 9 }, 5)).toEqual([['k2', { FK: 'x', L: 2, RK: 'x', R: 9 }, 5]]);
  expect(f.feed('l', 'k1', { FK: 'nobody', L: 1 }, 6)).toEqual([['k1', null, 6]]);
  expect(f.feed('r', 'x', null, 7)).toEqual([['k2', null, 7]]);
  // Deleting a left row always sends a tombstone.
  expect(f.feed('l', 'k2', null, 8)).toEqual([['k2', null, 8]]);
  expect(f.feed('l', 'k1', { FK: 'y', L: 1 }, 9)).toHaveLength(1);
  expect(f.feed('l', 'k1', { FK: null, L: 1 }, 10)).toEqual([['k1', null, 10]]);
});

test('foreign-key join: left', () => {
  const f = new Feed(sink(foreignKeyJoin(fkLeft, rt, 'LEFT', col(fkLeft, 'FK'))));
  expect(f.feed('l', 'k', { FK: 'x', L: 1 }, 1)).toEqual([['k', { FK: 'x', L: 1, RK: null, R: null }, 1]]);
  expect(f.feed('r', 'x', { R: 7 }, 3)).toEqual([['k', { FK: 'x', L: 1, RK: 'x', R: 7 }, 3]]);
  expect(f.feed('l', 'k', { FK: null, L: 1 }, 4)).toEqual([['k', { FK: null, L: 1, RK: null, R: null }, 4]]);
  expect(f.feed('r', 'x', { R: 8 }, 5)).toEqual([]);
  expect(f.feed('l', 'k', null, 6)).toEqual([['k', null, 6]]);
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
