import { civilFromDays, daysFromCivil, daysInMonth, MS_PER_DAY } from '../../../types/calendar.ts';

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: MS_PER_DAY,
  WEEKS: 7 * MS_PER_DAY,
};

/** Milliseconds since the epoch plus `count` units. Months and years keep the day where the month has it. */
export function addInterval(ms: number, unit: string, count: number): number {
  const factor = MS_PER_UNIT[unit];
  if (factor !== undefined) return ms + count * factor;
  if (unit === 'MONTHS') return addMonths(ms, count);
  if (unit === 'YEARS') return addMonths(ms, count * 12);
  throw new RangeError(`Not an interval unit: ${unit}`);
}

function addMonths(ms: number, count: number): number {
  const days = Math.floor(ms / MS_PER_DAY);
  const date = { year: 0, month: 0, day: 0 };
  civilFromDays(days, date);
  const months = date.year * 12 + date.month - 1 + count;
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return (
    daysFromCivil(year, month, Math.min(date.day, daysInMonth(year, month))) * MS_PER_DAY + (ms - days * MS_PER_DAY)
  );
}
