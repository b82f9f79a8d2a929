import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  daysOfInstant,
  msOfDay,
  pad,
  type CivilDate,
} from '../../../types/calendar.ts';
import type { Int64 } from '../../../types/int64.ts';
import type { Zone } from '../../../types/zone.ts';

/** The Unix epoch as a Julian day number: https://www.sqlite.org/lang_datefunc.html */
const JULIAN_EPOCH = 2_440_587.5;
const DAY_MS = 86_400_000;

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Converts `2024-01-31 10:00:00.123456`, also with `T`, without seconds, without a time, or with an offset, to
 * microseconds since the epoch; a text without an offset is local time of `zone`. undefined for other texts.
 */
export function microsOfText(text: string, zone: Zone): number | undefined {
  const found = DATE_TIME.exec(text.trim());
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysInMonth(year!, month!) || hour! > 24 || minute! > 59)
    return undefined;
  if (second! > 59) return undefined;
  const wallMs = daysFromCivil(year!, month!, day!) * DAY_MS + ((hour! * 60 + minute!) * 60 + second!) * 1000;
  const offset = found[8];
  const offsetMinutes =
    offset === undefined
      ? zone.offsetOfLocal(wallMs)
      : /^z$/i.test(offset)
        ? 0
        : (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2)));
  const micros = found[7] === undefined ? 0 : Number(found[7].padEnd(6, '0').slice(0, 6));
  return (wallMs - offsetMinutes * 60_000) * 1000 + micros;
}

/** Converts a Julian day number to ms since the epoch. */
export const msOfJulianDay = (day: number): number => Math.round((day - JULIAN_EPOCH) * DAY_MS);

/**
 * An SQL expression for a column's value in ms since the epoch: text as interpreted by SQLite (in UTC), an integer of
 * ms or seconds, or a Julian day number.
 */
export const sqlMs = (column: string, unitMs: number): string =>
  `CASE typeof(${column}) WHEN 'integer' THEN ${column}${unitMs === 1 ? '' : ` * ${unitMs}`}` +
  ` ELSE CAST(round((${`iif(typeof(${column}) = 'real', ${column}, julianday(${column}))`} - ${JULIAN_EPOCH}) * ${DAY_MS}) AS INTEGER) END`;
/** An SQL expression for the current time in ms since the epoch. */
export const SQL_NOW_MS = `CAST(round((julianday('now') - ${JULIAN_EPOCH}) * ${DAY_MS}) AS INTEGER)`;

/** `2024-01-31 10:00:00.123` in local time of the zone, in the format of SQLite's own functions. */
export function instantText(ms: Int64, zone: Zone): string {
  const local = typeof ms === 'number' ? ms + zone.offsetAt(ms) * 60_000 : ms;
  return `${dateText(daysOfInstant(local))} ${timeText(msOfDay(local))}`;
}

/** Formats days since the epoch as `2024-01-31`. */
export function dateText(days: number): string {
  const date: CivilDate = { year: 0, month: 0, day: 0 };
  civilFromDays(days, date);
  const { year, month, day } = date;
  return `${year < 0 ? `-${pad(-year, 4)}` : pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Formats ms of the day as `10:00:00.123`. */
export function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${pad(ms % 1000, 3)}`;
}
