import { expect, test } from 'vitest';
import { listingOf } from './candidates.ts';

test('columns of equal width, as many as fit', () => {
  const names = ['ORDERS', 'USERS', 'ORDERS_BY_USER', 'V'];
  expect(listingOf(names, 40)).toEqual(['ORDERS          USERS', 'ORDERS_BY_USER  V']);
  expect(listingOf(names, 5)).toEqual(names);
  // Chinese characters take two columns of the terminal each.
  expect(listingOf(['名前', 'V'], 40)).toEqual(['名前  V']);
});

test('a long list ends with the number of those that are left out', () => {
  const lines = listingOf(
    Array.from({ length: 125 }, (_, i) => `T${i}`),
    1,
  );
  expect(lines).toHaveLength(121);
  expect(lines.at(-1)).toBe('... and 5 more');
});
