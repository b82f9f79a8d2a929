import { expect, test } from 'vitest';
import { ReceivedChanges, ReceivedRecords } from '../testing/received.ts';
import { CountedStream, CountedTable } from './passed-rows.ts';

test('records are counted and passed on unchanged, with the promise of who receives them', () => {
  for (const retains of [true, false]) {
    const [passed, out] = [{ rows: 0 }, new ReceivedRecords(retains)];
    const counted = new CountedStream(passed, out);
    expect(counted.retainsRow).toBe(retains);
    const row = [1];
    counted.push(['k'], row, 5);
    counted.push(null, null, 6);
    expect(passed.rows).toBe(2);
    expect(out.records[0]![1]).toBe(row);
    expect(out.records[1]).toEqual([null, null, 6]);
  }
});

test('changes are counted and passed on unchanged', () => {
  const [passed, out] = [{ rows: 0 }, new ReceivedChanges()];
  new CountedTable(passed, out).change(['k'], null, [1], 5);
  expect(passed.rows).toBe(1);
  expect(out.changes).toEqual([[['k'], null, [1], 5]]);
});
