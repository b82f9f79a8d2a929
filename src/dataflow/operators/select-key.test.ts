import { expect, test } from 'vitest';
import type { Row } from '../../types/row.ts';
import { ReceivedRecords } from '../testing/received.ts';
import { keyMaker, StreamSelectKey, TableSelectKey } from './select-key.ts';

const copies = (key: readonly unknown[] | null): Row => [null, key?.[0] ?? null];
const options = { rowOfKey: copies, width: 1, windowed: false };
const byFirst = keyMaker({ ...options, project: (row) => [row[0]], expressions: 1, fromKey: [false] });

test('a single null expression gives a null key; of several each may be null', () => {
  const out = new ReceivedRecords();
  const operator = new StreamSelectKey(byFirst, out);
  operator.push(['k'], ['a', 'k'], 1);
  operator.push(['k'], [null, 'k'], 2);
  expect(out.records.map(([key]) => key)).toEqual([['a'], null]);
  const both = keyMaker({ ...options, project: (r) => [r[0], r[1]], expressions: 2, fromKey: [false, true] });
  expect(both(['k'], [null, 'k'])).toEqual([null, 'k']);
});

test('no expressions: the key becomes null', () => {
  const none = keyMaker({ ...options, project: () => [], expressions: 0, fromKey: [] });
  expect(none(['k'], ['a', 'k'])).toBeNull();
});

test('without a value only expressions over the old key are computed', () => {
  const both = keyMaker({
    ...options,
    project: (r) => [r[0] ?? 'never', r[1]],
    expressions: 2,
    fromKey: [false, true],
  });
  expect(both(['k'], null)).toEqual([null, 'k']);
  const out = new ReceivedRecords();
  new StreamSelectKey(byFirst, out).push(['k'], null, 3);
  expect(out.records).toEqual([[null, null, 3]]);
});

test('a windowed key keeps start and end', () => {
  const windowed = keyMaker({ ...options, project: (r) => [r[0]], expressions: 1, fromKey: [false], windowed: true });
  expect(windowed(['k', 0, 10], ['a', 'k'])).toEqual(['a', 0, 10]);
});

test('a table: a deletion takes its key from the old row, one of a row that never existed is dropped', () => {
  const out = new ReceivedRecords();
  const operator = new TableSelectKey(byFirst, out);
  operator.change(['k'], ['a', 'k'], null, 1);
  operator.change(['k'], null, ['a', 'k'], 2);
  operator.change(['k'], null, null, 3);
  expect(out.records).toEqual([
    [['a'], ['a', 'k'], 1],
    [['a'], null, 2],
  ]);
});
