import { must } from '../base/assert.ts';

/**
 * Periods of the day in English (CLDR's day periods, pattern letter B of Java's DateTimeFormatter). Times are minutes
 * since midnight; a period is from `from` (inclusive) to `to` (exclusive), across midnight if `to` is smaller. Midnight
 * and noon are instants, and come first.
 */
interface DayPeriod {
  readonly text: string;
  readonly narrow: string;
  readonly from: number;
  readonly to: number;
  /** The time of a period that is parsed without an hour. */
  readonly middle: number;
}

const HOUR = 60;

const PERIODS: readonly DayPeriod[] = [
  { text: 'midnight', narrow: 'mi', from: 0, to: 1, middle: 0 },
  { text: 'noon', narrow: 'n', from: 12 * HOUR, to: 12 * HOUR + 1, middle: 12 * HOUR },
  period('in the morning', 6, 12, 9),
  period('in the afternoon', 12, 18, 15),
  period('in the evening', 18, 21, 19.5),
  period('at night', 21, 6, 1.5),
];

function period(text: string, from: number, to: number, middle: number): DayPeriod {
  return { text, narrow: text, from: from * HOUR, to: to * HOUR, middle: middle * HOUR };
}

export const DAY_PERIODS = { SHORT: PERIODS.map((p) => p.text), NARROW: PERIODS.map((p) => p.narrow) };

/** The index of the period that contains a time of day. */
export function dayPeriodOf(hour: number, minute: number): number {
  return PERIODS.findIndex((p) => contains(p, hour * HOUR + minute));
}

/**
 * The minutes since midnight of a period and the other parsed fields, by Java's rules: an hour of the half day belongs
 * to the half in which it is within the period, and a period alone represents its middle.
 * @throws RangeError if an hour of the day is outside the period
 */
export function resolveDayPeriod(
  index: number,
  hour: number | undefined,
  hour12: number | undefined,
  minute: number | undefined,
): number {
  const read = must(PERIODS[index], 'period');
  if (hour !== undefined) {
    const time = hour * HOUR + (minute ?? 0);
    if (!contains(read, time)) throw new RangeError(`Conflict found: the time is not ${read.text}`);
    return time;
  }
  if (hour12 === undefined) return minute === undefined ? read.middle : minute;
  const morning = hour12 * HOUR + (minute ?? 0);
  const afternoon = morning + 12 * HOUR;
  return contains(read, afternoon) ? afternoon : morning;
}

function contains({ from, to }: DayPeriod, time: number): boolean {
  return from < to ? time >= from && time < to : time >= from || time < to;
}
