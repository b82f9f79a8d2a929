import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { sink, source, streamTableJoin } from '../testing/steps.ts';

const ls = source('STREAM', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
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
