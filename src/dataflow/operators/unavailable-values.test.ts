import { expect, test } from 'vitest';
import { INTEGER, STRING, struct } from '../../types/sql-type.ts';
import { maybeUnavailable, UnavailableValues } from './unavailable-values.ts';

const GONE = '__debezium_unavailable_value';
const COLUMNS = [
  { name: 'ID', type: INTEGER },
  { name: 'TEXT', type: STRING },
  { name: 'BYTES', type: { kind: 'BYTES' } },
  { name: 'LIST', type: { kind: 'ARRAY', element: STRING } },
  {
    name: 'INNER',
    type: struct([
      { name: 'N', type: INTEGER },
      { name: 'T', type: STRING },
    ]),
  },
] as const;

test('only types that can hold the placeholder, and columns that are read', () => {
  expect(maybeUnavailable(COLUMNS, [0, 1, 2, 3, 4]).map((c) => c.name)).toEqual(['TEXT', 'BYTES', 'LIST', 'INNER']);
  expect(maybeUnavailable(COLUMNS, [-1, -1, 0, -1, -1]).map((c) => [c.name, c.at])).toEqual([['BYTES', 0]]);
});

test('a placeholder becomes the value of the previous row, in every form, also within a STRUCT', () => {
  const told: string[] = [];
  const values = new UnavailableValues(maybeUnavailable(COLUMNS, [0, 1, 2, 3, 4]), (m) => told.push(m));
  const row = [1, GONE, Buffer.from(GONE), [GONE], [2, GONE]];
  values.replace(row, () => [1, 'text', Buffer.from('b'), ['x', 'y'], [1, 'inner']]);
  expect(row).toEqual([1, 'text', Buffer.from('b'), ['x', 'y'], [2, 'inner']]);
  expect(told).toEqual([]);
});

test('without a previous row it becomes NULL, told once for each column; the row is looked up for a placeholder alone', () => {
  const told: string[] = [];
  const values = new UnavailableValues(maybeUnavailable(COLUMNS, [0, 1, 2, 3, 4]), (m) => told.push(m.split(':')[0]!));
  let asked = 0;
  const none = () => (asked++, null);
  values.replace([1, 'here', null, [], [1, 'here']], none);
  expect(asked).toBe(0);
  for (let n = 0; n < 2; n++) {
    const row = [1, GONE, null, ['a', GONE], [1, GONE]];
    values.replace(row, none);
    expect(row).toEqual([1, null, null, ['a', GONE], [1, null]]);
  }
  expect(told).toEqual(['Column TEXT', 'Column INNER->T']);
});
