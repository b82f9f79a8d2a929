/** Proleptic Gregorian calendar arithmetic on whole days; without Date objects, for any year. */

import { checkedInt64, type Int64 } from './int64.ts';

export const MS_PER_DAY = 86_400_000;

/** Returns `days` if it is in the range of DATE: formats and stores keep 32 bits. @throws RangeError otherwise */
export function checkedDays(days: number): number {
  if (days !== (days | 0)) throw new RangeError(`Not in the range of DATE: ${days} days since 1970-01-01`);
  return days;
}

const DAY = BigInt(MS_PER_DAY);

/** The days since 1970-01-01 of any 64-bit instant in ms, rounded down. */
export function daysOfInstant(ms: Int64): number {
  if (typeof ms === 'number') return Math.floor(ms / MS_PER_DAY);
  const days = Number(ms / DAY);
  return ms < 0n && ms % DAY !== 0n ? days - 1 : days;
}

/** The time of day of an instant, in ms. */
export function msOfDay(ms: Int64): number {
  if (typeof ms === 'number') return ms - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY;
  const rest = Number(ms % DAY);
  return rest < 0 ? rest + MS_PER_DAY : rest;
}

/** The instant, in ms since the epoch, of a day and a time of day in ms. @throws RangeError beyond 64 bits */
export function instantOf(days: number, ms: number): Int64 {
  const instant = days * MS_PER_DAY + ms;
  return Number.isSafeInteger(instant) || !Number.isInteger(days)
    ? instant
    : checkedInt64(BigInt(days) * DAY + BigInt(ms), 'TIMESTAMP');
}

/** The days since 1970-01-01 of a calendar date; `month` counts from 1. (Howard Hinnant's algorithm.) */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** The instant `ms` after `instant`; both are integers. @throws RangeError beyond 64 bits */
export function laterBy(instant: Int64, ms: number): Int64 {
  const sum = Number(instant) + ms;
  return Number.isSafeInteger(sum) && typeof instant === 'number'
    ? sum
    : checkedInt64(BigInt(instant) + BigInt(ms), 'TIMESTAMP');
}

/** A date in the proleptic Gregorian calendar. */
export interface CivilDate {
  year: number;
  /** Counted from 1. */
  month: number;
  day: number;
}

/** Writes the calendar date of a day number into `target`. */
export function civilFromDays(days: number, target: CivilDate): void {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const mp = Math.floor((5 * dayOfYear + 2) / 153);
  target.day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1;
  target.month = mp < 10 ? mp + 3 : mp - 9;
  target.year = yearOfEra + era * 400 + (target.month <= 2 ? 1 : 0);
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The number of days of a month; months count from 1. */
export function daysInMonth(year: number, month: number): number {
  return month === 2
    ? isLeapYear(year)
      ? 29
      : 28
    : month === 4 || month === 6 || month === 9 || month === 11
      ? 30
      : 31;
}

/** The ISO day of the week: 1 (Monday) to 7 (Sunday). `days` counts from 1970-01-01. */
export function dayOfWeek(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

const TWO_DIGITS = Array.from({ length: 100 }, (_, i) => (i < 10 ? `0${i}` : `${i}`));

/** The digits of an integer >= 0, left-padded with zeros. */
export function pad(value: number, width: number): string {
  if (width === 2 && value < 100) return TWO_DIGITS[value]!;
  return `${value}`.padStart(width, '0');
}
