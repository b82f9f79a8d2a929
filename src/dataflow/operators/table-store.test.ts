import { expect, test } from 'vitest';
import type { KeyValueStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import { ReceivedChanges } from '../testing/received.ts';
import { TableStore } from './table-store.ts';

function memory() {
  const rows = new Map<unknown, StoredRow>();
  let opened = 0;
  const store = {
    get: (key: Key) => rows.get(key[0]),
    put: (key: Key, row: Row, timestamp: number) => void rows.set(key[0], { row, timestamp }),
    delete: (key: Key) => void rows.delete(key[0]),
  };
  return { rows, open: () => (opened++, store as unknown as KeyValueStore), opened: () => opened };
}

test('a table that nobody asks for is not stored, and its changes have no old rows', () => {
  const [out, { open, opened }] = [new ReceivedChanges(), memory()];
  const table = new TableStore(open, false, out);
  table.upsert(['k'], [1], 1);
  table.upsert(['k'], null, 2);
  expect(opened()).toBe(0);
  expect(table.enableSendOld(false)).toBe(false);
  expect(table.known(['k'])).toBeNull();
  expect(out.changes).toEqual([
    [['k'], [1], null, 1],
    [['k'], null, null, 2],
  ]);
});

test('old rows that are asked for by force open the store once', () => {
  const [out, { open, opened, rows }] = [new ReceivedChanges(), memory()];
  const table = new TableStore(open, false, out);
  expect(table.enableSendOld(true)).toBe(true);
  table.requireView();
  expect(opened()).toBe(1);
  table.upsert(['k'], [1], 1);
  table.upsert(['k'], [1], 2);
  expect(table.get(['k'])).toEqual({ row: [1], timestamp: 2 });
  table.upsert(['k'], null, 3);
  expect(rows.size).toBe(0);
  expect(out.changes).toEqual([
    [['k'], [1], null, 1],
    [['k'], [1], [1], 2],
    [['k'], null, [1], 3],
  ]);
});

test('a stored table tells old rows only to those who ask', () => {
  const [out, { open }] = [new ReceivedChanges(), memory()];
  const table = new TableStore(open, true, out);
  table.upsert(['k'], [1], 1);
  table.upsert(['k'], [2], 2);
  expect(out.changes.map(([, , prev]) => prev)).toEqual([null, null]);
  expect(table.known(['k'])).toEqual([2]);
  expect(table.enableSendOld(false)).toBe(true);
  table.upsert(['k'], [3], 3);
  expect(out.changes.at(-1)).toEqual([['k'], [3], [2], 3]);
});
