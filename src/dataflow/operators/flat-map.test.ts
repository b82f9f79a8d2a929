import { expect, test } from 'vitest';
import type { Row } from '../../types/row.ts';
import { ReceivedRecords } from '../testing/received.ts';
import { StreamFlatMap } from './flat-map.ts';

const first = (row: Row): readonly unknown[] => row[0] as readonly unknown[];
const second = (row: Row): readonly unknown[] => row[1] as readonly unknown[];

test('one row for each element of the longest result; shorter results are padded with null', () => {
  const out = new ReceivedRecords();
  new StreamFlatMap([first, second], 2, out).push(
    ['k'],
    [
      [1, 2, 3],
      ['a', undefined],
    ],
    7,
  );
  expect(out.records.map(([key, row, time]) => [key, row!.slice(2), time])).toEqual([
    [['k'], [1, 'a'], 7],
    [['k'], [2, null], 7],
    [['k'], [3, null], 7],
  ]);
});

test('no elements and no value give no rows', () => {
  const out = new ReceivedRecords();
  const operator = new StreamFlatMap([first], 1, out);
  operator.push(['k'], [[]], 1);
  operator.push(['k'], null, 2);
  expect(out.records).toEqual([]);
});

test('each row is an array of its own, and columns beyond the width of the input are cut', () => {
  const out = new ReceivedRecords();
  const row = [[1, 2], 'kept', 'scratch'];
  new StreamFlatMap([first], 2, out).push(['k'], row, 1);
  const rows = out.records.map(([, r]) => r);
  expect(rows).toEqual([
    [[1, 2], 'kept', 1],
    [[1, 2], 'kept', 2],
  ]);
  expect(new Set(rows).size).toBe(2);
  expect(row).toHaveLength(3);
});
