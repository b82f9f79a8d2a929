import { expect, test } from 'vitest';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { A: INTEGER, B: STRING } });

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
  expect(f.problems).toMatchObject([
    {
      type: 'PRODUCTION_ERROR',
      message: expect.stringContaining('not written to out. It came with record s-0@0; its key is …') as string,
      quoted: { message: expect.stringContaining('its key is ["k"]') as string },
    },
  ]);
  // The size includes headers, which are passed on.
  expect(f.feed('s', 'k', { A: 1, B: 'x' }, 5, { h: 'x'.repeat(50) })).toEqual([]);
  expect(f.problems).toHaveLength(2);
  expect(f.feed('s', 'k', { A: 1, B: 'x' }, 5, { h: 'x' })).toHaveLength(1);
});
