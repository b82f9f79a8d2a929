import {
  civilFromDays,
  dayOfWeek,
  daysFromCivil,
  daysInMonth,
  daysOfInstant,
  isLeapYear,
  MS_PER_DAY,
  msOfDay,
} from './calendar.ts';
import { addInt64, type Int64 } from './int64.ts';
import { resolveDayPeriod } from './day-period.ts';
import { type Zone } from './zone.ts';

/** The fields of an instant for formatting. One object per pattern, reused for every value. */
export class DateTimeParts {
  days = 0;
  msOfDay = 0;
  hour = 0;
  minute = 0;
  second = 0;
  ms = 0;
  year = 0;
  month = 0;
  day = 0;
  utcMs = 0;
  /** Minutes east of UTC. */
  offset = 0;
  zone: Zone | undefined = undefined;

  setLocal(days: number, msOfDay: number): void {
    if (days !== this.days || this.month === 0) civilFromDays(days, this);
    this.days = days;
    this.msOfDay = msOfDay;
    const seconds = (msOfDay / 1000) | 0;
    const minutes = (seconds / 60) | 0;
    this.ms = msOfDay - seconds * 1000;
    this.second = seconds - minutes * 60;
    this.hour = (minutes / 60) | 0;
    this.minute = minutes - this.hour * 60;
  }

  setInstant(instant: Int64, zone: Zone): void {
    // A zone has the same offset and name within the few ms that a double loses.
    const utcMs = Number(instant);
    this.utcMs = utcMs;
    this.zone = zone;
    this.offset = zone.offsetAt(utcMs);
    const local = addInt64(instant, this.offset * 60_000);
    this.setLocal(daysOfInstant(local), msOfDay(local));
  }

  get dayOfWeek(): number {
    return dayOfWeek(this.days);
  }
  get dayOfYear(): number {
    return this.days - daysFromCivil(this.year, 1, 1) + 1;
  }
}

// Weeks as in the US (Java's default for English): they start on Sunday, and week 1 contains January 1.

/** The days since 1970-01-01 of the Sunday on which week 1 of a week-based year starts. */
export function weekYearStart(year: number): number {
  const first = daysFromCivil(year, 1, 1);
  return first - (dayOfWeek(first) % 7);
}

/** The week-based year of a day (US weeks, see above). `days` since 1970-01-01; `year` is its calendar year. */
export function weekBasedYear(days: number, year: number): number {
  return days >= weekYearStart(year + 1) ? year + 1 : year;
}

/**
 * The week of the week-based year of a day, from 1 (US weeks, see above). `days` since 1970-01-01; `year` is its
 * calendar year.
 */
export function weekOfWeekBasedYear(days: number, year: number): number {
  return Math.floor((days - weekYearStart(weekBasedYear(days, year))) / 7) + 1;
}

/** The parsed fields; undefined if the text did not contain them. */
export class ParsedFields {
  era: number | undefined;
  yearOfEra: number | undefined;
  year: number | undefined;
  quarter: number | undefined;
  month: number | undefined;
  day: number | undefined;
  dayOfYear: number | undefined;
  dayOfWeek: number | undefined;
  weekYear: number | undefined;
  week: number | undefined;
  weekOfMonth: number | undefined;
  /** 0 to 24. */
  hour: number | undefined;
  /** 0 to 11, within the half day. */
  hour12: number | undefined;
  halfDay: number | undefined;
  /** The index in day-period.ts. */
  dayPeriod: number | undefined;
  minute: number | undefined;
  second: number | undefined;
  nano: number | undefined;
  msOfDay: number | undefined;
  offset: number | undefined;
  zone: Zone | undefined;

  copy(): ParsedFields {
    return Object.assign(new ParsedFields(), this);
  }
}

/**
 * The ms of local time since 1970-01-01T00:00. Missing fields default to the start of 1970; a day after the end of its
 * month becomes the last day; 24:00 is the start of the next day (Java's smart resolution). @throws RangeError on a
 * contradiction
 */
export function resolveLocal(fields: ParsedFields): number {
  return resolveDate(fields) * MS_PER_DAY + resolveTime(fields);
}

/** The days since 1970-01-01. @throws RangeError on a contradiction */
export function resolveDate(fields: ParsedFields): number {
  const year = fields.year ?? resolveYearOfEra(fields);
  if (fields.week !== undefined && fields.month === undefined && fields.dayOfYear === undefined) {
    const start = weekYearStart(fields.weekYear ?? year ?? 1970) + (fields.week - 1) * 7;
    return start + ((fields.dayOfWeek ?? 7) % 7);
  }
  const y = year ?? fields.weekYear ?? 1970;
  let days: number;
  if (fields.dayOfYear !== undefined) {
    range('DayOfYear', fields.dayOfYear, 1, isLeapYear(y) ? 366 : 365);
    days = daysFromCivil(y, 1, 1) + fields.dayOfYear - 1;
  } else {
    const month = fields.month ?? (fields.quarter === undefined ? 1 : fields.quarter * 3 - 2);
    range('MonthOfYear', month, 1, 12);
    const day = fields.day ?? 1;
    range('DayOfMonth', day, 1, 31);
    days = daysFromCivil(y, month, Math.min(day, daysInMonth(y, month)));
    if (fields.day === undefined && fields.weekOfMonth !== undefined) {
      const sunday = days - (dayOfWeek(days) % 7);
      return sunday + (fields.weekOfMonth - 1) * 7 + ((fields.dayOfWeek ?? 7) % 7);
    }
  }
  // A weekday next to a complete date must agree with it; next to a partial one it is ignored.
  if (fields.dayOfWeek !== undefined && fields.day !== undefined && dayOfWeek(days) !== fields.dayOfWeek) {
    throw new RangeError('Conflict found: the day of the week differs from that of the date');
  }
  return days;
}

function resolveYearOfEra(fields: ParsedFields): number | undefined {
  if (fields.yearOfEra === undefined) return undefined;
  return fields.era === 0 ? 1 - fields.yearOfEra : fields.yearOfEra;
}

/** The ms since midnight; 24:00 is a whole day. @throws RangeError on an invalid time */
export function resolveTime(fields: ParsedFields): number {
  if (fields.msOfDay !== undefined) return fields.msOfDay;
  const period =
    fields.dayPeriod === undefined || fields.halfDay !== undefined
      ? undefined
      : resolveDayPeriod(fields.dayPeriod, fields.hour, fields.hour12, fields.minute);
  const hour =
    period === undefined ? (fields.hour ?? (fields.hour12 ?? 0) + (fields.halfDay ?? 0) * 12) : Math.floor(period / 60);
  const minute = period === undefined ? (fields.minute ?? 0) : period % 60;
  const second = fields.second ?? 0;
  const ms = Math.floor((fields.nano ?? 0) / 1_000_000);
  range('MinuteOfHour', minute, 0, 59);
  range('SecondOfMinute', second, 0, 59);
  if (hour !== 24 || minute + second + ms > 0) range('HourOfDay', hour, 0, 23);
  return ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

/** Checks a field's value as Java's `ChronoField.checkValidValue` does. */
export function range(field: string, value: number, min: number, max: number): void {
  if (value < min || value > max) {
    throw new RangeError(`Invalid value for ${field} (valid values ${min} - ${max}): ${value}`);
  }
}
