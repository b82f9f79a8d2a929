import { expect, test } from 'vitest';
import { addInterval } from './intervals.ts';
import { convertTz } from './convert-tz.ts';
import { daysOfInstant, instantOf, MS_PER_DAY, msOfDay } from '../../../types/calendar.ts';
import { castFunction } from '../../../types/cast.ts';
import { compilePattern } from '../../../types/datetime-pattern.ts';
import { INT64_MAX, INT64_MIN, normalizeInt64, type Int64 } from '../../../types/int64.ts';
import { DATE, STRING, TIME, TIMESTAMP } from '../../../types/sql-type.ts';

// A TIMESTAMP has 64 bits: Java's texts of its limits.
const ENDS: readonly (readonly [Int64, string])[] = [
  [INT64_MAX, '+292278994-08-17T07:12:55.807'],
  [INT64_MIN, '-292275055-05-16T16:47:04.192'],
  [9007199254740993n, '+287396-10-12T08:59:00.993'],
  [-9007199254740993n, '-283457-03-21T15:00:59.007'],
];

const convert = convertTz.signatures[0]!.evaluate as (ms: Int64, from: string, to: string) => Int64;

test.each(ENDS)('an instant of %d ms is %s', (ms, text) => {
  expect(castFunction(TIMESTAMP, STRING)(ms)).toBe(text);
  expect(compilePattern('HH:mm:ss.SSS').formatTimestamp(ms)).toBe(text.slice(-12));
  expect(castFunction(TIMESTAMP, TIME)(ms)).toBe(msOfDay(ms));
  expect(instantOf(daysOfInstant(ms), msOfDay(ms))).toBe(ms);
  // The result of converting there and back is the same, towards the middle of the range; beyond 64 bits there is no
  // timestamp.
  const inwards = ms < 0 ? 1 : -1;
  const zone = (hours: 1 | -1): string => (hours < 0 ? '-01:00' : '+01:00');
  for (const unit of ['MILLISECONDS', 'DAYS', 'MONTHS', 'YEARS'])
    expect(addInterval(addInterval(ms, unit, inwards), unit, -inwards)).toBe(ms);
  expect(convert(convert(ms, 'UTC', zone(inwards)), zone(inwards), 'UTC')).toBe(ms);
  if (ms === INT64_MAX || ms === INT64_MIN) {
    for (const unit of ['MILLISECONDS', 'SECONDS', 'WEEKS', 'MONTHS', 'YEARS'])
      expect(() => addInterval(ms, unit, -inwards)).toThrow('Not in the range of TIMESTAMP');
    expect(() => convert(ms, 'UTC', zone(inwards < 0 ? 1 : -1))).toThrow('Not in the range of TIMESTAMP');
  }
  expect(() => compilePattern('yyyy-MM-dd', 'Europe/Berlin').formatTimestamp(ms)).not.toThrow();
});

test('a day of any 32 bits is a timestamp, exactly', () => {
  for (const days of [2147483647, -2147483648, 0, 104249991, 104249992])
    expect(castFunction(DATE, TIMESTAMP)(days)).toBe(normalizeInt64(BigInt(days) * BigInt(MS_PER_DAY)));
  expect(castFunction(TIMESTAMP, DATE)(castFunction(DATE, TIMESTAMP)(2147483647))).toBe(2147483647);
});

test('intervals of the largest counts are exact, or refused', () => {
  expect(addInterval(0, 'WEEKS', 2147483647)).toBe(2147483647n * 604_800_000n);
  expect(addInterval(0, 'DAYS', -2147483648)).toBe(-2147483648n * 86_400_000n);
  expect(addInterval(-1, 'WEEKS', 2147483647)).toBe(2147483647n * 604_800_000n - 1n);
  expect(() => addInterval(0, 'YEARS', 2147483647)).toThrow('Not in the range of TIMESTAMP');
  expect(() => addInterval(0, 'MONTHS', -2147483648 * 2)).toThrow('Not in the range of TIMESTAMP');
});

test('what a DATE cannot hold is refused', () => {
  expect(() => castFunction(TIMESTAMP, DATE)(INT64_MAX)).toThrow('Not in the range of DATE');
});
