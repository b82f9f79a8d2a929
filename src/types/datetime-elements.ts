import { must } from '../base/assert.ts';
import { pad } from './calendar.ts';
import type { DateTimeParts, ParsedFields } from './datetime-fields.ts';
import { fullZoneName, matchZone, shortZoneName } from './datetime-names.ts';
import { fixedZone, formatOffset } from './zone.ts';

/** The state of parsing one text. */
export interface Match {
  readonly text: string;
  at: number;
  fields: ParsedFields;
}

/** One piece of a pattern, which formats and parses itself. */
export interface Element {
  /** The part of the value that it requires; a literal requires nothing. */
  readonly unit: 'DATE' | 'TIME' | 'ZONE' | 'NONE';
  /** Java's name of the field, for messages. */
  readonly field: string;
  format(parts: DateTimeParts): string;
  /**
   * Parses from `match.at`, advances it and sets fields; returns false (with `at` at the error) if the text does not
   * match.
   */
  parse(match: Match): boolean;
}

/** A numeric element has known widths, so that adjacent numbers without a separator can share the digits. */
interface NumberElement extends Element {
  readonly fixedWidth: number | undefined;
  reserve: number;
}

/** Text that is written unchanged, and parsed in any case. */
export function literal(text: string): Element {
  const lower = text.toLowerCase();
  return {
    unit: 'NONE',
    field: 'literal',
    format: () => text,
    parse: (match) => {
      if (
        !match.text.startsWith(text, match.at) &&
        match.text.slice(match.at, match.at + text.length).toLowerCase() !== lower
      )
        return false;
      match.at += text.length;
      return true;
    },
  };
}

/** The optional part of a pattern, in square brackets. */
export function optional(elements: readonly Element[]): Element {
  shareDigits(elements);
  const unit = elements.find((e) => e.unit !== 'NONE')?.unit ?? 'NONE';
  return {
    // What cannot be formatted is omitted, so an optional part requires nothing of the value.
    unit: 'NONE',
    field: unit,
    format: (parts) =>
      elements.some((e) => e.unit === 'ZONE') && parts.zone === undefined
        ? ''
        : elements.map((e) => e.format(parts)).join(''),
    parse: (match) => {
      const at = match.at;
      const before = match.fields.copy();
      if (!elements.every((e) => e.parse(match))) {
        match.at = at;
        match.fields = before;
      }
      return true;
    },
  };
}

/** An element that is padded with blanks on the left to `width` characters. */
export function padded(element: Element, width: number): Element {
  return {
    unit: element.unit,
    field: element.field,
    format: (parts) => element.format(parts).padStart(width, ' '),
    parse: (match) => {
      const end = match.at + width;
      if (end > match.text.length) return false;
      while (match.at < end && match.text[match.at] === ' ') match.at++;
      return element.parse(match) && match.at === end;
    },
  };
}

/**
 * Java's sign styles: NORMAL accepts `-`, EXCEEDS_PAD also `+` for more digits than the pad width, NOT_NEGATIVE none.
 */
type SignStyle = 'NORMAL' | 'EXCEEDS_PAD' | 'NOT_NEGATIVE';

export interface NumberOptions {
  readonly min: number;
  readonly max: number;
  readonly sign: SignStyle;
  readonly get: (parts: DateTimeParts) => number;
  readonly set: (fields: ParsedFields, value: number) => void;
}

export function number(
  unit: Element['unit'],
  field: string,
  { min, max, sign, get, set }: NumberOptions,
): NumberElement {
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
    parse(match) {
      const { text } = match;
      let at = match.at;
      const char = text[at];
      let negative = false;
      if (sign !== 'NOT_NEGATIVE' && (char === '-' || (char === '+' && sign === 'EXCEEDS_PAD'))) {
        negative = char === '-';
        at++;
      }
      const start = at;
      const digitAt = (i: number): boolean => text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57;
      const limit = start + (fixed ?? Math.min(max + this.reserve, 18));
      while (at < limit && at < text.length && digitAt(at)) at++;
      if (this.reserve > 0) at = Math.max(Math.min(at, start + min), at - this.reserve);
      if (at - start < min) return false;
      set(match.fields, (negative ? -1 : 1) * Number(text.slice(start, at)) + 0);
      match.at = at;
      return true;
    },
  };
}

/** A two-digit year, starting from 2000. */
export function reducedYear(
  unit: Element['unit'],
  get: (parts: DateTimeParts) => number,
  set: NumberOptions['set'],
): Element {
  return number(unit, 'YearOfEra', {
    min: 2,
    max: 2,
    sign: 'NOT_NEGATIVE',
    get: (parts) => ((get(parts) % 100) + 100) % 100,
    set: (fields, value) => set(fields, 2000 + value),
  });
}

export function text(
  unit: Element['unit'],
  field: string,
  texts: readonly string[],
  get: (parts: DateTimeParts) => number,
  set: (fields: ParsedFields, index: number) => void,
): Element {
  // Longest first: `May` must not match a shorter name.
  const candidates = texts
    .map((t, index) => ({ text: t.toLowerCase(), index }))
    .sort((a, b) => b.text.length - a.text.length);
  return {
    unit,
    field,
    format: (parts) => must(texts[get(parts)], 'text'),
    parse: (match) => {
      const rest = match.text.slice(match.at, match.at + 20).toLowerCase();
      const found = candidates.find((candidate) => rest.startsWith(candidate.text));
      if (found === undefined) return false;
      set(match.fields, found.index);
      match.at += found.text.length;
      return true;
    },
  };
}

/** The fraction of a second, in `width` digits. A DateTimeParts has only milliseconds. */
export function fraction(width: number): Element {
  return number('TIME', 'NanoOfSecond', {
    min: width,
    max: width,
    sign: 'NOT_NEGATIVE',
    get: (parts) => (width <= 3 ? Math.floor(parts.ms / 10 ** (3 - width)) : parts.ms * 10 ** (width - 3)),
    set: (fields, value) => (fields.nano = value * 10 ** (9 - width)),
  });
}

/**
 * An offset: `pattern` as in Java's `appendOffset` (`+HHmm`, `+HH:MM`, `+HH:MM:ss`...), `zero` is the text for a zero
 * offset.
 */
export function offset(colon: boolean, minutes: 'always' | 'ifAny', zero: string): Element {
  return {
    unit: 'ZONE',
    field: 'OffsetSeconds',
    format: (parts) => {
      if (parts.offset === 0) return zero;
      const full = formatOffset(parts.offset);
      if (minutes === 'ifAny' && full.endsWith(':00')) return full.slice(0, 3);
      return colon ? full : full.replace(':', '');
    },
    parse: (match) => {
      const rest = match.text.slice(match.at);
      const found = (
        colon ? /^([+-])(\d\d):(\d\d)(?::\d\d)?/ : minutes === 'ifAny' ? /^([+-])(\d\d)(\d\d)?/ : /^([+-])(\d\d)(\d\d)/
      ).exec(rest);
      if (found !== null) {
        const total = Number(found[2]) * 60 + Number(found[3] ?? 0);
        match.fields.offset = found[1] === '-' ? 0 - total : total;
        match.at += found[0].length;
        return true;
      }
      if (rest.slice(0, zero.length).toLowerCase() !== zero.toLowerCase()) return false;
      match.fields.offset = 0;
      match.at += zero.length;
      return true;
    },
  };
}

/** An offset such as `GMT+8`, or `GMT+08:00` if `full`. */
export function localizedOffset(full: boolean): Element {
  return {
    unit: 'ZONE',
    field: 'OffsetSeconds',
    format: ({ offset: minutes }) => {
      if (minutes === 0) return 'GMT';
      const long = formatOffset(minutes);
      if (full) return `GMT${long}`;
      return `GMT${long.endsWith(':00') ? long.slice(0, 3) : long}`.replace(/([+-])0/, '$1');
    },
    parse: (match) => {
      const found = /^GMT(?:([+-])(\d{1,2})(?::(\d\d))?)?/i.exec(match.text.slice(match.at));
      if (found === null) return false;
      const total = Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0);
      match.fields.offset = found[1] === '-' ? 0 - total : total;
      match.at += found[0].length;
      return true;
    },
  };
}

/** The id or the name of a zone. */
export function zoneElement(style: 'ID' | 'SHORT' | 'FULL'): Element {
  return {
    unit: 'ZONE',
    field: 'ZoneId',
    format: (parts) => {
      const zone = parts.zone ?? fixedZone('Z', 0);
      if (style === 'ID') return zone.id;
      return style === 'SHORT' ? shortZoneName(zone, parts.utcMs) : fullZoneName(zone, parts.utcMs);
    },
    parse: (match) => {
      const found = matchZone(match.text, match.at);
      if (found === undefined) return false;
      match.fields.zone = found.zone;
      match.at = found.end;
      return true;
    },
  };
}

/** `yyyyMMdd`: the first number of a run, of variable width, leaves the following fixed-width ones their digits. */
export function shareDigits(elements: readonly Element[]): void {
  let head: NumberElement | undefined;
  for (const element of elements) {
    if (!isNumber(element)) head = undefined;
    else if (head !== undefined && element.fixedWidth !== undefined) head.reserve += element.fixedWidth;
    else head = element;
  }
}

const isNumber = (element: Element): element is NumberElement => 'fixedWidth' in element;
