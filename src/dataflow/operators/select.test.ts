import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { select, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { A: INTEGER, B: STRING } });

test('stream select: projects, and lets null keys, missing values and headers through', () => {
  const f = new Feed(sink(select(stream, ['B'])));
  expect(f.feed('s', undefined, { A: 2, B: 'x' }, 1, { h: 'v' })).toEqual([[null, { B: 'x' }, 1]]);
  expect(f.headers).toEqual([['h=v']]);
  expect(f.feed('s', 'k', null, 2)).toEqual([['k', null, 2]]);
  expect(f.headers).toEqual([[]]);
});
