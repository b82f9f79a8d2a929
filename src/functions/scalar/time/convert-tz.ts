import { laterBy } from '../../../types/calendar.ts';
import { requireZone } from '../../../types/datetime-pattern.ts';
import type { Int64 } from '../../../types/int64.ts';
import { TIMESTAMP } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { TIME_ZONE } from './patterns.ts';

/** The timestamp is interpreted as local time in the first zone, and returned as local time in the second. */
function convert(timestamp: Int64, from: string, to: string): Int64 {
  const instant = laterBy(timestamp, -requireZone(from).offsetOfLocal(Number(timestamp)) * 60_000);
  return laterBy(instant, requireZone(to).offsetAt(Number(instant)) * 60_000);
}

export const convertTz = scalarFunction({
  name: 'CONVERT_TZ',
  category: 'DATE / TIME',
  doc: 'Converts a TIMESTAMP from one time zone to another.',
  signatures: [
    {
      params: [
        param('timestamp', TIMESTAMP, 'The timestamp, as local time of the first zone.'),
        { ...TIME_ZONE, name: 'fromTimeZone', doc: "The zone to convert from, e.g. 'UTC' or 'Europe/London'." },
        { ...TIME_ZONE, name: 'toTimeZone', doc: 'The zone to convert to.' },
      ],
      returns: TIMESTAMP,
      evaluate: convert,
    },
  ],
  examples: [
    {
      call: "CONVERT_TZ(FROM_UNIXTIME(1526075913000), 'UTC', 'America/Los_Angeles')",
      gives: '2018-05-11T14:58:33.000',
    },
  ],
});
