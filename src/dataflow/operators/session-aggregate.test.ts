import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, col, groupByKey, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const sum = call('SUM', [col(stream, 'N')], INTEGER, 0);

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
