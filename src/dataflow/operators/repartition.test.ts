import { expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { ReceivedChanges } from '../testing/received.ts';
import { aggregate, call, groupBy, JSON_CODEC, sink, source } from '../testing/steps.ts';
import { internalDecoder, internalEncoder, TableEntry } from './repartition.ts';
import { TableStore } from './table-store.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: BIGINT } });
const table = source('TABLE', 't', { value: { G: STRING, N: BIGINT } });
const count = call('COUNT', [], BIGINT, 1);

test('rows cross an internal topic without loss, from any offset of the row', () => {
  const types = [STRING, BIGINT, INTEGER];
  const out = new ByteWriter(16);
  internalEncoder(types).encode(['before', 'a', 9_007_199_254_740_993n, null], 1, out);
  const row: unknown[] = [];
  internalDecoder(types).decode(out.toBuffer(), 0, out.length, row);
  expect(row).toEqual(['a', 9_007_199_254_740_993n, null]);
});

test('records keep their time and their headers on the way', () => {
  const f = new Feed(sink(aggregate(groupBy(stream, ['G']), { C: count })));
  expect(f.feed('s', 'k', { G: 'a', N: 1 }, 42, { h: '1' })).toEqual([['a', { C: 1 }, 42]]);
  expect(f.headers).toEqual([['h=1']]);
});

test('a record without a key still arrives: an outer join may need it', () => {
  const moved = {
    kind: 'Repartition' as const,
    name: 'Moved',
    relation: 'STREAM' as const,
    out: stream.out,
    source: stream,
    topicSuffix: 'Moved-repartition',
    codec: JSON_CODEC,
  };
  const f = new Feed(sink(moved));
  expect(f.feed('s', undefined, { G: 'a', N: 1 }, 1)).toEqual([[null, { G: 'a', N: 1 }, 1]]);
});

test('changes of groups carry the new row, the old row, or both', () => {
  const f = new Feed(sink(aggregate(groupBy(table, ['G']), { C: count })));
  expect(f.feed('t', 'k', { G: 'a', N: 1 }, 1)).toEqual([['a', { C: 1 }, 1]]);
  expect(f.feed('t', 'k', { G: 'a', N: 2 }, 2)).toEqual([['a', { C: 1 }, 2]]);
  expect(f.feed('t', 'k', null, 3)).toEqual([['a', { C: 0 }, 3]]);
});

test('at the end of a repartitioned table a record replaces the row of its key; one without a key is dropped', () => {
  const out = new ReceivedChanges();
  const noStore = (): never => {
    throw new Error('the table is not stored');
  };
  const entry = new TableEntry(new TableStore(noStore, false, out));
  entry.push(['k'], [1], 5);
  entry.push(null, [1], 6);
  expect(out.changes).toEqual([[['k'], [1], null, 5]]);
});
