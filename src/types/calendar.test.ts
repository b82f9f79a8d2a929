import { expect, test } from 'vitest';
import { castCannotFail, castFunction } from './cast.ts';
import { checkedDays } from './calendar.ts';
import { DATE, TIMESTAMP } from './sql-type.ts';

test('a DATE has 32 bits of days', () => {
  expect(checkedDays(-2147483648)).toBe(-2147483648);
  expect(() => checkedDays(2147483648)).toThrow(RangeError);
  expect(() => castFunction(TIMESTAMP, DATE)(Number.MAX_VALUE)).toThrow(RangeError);
  expect(castCannotFail(TIMESTAMP, DATE)).toBe(false);
});
