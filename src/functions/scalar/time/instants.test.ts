import { expect, test } from 'vitest';
import { addInterval } from './intervals.ts';
import { convertTz } from './convert-tz.ts';
import { daysOfInstant, instantOf, MS_PER_DAY, msOfDay } from '../../../types/calendar.ts';
import { castFunction } from '../../../types/cast.ts';
import { compilePattern } from '../../../types/datetime-pattern.ts';
import { INT64_MAX, INT64_MIN, normalizeInt64, type Int64 } from '../../../types/int64.ts';
import { DATE, STRING, TIME, TIMESTAMP } from '../../../types/sql-type.ts';

// A TIMESTAMP has 64 bits: Java's texts of its ends.
const ENDS: readonly (readonly [Int64, string])[] = [
  [INT64_MAX, '+292278994-08-17T07:12:55.807'],
  [INT64_MIN, '-292275055-05-16T16:47:04.192'],
  [9007199254740993n, '+287396-10-12T08:59:00.993'],
  [-9007199254740993n, '-283457-03-21T15:00:59.007'],
];

test.each(ENDS)('an instant of %d ms is %s', (ms, text) => {
  expect(castFunction(TIMESTAMP, STRING)(ms)).toBe(text);
  expect(compilePattern('HH:mm:ss.SSS').formatTimestamp(ms)).toBe(text.slice(-12));
  expect(castFunction(TIMESTAMP, TIME)(ms)).toBe(msOfDay(ms));
  expect(instantOf(daysOfInstant(ms), msOfDay(ms))).toBe(ms);
  expect(addInterval(addInterval(ms, 'MILLISECONDS', -1), 'MILLISECONDS', 1)).toBe(ms);
  // Beyond 64 bits it wraps, as Java's long does: there and back is the same.
  expect(addInterval(addInterval(ms, 'DAYS', 1), 'DAYS', -1)).toBe(ms);
  const evaluate = convertTz.signatures[0]!.evaluate as (ms: Int64, from: string, to: string) => Int64;
  expect(evaluate(evaluate(ms, 'UTC', '+01:00'), '+01:00', 'UTC')).toBe(ms);
  expect(() => compilePattern('yyyy-MM-dd', 'Europe/Berlin').formatTimestamp(ms)).not.toThrow();
});

test('a day of any 32 bits is a timestamp, exactly', () => {
  for (const days of [2147483647, -2147483648, 0, 104249991, 104249992])
    expect(castFunction(DATE, TIMESTAMP)(days)).toBe(normalizeInt64(BigInt(days) * BigInt(MS_PER_DAY)));
  expect(castFunction(TIMESTAMP, DATE)(castFunction(DATE, TIMESTAMP)(2147483647))).toBe(2147483647);
});

test('what a DATE cannot hold is refused', () => {
  expect(() => castFunction(TIMESTAMP, DATE)(INT64_MAX)).toThrow('Not in the range of DATE');
});
