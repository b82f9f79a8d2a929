import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  daysOfInstant,
  MS_PER_DAY,
  msOfDay,
  pad,
  type CivilDate,
} from './calendar.ts';
import type { Int64 } from './int64.ts';

/**
 * Formats and parses the ISO text of DATE, TIME and TIMESTAMP values as ksqlDB casts and compares them: `2020-02-23`,
 * `23:45:12.013`, `2020-02-23T23:45:12.013`. Parsing accepts partial dates and times, truncated on the right down to
 * the year (missing parts have their smallest value), and a numeric zone after a time. As in Java's ISO formatters, a
 * day that its month does not have is not a date, and 24:00 is not a time of day (the patterns of PARSE_DATE and
 * similar functions are lenient in these cases); after a date, T24 is the end of that day.
 */

const date: CivilDate = { year: 0, month: 0, day: 0 };

/** Formats days since the epoch as `2020-02-23`. Years above 9999 have a `+`, years before 0 a `-`. */
export function formatDateText(days: number): string {
  civilFromDays(days, date);
  const { year, month, day } = date;
  return `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function formatYear(year: number): string {
  if (year >= 1000 && year <= 9999) return `${year}`;
  if (year < 0) return `-${pad(-year, 4)}`;
  return year > 9999 ? `+${year}` : pad(year, 4);
}

/** Formats ms of the day like Java's `LocalTime.toString`: `23:45`, `23:45:12`, `23:45:12.013`. */
export function formatTimeText(msOfDay: number): string {
  const ms = msOfDay % 1000;
  const seconds = Math.floor(msOfDay / 1000);
  const head = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}`;
  if (ms !== 0) return `${head}:${pad(seconds % 60, 2)}.${pad(ms, 3)}`;
  return seconds % 60 === 0 ? head : `${head}:${pad(seconds % 60, 2)}`;
}

/** Formats ms since the epoch as `2020-02-23T23:45:12.013` (UTC, always with milliseconds). */
export function formatTimestampText(ms: Int64): string {
  const days = daysOfInstant(ms);
  const rest = msOfDay(ms);
  const seconds = Math.floor(rest / 1000);
  return `${formatDateText(days)}T${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(
    seconds % 60,
    2,
  )}.${pad(rest % 1000, 3)}`;
}

const DATE_PART = '([+-]?\\d{4,9})(?:-(\\d{1,2})(?:-(\\d{1,2}))?)?';
const TIME_PART = '(\\d{1,2})(?::(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d{1,9}))?)?)?';
const ZONE_PART = '([zZ]|[+-]\\d{2}(?::?\\d{2})?)?';
const DATE_TEXT = new RegExp(`^${DATE_PART}$`);
const TIME_TEXT = new RegExp('^(\\d{1,2}):(\\d{1,2})(?::(\\d{1,2})(?:\\.(\\d{1,9}))?)?$');
const TIMESTAMP_TEXT = new RegExp(`^${DATE_PART}(?:T(?:${TIME_PART})?${ZONE_PART}|Z)?$`);

/** Parses `2020-02-23`, `2020-02` or `2020` to days since the epoch; undefined for anything else. */
export function parseDateText(text: string): number | undefined {
  const match = DATE_TEXT.exec(text);
  return match === null ? undefined : daysOf(match);
}

/** Parses `23:45`, `23:45:12` or `23:45:12.013` to ms of the day; undefined for anything else. */
export function parseTimeText(text: string): number | undefined {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const ms = msOf(match, 1);
  return ms === MS_PER_DAY ? undefined : ms;
}

/** Parses a timestamp to ms since the epoch; without a zone it is in UTC. Undefined for anything else. */
export function parseTimestampText(text: string): number | undefined {
  const match = TIMESTAMP_TEXT.exec(text);
  if (match === null) return undefined;
  const days = daysOf(match);
  const ms = msOf(match, 4);
  const offset = offsetMinutesOf(match[8]);
  return days === undefined || ms === undefined || offset === undefined
    ? undefined
    : days * MS_PER_DAY + ms - offset * 60_000;
}

function daysOf(match: RegExpExecArray): number | undefined {
  const year = Number(match[1]);
  const month = match[2] === undefined ? 1 : Number(match[2]);
  const day = match[3] === undefined ? 1 : Number(match[3]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

function msOf(match: RegExpExecArray, at: number): number | undefined {
  const hour = Number(match[at] ?? 0);
  const minute = Number(match[at + 1] ?? 0);
  const second = Number(match[at + 2] ?? 0);
  const ms = match[at + 3] === undefined ? 0 : Number(match[at + 3]!.padEnd(3, '0').slice(0, 3));
  if (minute > 59 || second > 59) return undefined;
  if (hour > 23 && !(hour === 24 && minute === 0 && second === 0 && ms === 0)) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

function offsetMinutesOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2) || 0);
  if (hours > 18 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}
