import { must } from '../../../../base/assert.ts';
import { civilFromDays, daysFromCivil, pad, type CivilDate } from '../../../../types/calendar.ts';
import { DataError } from '../../../api/errors.ts';
import { LOGICAL, primitive, type PrimitiveSchema } from '../../../api/schema.ts';
import { readDate, readMicros, type ByteParser } from '../byte-parsers.ts';
import { parseDate } from '../value-types.ts';
import type { TimePrecision } from './type-options.ts';

/** Dates and times of Postgres in Debezium's formats. */
export interface TimeForm {
  readonly schema: PrimitiveSchema;
  readonly parse: (text: string) => unknown;
  readonly read?: ByteParser | undefined;
}

const MICROS_PER_DAY = 86_400_000_000n;
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
/** The values to which the JDBC driver converts infinite timestamps, in µs. */
const ENDS = { infinity: 9_223_372_036_825_200_000n, '-infinity': -9_223_372_036_832_400_000n } as const;
/** The limits of Postgres' dates, which count days from 2000, as 32-bit numbers of days from 1970. */
const DAY_ENDS = { infinity: -2_147_472_692, '-infinity': -2_147_472_691 } as const;

const named = (name: string, type: 'INT32' | 'INT64' | 'STRING'): PrimitiveSchema => ({
  ...primitive(type),
  name: `io.debezium.time.${name}`,
  version: 1,
});
const logical = (name: string, type: 'INT32' | 'INT64'): PrimitiveSchema => ({ ...primitive(type), name, version: 1 });

const compact = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n);

/** The form of DATE for a `time.precision.mode`. */
export function dateForm(times: TimePrecision): TimeForm {
  const days = (text: string): number => {
    if (text === 'infinity' || text === '-infinity') return DAY_ENDS[text];
    const found = parseDate(text);
    if (found === null) throw new DataError(`'${text}' is no date`);
    return found;
  };
  if (times === 'isostring') return { schema: named('IsoDate', 'STRING'), parse: (t) => `${isoDate(days(t))}Z` };
  return {
    schema: times === 'connect' ? logical(LOGICAL.date, 'INT32') : named('Date', 'INT32'),
    parse: days,
    read: readDate,
  };
}

/**
 * The form of TIME for a `time.precision.mode`.
 * @param digits the declared number of fractional digits of a second
 */
export function timeForm(times: TimePrecision, digits: number): TimeForm {
  switch (times) {
    case 'isostring':
      return { schema: named('IsoTime', 'STRING'), parse: (t) => `${isoTime(timeMicros(t) % 86_400_000_000, 0)}Z` };
    case 'connect':
      return { schema: logical(LOGICAL.time, 'INT32'), parse: (t) => Math.floor(timeMicros(t) / 1000) };
    case 'nanoseconds':
      return { schema: named('NanoTime', 'INT64'), parse: (t) => timeMicros(t) * 1000 };
    case 'adaptive':
      if (digits <= 3) return { schema: named('Time', 'INT32'), parse: (t) => Math.floor(timeMicros(t) / 1000) };
      break;
    default:
  }
  return { schema: named('MicroTime', 'INT64'), parse: timeMicros };
}

/**
 * The form of TIMESTAMP for a `time.precision.mode`.
 * @param digits the declared number of fractional digits of a second
 */
export function timestampForm(times: TimePrecision, digits: number): TimeForm {
  const parse = (of: (micros: bigint) => unknown) => (text: string) => of(micros(text));
  const read =
    (of: (micros: number) => unknown): ByteParser =>
    (bytes, from, to) => {
      const found = readMicros(bytes, from, to, false);
      return found === undefined ? undefined : of(found);
    };
  switch (times) {
    case 'isostring':
      return { schema: named('IsoTimestamp', 'STRING'), parse: parse((m) => isoTimestamp(m, 0)) };
    case 'nanoseconds':
      return {
        schema: named('NanoTimestamp', 'INT64'),
        parse: parse((micros) => {
          if (micros === ENDS.infinity) return INT64.max;
          if (micros === ENDS['-infinity']) return INT64.min;
          const nanos = micros * 1000n;
          if (nanos < INT64.min || nanos > INT64.max)
            throw new DataError('A time in nanoseconds goes from 1677 to 2262');
          return compact(nanos);
        }),
      };
    case 'connect':
    case 'adaptive':
    case 'adaptive_time_microseconds':
      if (times === 'connect' || digits <= 3)
        return {
          schema: times === 'connect' ? logical(LOGICAL.timestamp, 'INT64') : named('Timestamp', 'INT64'),
          parse: parse((m) => compact(floorDiv(m, 1000n))),
          read: read((m) => Math.floor(m / 1000)),
        };
      break;
    default:
  }
  return { schema: named('MicroTimestamp', 'INT64'), parse: parse(compact), read: read((m) => m) };
}

/** ISO 8601 in UTC with the declared number of fractional digits. */
export function zonedTimestampForm(digits: number): TimeForm {
  return {
    schema: named('ZonedTimestamp', 'STRING'),
    parse: (text) => (text === 'infinity' || text === '-infinity' ? text : isoTimestamp(micros(text), digits)),
  };
}

/** The time of day in UTC; `24:00` becomes `00:00`. */
export const zonedTimeForm = (): TimeForm => ({
  schema: named('ZonedTime', 'STRING'),
  parse: (text) => {
    const found = /^(\d\d:\d\d:\d\d(?:\.\d+)?)([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/.exec(text);
    if (found === null) throw new DataError(`'${text}' is no time with a zone`);
    const shift = (Number(found[3]) * 3600 + Number(found[4] ?? 0) * 60 + Number(found[5] ?? 0)) * 1_000_000;
    const day = Number(MICROS_PER_DAY);
    const utc = timeMicros(must(found[1], 'group 1 of the match')) + (found[2] === '-' ? shift : -shift);
    return `${isoTime(((utc % day) + day) % day, 0)}Z`;
  },
});

/** Reads `-1 mons` etc. as sent by Postgres in ISO 8601: `P-1M2DT-3H`. */
export function intervalForm(mode: 'numeric' | 'string'): TimeForm {
  if (mode === 'string')
    return {
      schema: named('Interval', 'STRING'),
      parse: (text) => {
        const { years, months, days, hours, minutes, seconds } = intervalParts(text);
        return `P${years}Y${months}M${days}DT${hours}H${minutes}M${seconds.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')}S`;
      },
    };
  return {
    schema: named('MicroDuration', 'INT64'),
    parse: (text) => {
      const { years, months, days, hours, minutes, seconds } = intervalParts(text);
      const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(seconds)!;
      const ofSeconds = BigInt(whole!) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
      const sum =
        // A month is one twelfth of 365.25 days.
        (BigInt(years) * 12n + BigInt(months)) * 2_629_800_000_000n +
        BigInt(days) * MICROS_PER_DAY +
        (BigInt(hours) * 60n + BigInt(minutes)) * 60_000_000n +
        (sign === '-' ? -ofSeconds : ofSeconds);
      return compact(sum > INT64.max ? INT64.max : sum < INT64.min ? INT64.min : sum);
    },
  };
}

function intervalParts(text: string) {
  const found =
    /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (found === null) throw new DataError(`'${text}' is no interval`);
  const [, years = '0', months = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] = found;
  return { years, months, days, hours, minutes, seconds };
}

/** Converts `HH:MM:SS.ffffff` to µs of the day. */
function timeMicros(text: string): number {
  const [, hours, minutes, seconds, fraction = ''] = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text) ?? [];
  if (hours === undefined) throw new DataError(`'${text}' is no time`);
  return (
    (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1_000_000 +
    Number(fraction.padEnd(6, '0').slice(0, 6))
  );
}

/** Converts a date and time, with or without an offset, to µs since the epoch. */
function micros(text: string): bigint {
  if (text === 'infinity' || text === '-infinity') return ENDS[text];
  const found = /^(\d+)-(\d\d)-(\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/.exec(
    text,
  );
  if (found === null) throw new DataError(`'${text}' is no timestamp`);
  const [, year, month, day, time, sign, hours = '0', minutes = '0', seconds = '0', bc] = found;
  const days = daysFromCivil(bc === undefined ? Number(year) : 1 - Number(year), Number(month), Number(day));
  const shift = BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1_000_000n;
  return BigInt(days) * MICROS_PER_DAY + BigInt(timeMicros(time!)) + (sign === '-' ? shift : -shift);
}

const civil: CivilDate = { year: 0, month: 0, day: 0 };

function isoDate(days: number): string {
  civilFromDays(days, civil);
  const { year } = civil;
  const years = year > 9999 ? `+${year}` : year < 0 ? `-${pad(-year, 4)}` : pad(year, 4);
  return `${years}-${pad(civil.month, 2)}-${pad(civil.day, 2)}`;
}

/** @param digits the number of fractional digits; 0: as many as needed */
function isoTime(ofDay: number, digits: number): string {
  const seconds = Math.floor(ofDay / 1_000_000);
  const fraction = pad(ofDay % 1_000_000, 6);
  const kept = digits > 0 ? fraction.slice(0, digits) : fraction.replace(/0+$/, '');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return clock.map((n) => pad(n, 2)).join(':') + (kept === '' ? '' : `.${kept}`);
}

function isoTimestamp(at: bigint, digits: number): string {
  const days = floorDiv(at, MICROS_PER_DAY);
  return `${isoDate(Number(days))}T${isoTime(Number(at - days * MICROS_PER_DAY), digits)}Z`;
}

/** The declared number of fractional digits of a second, from a type modifier. */
export const secondDigits = (modifier: number): number => (modifier < 0 ? 6 : modifier & 0xffff);
