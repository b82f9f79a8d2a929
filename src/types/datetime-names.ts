import { findZone, type Zone } from './zone.ts';

/** English texts of date-time fields, as in Java's DateTimeFormatter for Locale.ENGLISH. */

export type TextStyle = 'SHORT' | 'FULL' | 'NARROW';

const MONTHS_FULL = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS_FULL = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** By style, in order from the first value (January, Monday, first quarter, before Christ, morning). */
export const MONTHS = styles(MONTHS_FULL);
export const WEEKDAYS = styles(DAYS_FULL);
export const QUARTERS: Record<TextStyle, readonly string[]> = {
  FULL: ['1st quarter', '2nd quarter', '3rd quarter', '4th quarter'],
  SHORT: ['Q1', 'Q2', 'Q3', 'Q4'],
  NARROW: ['1', '2', '3', '4'],
};
export const ERAS: Record<TextStyle, readonly string[]> = {
  FULL: ['Before Christ', 'Anno Domini'],
  SHORT: ['BC', 'AD'],
  NARROW: ['B', 'A'],
};
export const HALF_DAYS = ['AM', 'PM'] as const;

function styles(full: readonly string[]): Record<TextStyle, readonly string[]> {
  return { FULL: full, SHORT: full.map((name) => name.slice(0, 3)), NARROW: full.map((name) => name.slice(0, 1)) };
}

/** The full zone names of the most common abbreviations, and the zone for which an abbreviation is parsed. */
const ZONE_NAMES: readonly (readonly [abbreviation: string, zone: string, full: string])[] = [
  ['UTC', 'UTC', 'Coordinated Universal Time'],
  ['GMT', 'Europe/London', 'Greenwich Mean Time'],
  ['BST', 'Europe/London', 'British Summer Time'],
  ['PST', 'America/Los_Angeles', 'Pacific Standard Time'],
  ['PDT', 'America/Los_Angeles', 'Pacific Daylight Time'],
  ['PT', 'America/Los_Angeles', 'Pacific Time'],
  ['MST', 'America/Denver', 'Mountain Standard Time'],
  ['MDT', 'America/Denver', 'Mountain Daylight Time'],
  ['MT', 'America/Denver', 'Mountain Time'],
  ['CST', 'America/Chicago', 'Central Standard Time'],
  ['CDT', 'America/Chicago', 'Central Daylight Time'],
  ['CT', 'America/Chicago', 'Central Time'],
  ['EST', 'America/New_York', 'Eastern Standard Time'],
  ['EDT', 'America/New_York', 'Eastern Daylight Time'],
  ['ET', 'America/New_York', 'Eastern Time'],
  ['AST', 'America/Halifax', 'Atlantic Standard Time'],
  ['ADT', 'America/Halifax', 'Atlantic Daylight Time'],
  ['NST', 'America/St_Johns', 'Newfoundland Standard Time'],
  ['NDT', 'America/St_Johns', 'Newfoundland Daylight Time'],
  ['AKST', 'America/Anchorage', 'Alaska Standard Time'],
  ['AKDT', 'America/Anchorage', 'Alaska Daylight Time'],
  ['HST', 'Pacific/Honolulu', 'Hawaii-Aleutian Standard Time'],
  ['WET', 'Europe/Lisbon', 'Western European Standard Time'],
  ['WEST', 'Europe/Lisbon', 'Western European Summer Time'],
  ['CET', 'Europe/Paris', 'Central European Standard Time'],
  ['CEST', 'Europe/Paris', 'Central European Summer Time'],
  ['EET', 'Europe/Athens', 'Eastern European Standard Time'],
  ['EEST', 'Europe/Athens', 'Eastern European Summer Time'],
  ['MSK', 'Europe/Moscow', 'Moscow Standard Time'],
  ['IST', 'Asia/Kolkata', 'India Standard Time'],
  ['PKT', 'Asia/Karachi', 'Pakistan Standard Time'],
  ['HKT', 'Asia/Hong_Kong', 'Hong Kong Standard Time'],
  ['JST', 'Asia/Tokyo', 'Japan Standard Time'],
  ['KST', 'Asia/Seoul', 'Korean Standard Time'],
  ['AWST', 'Australia/Perth', 'Australian Western Standard Time'],
  ['ACST', 'Australia/Adelaide', 'Australian Central Standard Time'],
  ['ACDT', 'Australia/Adelaide', 'Australian Central Daylight Time'],
  ['AEST', 'Australia/Sydney', 'Australian Eastern Standard Time'],
  ['AEDT', 'Australia/Sydney', 'Australian Eastern Daylight Time'],
  ['NZST', 'Pacific/Auckland', 'New Zealand Standard Time'],
  ['NZDT', 'Pacific/Auckland', 'New Zealand Daylight Time'],
  ['SAST', 'Africa/Johannesburg', 'South Africa Standard Time'],
  ['CAT', 'Africa/Maputo', 'Central Africa Time'],
  ['EAT', 'Africa/Nairobi', 'East Africa Time'],
  ['WAT', 'Africa/Lagos', 'West Africa Standard Time'],
];

/** Java's abbreviations for zones that the tz database knows only by offset. */
const SHORT_BY_REGION: Readonly<Record<string, string>> = {
  'Asia/Dubai': 'GST',
  'Asia/Singapore': 'SGT',
  'America/Sao_Paulo': 'BRT',
  'America/Argentina/Buenos_Aires': 'ART',
  'America/Bogota': 'COT',
  'America/Lima': 'PET',
  'Asia/Bangkok': 'ICT',
  'Asia/Ho_Chi_Minh': 'ICT',
  'Asia/Dhaka': 'BDT',
  'Asia/Kathmandu': 'NPT',
  'Asia/Tashkent': 'UZT',
};

export function shortZoneName(zone: Zone, utcMs: number): string {
  return SHORT_BY_REGION[zone.id] ?? zone.abbreviationAt(utcMs);
}

export function fullZoneName(zone: Zone, utcMs: number): string {
  const short = shortZoneName(zone, utcMs);
  return ZONE_NAMES.find(([abbreviation]) => abbreviation === short)?.[2] ?? short;
}

/**
 * The longest zone name, id or offset that starts at `at` in `text` (in any case). A daylight-saving name represents
 * its zone: `2018-05-11 21:58 PST` is Pacific time on that date, as Java parses it.
 */
export function matchZone(text: string, at: number): { zone: Zone; end: number } | undefined {
  let best: { zone: Zone; end: number } | undefined;
  const rest = text.slice(at);
  const id = /^(?:[A-Za-z]+(?:[/_+-][A-Za-z0-9_+-]+)*(?::?\d{2})?|[+-]\d{1,2}(?::?\d{2})?)/.exec(rest)?.[0];
  if (id !== undefined) {
    const zone = findZone(id) ?? findZone(id.toUpperCase());
    if (zone !== undefined) best = { zone, end: at + id.length };
  }
  const upper = rest.toUpperCase();
  for (const [abbreviation, zoneId, full] of ZONE_NAMES) {
    for (const name of [abbreviation, full.toUpperCase()]) {
      if (upper.startsWith(name) && (best === undefined || at + name.length > best.end)) {
        const zone = findZone(zoneId);
        if (zone !== undefined) best = { zone, end: at + name.length };
      }
    }
  }
  return best;
}
