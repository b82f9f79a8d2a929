import { quoting } from '../base/quoting.ts';
import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import { DAY_PERIODS, dayPeriodOf } from './day-period.ts';
import {
  type Element,
  fraction,
  localizedOffset,
  number,
  type NumberOptions,
  offset,
  reducedYear,
  text,
  zoneElement,
} from './datetime-elements.ts';
import { type DateTimeParts, type ParsedFields, weekBasedYear, weekOfWeekBasedYear } from './datetime-fields.ts';
import { ERAS, HALF_DAYS, MONTHS, QUARTERS, type TextStyle, WEEKDAYS } from './datetime-names.ts';

/** The error for an invalid pattern. */
export function refuse(message: string): SluiceError {
  // The message quotes the pattern, which may come from a row.
  return new SluiceError(
    'EVALUATION',
    quoting(message, (m) => m),
  );
}

type FieldName = keyof { [K in keyof ParsedFields as ParsedFields[K] extends number | undefined ? K : never]: 1 };

function year(count: number, field: 'yearOfEra' | 'year' | 'weekYear', get: (parts: DateTimeParts) => number): Element {
  const set: NumberOptions['set'] = (fields, value) => (fields[field] = value);
  if (count === 2) return reducedYear('DATE', get, set);
  return number('DATE', field === 'year' ? 'Year' : field === 'yearOfEra' ? 'YearOfEra' : 'WeekBasedYear', {
    min: count,
    max: 19,
    sign: count < 4 ? 'NORMAL' : 'EXCEEDS_PAD',
    get,
    set,
  });
}

const STYLE_BY_COUNT: Readonly<Record<number, TextStyle>> = { 3: 'SHORT', 4: 'FULL', 5: 'NARROW' };

function numeric(
  letterName: string,
  count: number,
  unit: Element['unit'],
  field: string,
  name: FieldName,
  get: (parts: DateTimeParts) => number,
  maxCount = 2,
  read: (value: number) => number = (value) => value,
): Element {
  if (count > maxCount) throw refuse(`Too many pattern letters: ${letterName}`);
  return number(unit, field, {
    min: count,
    max: count === 1 ? 19 : maxCount,
    sign: count === 1 ? 'NORMAL' : 'NOT_NEGATIVE',
    get,
    set: (fields, value) => (fields[name] = read(value)),
  });
}

/** The element for a run of one pattern letter. */
export function letter(letterOf: string, count: number): Element {
  const style = STYLE_BY_COUNT[count];
  const tooMany = (): SluiceError => refuse(`Too many pattern letters: ${letterOf}`);
  switch (letterOf) {
    case 'G': {
      if (count > 5) throw tooMany();
      const texts = ERAS[count < 4 ? 'SHORT' : must(STYLE_BY_COUNT[count], 'style')];
      return text(
        'DATE',
        'Era',
        texts,
        (p) => (p.year > 0 ? 1 : 0),
        (f, i) => (f.era = i),
      );
    }
    case 'y':
      return year(count, 'yearOfEra', (p) => (p.year > 0 ? p.year : 1 - p.year));
    case 'u':
      return year(count, 'year', (p) => p.year);
    case 'Y':
      return year(count, 'weekYear', (p) => weekBasedYear(p.days, p.year));
    case 'M':
    case 'L':
      if (count > 5) throw tooMany();
      if (style !== undefined)
        return text(
          'DATE',
          'MonthOfYear',
          MONTHS[style],
          (p) => p.month - 1,
          (f, i) => (f.month = i + 1),
        );
      return numeric(letterOf, count, 'DATE', 'MonthOfYear', 'month', (p) => p.month);
    case 'Q':
    case 'q': {
      if (count > 5) throw tooMany();
      const quarterOf = (p: DateTimeParts): number => Math.floor((p.month - 1) / 3);
      if (style !== undefined)
        return text('DATE', 'QuarterOfYear', QUARTERS[style], quarterOf, (f, i) => (f.quarter = i + 1));
      return numeric(letterOf, count, 'DATE', 'QuarterOfYear', 'quarter', (p) => quarterOf(p) + 1);
    }
    case 'E':
    case 'e':
    case 'c':
      if (count > 5 || (letterOf === 'c' && count === 2)) throw tooMany();
      if (letterOf === 'E' || style !== undefined) {
        return text(
          'DATE',
          'DayOfWeek',
          WEEKDAYS[style ?? 'SHORT'],
          (p) => p.dayOfWeek - 1,
          (f, i) => (f.dayOfWeek = i + 1),
        );
      }
      // Localized: Sunday is 1.
      return numeric(
        letterOf,
        count,
        'DATE',
        'DayOfWeek',
        'dayOfWeek',
        (p) => (p.dayOfWeek % 7) + 1,
        2,
        (v) => ((v + 5) % 7) + 1,
      );
    case 'd':
      return numeric(letterOf, count, 'DATE', 'DayOfMonth', 'day', (p) => p.day);
    case 'D':
      return numeric(letterOf, count, 'DATE', 'DayOfYear', 'dayOfYear', (p) => p.dayOfYear, 3);
    case 'w':
      return numeric(letterOf, count, 'DATE', 'WeekOfWeekBasedYear', 'week', (p) =>
        weekOfWeekBasedYear(p.days, p.year),
      );
    case 'W': {
      // Weeks start on Sunday: count from the Sunday on or before the first day of the month.
      const weekOfMonth = (p: DateTimeParts): number => {
        const firstWeekday = ((p.dayOfWeek % 7) - ((p.day - 1) % 7) + 7) % 7;
        return Math.floor((p.day - 1 + firstWeekday) / 7) + 1;
      };
      return numeric(letterOf, count, 'DATE', 'WeekOfMonth', 'weekOfMonth', weekOfMonth, 1);
    }
    case 'F':
      return numeric(
        letterOf,
        count,
        'DATE',
        'AlignedWeekOfMonth',
        'weekOfMonth',
        (p) => Math.floor((p.day - 1) / 7) + 1,
        1,
      );
    case 'a':
      if (count > 1) throw tooMany();
      return text(
        'TIME',
        'AmPmOfDay',
        HALF_DAYS,
        (p) => (p.hour < 12 ? 0 : 1),
        (f, i) => (f.halfDay = i),
      );
    case 'B':
      if (count !== 1 && count !== 4 && count !== 5) throw refuse(`Wrong number of pattern letters: ${letterOf}`);
      return text(
        'TIME',
        'DayPeriod',
        DAY_PERIODS[count === 5 ? 'NARROW' : 'SHORT'],
        (p) => dayPeriodOf(p.hour, p.minute),
        (f, i) => (f.dayPeriod = i),
      );
    case 'H':
      return numeric(letterOf, count, 'TIME', 'HourOfDay', 'hour', (p) => p.hour);
    case 'k':
      return numeric(
        letterOf,
        count,
        'TIME',
        'ClockHourOfDay',
        'hour',
        (p) => p.hour || 24,
        2,
        (v) => v % 24,
      );
    case 'K':
      return numeric(letterOf, count, 'TIME', 'HourOfAmPm', 'hour12', (p) => p.hour % 12);
    case 'h':
      return numeric(
        letterOf,
        count,
        'TIME',
        'ClockHourOfAmPm',
        'hour12',
        (p) => p.hour % 12 || 12,
        2,
        (v) => v % 12,
      );
    case 'm':
      return numeric(letterOf, count, 'TIME', 'MinuteOfHour', 'minute', (p) => p.minute);
    case 's':
      return numeric(letterOf, count, 'TIME', 'SecondOfMinute', 'second', (p) => p.second);
    case 'S':
      if (count > 9) throw tooMany();
      return fraction(count);
    case 'n':
      return long(
        count,
        'NanoOfSecond',
        'nano',
        (p) => p.ms * 1_000_000,
        (v) => v,
      );
    case 'A':
      return long(
        count,
        'MilliOfDay',
        'msOfDay',
        (p) => p.msOfDay,
        (v) => v,
      );
    case 'N':
      return long(
        count,
        'NanoOfDay',
        'msOfDay',
        (p) => p.msOfDay * 1_000_000,
        (v) => Math.floor(v / 1_000_000),
      );
    case 'V':
      if (count !== 2) throw refuse(`Pattern letter count must be 2: ${letterOf}`);
      return zoneElement('ID');
    case 'v':
    case 'z':
      if (count > 4) throw tooMany();
      return zoneElement(count === 4 ? 'FULL' : 'SHORT');
    case 'O':
      if (count !== 1 && count !== 4) throw refuse(`Pattern letter count must be 1 or 4: ${letterOf}`);
      return localizedOffset(count === 4);
    case 'X':
      if (count > 5) throw tooMany();
      return offset(count === 3 || count === 5, count === 1 ? 'ifAny' : 'always', 'Z');
    case 'x':
      if (count > 5) throw tooMany();
      return offset(
        count === 3 || count === 5,
        count === 1 ? 'ifAny' : 'always',
        count === 1 ? '+00' : count === 3 || count === 5 ? '+00:00' : '+0000',
      );
    case 'Z':
      if (count > 5) throw tooMany();
      return count === 4
        ? localizedOffset(true)
        : count === 5
          ? offset(true, 'always', 'Z')
          : offset(false, 'always', '+0000');
    default:
      throw refuse(`Unknown pattern letter: ${letterOf}`);
  }
}

function long(
  count: number,
  field: string,
  name: FieldName,
  get: (p: DateTimeParts) => number,
  read: (v: number) => number,
): Element {
  return number('TIME', field, {
    min: count,
    max: 19,
    sign: 'NOT_NEGATIVE',
    get,
    set: (fields, value) => (fields[name] = read(value)),
  });
}
