import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, col, filter, greater, groupBy, int, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const table = source('TABLE', 't', { value: { G: STRING, N: INTEGER } });
const count = call('COUNT', [], BIGINT, 1);
const sum = call('SUM', [col(stream, 'N')], INTEGER, 0);
const list = call('COLLECT_LIST', [col(stream, 'N')], { kind: 'ARRAY', element: INTEGER }, 0);

test('stream aggregate: one output per update, at the highest time merged; null groups and missing values do not count', () => {
  const f = new Feed(sink(aggregate(groupBy(stream, ['G']), { C: count, S: sum })));
  expect(f.feed('s', 'k', { G: 'a', N: 2 }, 10)).toEqual([['a', { C: 1, S: 2 }, 10]]);
  expect(f.feed('s', 'k', { G: 'a', N: 3 }, 5)).toEqual([['a', { C: 2, S: 5 }, 10]]);
  expect(f.feed('s', 'k', { G: 'b', N: null }, 6)).toEqual([['b', { C: 1, S: 0 }, 6]]);
  expect(f.feed('s', 'k', { G: null, N: 3 }, 20)).toEqual([]);
  expect(f.problems.map((p) => p.message)).toEqual([
    'Group-by column with index 0 resolved to null. The source row will be excluded from the table.',
  ]);
  expect(f.feed('s', 'k', null, 20)).toEqual([]);
});

test('stream aggregate: headers of the record that triggered the output', () => {
  const f = new Feed(sink(aggregate(groupBy(stream, ['G']), { C: count })));
  f.feed('s', 'k', { G: 'a', N: 2 }, 10, { h: '1' });
  expect(f.headers).toEqual([['h=1']]);
});

test('HAVING: rows that stop matching become tombstones, rows that never matched nothing', () => {
  const step = aggregate(groupBy(stream, ['G']), { S: sum });
  const f = new Feed(sink(filter(step, greater(col(step, 'S'), int(3)))));
  expect(f.feed('s', 'k', { G: 'a', N: 2 })).toEqual([]);
  expect(f.feed('s', 'k', { G: 'a', N: 2 })).toEqual([['a', { S: 4 }, 0]]);
  expect(f.feed('s', 'k', { G: 'a', N: -2 })).toEqual([['a', null, 0]]);
  expect(f.feed('s', 'k', { G: 'a', N: 0 })).toEqual([]);
});

test('HAVING compares with the row before the update, also where the aggregate is changed in place', () => {
  const step = aggregate(groupBy(stream, ['G']), { L: list });
  const lengthOver1 = greater(
    { kind: 'call', name: 'ARRAY_LENGTH', signature: 0, args: [col(step, 'L')], type: INTEGER },
    int(1),
  );
  const f = new Feed(sink(filter(step, lengthOver1)));
  expect(f.feed('s', 'k', { G: 'a', N: 1 })).toEqual([]);
  expect(f.feed('s', 'k', { G: 'a', N: 2 })).toEqual([['a', { L: [1, 2] }, 0]]);
});

test('table aggregate: an update in its group is one output, one that changes the group two, the old group first', () => {
  const f = new Feed(sink(aggregate(groupBy(table, ['G']), { C: count, S: sum })));
  expect(f.feed('t', 'k1', { G: 'a', N: 2 }, 1)).toEqual([['a', { C: 1, S: 2 }, 1]]);
  expect(f.feed('t', 'k2', { G: 'a', N: 3 }, 2)).toEqual([['a', { C: 2, S: 5 }, 2]]);
  expect(f.feed('t', 'k1', { G: 'a', N: 7 }, 3)).toEqual([['a', { C: 2, S: 10 }, 3]]);
  expect(f.feed('t', 'k1', { G: 'b', N: 7 }, 4)).toEqual([
    ['a', { C: 1, S: 3 }, 4],
    ['b', { C: 1, S: 7 }, 4],
  ]);
  expect(f.feed('t', 'k1', null, 5)).toEqual([['b', { C: 0, S: 0 }, 5]]);
  expect(f.feed('t', 'k1', null, 6)).toEqual([]);
  expect(f.feed('t', 'k2', { G: null, N: 1 }, 7)).toEqual([['a', { C: 0, S: 0 }, 7]]);
});
