import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, groupByKey, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const count = call('COUNT', [], BIGINT, 1);
const size = { type: 'TUMBLING', sizeMs: 10 } as const;

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
