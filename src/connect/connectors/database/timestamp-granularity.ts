import { INT64_MAX, INT64_MIN, addInt64, normalizeInt64, type Int64 } from '../../../types/int64.ts';
import { formatTimestampText } from '../../../types/time-text.ts';
import { UTC, type Zone } from '../../../types/zone.ts';
import { DataError } from '../../api/errors.ts';
import { primitive, timestampSchema, type ConnectSchema } from '../../api/schema.ts';

/** `timestamp.granularity` of the JDBC source. */
export const TIMESTAMP_GRANULARITIES = [
  'connect_logical',
  'micros_long',
  'micros_string',
  'micros_iso_datetime_string',
  'nanos_long',
  'nanos_string',
  'nanos_iso_datetime_string',
] as const;
export type TimestampGranularity = (typeof TIMESTAMP_GRANULARITIES)[number];

/** The extremes of BIGINT and TIMESTAMP, for Postgres' infinities. */
export const INFINITE = { [-1]: INT64_MIN, 1: INT64_MAX } as const;

/**
 * Reported once for a column whose times are more precise than their representation. `isKeyExact`: the record's key has
 * them as the database prints them.
 */
export const cutToMs = (type: 'TIME' | 'TIMESTAMP', isKeyExact = false): string =>
  (isKeyExact
    ? `its times have microseconds: the key holds all of them, as text; in the value ${type} holds milliseconds, and the rest is left out there`
    : `its times have microseconds, and ${type} holds milliseconds: the rest is left out, and a sink writes back what it got`) +
  (type === 'TIMESTAMP' ? `. 'timestamp.granularity'='micros_string' or 'micros_long' keeps all` : '');

/**
 * How a timestamp is written: its schema, its value for microseconds since the epoch (Postgres has no nanoseconds, so
 * they end in 000), and its value for an infinity. `remark` is called when a value is cut to milliseconds, with
 * `isKeyExact` as in `cutToMs`.
 */
export function timestampForm(
  granularity: TimestampGranularity,
  zone: Zone,
  remark?: (text: string) => void,
  isKeyExact = false,
): {
  readonly schema: ConnectSchema;
  readonly value: (micros: Int64) => unknown;
  readonly infinite: (sign: -1 | 1) => unknown;
} {
  const number = { infinite: (sign: -1 | 1): unknown => INFINITE[sign] };
  const text = { infinite: (sign: -1 | 1): unknown => (sign === 1 ? 'infinity' : '-infinity') };
  switch (granularity) {
    case 'connect_logical':
      return {
        ...number,
        schema: timestampSchema(),
        value: remark === undefined ? msOf : remarkingMsOf(remark, isKeyExact),
      };
    case 'micros_long':
      return {
        ...number,
        schema: primitive('INT64'),
        value: (micros) => within64(BigInt(micros), 'microseconds until 294247'),
      };
    case 'nanos_long':
      return { ...number, schema: primitive('INT64'), value: nanosOf };
    case 'micros_string':
      return { ...text, schema: primitive('STRING'), value: String };
    case 'nanos_string':
      return { ...text, schema: primitive('STRING'), value: (micros) => String(BigInt(micros) * 1000n) };
    case 'micros_iso_datetime_string':
      return { ...text, schema: primitive('STRING'), value: (micros) => isoText(micros, zone, '') };
    case 'nanos_iso_datetime_string':
      return { ...text, schema: primitive('STRING'), value: (micros) => isoText(micros, zone, '000') };
    default:
      return granularity satisfies never;
  }
}

/** Converts to whole ms, and reports the first value that is more precise. */
function remarkingMsOf(remark: (text: string) => void, isKeyExact: boolean): (micros: Int64) => Int64 {
  const warn = once(remark, cutToMs('TIMESTAMP', isKeyExact));
  return (micros) => {
    if (typeof micros === 'number' ? micros % 1000 !== 0 : micros % 1000n !== 0n) warn();
    return msOf(micros);
  };
}

/** Calls it only the first time. */
export function once(remark: ((text: string) => void) | undefined, text: string): () => void {
  let isTold = remark === undefined;
  return () => {
    if (isTold) return;
    isTold = true;
    remark!(text);
  };
}

/** Whole ms, rounded down. */
function msOf(micros: Int64): Int64 {
  if (typeof micros === 'number') return Math.floor(micros / 1000);
  return normalizeInt64((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
}

function nanosOf(micros: Int64): Int64 {
  return within64(BigInt(micros) * 1000n, 'nanoseconds from 1677 to 2262');
}

function within64(value: bigint, range: string): Int64 {
  if (value > INT64_MAX || value < INT64_MIN)
    throw new DataError(`a BIGINT holds ${range} only: choose another timestamp.granularity`);
  return normalizeInt64(value);
}

/** `2024-01-31T10:00:00.123456`, in local time of the zone. */
function isoText(micros: Int64, zone: Zone, more: string): string {
  const ms = msOf(micros);
  const local = zone === UTC ? ms : addInt64(ms, zone.offsetAt(Number(ms)) * 60_000);
  const rest = Number(BigInt(micros) - BigInt(ms) * 1000n);
  return `${formatTimestampText(local)}${String(rest).padStart(3, '0')}${more}`;
}
