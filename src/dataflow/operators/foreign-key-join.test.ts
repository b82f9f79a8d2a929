import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { col, foreignKeyJoin, sink, source } from '../testing/steps.ts';

const fkLeft = source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING, L: INTEGER } });
const rt = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });

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
