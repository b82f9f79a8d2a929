import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { COMPILE, Feed } from '../testing/feed.ts';
import { aggregate, call, groupByKey, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const count = call('COUNT', [], BIGINT, 1);
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

test('the windows of a record are counted as steps, so that others have their turn between costly records', () => {
  const { work } = COMPILE.functionEnv;
  const stepsOf = (advanceMs: number): number => {
    const window = { type: 'HOPPING', sizeMs: 1000, advanceMs } as const;
    const f = new Feed(sink(aggregate(groupByKey(stream), { C: count }, window)));
    const before = work.total;
    expect(f.feed('s', 'k', { N: 1 }, 5000)).toHaveLength(1000 / advanceMs);
    return work.total - before;
  };
  const [few, many] = [stepsOf(500), stepsOf(1)];
  expect(many - few).toBeGreaterThanOrEqual(998 * 100);
});
