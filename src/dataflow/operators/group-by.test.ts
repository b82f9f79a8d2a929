import { expect, test } from 'vitest';
import type { Key, Row } from '../../types/row.ts';
import { ReceivedChanges, ReceivedRecords } from '../testing/received.ts';
import { StreamGroupBy, StreamGroupByKey, TableGroupBy } from './group-by.ts';

function hooks() {
  const excluded: (readonly [Row, number])[] = [];
  return {
    group: (row: Row): Key => [row[0], row[1]],
    excluded: (row: Row, index: number) => void excluded.push([row, index]),
    told: excluded,
  };
}

test('a stream is grouped by the values of its row', () => {
  const out = new ReceivedRecords();
  new StreamGroupBy(hooks(), out).push(['k'], ['a', 1, 'x'], 5);
  expect(out.records).toEqual([[['a', 1], ['a', 1, 'x'], 5]]);
});

test('a null in the grouping key excludes the row and is told with its expression; no value belongs to no group', () => {
  const out = new ReceivedRecords();
  const h = hooks();
  const operator = new StreamGroupBy(h, out);
  operator.push(['k'], ['a', null], 5);
  operator.push(['k'], null, 6);
  expect(out.records).toEqual([]);
  expect(h.told).toEqual([[['a', null], 1]]);
});

test('grouping by the existing key drops what has no key or no value', () => {
  const out = new ReceivedRecords();
  const operator = new StreamGroupByKey(out);
  operator.push(null, ['a'], 1);
  operator.push(['k'], null, 2);
  operator.push(['k'], ['a'], 3);
  expect(out.records).toEqual([[['k'], ['a'], 3]]);
});

test('a change within a group is one change, one between groups two, the old group first', () => {
  const out = new ReceivedChanges();
  const operator = new TableGroupBy(hooks(), (key) => JSON.stringify(key), out);
  operator.change(['k'], ['a', 1, 'new'], ['a', 1, 'old'], 5);
  operator.change(['k'], ['b', 1], ['a', 1], 6);
  expect(out.changes).toEqual([
    [['a', 1], ['a', 1, 'new'], ['a', 1, 'old'], 5],
    [['a', 1], null, ['a', 1], 6],
    [['b', 1], ['b', 1], null, 6],
  ]);
});

test('a row that enters or leaves the groups by a null is one change', () => {
  const out = new ReceivedChanges();
  const operator = new TableGroupBy(hooks(), (key) => JSON.stringify(key), out);
  operator.change(['k'], ['a', 1], ['a', null], 5);
  operator.change(['k'], ['a', null], ['a', 1], 6);
  operator.change(['k'], null, null, 7);
  expect(out.changes).toEqual([
    [['a', 1], ['a', 1], null, 5],
    [['a', 1], null, ['a', 1], 6],
  ]);
});

test('a grouped table asks for old rows, by force', () => {
  const asked: boolean[] = [];
  const operator = new TableGroupBy(hooks(), JSON.stringify, new ReceivedChanges());
  operator.connect({
    get: () => undefined,
    requireView: () => undefined,
    enableSendOld: (force) => (asked.push(force), true),
  });
  expect(asked).toEqual([true]);
});
