import { daysFromCivil, daysInMonth, daysOfInstant, msOfDay } from '../../../types/calendar.ts';
import type { Int64 } from '../../../types/int64.ts';
import { formatDateText } from '../../../types/time-text.ts';
import type { Zone } from '../../../types/zone.ts';

const DAY_MS = 86_400_000;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;
const TIME = /^(-?)(\d{2,3}):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/**
 * Converts `2024-01-31 10:00:00.123456` or a date in local time of `zone` to microseconds since the epoch; undefined
 * for `0000-00-00` and other invalid dates.
 */
export function microsOfText(text: string, zone: Zone): number | undefined {
  const found = DATE_TIME.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map((p) => Number(p ?? 0));
  if (month < 1 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const wallMs = daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
  return (wallMs - zone.offsetOfLocal(wallMs) * 60_000) * 1000 + Number((found[7] ?? '').padEnd(6, '0'));
}

/** Converts `2024-01-31` to days since the epoch; undefined for `0000-00-00` and other invalid dates. */
export function daysOfText(text: string): number | undefined {
  const found = DATE_TIME.exec(text);
  if (found === null) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return month < 1 || day < 1 || day > daysInMonth(year, month) ? undefined : daysFromCivil(year, month, day);
}

/** Converts `-838:59:59.000000` to microseconds; undefined if the text is not a time. */
export function microsOfTime(text: string): number | undefined {
  const found = TIME.exec(text);
  if (found === null) return undefined;
  const seconds = (Number(found[2]) * 60 + Number(found[3])) * 60 + Number(found[4]);
  const micros = seconds * 1_000_000 + Number((found[5] ?? '').padEnd(6, '0'));
  return found[1] === '-' ? -micros : micros;
}

/** `2024-01-31 10:00:00.123456` in local time of the zone. */
export function textOfMicros(micros: number, zone: Zone): string {
  const ms = Math.floor(micros / 1000);
  return `${instantText(ms, zone)}${String(micros - ms * 1000).padStart(3, '0')}`;
}

/** `2024-01-31 10:00:00.123` in local time of the zone. */
export function instantText(ms: Int64, zone: Zone): string {
  const local = typeof ms === 'number' ? ms + zone.offsetAt(ms) * 60_000 : ms;
  return `${formatDateText(daysOfInstant(local))} ${timeText(msOfDay(local))}`;
}

/** Formats ms of the day as `10:00:00.123`. */
export function timeText(ms: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}
