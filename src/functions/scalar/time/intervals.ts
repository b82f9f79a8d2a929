import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  daysOfInstant,
  instantOf,
  laterBy,
  MS_PER_DAY,
  msOfDay,
} from '../../../types/calendar.ts';
import type { Int64 } from '../../../types/int64.ts';

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: MS_PER_DAY,
  WEEKS: 7 * MS_PER_DAY,
};

/**
 * Adds `count` units, a 32-bit integer, to milliseconds since the epoch. Months and years keep the day of the month if
 * that month has it. @throws RangeError beyond 64 bits
 */
export function addInterval(ms: Int64, unit: string, count: number): Int64 {
  const factor = MS_PER_UNIT[unit];
  if (factor !== undefined) return laterBy(ms, count * factor);
  if (unit === 'MONTHS') return addMonths(ms, count);
  if (unit === 'YEARS') return addMonths(ms, count * 12);
  throw new RangeError(`Not an interval unit: ${unit}`);
}

function addMonths(ms: Int64, count: number): Int64 {
  const days = daysOfInstant(ms);
  const date = { year: 0, month: 0, day: 0 };
  civilFromDays(days, date);
  const months = date.year * 12 + date.month - 1 + count;
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return instantOf(daysFromCivil(year, month, Math.min(date.day, daysInMonth(year, month))), msOfDay(ms));
}
