import { quoting } from '../../base/quoting.ts';
import { normalizeInt64, parseInt64, toBigInt, type Int64 } from '../../types/int64.ts';
import { DATE, TIME, TIMESTAMP, type SqlType } from '../../types/sql-type.ts';
import { parseDateText, parseTimestampText, parseTimeText } from '../../types/time-text.ts';
import { Misfit } from './record-errors.ts';

/** Dates and times by the schema names of Connect and Debezium, in any format that carries them. */

/** The unit of numbers in TIMESTAMP and TIME columns if no schema specifies it. */
export type TimeUnit = 'MILLIS' | 'MICROS' | 'NANOS';

export const TIME_UNITS: readonly TimeUnit[] = ['MILLIS', 'MICROS', 'NANOS'];

/** The number of units in a millisecond. */
export const DIVISORS: Readonly<Record<TimeUnit, bigint>> = { MILLIS: 1n, MICROS: 1000n, NANOS: 1_000_000n };

/** The units of the logical types that are numbers. */
const UNITS: Readonly<Record<string, TimeUnit>> = {
  'org.apache.kafka.connect.data.Timestamp': 'MILLIS',
  'org.apache.kafka.connect.data.Time': 'MILLIS',
  'io.debezium.time.Timestamp': 'MILLIS',
  'io.debezium.time.MicroTimestamp': 'MICROS',
  'io.debezium.time.NanoTimestamp': 'NANOS',
  'io.debezium.time.Time': 'MILLIS',
  'io.debezium.time.MicroTime': 'MICROS',
  'io.debezium.time.NanoTime': 'NANOS',
};

const LOGICAL: Readonly<Record<string, SqlType>> = {
  'org.apache.kafka.connect.data.Date': DATE,
  'org.apache.kafka.connect.data.Time': TIME,
  'org.apache.kafka.connect.data.Timestamp': TIMESTAMP,
  'io.debezium.time.Date': DATE,
  'io.debezium.time.Time': TIME,
  'io.debezium.time.MicroTime': TIME,
  'io.debezium.time.NanoTime': TIME,
  'io.debezium.time.ZonedTime': TIME,
  'io.debezium.time.Timestamp': TIMESTAMP,
  'io.debezium.time.MicroTimestamp': TIMESTAMP,
  'io.debezium.time.NanoTimestamp': TIMESTAMP,
  'io.debezium.time.ZonedTimestamp': TIMESTAMP,
};

/** The SQL type of a schema name; undefined when it is not a date or time. */
export function timeTypeOf(name: string): SqlType | undefined {
  return Object.hasOwn(LOGICAL, name) ? LOGICAL[name] : undefined;
}

/** The unit of the numbers of a schema, by its name; undefined for texts, dates, and types that are not times. */
export function timeUnitOf(name: string | undefined): TimeUnit | undefined {
  return name !== undefined && Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
}

/** The quotient, rounded towards negative infinity. */
export function floorDiv(value: Int64, divisor: bigint): Int64 {
  if (typeof value === 'number') return Math.floor(value / Number(divisor));
  const big = toBigInt(value);
  const quotient = big / divisor;
  return normalizeInt64(big % divisor < 0n ? quotient - 1n : quotient);
}

/** ms since the epoch of an ISO 8601 timestamp, or of an integer. @throws Misfit for any other text */
export function timestampOf(text: string): Int64 {
  const found = parseTimestampText(text) ?? parseInt64(text);
  if (found === undefined) throw new Misfit(quoting(text, (t) => `Failed to convert string to TIMESTAMP: "${t}"`));
  return found;
}

/**
 * ms since midnight of a text such as `10:15:30.123456`, followed by a zone if Debezium writes `time with time zone`
 * (always UTC), or of an integer. @throws Misfit for any other text
 */
export function timeOf(text: string): Int64 {
  const found = parseTimeText(text.replace(/(?:[zZ]|[+-]00(?::?00)?)$/, '')) ?? parseInt64(text);
  if (found === undefined) throw new Misfit(quoting(text, (t) => `Failed to convert string to TIME: "${t}"`));
  return found;
}

/** The number of days since 1970-01-01 of an ISO 8601 date. @throws Misfit for any other text */
export function dateOf(text: string): number {
  const found = parseDateText(text.replace(/[zZ]$/, ''));
  if (found === undefined) throw new Misfit(quoting(text, (t) => `Failed to convert string to DATE: "${t}"`));
  return found;
}
