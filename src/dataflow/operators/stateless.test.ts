import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { col, filter, greater, int, select, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { A: INTEGER, B: STRING } });
const table = source('TABLE', 't', { value: { A: INTEGER } });
const kept = source('TABLE', 't', { value: { A: INTEGER }, materialized: true });

test('stream filter: passes what satisfies the predicate; null is false; no value, nothing to satisfy it', () => {
  const f = new Feed(sink(filter(stream, greater(col(stream, 'A'), int(1)))));
  expect(f.feed('s', 'k', { A: 2, B: 'x' }, 7)).toEqual([['k', { A: 2, B: 'x' }, 7]]);
  expect(f.feed('s', 'k', { A: 1, B: 'x' })).toEqual([]);
  expect(f.feed('s', 'k', { B: 'x' })).toEqual([]);
  expect(f.feed('s', 'k', null)).toEqual([]);
});

test('stream select: projects, and lets null keys, missing values and headers through', () => {
  const f = new Feed(sink(select(stream, ['B'])));
  expect(f.feed('s', undefined, { A: 2, B: 'x' }, 1, { h: 'v' })).toEqual([[null, { B: 'x' }, 1]]);
  expect(f.headers).toEqual([['h=v']]);
  expect(f.feed('s', 'k', null, 2)).toEqual([['k', null, 2]]);
  expect(f.headers).toEqual([[]]);
});

test('table filter: a row that stops matching is a tombstone; without a store, so is one that never matched', () => {
  const f = new Feed(sink(filter(table, greater(col(table, 'A'), int(1)))));
  expect(f.feed('t', 'k', { A: 0 })).toEqual([['k', null, 0]]);
  const g = new Feed(sink(filter(kept, greater(col(kept, 'A'), int(1)))));
  expect(g.feed('t', 'k', { A: 0 })).toEqual([]);
  expect(g.feed('t', 'k', { A: 5 }, 3)).toEqual([['k', { A: 5 }, 3]]);
  expect(g.feed('t', 'k', { A: 0 }, 4)).toEqual([['k', null, 4]]);
  expect(g.feed('t', 'k', null, 5)).toEqual([]);
});

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

test('sink: a row of a table that is larger than the topic takes fails the query: its state holds it already', () => {
  const f = new Feed(sink(source('TABLE', 's', { key: { K: STRING }, value: { B: STRING } })), {
    settings: { maxRecordBytes: 50 },
  });
  expect(f.feed('s', 'k', { B: 'x' })).toHaveLength(1);
  expect(() => f.feed('s', 'k', { B: 'x'.repeat(100) })).toThrow('cannot be written to');
});

test('ksql.fail.on.production.error: true fails the query of a stream, false leaves out the row of a table', () => {
  const strict = new Feed(sink(stream), { settings: { maxRecordBytes: 50, failOnUnwritable: true } });
  expect(() => strict.feed('s', 'k', { A: 1, B: 'x'.repeat(100) })).toThrow('cannot be written to');
  const lax = new Feed(sink(source('TABLE', 's', { key: { K: STRING }, value: { B: STRING } })), {
    settings: { maxRecordBytes: 50, failOnUnwritable: false },
  });
  expect(lax.feed('s', 'k', { B: 'x'.repeat(100) })).toEqual([]);
  expect(lax.problems).toMatchObject([{ type: 'PRODUCTION_ERROR' }]);
});

test('sink: a record larger than the topic takes goes to the processing log', () => {
  const f = new Feed(sink(stream), { settings: { maxRecordBytes: 50 } });
  expect(f.feed('s', 'k', { A: 1, B: 'x'.repeat(100) })).toEqual([]);
  expect(f.problems).toMatchObject([{ type: 'PRODUCTION_ERROR' }]);
  // The size includes headers, which are passed on.
  expect(f.feed('s', 'k', { A: 1, B: 'x' }, 5, { h: 'x'.repeat(50) })).toEqual([]);
  expect(f.problems).toHaveLength(2);
  expect(f.feed('s', 'k', { A: 1, B: 'x' }, 5, { h: 'x' })).toHaveLength(1);
});
