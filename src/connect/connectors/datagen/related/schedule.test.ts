import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementAt } from '../../../../base/assert.ts';
import { Schedule, type TableShare } from './schedule.ts';

const share = (more: Partial<TableShare>): TableShare => ({
  initialRows: 0,
  weight: 1,
  maxRows: Infinity,
  updateRate: 0,
  ...more,
});

test('initial rows come first, then each table as often as it weighs, evenly', () => {
  const schedule = new Schedule([share({ initialRows: 2, weight: 1 }), share({ weight: 3 })]);
  const turns = Array.from({ length: 10 }, (_, n) => schedule.turn(n));
  expect(turns.map((t) => t.table).join('')).toBe('0010111011');
  expect(turns.filter((t) => t.table === 1).map((t) => t.record)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(schedule.length).toBe(Infinity);
  expect(new Schedule([share({ initialRows: 3, weight: 0 })]).length).toBe(3);
});

test('a turn and the counts before it agree, wherever one begins to count', () => {
  const shares = fc.array(
    fc.record({
      initialRows: fc.nat(5),
      weight: fc.integer({ min: 1, max: 7 }),
      maxRows: fc.constantFrom(5, 8, Infinity),
      updateRate: fc.constantFrom(0, 0.25, 0.9, 1),
    }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(shares, (tables) => {
      const schedule = new Schedule(tables);
      const records = tables.map(() => 0);
      for (let n = 0; n < 60; n++) {
        if (tables.some((_, t) => schedule.recordsBefore(n, t) !== records[t])) return false;
        const { table, record } = schedule.turn(n);
        if (record !== records[table]) return false;
        records[table] = record + 1;
        // Each record is one new row or none; there is a row after the first, and never more than allowed.
        const rows = schedule.rowsAfter(record + 1, table);
        const isNew = rows - schedule.rowsAfter(record, table);
        if ((isNew !== 0 && isNew !== 1) || rows < 1 || rows > elementAt(tables, table).maxRows) return false;
      }
      return true;
    }),
    { numRuns: 50 },
  );
});

test('updates are their proportion of the records', () => {
  const schedule = new Schedule([share({ initialRows: 10, updateRate: 0.3 })]);
  expect(schedule.rowsAfter(10 + 1000, 0)).toBe(10 + 700);
});
