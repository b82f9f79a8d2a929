import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, col, filter, greater, groupBy, groupByKey, int, sink, source } from '../testing/steps.ts';

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

const size = { type: 'TUMBLING', sizeMs: 10 } as const;

test('tumbling windows: by the record time; late records are dropped once the window has closed', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, { ...size, graceMs: 5 })));
  const bounds = (start: number) => ({ WINDOWSTART: start, WINDOWEND: start + 10 });
  expect(f.feed('s', 'k', { N: 1 }, 3)).toEqual([[['k', 0, 10], { C: 1, ...bounds(0) }, 3]]);
  expect(f.feed('s', 'k', { N: 1 }, 14)).toEqual([[['k', 10, 20], { C: 1, ...bounds(10) }, 14]]);
  expect(f.feed('s', 'k', { N: 1 }, 4)).toEqual([[['k', 0, 10], { C: 2, ...bounds(0) }, 4]]);
  f.feed('s', 'other', { N: 1 }, 15);
  expect(f.feed('s', 'k', { N: 1 }, 4)).toEqual([]);
  expect(f.chain.counters.lateDrops).toBe(1);
});

test('hopping windows: each record is in every window that holds its time, none before 0', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, { type: 'HOPPING', sizeMs: 10, advanceMs: 4 })));
  expect(f.feed('s', 'k', { N: 1 }, 9).map(([k]) => k)).toEqual([
    ['k', 0, 10],
    ['k', 4, 14],
    ['k', 8, 18],
  ]);
  expect(f.feed('s', 'k', { N: 1 }, 2).map(([k, v]) => [k, v!['C']])).toEqual([[['k', 0, 10], 2]]);
});

test('sessions: a record merges what is a gap away; replaced sessions are tombstones at their end', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { S: sum }, { type: 'SESSION', gapMs: 10 })));
  const s = (start: number, end: number, total: number) => [
    ['k', start, end],
    { S: total, WINDOWSTART: start, WINDOWEND: end },
    end,
  ];
  expect(f.feed('s', 'k', { N: 1 }, 0)).toEqual([s(0, 0, 1)]);
  expect(f.feed('s', 'k', { N: 2 }, 20)).toEqual([s(20, 20, 2)]);
  expect(f.feed('s', 'k', { N: 4 }, 20)).toEqual([s(20, 20, 6)]);
  expect(f.feed('s', 'k', { N: 8 }, 10)).toEqual([[['k', 0, 0], null, 0], [['k', 20, 20], null, 20], s(0, 20, 15)]);
});

test('EMIT FINAL: windows once, when they have closed, by start and then key; a jump in time loses nothing', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, { ...size, graceMs: 0 }, 'FINAL')));
  expect(f.feed('s', 'b', { N: 1 }, 1)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 2)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 12).map(([k, v, t]) => [k, v!['C'], t])).toEqual([
    [['a', 0, 10], 1, 2],
    [['b', 0, 10], 1, 1],
  ]);
  expect(f.feed('s', 'a', { N: 1 }, 1000).map(([k, v, t]) => [k, v!['C'], t])).toEqual([[['a', 10, 20], 1, 12]]);
});

test('EMIT FINAL: the last window before a gap comes out when its grace is over', () => {
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, { ...size, graceMs: 5 }, 'FINAL')));
  expect(f.feed('s', 'a', { N: 1 }, 1)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 12)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 20).map(([k, v, t]) => [k, v!['C'], t])).toEqual([[['a', 0, 10], 1, 1]]);
});

test('EMIT FINAL: hopping windows before a gap, each once', () => {
  const hopping = { type: 'HOPPING', sizeMs: 10, advanceMs: 5, graceMs: 0 } as const;
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, hopping, 'FINAL')));
  const feed = (at: number): unknown[] => f.feed('s', 'a', { N: 1 }, at).map(([k, v]) => [k, v!['C']]);
  expect([...feed(1), ...feed(7)]).toEqual([]);
  expect(feed(12)).toEqual([[['a', 0, 10], 2]]);
  expect(feed(500)).toEqual([
    [['a', 5, 15], 2],
    [['a', 10, 20], 1],
  ]);
});

test('EMIT FINAL with an interval, as in Kafka Streams: looks at most once per interval; what the store dropped is lost', () => {
  let now = 0;
  const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, { ...size, graceMs: 0 }, 'FINAL')), {
    settings: { finalEmitIntervalMs: 1000 },
    nowMs: () => now,
  });
  f.feed('s', 'a', { N: 1 }, 1);
  expect(f.feed('s', 'a', { N: 1 }, 12)).toEqual([]);
  now = 1000;
  expect(f.feed('s', 'a', { N: 1 }, 13)).toHaveLength(1);
  now = 2000;
  expect(f.feed('s', 'a', { N: 1 }, 500)).toEqual([]);
});

test('EMIT FINAL: sessions when no record can reach them any more', () => {
  const f = new Feed(
    sink(aggregate(groupByKey(stream), { C: count }, { type: 'SESSION', gapMs: 10, graceMs: 0 }, 'FINAL')),
  );
  expect(f.feed('s', 'a', { N: 1 }, 1)).toEqual([]);
  expect(f.feed('s', 'a', { N: 1 }, 5)).toEqual([]);
  expect(f.feed('s', 'b', { N: 1 }, 15)).toEqual([]);
  expect(f.feed('s', 'b', { N: 1 }, 16).map(([k, v, t]) => [k, v!['C'], t])).toEqual([[['a', 1, 5], 2, 5]]);
  const days = 3 * 24 * 60 * 60 * 1000;
  expect(f.feed('s', 'c', { N: 1 }, days).map(([k, v, t]) => [k, v!['C'], t])).toEqual([[['b', 15, 16], 2, 16]]);
});
