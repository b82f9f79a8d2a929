import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lanesOf } from './lanes.ts';
import type { Letter } from './request.ts';

const letter = (key: string | null, offset: number, more: Partial<Letter> = {}): Letter =>
  ({ method: 'POST', together: 'a', bytes: 10, record: { key, topic: 't', partition: 0, offset }, ...more }) as Letter;
const offsets = (lanes: readonly (readonly (readonly Letter[])[])[]): number[][][] =>
  lanes.map((lane) => lane.map((batch) => batch.map((l) => l.record.offset)));

test('one lane where one request takes all', () => {
  const letters = [letter('a', 0), letter('b', 1)];
  expect(offsets(lanesOf(letters, { most: 10, mostBytes: 1e6, lanes: 4 }))).toEqual([[[0, 1]]]);
});

test('a request ends at its number of records, at its bytes, at another URL, and before a DELETE', () => {
  const limits = { most: 2, mostBytes: 25, lanes: 1 };
  const of = (letters: Letter[]) => offsets(lanesOf(letters, limits))[0];
  expect(of([0, 1, 2].map((n) => letter('k', n)))).toEqual([[0, 1], [2]]);
  expect(of([letter('k', 0, { bytes: 20 }), letter('k', 1)])).toEqual([[0], [1]]);
  expect(of([letter('k', 0), letter('k', 1, { together: 'b' })])).toEqual([[0], [1]]);
  expect(of([letter('k', 0), letter('k', 1, { method: 'DELETE' })])).toEqual([[0], [1]]);
});

test('nothing is lost, and no record overtakes one of its key', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 8 }),
      (keys, most, lanes) => {
        const made = lanesOf(
          keys.map((key, i) => letter(key, i)),
          { most, mostBytes: 1e6, lanes },
        );
        expect(made.length).toBeLessThanOrEqual(lanes);
        expect(
          made
            .flat(2)
            .map((l) => l.record.offset)
            .toSorted((a, b) => a - b),
        ).toEqual(keys.map((_, i) => i));
        for (const key of new Set(keys)) {
          const withKey = made.filter((lane) => lane.flat().some((l) => l.record.key === key));
          expect(withKey).toHaveLength(1);
          const order = withKey
            .flat(2)
            .filter((l) => l.record.key === key)
            .map((l) => l.record.offset);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      },
    ),
  );
});
