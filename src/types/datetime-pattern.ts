import { quoting } from '../base/quoting.ts';
import { SluiceError } from '../base/errors.ts';
import { checkedDays, MS_PER_DAY } from './calendar.ts';
import type { Int64 } from './int64.ts';
import { DateTimeParts, ParsedFields, resolveDate, resolveLocal, resolveTime } from './datetime-fields.ts';
import type { Element, Match } from './datetime-elements.ts';
import { parsePattern } from './datetime-pattern-parser.ts';
import { findZone, UTC, type Zone } from './zone.ts';

/**
 * A compiled pattern of Java's DateTimeFormatter (letters of its javadoc, Locale.ENGLISH). Parsing is case-insensitive,
 * and missing fields default to 1970-01-01T00:00. Failures are SluiceErrors (EVALUATION) with Java's message, `Text 'x'
 * could not be parsed at index 0`.
 */
export interface DateTimePattern {
  readonly pattern: string;
  /** The text of ms since the epoch in the pattern's zone. */
  formatTimestamp(ms: Int64): string;
  /** The ms since the epoch. A zone or offset in the text takes precedence over the pattern's zone. */
  parseTimestamp(text: string): number;
  /** The text of days since the epoch. Throws if the pattern requires a time or zone. */
  formatDate(days: number): string;
  parseDate(text: string): number;
  /** Like parseDate, but text after the date is ignored, as in PARSE_DATE. */
  parseDatePrefix(text: string): number;
  /** The text of ms of the day. Throws if the pattern requires a date or zone. */
  formatTime(msOfDay: number): string;
  parseTime(text: string): number;
}

const cache = new Map<string, DateTimePattern>();
const CACHE_MAX = 1000;

/**
 * Compiles `javaPattern`, or returns it from the cache; `zone` is a Java zone id, UTC by default. @throws SluiceError
 * EVALUATION for an unknown zone or a pattern that Java would reject
 */
export function compilePattern(javaPattern: string, zone?: string): DateTimePattern {
  const key = zone === undefined ? javaPattern : `${zone}\u0000${javaPattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make(javaPattern, zone === undefined ? UTC : requireZone(zone));
  if (cache.size >= CACHE_MAX) cache.clear();
  cache.set(key, made);
  return made;
}

/** The zone with a Java zone id. @throws SluiceError EVALUATION if there is none */
export function requireZone(id: string): Zone {
  const zone = findZone(id);
  if (zone === undefined)
    throw new SluiceError(
      'EVALUATION',
      quoting(id, (t) => `Unknown time-zone ID: ${t}`),
    );
  return zone;
}

function make(pattern: string, zone: Zone): DateTimePattern {
  const elements = parsePattern(pattern);
  const parts = new DateTimeParts();
  const needsTime = elements.find((e) => e.unit === 'TIME');
  const needsDate = elements.find((e) => e.unit === 'DATE');
  const needsZone = elements.find((e) => e.unit === 'ZONE');

  const write = (): string => {
    let text = '';
    for (const element of elements) text += element.format(parts);
    return text;
  };
  const unsupported = (element: Element): never => {
    throw new SluiceError('EVALUATION', `Unsupported field: ${element.field}`);
  };

  return {
    pattern,
    formatTimestamp(ms) {
      parts.setInstant(ms, zone);
      return write();
    },
    formatDate(days) {
      if (needsTime !== undefined) return unsupported(needsTime);
      if (needsZone !== undefined) return unsupported(needsZone);
      parts.setLocal(days, 0);
      return write();
    },
    formatTime(msOfDay) {
      if (needsDate !== undefined) return unsupported(needsDate);
      if (needsZone !== undefined) return unsupported(needsZone);
      parts.setLocal(0, msOfDay);
      return write();
    },
    parseTimestamp: (text) =>
      resolve(text, elements, (fields) => {
        const local = resolveLocal(fields);
        if (fields.offset !== undefined) return local - fields.offset * 60_000;
        return local - (fields.zone ?? zone).offsetOfLocal(local) * 60_000;
      }),
    parseDate: (text) => resolve(text, elements, dateOf),
    parseDatePrefix: (text) => resolve(text, elements, dateOf, true),
    parseTime: (text) => resolve(text, elements, (fields) => resolveTime(fields) % MS_PER_DAY),
  };
}

const dateOf = (fields: ParsedFields): number => checkedDays(resolveDate(fields));

function resolve(
  text: string,
  elements: readonly Element[],
  result: (fields: ParsedFields) => number,
  prefix = false,
): number {
  const match: Match = { text, at: 0, fields: new ParsedFields() };
  for (const element of elements) {
    const start = match.at;
    if (!element.parse(match)) {
      throw new SluiceError(
        'EVALUATION',
        quoting(text, (t) => `Text '${t}' could not be parsed at index ${match.at === start ? start : match.at}`),
      );
    }
  }
  if (match.at < text.length && !prefix) {
    const message = quoting(text, (t) => `Text '${t}' could not be parsed, unparsed text found at index ${match.at}`);
    throw new SluiceError('EVALUATION', message);
  }
  try {
    return result(match.fields);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = quoting(text, (t) => `Text '${t}' could not be parsed: ${error.message}`);
    throw new SluiceError('EVALUATION', message, { cause: error });
  }
}
