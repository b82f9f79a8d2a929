import { expect, test } from 'vitest';
import { Feed } from '../testing/feed.ts';
import { col, foreignKeyJoin, sink, source } from '../testing/steps.ts';
import { BIGINT, INTEGER, STRING, struct } from '../../types/sql-type.ts';

const left = source('TABLE', 'l', { key: { LK: BIGINT }, value: { FK: INTEGER, L: STRING } });
const right = source('TABLE', 'r', {
  key: { RK: INTEGER },
  value: { R: struct([{ name: 'N', type: BIGINT }]), EMPTY: STRING },
});

test('keys of both sides and nested rows cross both topics unchanged', () => {
  const f = new Feed(sink(foreignKeyJoin(left, right, 'LEFT', col(left, 'FK'))));
  f.feed('r', 7, { R: { N: 2 }, EMPTY: null }, 3);
  const [joined] = f.feed('l', 5, { FK: 7, L: 'x' }, 4);
  expect(joined).toEqual([5, { FK: 7, L: 'x', RK: 7, R: { N: 2 }, EMPTY: null }, 4]);
});

test('a right row of nulls is not the same as no right row', () => {
  const f = new Feed(sink(foreignKeyJoin(left, right, 'INNER', col(left, 'FK'))));
  f.feed('r', 7, { R: null, EMPTY: null }, 1);
  expect(f.feed('l', 5, { FK: 7, L: 'x' }, 2)).toHaveLength(1);
  expect(f.feed('r', 7, null, 3)).toEqual([[5, null, 3]]);
});

test('the headers of the record that changed the right table travel with the answer', () => {
  const f = new Feed(sink(foreignKeyJoin(left, right, 'INNER', col(left, 'FK'))));
  f.feed('l', 5, { FK: 7, L: 'x' }, 2);
  f.feed('r', 7, { R: null, EMPTY: 'e' }, 3, { h: '1' });
  expect(f.headers).toEqual([['h=1']]);
});
