import { MS_PER_DAY } from '../../../types/calendar.ts';
import { toInt64FromDouble, type Int64 } from '../../../types/int64.ts';
import { BIGINT, DATE, INTEGER, TIMESTAMP } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

const identity = (value: number): number => value;

export const unixDate = scalarFunction({
  name: 'UNIX_DATE',
  category: 'DATE / TIME',
  doc: 'Returns the days since 1970-01-01 of a DATE, or of today (in UTC).',
  deterministic: false,
  signatures: [
    {
      params: [],
      returns: INTEGER,
      prepare:
        ({ env }) =>
        () =>
          Math.floor(env.nowMs() / MS_PER_DAY),
    },
    { params: [param('date', DATE, 'The date.')], returns: INTEGER, evaluate: identity },
  ],
  examples: [{ call: 'UNIX_DATE(FROM_DAYS(100))', gives: 100 }],
});

export const unixTimestamp = scalarFunction({
  name: 'UNIX_TIMESTAMP',
  category: 'DATE / TIME',
  doc: 'Returns the milliseconds since 1970-01-01T00:00:00 UTC of a TIMESTAMP, or of now.',
  deterministic: false,
  signatures: [
    {
      params: [],
      returns: BIGINT,
      prepare:
        ({ env }) =>
        () =>
          Math.floor(env.nowMs()),
    },
    {
      params: [param('timestamp', TIMESTAMP, 'The timestamp.')],
      returns: BIGINT,
      evaluate: (ms: Int64) => (typeof ms === 'bigint' || Number.isSafeInteger(ms) ? ms : toInt64FromDouble(ms)),
    },
  ],
  examples: [{ call: 'UNIX_TIMESTAMP(FROM_UNIXTIME(1589234313000))', gives: 1589234313000 }],
});

export const fromUnixtime = scalarFunction({
  name: 'FROM_UNIXTIME',
  category: 'DATE / TIME',
  doc: 'Converts milliseconds since 1970-01-01T00:00:00 UTC to a TIMESTAMP.',
  signatures: [
    {
      params: [param('epochMilli', BIGINT, 'The milliseconds.')],
      returns: TIMESTAMP,
      evaluate: (ms: Int64) => ms,
    },
  ],
  examples: [{ call: 'FROM_UNIXTIME(100)', gives: '1970-01-01T00:00:00.100' }],
});

export const fromDays = scalarFunction({
  name: 'FROM_DAYS',
  category: 'DATE / TIME',
  doc: 'Converts days since 1970-01-01 to a DATE.',
  signatures: [{ params: [param('days', INTEGER, 'The days.')], returns: DATE, evaluate: identity }],
  examples: [{ call: 'FROM_DAYS(-10)', gives: '1969-12-22' }],
});
