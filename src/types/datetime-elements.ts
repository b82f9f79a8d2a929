import { SluiceError } from '../base/errors.ts';
import { pad } from './calendar.ts';
import { type DateTimeParts, type ParsedFields, weekBasedYear, weekOfWeekBasedYear } from './datetime-fields.ts';
import {
  ERAS,
  fullZoneName,
  HALF_DAYS,
  matchZone,
  MONTHS,
  QUARTERS,
  shortZoneName,
  type TextStyle,
  WEEKDAYS,
} from './datetime-names.ts';
import { fixedZone, formatOffset } from './zone.ts';

/** The state of reading one text. */
export interface Match {
  readonly text: string;
  at: number;
  fields: ParsedFields;
}

/** One piece of a pattern: writes itself, reads itself. */
export interface Element {
  /** What it needs of the value; a literal needs nothing. */
  readonly unit: 'DATE' | 'TIME' | 'ZONE' | 'NONE';
  /** Java's name of the field, for messages. */
  readonly field: string;
  format(parts: DateTimeParts): string;
  /** Reads from `match.at`, moves it on and sets fields; false (at the fault) when the text does not fit. */
  parse(match: Match): boolean;
}

/** A numeric element knows its widths, so that neighbours without a separator can share the digits between them. */
interface NumberElement extends Element {
  readonly fixedWidth: number | undefined;
  reserve: number;
}

type FieldName = keyof { [K in keyof ParsedFields as ParsedFields[K] extends number | undefined ? K : never]: 1 };

/** Splits a DateTimeFormatter pattern into elements. Throws SluiceError (EVALUATION) where Java would refuse it. */
export function parsePattern(pattern: string): Element[] {
  const parser = new PatternParser(pattern);
  const elements = parser.sequence(false);
  shareDigits(elements);
  return elements;
}

class PatternParser {
  private at = 0;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  sequence(nested: boolean): Element[] {
    const { pattern } = this;
    const out: Element[] = [];
    let padTo = 0;
    const push = (element: Element): void => {
      out.push(padTo > 0 ? padded(element, padTo) : element);
      padTo = 0;
    };
    while (this.at < pattern.length) {
      const c = pattern[this.at]!;
      if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
        const start = this.at;
        while (this.at < pattern.length && pattern[this.at] === c) this.at++;
        const count = this.at - start;
        if (c === 'p') {
          if (this.at >= pattern.length)
            throw refuse(`Pad letter 'p' must be followed by valid pad pattern: ${pattern}`);
          padTo = count;
        } else push(letter(c, count));
      } else if (c === "'") push(literal(this.quoted()));
      else if (c === '[') {
        this.at++;
        push(optional(this.sequence(true)));
      } else if (c === ']') {
        if (!nested) throw refuse('Pattern invalid as it contains ] without previous [');
        this.at++;
        return out;
      } else if (c === '{' || c === '}' || c === '#') throw refuse(`Pattern includes reserved character: '${c}'`);
      else {
        this.at++;
        push(literal(c));
      }
    }
    return out;
  }

  private quoted(): string {
    const { pattern } = this;
    const start = this.at++;
    let text = '';
    for (;;) {
      if (this.at >= pattern.length) throw refuse(`Pattern ends with an incomplete string literal: ${pattern}`);
      const c = pattern[this.at++]!;
      if (c !== "'") text += c;
      else if (pattern[this.at] === "'") {
        this.at++;
        text += "'";
      } else break;
    }
    return this.at - start === 2 ? "'" : text;
  }
}

function refuse(message: string): SluiceError {
  return new SluiceError('EVALUATION', message);
}

/** `yyyyMMdd`: the first, variable number of a run leaves the fixed ones behind it their digits. */
function shareDigits(elements: readonly Element[]): void {
  let head: NumberElement | undefined;
  for (const element of elements) {
    if (!isNumber(element)) head = undefined;
    else if (head !== undefined && element.fixedWidth !== undefined) head.reserve += element.fixedWidth;
    else head = element;
  }
}

const isNumber = (element: Element): element is NumberElement => 'fixedWidth' in element;

function literal(text: string): Element {
  const lower = text.toLowerCase();
  return {
    unit: 'NONE',
    field: 'literal',
    format: () => text,
    parse: (m) => {
      if (!m.text.startsWith(text, m.at) && m.text.slice(m.at, m.at + text.length).toLowerCase() !== lower)
        return false;
      m.at += text.length;
      return true;
    },
  };
}

function optional(elements: readonly Element[]): Element {
  shareDigits(elements);
  const unit = elements.find((e) => e.unit !== 'NONE')?.unit ?? 'NONE';
  return {
    // What cannot be written is left out, so an optional part asks nothing of the value.
    unit: 'NONE',
    field: unit,
    format: (parts) =>
      elements.some((e) => e.unit === 'ZONE') && parts.zone === undefined
        ? ''
        : elements.map((e) => e.format(parts)).join(''),
    parse: (m) => {
      const at = m.at;
      const before = m.fields.copy();
      if (!elements.every((e) => e.parse(m))) {
        m.at = at;
        m.fields = before;
      }
      return true;
    },
  };
}

function padded(element: Element, width: number): Element {
  return {
    unit: element.unit,
    field: element.field,
    format: (parts) => element.format(parts).padStart(width, ' '),
    parse: (m) => {
      const end = m.at + width;
      if (end > m.text.length) return false;
      while (m.at < end && m.text[m.at] === ' ') m.at++;
      return element.parse(m) && m.at === end;
    },
  };
}

/** Sign styles of Java: NORMAL takes `-`, EXCEEDS_PAD also `+` for more digits than the pad, NOT_NEGATIVE none. */
type SignStyle = 'NORMAL' | 'EXCEEDS_PAD' | 'NOT_NEGATIVE';

interface NumberOptions {
  readonly min: number;
  readonly max: number;
  readonly sign: SignStyle;
  readonly get: (parts: DateTimeParts) => number;
  readonly set: (fields: ParsedFields, value: number) => void;
}

function number(unit: Element['unit'], field: string, { min, max, sign, get, set }: NumberOptions): NumberElement {
  const fixed = min === max && sign === 'NOT_NEGATIVE' ? min : undefined;
  return {
    unit,
    field,
    fixedWidth: fixed,
    reserve: 0,
    format(parts) {
      const value = get(parts);
      if (value < 0) return `-${pad(-value, min)}`;
      const text = min > 1 ? pad(value, min) : `${value}`;
      return sign === 'EXCEEDS_PAD' && text.length > min && min >= 4 ? `+${text}` : text;
    },
    parse(m) {
      const { text } = m;
      let at = m.at;
      const c = text[at];
      let negative = false;
      if (sign !== 'NOT_NEGATIVE' && (c === '-' || (c === '+' && sign === 'EXCEEDS_PAD'))) {
        negative = c === '-';
        at++;
      }
      const start = at;
      const digitAt = (i: number): boolean => text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57;
      const limit = start + (fixed ?? Math.min(max + this.reserve, 18));
      while (at < limit && at < text.length && digitAt(at)) at++;
      if (this.reserve > 0) at = Math.max(Math.min(at, start + min), at - this.reserve);
      if (at - start < min) return false;
      set(m.fields, (negative ? -1 : 1) * Number(text.slice(start, at)) + 0);
      m.at = at;
      return true;
    },
  };
}

/** A two-digit year from 2000 on. */
function reducedYear(unit: Element['unit'], get: (parts: DateTimeParts) => number, set: NumberOptions['set']): Element {
  return number(unit, 'YearOfEra', {
    min: 2,
    max: 2,
    sign: 'NOT_NEGATIVE',
    get: (parts) => ((get(parts) % 100) + 100) % 100,
    set: (fields, value) => set(fields, 2000 + value),
  });
}

function text(
  unit: Element['unit'],
  field: string,
  texts: readonly string[],
  get: (parts: DateTimeParts) => number,
  set: (fields: ParsedFields, index: number) => void,
): Element {
  // Longest first: `May` must not stop at a shorter name.
  const candidates = texts
    .map((t, index) => ({ text: t.toLowerCase(), index }))
    .sort((a, b) => b.text.length - a.text.length);
  return {
    unit,
    field,
    format: (parts) => texts[get(parts)]!,
    parse: (m) => {
      const rest = m.text.slice(m.at, m.at + 20).toLowerCase();
      const found = candidates.find((candidate) => rest.startsWith(candidate.text));
      if (found === undefined) return false;
      set(m.fields, found.index);
      m.at += found.text.length;
      return true;
    },
  };
}

function fraction(width: number): Element {
  return number('TIME', 'NanoOfSecond', {
    min: width,
    max: width,
    sign: 'NOT_NEGATIVE',
    get: (parts) => (width <= 3 ? Math.floor(parts.ms / 10 ** (3 - width)) : parts.ms * 10 ** (width - 3)),
    set: (fields, value) => (fields.nano = value * 10 ** (9 - width)),
  });
}

/** An offset: `pattern` as Java's `appendOffset` (`+HHmm`, `+HH:MM`, `+HH:MM:ss`...), `zero` the text of no offset. */
function offset(colon: boolean, minutes: 'always' | 'ifAny', zero: string): Element {
  return {
    unit: 'ZONE',
    field: 'OffsetSeconds',
    format: (parts) => {
      if (parts.offset === 0) return zero;
      const full = formatOffset(parts.offset);
      if (minutes === 'ifAny' && full.endsWith(':00')) return full.slice(0, 3);
      return colon ? full : full.replace(':', '');
    },
    parse: (m) => {
      const rest = m.text.slice(m.at);
      const match = (
        colon ? /^([+-])(\d\d):(\d\d)(?::\d\d)?/ : minutes === 'ifAny' ? /^([+-])(\d\d)(\d\d)?/ : /^([+-])(\d\d)(\d\d)/
      ).exec(rest);
      if (match !== null) {
        const total = Number(match[2]) * 60 + Number(match[3] ?? 0);
        m.fields.offset = match[1] === '-' ? 0 - total : total;
        m.at += match[0].length;
        return true;
      }
      if (rest.slice(0, zero.length).toLowerCase() !== zero.toLowerCase()) return false;
      m.fields.offset = 0;
      m.at += zero.length;
      return true;
    },
  };
}

function localizedOffset(full: boolean): Element {
  return {
    unit: 'ZONE',
    field: 'OffsetSeconds',
    format: ({ offset: minutes }) => {
      if (minutes === 0) return 'GMT';
      const long = formatOffset(minutes);
      if (full) return `GMT${long}`;
      return `GMT${long.endsWith(':00') ? long.slice(0, 3) : long}`.replace(/([+-])0/, '$1');
    },
    parse: (m) => {
      const match = /^GMT(?:([+-])(\d{1,2})(?::(\d\d))?)?/i.exec(m.text.slice(m.at));
      if (match === null) return false;
      const total = Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
      m.fields.offset = match[1] === '-' ? 0 - total : total;
      m.at += match[0].length;
      return true;
    },
  };
}

function zoneElement(style: 'ID' | 'SHORT' | 'FULL'): Element {
  return {
    unit: 'ZONE',
    field: 'ZoneId',
    format: (parts) => {
      const zone = parts.zone ?? fixedZone('Z', 0);
      if (style === 'ID') return zone.id;
      return style === 'SHORT' ? shortZoneName(zone, parts.utcMs) : fullZoneName(zone, parts.utcMs);
    },
    parse: (m) => {
      const found = matchZone(m.text, m.at);
      if (found === undefined) return false;
      m.fields.zone = found.zone;
      m.at = found.end;
      return true;
    },
  };
}

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

/** The element of one run of a pattern letter. */
function letter(c: string, count: number): Element {
  const style = STYLE_BY_COUNT[count];
  const tooMany = (): SluiceError => refuse(`Too many pattern letters: ${c}`);
  switch (c) {
    case 'G': {
      if (count > 5) throw tooMany();
      const texts = ERAS[count < 4 ? 'SHORT' : STYLE_BY_COUNT[count]!];
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
      return numeric(c, count, 'DATE', 'MonthOfYear', 'month', (p) => p.month);
    case 'Q':
    case 'q': {
      if (count > 5) throw tooMany();
      const quarterOf = (p: DateTimeParts): number => Math.floor((p.month - 1) / 3);
      if (style !== undefined)
        return text('DATE', 'QuarterOfYear', QUARTERS[style], quarterOf, (f, i) => (f.quarter = i + 1));
      return numeric(c, count, 'DATE', 'QuarterOfYear', 'quarter', (p) => quarterOf(p) + 1);
    }
    case 'E':
    case 'e':
    case 'c':
      if (count > 5 || (c === 'c' && count === 2)) throw tooMany();
      if (c === 'E' || style !== undefined) {
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
        c,
        count,
        'DATE',
        'DayOfWeek',
        'dayOfWeek',
        (p) => (p.dayOfWeek % 7) + 1,
        2,
        (v) => ((v + 5) % 7) + 1,
      );
    case 'd':
      return numeric(c, count, 'DATE', 'DayOfMonth', 'day', (p) => p.day);
    case 'D':
      return numeric(c, count, 'DATE', 'DayOfYear', 'dayOfYear', (p) => p.dayOfYear, 3);
    case 'w':
      return numeric(c, count, 'DATE', 'WeekOfWeekBasedYear', 'week', (p) => weekOfWeekBasedYear(p.days, p.year));
    case 'W': {
      // Weeks start on Sunday: count from the Sunday on or before the first of the month.
      const weekOfMonth = (p: DateTimeParts): number => {
        const firstWeekday = ((p.dayOfWeek % 7) - ((p.day - 1) % 7) + 7) % 7;
        return Math.floor((p.day - 1 + firstWeekday) / 7) + 1;
      };
      return numeric(c, count, 'DATE', 'WeekOfMonth', 'weekOfMonth', weekOfMonth, 1);
    }
    case 'F':
      return numeric(c, count, 'DATE', 'AlignedWeekOfMonth', 'weekOfMonth', (p) => Math.floor((p.day - 1) / 7) + 1, 1);
    case 'a':
      if (count > 1) throw tooMany();
      return text(
        'TIME',
        'AmPmOfDay',
        HALF_DAYS,
        (p) => (p.hour < 12 ? 0 : 1),
        (f, i) => (f.halfDay = i),
      );
    case 'H':
      return numeric(c, count, 'TIME', 'HourOfDay', 'hour', (p) => p.hour);
    case 'k':
      return numeric(
        c,
        count,
        'TIME',
        'ClockHourOfDay',
        'hour',
        (p) => p.hour || 24,
        2,
        (v) => v % 24,
      );
    case 'K':
      return numeric(c, count, 'TIME', 'HourOfAmPm', 'hour12', (p) => p.hour % 12);
    case 'h':
      return numeric(
        c,
        count,
        'TIME',
        'ClockHourOfAmPm',
        'hour12',
        (p) => p.hour % 12 || 12,
        2,
        (v) => v % 12,
      );
    case 'm':
      return numeric(c, count, 'TIME', 'MinuteOfHour', 'minute', (p) => p.minute);
    case 's':
      return numeric(c, count, 'TIME', 'SecondOfMinute', 'second', (p) => p.second);
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
      if (count !== 2) throw refuse(`Pattern letter count must be 2: ${c}`);
      return zoneElement('ID');
    case 'v':
    case 'z':
      if (count > 4) throw tooMany();
      return zoneElement(count === 4 ? 'FULL' : 'SHORT');
    case 'O':
      if (count !== 1 && count !== 4) throw refuse(`Pattern letter count must be 1 or 4: ${c}`);
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
      throw refuse(`Unknown pattern letter: ${c}`);
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
