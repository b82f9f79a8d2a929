import { daysFromCivil, civilFromDays, MS_PER_DAY } from '../../types/calendar.ts';

/*
 * java.util.GregorianCalendar as SimpleDateFormat uses it, in lenient mode: fields beyond their range overflow (month
 * 13 is January of the next year), the fields that were set last have precedence, and days before 15 October 1582 are
 * Julian.
 * (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/GregorianCalendar.html)
 */

export type CalendarField =
  | 'ERA'
  | 'YEAR'
  | 'WEEK_YEAR'
  | 'MONTH'
  | 'WEEK_OF_YEAR'
  | 'WEEK_OF_MONTH'
  | 'DAY_OF_YEAR'
  | 'DAY_OF_MONTH'
  | 'DAY_OF_WEEK_IN_MONTH'
  | 'DAY_OF_WEEK'
  | 'AM_PM'
  | 'HOUR'
  | 'HOUR_OF_DAY'
  | 'MINUTE'
  | 'SECOND'
  | 'MILLISECOND'
  | 'ZONE_OFFSET';

/** Weeks as in Locale.US: they start on Sunday (1), and the first week of a year contains at least one day of it. */
const FIRST_DAY_OF_WEEK = 1;
/** 15 October 1582. */
const CUTOVER = daysFromCivil(1582, 10, 15);

/** Fields in the order in which they were set. */
export class LenientFields {
  readonly #values = new Map<CalendarField, number>();
  /** The sequence number, from 1, with which a field was set; missing: it was not set. */
  readonly #stamps = new Map<CalendarField, number>();
  #count = 0;

  set(field: CalendarField, value: number): void {
    this.#values.set(field, value);
    this.#stamps.set(field, ++this.#count);
  }

  /** Ms since the epoch; fields that are not set are those of 1970-01-01T00:00Z. */
  instant(): number {
    this.#resolveWeekDate();
    const timeMs = this.#timeMs();
    const carried = Math.floor(timeMs / MS_PER_DAY);
    const days = carried + this.#date(carried);
    return days * MS_PER_DAY + (timeMs - carried * MS_PER_DAY) - this.#of('ZONE_OFFSET', 0);
  }

  #of(field: CalendarField, otherwise: number): number {
    return this.#values.get(field) ?? otherwise;
  }
  #stamp(field: CalendarField): number {
    return this.#stamps.get(field) ?? 0;
  }
  #both(a: CalendarField, b: CalendarField): number {
    const [x, y] = [this.#stamp(a), this.#stamp(b)];
    return x === 0 || y === 0 ? 0 : Math.max(x, y);
  }

  /** Converts a week year that was set after the year to a year and a day of it. */
  #resolveWeekDate(): void {
    if (this.#stamp('WEEK_YEAR') <= this.#stamp('YEAR')) return;
    const year = this.#of('WEEK_YEAR', 1970);
    let week = this.#of('WEEK_OF_YEAR', 1);
    let day = this.#of('DAY_OF_WEEK', FIRST_DAY_OF_WEEK);
    if (day > 7) {
      week += Math.floor((day - 1) / 7);
      day = ((day - 1) % 7) + 1;
    }
    for (; day <= 0; day += 7) week--;
    const first = firstWeek(daysOf(year, 0, 1, true));
    const date = dateOf(first + 7 * (week - 1) + ((day - FIRST_DAY_OF_WEEK + 7) % 7));
    for (const field of ['WEEK_OF_YEAR', 'WEEK_OF_MONTH', 'DAY_OF_WEEK_IN_MONTH', 'DAY_OF_YEAR', 'ERA'] as const)
      this.#stamps.delete(field);
    this.set('YEAR', date.year);
    this.set('MONTH', date.month - 1);
    this.set('DAY_OF_MONTH', date.day);
  }

  #timeMs(): number {
    const halfDay = this.#both('HOUR', 'AM_PM');
    const byHalf = halfDay > this.#stamp('HOUR_OF_DAY') || this.#stamp('HOUR_OF_DAY') === 0;
    const hours = byHalf ? this.#of('HOUR', 0) + 12 * this.#of('AM_PM', 0) : this.#of('HOUR_OF_DAY', 0);
    return ((hours * 60 + this.#of('MINUTE', 0)) * 60 + this.#of('SECOND', 0)) * 1000 + this.#of('MILLISECOND', 0);
  }

  /** Days since the epoch, without the `carried` days, which also affect the choice of calendar. */
  #date(carried: number): number {
    const written = this.#of('YEAR', 1970);
    const year = this.#of('ERA', 1) === 0 ? 1 - written : written;
    const day = this.#dayChoice();
    const gregorian = this.#fixed(year, day, true);
    const julian = this.#fixed(year, day, false);
    if (year > 1582) return gregorian + carried >= CUTOVER ? gregorian : julian;
    if (year < 1582 || day === 'DAY_OF_YEAR' || day === 'WEEK_OF_YEAR') return julian;
    // Gregorian if the day is after the change in both calendars; a skipped day is Julian.
    return gregorian + carried >= CUTOVER && julian + carried >= CUTOVER ? gregorian : julian;
  }

  /** The field that determines the day: that of the group that was completed last. */
  #dayChoice(): CalendarField {
    const weekDay = this.#stamp('DAY_OF_WEEK');
    let month = this.#stamp('DAY_OF_MONTH');
    let weekOfMonth = this.#both('WEEK_OF_MONTH', 'DAY_OF_WEEK');
    let inMonth = this.#both('DAY_OF_WEEK_IN_MONTH', 'DAY_OF_WEEK');
    let weekOfYear = this.#both('WEEK_OF_YEAR', 'DAY_OF_WEEK');
    const ofYear = this.#stamp('DAY_OF_YEAR');
    let best = Math.max(month, weekOfMonth, inMonth, ofYear, weekOfYear);
    if (best === 0) {
      weekOfMonth = this.#stamp('WEEK_OF_MONTH');
      inMonth = Math.max(this.#stamp('DAY_OF_WEEK_IN_MONTH'), weekDay);
      weekOfYear = this.#stamp('WEEK_OF_YEAR');
      best = Math.max(weekOfMonth, inMonth, weekOfYear);
      if (best === 0) best = month = this.#stamp('MONTH');
    }
    const ofWeeks = this.#stamp('WEEK_OF_YEAR');
    if (best === month) return 'DAY_OF_MONTH';
    if (
      (best === weekOfMonth && this.#stamp('WEEK_OF_MONTH') >= ofWeeks) ||
      (best === inMonth && this.#stamp('DAY_OF_WEEK_IN_MONTH') >= ofWeeks)
    ) {
      if (weekOfMonth === inMonth)
        return this.#stamp('WEEK_OF_MONTH') >= this.#stamp('DAY_OF_WEEK_IN_MONTH')
          ? 'WEEK_OF_MONTH'
          : 'DAY_OF_WEEK_IN_MONTH';
      return best === weekOfMonth ? 'WEEK_OF_MONTH' : 'DAY_OF_WEEK_IN_MONTH';
    }
    return best === ofYear ? 'DAY_OF_YEAR' : 'WEEK_OF_YEAR';
  }

  /** Days since the epoch in one of the two calendars. */
  #fixed(givenYear: number, choice: CalendarField, isGregorian: boolean): number {
    const weekDay = this.#values.get('DAY_OF_WEEK');
    if (choice === 'DAY_OF_YEAR') return daysOf(givenYear, 0, 1, isGregorian) + this.#of('DAY_OF_YEAR', 1) - 1;
    if (choice === 'WEEK_OF_YEAR') {
      const first = firstWeek(daysOf(givenYear, 0, 1, isGregorian));
      return onOrBefore(first + 6, weekDay ?? FIRST_DAY_OF_WEEK) + 7 * (this.#of('WEEK_OF_YEAR', 1) - 1);
    }
    const month = this.#of('MONTH', 0);
    const first = daysOf(givenYear, month, 1, isGregorian);
    if (choice === 'DAY_OF_MONTH') return first + this.#of('DAY_OF_MONTH', 1) - 1;
    if (choice === 'WEEK_OF_MONTH')
      return onOrBefore(firstWeek(first) + 6, weekDay ?? FIRST_DAY_OF_WEEK) + 7 * (this.#of('WEEK_OF_MONTH', 1) - 1);
    const nth = this.#of('DAY_OF_WEEK_IN_MONTH', 1);
    const days = daysOf(givenYear, month + 1, 1, isGregorian) - first;
    return onOrBefore(first + (nth >= 0 ? 7 * nth : days + 7 * (nth + 1)) - 1, weekDay ?? FIRST_DAY_OF_WEEK);
  }
}

/** A day in the calendar that was valid at the time. */
export interface JavaDate {
  /** 0 and negative: BC. */
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  /** 1 (Sunday) to 7. */
  readonly dayOfWeek: number;
  readonly weekOfYear: number;
  readonly weekOfMonth: number;
  /** Which occurrence of its weekday in the month it is, from 1. */
  readonly weekdayInMonth: number;
  readonly weekYear: number;
}

/** The date of a number of days since the epoch. */
export function dateOf(days: number): JavaDate {
  const isGregorian = days >= CUTOVER;
  const civil = { year: 0, month: 0, day: 0 };
  if (isGregorian) civilFromDays(days, civil);
  else julianFromDays(days, civil);
  const { year, month, day } = civil;
  const newYear = daysOf(year, 0, 1, year > 1582);
  const nextWeekYear = firstWeek(daysOf(year + 1, 0, 1, year + 1 > 1582));
  const isNext = days >= nextWeekYear;
  const first = isGregorian && year === 1582 && month === 10 ? julianDays(1582, 10, 1) : days - day + 1;
  return {
    year,
    month,
    day,
    dayOfYear: days - newYear + 1,
    dayOfWeek: weekDayOf(days),
    weekOfYear: isNext ? 1 : Math.floor((days - firstWeek(newYear)) / 7) + 1,
    weekOfMonth: Math.floor((days - firstWeek(first)) / 7) + 1,
    weekdayInMonth: Math.floor((days - first) / 7) + 1,
    weekYear: isNext ? year + 1 : year,
  };
}

/** Days since the epoch; `month` is from 0, and beyond 11 in a later year. */
function daysOf(year: number, month: number, day: number, isGregorian: boolean): number {
  const y = year + Math.floor(month / 12);
  const m = month - Math.floor(month / 12) * 12 + 1;
  return isGregorian ? daysFromCivil(y, m, day) : julianDays(y, m, day);
}

/** Days from the Julian calendar's 1 March of year 0 to the epoch. */
const JULIAN_EPOCH = 719470;

function julianDays(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) + dayOfYear - JULIAN_EPOCH;
}

function julianFromDays(days: number, target: { year: number; month: number; day: number }): void {
  const z = days + JULIAN_EPOCH;
  const cycle = Math.floor(z / 1461);
  const dayOfCycle = z - cycle * 1461;
  const yearOfCycle = Math.min(3, Math.floor(dayOfCycle / 365));
  const dayOfYear = dayOfCycle - 365 * yearOfCycle;
  const mp = Math.floor((5 * dayOfYear + 2) / 153);
  target.day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1;
  target.month = mp < 10 ? mp + 3 : mp - 9;
  target.year = cycle * 4 + yearOfCycle + (target.month <= 2 ? 1 : 0);
}

/** 1 (Sunday) to 7. */
function weekDayOf(days: number): number {
  return ((((days + 4) % 7) + 7) % 7) + 1;
}

function onOrBefore(days: number, weekDay: number): number {
  return days - ((((weekDayOf(days) - weekDay) % 7) + 7) % 7);
}

/** The first day of the week that contains the first day of a month or year. */
function firstWeek(first: number): number {
  return onOrBefore(first, FIRST_DAY_OF_WEEK);
}
