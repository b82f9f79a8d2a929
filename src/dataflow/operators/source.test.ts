import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { select, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { A: INTEGER, B: STRING } });
const table = source('TABLE', 't', { value: { A: INTEGER } });

test('table source: records with a null key are dropped and told of; equal updates are not left out', () => {
  const f = new Feed(sink(table));
  expect(f.feed('t', undefined, { A: 1 })).toEqual([]);
  expect(f.problems.map((p) => p.message)).toEqual(['Skipping record due to null key']);
  expect(f.feed('t', 'k', { A: 1 })).toHaveLength(1);
  expect(f.feed('t', 'k', { A: 1 })).toHaveLength(1);
});

test('source: what cannot be read goes to the processing log with its place, and the next record goes on', () => {
  const f = new Feed(sink(stream));
  expect(f.feed('s', 'k', '{"A": "no number"')).toEqual([]);
  expect(f.problems).toMatchObject([
    {
      type: 'DESERIALIZATION_ERROR',
      logger: 'processing.CTAS_OUT_0.s.Source.deserializer',
      topic: 's',
      partition: 0,
      offset: 0,
    },
  ]);
  expect(f.feed('s', 'k', { A: 1, B: null })).toHaveLength(1);
});

test('ksql.fail.on.deserialization.error: what cannot be read is told of, and fails the query', () => {
  const f = new Feed(sink(stream), { settings: { failOnUnreadable: true } });
  expect(() => f.feed('s', 'k', '{"A": "no number"')).toThrow('The value of record s-0@0 cannot be read');
  expect(f.problems).toMatchObject([{ type: 'DESERIALIZATION_ERROR' }]);
});

test('source: takes the time from its timestamp column, read or not by the query; drops negative and missing ones', () => {
  const timed = source('STREAM', 's', { value: { TS: BIGINT, A: INTEGER }, timestamp: 'TS' });
  const f = new Feed(sink(select(timed, ['A'])));
  expect(f.feed('s', 'k', { TS: 42, A: 1 }, 7)).toEqual([['k', { A: 1 }, 42]]);
  expect(f.feed('s', 'k', { TS: -1, A: 1 }, 7)).toEqual([]);
  expect(f.feed('s', 'k', { A: 1 }, 7)).toEqual([]);
  expect(f.problems).toHaveLength(2);
  // A record without a value keeps its own time.
  expect(f.feed('s', 'k', null, 7)).toEqual([['k', null, 7]]);
  const unread = {
    ...timed,
    columns: timed.columns.filter((c) => c.name !== 'TS'),
    out: { ...timed.out, row: timed.out.row.filter((c) => c.name !== 'TS') },
  };
  expect(new Feed(sink(unread)).feed('s', 'k', { TS: 42, A: 1 }, 7)).toEqual([['k', { A: 1 }, 42]]);
});

test('source: a bad timestamp fails the query where that is asked for', () => {
  const timed = source('STREAM', 's', { value: { TS: BIGINT }, timestamp: 'TS' });
  const f = new Feed(sink(timed), { settings: { throwOnInvalidTimestamp: true } });
  expect(() => f.feed('s', 'k', {})).toThrow('Fatal user code error in TimestampExtractor callback for record s-0@0');
});

test('source: pseudo columns and headers', () => {
  const full = source('STREAM', 's', {
    value: { A: INTEGER },
    extra: [
      { name: 'T', type: BIGINT, from: 'ROWTIME' },
      { name: 'P', type: INTEGER, from: 'ROWPARTITION' },
      { name: 'O', type: BIGINT, from: 'ROWOFFSET' },
      { name: 'H', type: { kind: 'BYTES' }, from: 'HEADER', header: 'h' },
    ],
  });
  const f = new Feed(sink(full));
  f.feed('s', 'k', { A: 1 }, 5);
  expect(f.feed('s', 'k', { A: 1 }, 6, { h: 'hi' })).toEqual([
    ['k', { A: 1, T: 6, P: 0, O: 1, H: Buffer.from('hi').toString('base64') }, 6],
  ]);
});
