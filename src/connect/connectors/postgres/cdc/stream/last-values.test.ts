import { expect, test } from 'vitest';
import { LastValues } from './last-values.ts';

const long = (letter: string, length = 100): string => letter.repeat(length);

test('the values of the rows that were used last are held, as far as they fit', () => {
  const values = new LastValues(350);
  for (const row of ['a', 'b', 'c']) values.set(row, [[1, long(row)]]);
  expect(values.get('a')?.get(1)).toBe(long('a'));
  values.set('d', [[1, long('d')]]);
  expect(values.get('b')).toBeUndefined();
  expect(['a', 'c', 'd'].every((row) => values.get(row)?.get(1) === long(row))).toBe(true);
  // Replaced or deleted values free their space.
  for (let i = 0; i < 10; i++) values.set('a', [[1, long('x')]]);
  values.delete('c');
  values.set('e', [[1, long('e')]]);
  expect(['a', 'd', 'e'].every((row) => values.get(row) !== undefined)).toBe(true);
});

test('what the server always sends is not held: short values, NULL', () => {
  const values = new LastValues();
  values.set('a', [
    [0, 'short'],
    [1, null],
    [2, long('x')],
  ]);
  expect(values.get('a')).toEqual(new Map([[2, long('x')]]));
  values.set('a', [[2, 'short']]);
  expect(values.get('a')).toBeUndefined();
});
