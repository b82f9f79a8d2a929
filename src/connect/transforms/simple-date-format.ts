import { must } from '../../base/assert.ts';
import { DataError } from '../api/errors.ts';
import { MS_PER_DAY } from '../../types/calendar.ts';
import { ERAS, HALF_DAYS, MONTHS, WEEKDAYS } from '../../types/datetime-names.ts';
import { dateOf, LenientFields, type CalendarField, type JavaDate } from './java-calendar.ts';

/** Parses and formats times like java.text.SimpleDateFormat. */
export interface SimpleDateFormat {
  /** The text of a time. @param ms since the epoch */
  format(ms: number): string;
  /** Ms since the epoch. @throws DataError when the beginning of the text does not match the pattern */
  parse(text: string): number;
}

/** A run of one pattern letter, or literal text. */
type Part = { readonly letter: string; readonly count: number } | { readonly text: string };

/**
 * java.text.SimpleDateFormat with its default leniency, in UTC and English: fields beyond their range overflow, text
 * after the match is ignored, and a two-digit year is within 80 years before and 20 years after `nowMs`.
 * (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/text/SimpleDateFormat.html; results of Java 17 are
 * in test/data/transforms.)
 * @throws DataError for an invalid pattern
 */
export function simpleDateFormat(pattern: string, nowMs: () => number): SimpleDateFormat {
  const parts = partsOf(pattern);
  for (const part of parts)
    if ('letter' in part && part.letter === 'X' && part.count > 3)
      throw new DataError(`invalid ISO 8601 format: length=${part.count}`);
  return {
    format: (ms) => {
      const days = Math.floor(ms / MS_PER_DAY);
      const date = dateOf(days);
      const time = ms - days * MS_PER_DAY;
      return parts.map((part) => ('text' in part ? part.text : written(part.letter, part.count, date, time))).join('');
    },
    parse: (text) => {
      const reading = new Reading(text, nowMs);
      parts.forEach((part, i) => {
        if ('text' in part) reading.expect(part.text);
        else reading.field(part.letter, part.count, takesItsDigits(parts[i + 1]));
      });
      return reading.instant();
    },
  };
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  const add = (text: string): void => {
    const last = parts.at(-1);
    if (last !== undefined && 'text' in last) parts[parts.length - 1] = { text: last.text + text };
    else parts.push({ text });
  };
  for (let at = 0; at < pattern.length;) {
    const quoted = /^'((?:[^']|'')*)('?)/.exec(pattern.slice(at));
    if (quoted !== null) {
      if (quoted[2] === '') throw new DataError('Unterminated quote');
      add(quoted[1] === '' ? "'" : must(quoted[1], 'group 1 of the match').replaceAll("''", "'"));
      at += quoted[0].length;
      continue;
    }
    const [run] = /^([a-zA-Z])\1*|^[^a-zA-Z']+/.exec(pattern.slice(at))!;
    at += run.length;
    const letter = run[0]!;
    if (!/[a-zA-Z]/.test(letter)) add(run);
    else if (LETTERS.includes(letter)) parts.push({ letter, count: run.length });
    else throw new DataError(`Illegal pattern character '${letter}'`);
  }
  return parts;
}

const LETTERS = 'GyMdkHmsSEDFwWahKzZYuXL';

/** Whether a numeric field follows directly: then this field takes only as many digits as it has letters. */
function takesItsDigits(next: Part | undefined): boolean {
  if (next === undefined || 'text' in next) return false;
  return next.letter === 'M' || next.letter === 'L' ? next.count <= 2 : 'ydkHmsSDFwWhKYu'.includes(next.letter);
}

function written(letter: string, count: number, date: JavaDate, time: number): string {
  const number = (value: number): string => (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(count, '0');
  const style = count >= 4 ? 'FULL' : 'SHORT';
  const hour = Math.floor(time / 3_600_000);
  switch (letter) {
    case 'G':
      return must(ERAS.SHORT[date.year > 0 ? 1 : 0], 'era');
    case 'y':
    case 'Y': {
      const year = letter === 'y' ? (date.year > 0 ? date.year : 1 - date.year) : date.weekYear;
      return count === 2 ? String(year % 100).padStart(2, '0') : number(year);
    }
    case 'M':
    case 'L':
      return count >= 3 ? must(MONTHS[style][date.month - 1], 'month') : number(date.month);
    case 'd':
      return number(date.day);
    case 'k':
      return number(hour === 0 ? 24 : hour);
    case 'H':
      return number(hour);
    case 'K':
      return number(hour % 12);
    case 'h':
      return number(hour % 12 === 0 ? 12 : hour % 12);
    case 'm':
      return number(Math.floor(time / 60_000) % 60);
    case 's':
      return number(Math.floor(time / 1000) % 60);
    case 'S':
      return number(time % 1000);
    case 'E':
      return must(WEEKDAYS[style][(date.dayOfWeek + 5) % 7], 'weekday');
    case 'u':
      return number(((date.dayOfWeek + 5) % 7) + 1);
    case 'D':
      return number(date.dayOfYear);
    case 'F':
      return number(date.weekdayInMonth);
    case 'w':
      return number(date.weekOfYear);
    case 'W':
      return number(date.weekOfMonth);
    case 'a':
      return HALF_DAYS[hour < 12 ? 0 : 1];
    case 'z':
      return count >= 4 ? 'Coordinated Universal Time' : 'UTC';
    case 'Z':
      return '+0000';
    default:
      return 'Z';
  }
}

const PLAIN: Readonly<Record<string, CalendarField>> = {
  d: 'DAY_OF_MONTH',
  H: 'HOUR_OF_DAY',
  m: 'MINUTE',
  s: 'SECOND',
  S: 'MILLISECOND',
  D: 'DAY_OF_YEAR',
  F: 'DAY_OF_WEEK_IN_MONTH',
  w: 'WEEK_OF_YEAR',
  W: 'WEEK_OF_MONTH',
  K: 'HOUR',
};

/** A text that is parsed from left to right. */
class Reading {
  readonly #text: string;
  readonly #nowMs: () => number;
  readonly #fields = new LenientFields();
  #at = 0;
  /** A two-digit year at the boundary of the 100-year range: resolved when the rest of the date is known. */
  #edge: number | undefined;

  constructor(text: string, nowMs: () => number) {
    this.#text = text;
    this.#nowMs = nowMs;
  }

  instant(): number {
    const found = this.#fields.instant();
    if (this.#edge === undefined || found >= this.#centuryStart()) return found;
    this.#fields.set('YEAR', this.#edge + 100);
    return this.#fields.instant();
  }

  expect(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) this.#fail();
    this.#at += text.length;
  }

  field(letter: string, count: number, hasOwnDigits: boolean): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
    if (this.#at >= this.#text.length) this.#fail();
    const start = this.#at;
    const number = (): number => this.#number(hasOwnDigits ? count : undefined);
    switch (letter) {
      case 'G':
        return this.#fields.set('ERA', this.#oneOf(ERAS.SHORT));
      case 'y':
      case 'Y': {
        let year = number();
        const isShort = count <= 2 && this.#at - start === 2 && /^\d\d/.test(this.#text.slice(start));
        if (isShort) {
          const first = dateOf(Math.floor(this.#centuryStart() / MS_PER_DAY)).year;
          const edge = first % 100;
          const isEdge = year === edge;
          year += Math.floor(first / 100) * 100 + (year < edge ? 100 : 0);
          if (isEdge && letter === 'y') this.#edge = year;
        }
        return this.#fields.set(letter === 'y' ? 'YEAR' : 'WEEK_YEAR', year);
      }
      case 'M':
      case 'L':
        return this.#fields.set('MONTH', count <= 2 ? number() - 1 : this.#oneOf(MONTHS.FULL, MONTHS.SHORT));
      case 'E':
        return this.#fields.set('DAY_OF_WEEK', ((this.#oneOf(WEEKDAYS.FULL, WEEKDAYS.SHORT) + 1) % 7) + 1);
      case 'u': {
        const day = number();
        return this.#fields.set('DAY_OF_WEEK', day === 7 ? 1 : day + 1);
      }
      case 'a':
        return this.#fields.set('AM_PM', this.#oneOf(HALF_DAYS));
      case 'k': {
        const hour = number();
        return this.#fields.set('HOUR_OF_DAY', hour === 24 ? 0 : hour);
      }
      case 'h': {
        const hour = number();
        return this.#fields.set('HOUR', hour === 12 ? 0 : hour);
      }
      case 'z':
      case 'Z':
        return this.#fields.set('ZONE_OFFSET', this.#zone());
      case 'X':
        return this.#fields.set('ZONE_OFFSET', this.#isoZone(count));
      default:
        return this.#fields.set(must(PLAIN[letter], 'plain value'), number());
    }
  }

  /** Parses an integer like DecimalFormat. `digits`: takes up to this many characters, which must exist. */
  #number(digits: number | undefined): number {
    const end = digits === undefined ? this.#text.length : this.#at + digits;
    const found = end > this.#text.length ? null : /^-?\d+/.exec(this.#text.slice(this.#at, end));
    if (found === null) return this.#fail();
    this.#at += found[0].length;
    const exact = BigInt(found[0]);
    if (BigInt.asIntN(64, exact) !== exact) return exact < 0n ? -2_147_483_648 : 2_147_483_647;
    return Number(BigInt.asIntN(32, exact));
  }

  /** The index of the longest name at the position, ignoring case. */
  #oneOf(...lists: readonly (readonly string[])[]): number {
    const rest = this.#text.slice(this.#at).toLowerCase();
    let best = { index: -1, length: 0 };
    for (const list of lists)
      list.forEach((name, index) => {
        if (name.length > best.length && rest.startsWith(name.toLowerCase())) best = { index, length: name.length };
      });
    if (best.index === -1) return this.#fail();
    this.#at += best.length;
    return best.index;
  }

  /** A zone such as `-0800`, `GMT+1:30` or `PST`, as an offset in ms. */
  #zone(): number {
    const rest = this.#text.slice(this.#at);
    const numeric = /^([+-])(\d\d)(\d\d)/.exec(rest);
    if (numeric !== null) return this.#offset(numeric);
    const gmt = /^GMT(?:([+-])(\d{1,2}):(\d\d))?/i.exec(rest);
    if (gmt !== null) return this.#offset(gmt);
    const name = /^[A-Za-z]+/.exec(rest)?.[0];
    const zone = name === undefined ? undefined : ABBREVIATIONS[name.toUpperCase()];
    if (zone === undefined) return this.#fail();
    this.#at += name!.length;
    return zone * 60_000;
  }

  #isoZone(count: number): number {
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith('Z')) {
      this.#at++;
      return 0;
    }
    const form = count === 1 ? /^([+-])(\d\d)/ : count === 2 ? /^([+-])(\d\d)(\d\d)/ : /^([+-])(\d\d):(\d\d)/;
    const found = form.exec(rest);
    return found === null ? this.#fail() : this.#offset(found);
  }

  #offset(found: RegExpExecArray): number {
    const [whole, sign, hours = '0', minutes = '0'] = found;
    if (Number(hours) > 23 || Number(minutes) > 59) return this.#fail();
    this.#at += whole.length;
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }

  /** The instant 80 years ago, in ms since the epoch. */
  #centuryStart(): number {
    const now = new Date(this.#nowMs());
    now.setUTCFullYear(now.getUTCFullYear() - 80);
    return now.getTime();
  }

  #fail(): never {
    throw new DataError(`Unparseable date: "${this.#text}"`);
  }
}

/** Minutes east of UTC. Java has more abbreviations, some of which are ambiguous between countries. */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  UTC: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  BST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  WET: 0,
  WEST: 60,
  MSK: 180,
  JST: 540,
};
