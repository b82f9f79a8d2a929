import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import { suggestions } from '../base/suggest.ts';

/** A time zone: offsets and abbreviations over time, from the tz database included in @js-joda/timezone. */
export interface Zone {
  /** Java's id: `Europe/London`, `+01:00`, `Z`, `UTC`. */
  readonly id: string;
  /** Minutes east of UTC at an instant (ms since the epoch). */
  offsetAt(utcMs: number): number;
  /**
   * Minutes east of UTC for a local date-time (ms as if it were UTC): in an overlap the earlier offset, in a gap the
   * offset before it.
   */
  offsetOfLocal(localMs: number): number;
  /** The abbreviation, such as `PST` or `BST`; the id or offset if the database has none. */
  abbreviationAt(utcMs: number): string;
}

const cache = new Map<string, Zone | undefined>();

/**
 * The zone with a Java zone id (region, `UTC`, `GMT+1`, `+01:00`, `Z`), or undefined. Ids are case-sensitive, as in
 * Java.
 */
export function findZone(id: string): Zone | undefined {
  if (cache.has(id)) return cache.get(id);
  const zone = makeZone(id);
  if (cache.size < 2000) cache.set(id, zone);
  return zone;
}

/** The ids that may be meant by a misspelled one: with the same letters in another case, or with the same city. */
export function zonesLike(id: string): string[] {
  const summer = SUMMER[id.toUpperCase()];
  if (summer !== undefined) return [summer];
  const wanted = id.replaceAll(' ', '_').toLowerCase();
  const alike = [...regions().keys()].filter((known) => {
    const lower = known.toLowerCase();
    return lower === wanted || lower.endsWith(`/${wanted}`);
  });
  return alike.length === 0 ? suggestions(id, regions().keys()) : alike;
}

function makeZone(id: string): Zone | undefined {
  const offset = parseOffset(id);
  if (offset !== undefined) return fixedZone(offset === 0 ? 'Z' : formatOffset(offset), offset);
  const prefixed = /^(UTC|GMT|UT)([+-].+)?$/.exec(id);
  if (prefixed !== null) {
    if (prefixed[2] === undefined) return fixedZone(id, 0);
    const minutes = parseOffset(prefixed[2]);
    return minutes === undefined
      ? undefined
      : fixedZone(`${prefixed[1]}${minutes === 0 ? '' : formatOffset(minutes)}`, minutes);
  }
  return regions().get(id)?.(id);
}

export const UTC: Zone = fixedZone('Z', 0);

/** A zone with a constant offset, in minutes. */
export function fixedZone(id: string, minutes: number): Zone {
  const name = id === 'Z' ? 'UTC' : id;
  return { id, offsetAt: () => minutes, offsetOfLocal: () => minutes, abbreviationAt: () => name };
}

/** Parses `Z`, `+1`, `+01`, `+0130` or `+01:30` (seconds must be zero) to minutes; undefined for anything else. */
export function parseOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d{2})(?::?00)?)?$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return minutes > 18 * 60 || Number(match[3] ?? 0) > 59 ? undefined : match[1] === '-' ? -minutes + 0 : minutes;
}

/** Formats minutes as `+01:30`. */
export function formatOffset(minutes: number): string {
  const total = Math.abs(minutes);
  const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(total / 60))}:${two(Math.floor(total % 60))}`;
}

/** The tz database as packed by js-joda: `zones` in moment-timezone's format, `links` as `target|alias`. */
interface Tzdb {
  readonly zones: readonly string[];
  readonly links: readonly string[];
}

let table: Map<string, (id: string) => Zone> | undefined;

/** Loaded when a region is first requested, because it would add 170 ms of CPU and 25 MB to every start. */
function loadTzdb(): Tzdb {
  const { createRequire } = globalThis.process?.getBuiltinModule?.('node:module') ?? {};
  if (createRequire === undefined)
    throw new SluiceError('CONFIG', 'There is no tz database here: only fixed offsets and UTC are known');
  const require = createRequire(import.meta.url);
  require('@js-joda/timezone');
  const { ZoneRulesProvider } = require('@js-joda/core') as { ZoneRulesProvider: { getTzdbData(): Tzdb } };
  return ZoneRulesProvider.getTzdbData();
}

/** The regions by id; each is unpacked when first used. */
function regions(): Map<string, (id: string) => Zone> {
  if (table !== undefined) return table;
  table = new Map();
  const data = loadTzdb();
  for (const packed of data.zones) table.set(packed.slice(0, packed.indexOf('|')), (id) => unpack(id, packed));
  for (const link of data.links) {
    const [target, alias] = link.split('|') as [string, string];
    const make = table.get(target);
    if (make !== undefined) table.set(alias, make);
  }
  return table;
}

/** moment-timezone's packed form: `name|abbreviations|offsets|indices|untils` in base 60, minutes, west positive. */
function unpack(id: string, packed: string): Zone {
  const [, names, offsetText, indexText, untilText] = packed.split('|') as [string, string, string, string, string];
  const abbreviations = names.split(' ');
  const offsets = offsetText.split(' ').map((text) => 0 - base60(text));
  const indices = Array.from(indexText, base60);
  const untils: number[] = [];
  let minutes = 0;
  for (const delta of untilText === '' ? [] : untilText.split(' ')) {
    minutes += base60(delta);
    untils.push(minutes * 60_000);
  }
  const at = (utcMs: number): number => {
    let low = 0;
    let high = untils.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (untils[middle]! <= utcMs) low = middle + 1;
      else high = middle;
    }
    return Math.min(low, indices.length - 1);
  };
  const offsetOf = (period: number): number => must(offsets[must(indices[period], 'period')], 'offset');
  return {
    id,
    offsetAt: (utcMs) => offsetOf(at(utcMs)),
    offsetOfLocal: (localMs) => {
      const period = at(localMs - offsetOf(at(localMs)) * 60_000);
      for (let p = Math.max(0, period - 1); p <= period + 1 && p < indices.length; p++) {
        const offset = offsetOf(p);
        const until = p < untils.length ? untils[p]! : Infinity;
        // The first period that has not ended by this local time. In a gap that is the one before it: Java moves such a
        // local time forward by the length of the gap, which is equivalent to using the offset before it.
        const end = until + Math.max(offset, p + 1 < indices.length ? offsetOf(p + 1) : offset) * 60_000;
        if (localMs < end) return offset;
      }
      return offsetOf(period);
    },
    abbreviationAt: (utcMs) => {
      const name = must(abbreviations[must(indices[at(utcMs)], 'period')], 'abbreviation');
      return /^[A-Z]+$/.test(name) ? name : id;
    },
  };
}

function base60(text: string): number {
  let sign = 1;
  let from = 0;
  if (text[0] === '-') {
    sign = -1;
    from = 1;
  }
  const [whole, fraction = ''] = text.slice(from).split('.') as [string, string?];
  let value = 0;
  for (let i = 0; i < whole.length; i++) value = value * 60 + digit60(whole.charCodeAt(i));
  let unit = 1;
  for (let i = 0; i < fraction.length; i++) {
    unit /= 60;
    value += digit60(fraction.charCodeAt(i)) * unit;
  }
  return value * sign;
}

function digit60(code: number): number {
  return code > 96 ? code - 87 : code > 64 ? code - 29 : code - 48;
}

/** Abbreviations of times, and a zone that has them: as zones of their own they would not know winter from summer. */
const SUMMER: Readonly<Record<string, string>> = {
  CEST: 'Europe/Berlin',
  EEST: 'Europe/Helsinki',
  WEST: 'Europe/Lisbon',
  BST: 'Europe/London',
  EDT: 'America/New_York',
  CDT: 'America/Chicago',
  MDT: 'America/Denver',
  PDT: 'America/Los_Angeles',
  PST: 'America/Los_Angeles',
  CST: 'America/Chicago',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  AEST: 'Australia/Sydney',
  AEDT: 'Australia/Sydney',
};
