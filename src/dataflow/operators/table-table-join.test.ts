import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { sink, source, tableTableJoin } from '../testing/steps.ts';

const lt = source('TABLE', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
const rt = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });

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
