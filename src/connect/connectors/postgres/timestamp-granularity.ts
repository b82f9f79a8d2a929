import { normalizeInt64 } from '../../../types/int64.ts';
import { UTC, type Zone } from '../../../types/zone.ts';
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

/** How a timestamp is written: its schema, and its value of microseconds since the epoch. Postgres keeps no nanoseconds: they end in 000. */
export function timestampForm(
  granularity: TimestampGranularity,
  zone: Zone,
): { readonly schema: ConnectSchema; readonly value: (micros: number) => unknown } {
  switch (granularity) {
    case 'connect_logical':
      return { schema: timestampSchema(), value: (micros) => Math.floor(micros / 1000) };
    case 'micros_long':
      return { schema: primitive('INT64'), value: (micros) => micros };
    case 'nanos_long':
      return { schema: primitive('INT64'), value: (micros) => normalizeInt64(BigInt(micros) * 1000n) };
    case 'micros_string':
      return { schema: primitive('STRING'), value: String };
    case 'nanos_string':
      return { schema: primitive('STRING'), value: (micros) => String(BigInt(micros) * 1000n) };
    case 'micros_iso_datetime_string':
      return { schema: primitive('STRING'), value: (micros) => isoText(micros, zone, '') };
    case 'nanos_iso_datetime_string':
      return { schema: primitive('STRING'), value: (micros) => isoText(micros, zone, '000') };
    default:
      return granularity satisfies never;
  }
}

/** `2024-01-31T10:00:00.123456`, on the clocks of the zone. */
function isoText(micros: number, zone: Zone, more: string): string {
  const ms = Math.floor(micros / 1000);
  const local = new Date(ms + (zone === UTC ? 0 : zone.offsetAt(ms) * 60_000));
  return `${local.toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}${more}`;
}
