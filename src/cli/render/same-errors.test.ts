import { expect, test } from 'vitest';
import { sameErrors } from './same-errors.ts';

test('an error that comes again stands once, where it was last, with how often and since when', () => {
  const error = (timestamp: number, errorMessage: string, type = 'USER') => ({ timestamp, errorMessage, type });
  expect(
    sameErrors([error(1, 'a'), error(2, 'b'), error(3, 'a'), error(4, 'a', 'SYSTEM'), error(5, 'a')]).map((e) =>
      Object.values(e),
    ),
  ).toEqual([
    ['USER', 'b', 1, 2, 2],
    ['SYSTEM', 'a', 1, 4, 4],
    ['USER', 'a', 3, 1, 5],
  ]);
});
