import { DATE, INTEGER, BIGINT, type SqlType, STRING, TIME, TIMESTAMP } from '../../../types/sql-type.ts';
import type { DateTimePattern } from '../../../types/datetime-pattern.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction, type ScalarSignature } from '../../api.ts';
import { param } from '../../param.ts';
import { FORMAT, patternFinder, TIME_ZONE } from './patterns.ts';

type Write = (pattern: DateTimePattern, value: number | bigint) => string;

function formatFunction(options: {
  readonly name: string;
  readonly doc: string;
  readonly argument: readonly [name: string, type: SqlType, doc: string];
  readonly zone: boolean;
  readonly write: Write;
  readonly examples: readonly FunctionExample[];
}): ScalarFunction {
  const { write } = options;
  const value = param(...options.argument);
  const signatures: ScalarSignature[] = [
    {
      params: [value, FORMAT],
      returns: STRING,
      prepare(site) {
        const find = patternFinder(site, 1);
        return (x: number | bigint, format: string) => write(find(format), x);
      },
    },
  ];
  if (options.zone) {
    signatures.push({
      params: [value, FORMAT, TIME_ZONE],
      returns: STRING,
      prepare(site) {
        const find = patternFinder(site, 1, 2);
        return (x: number | bigint, format: string, zone: string) => write(find(format, zone), x);
      },
    });
  }
  return scalarFunction({
    name: options.name,
    category: 'DATE / TIME',
    doc: options.doc,
    signatures,
    examples: options.examples,
  });
}

export const formatDate = formatFunction({
  name: 'FORMAT_DATE',
  doc: 'Converts a DATE to text in a format.',
  argument: ['date', DATE, 'The date.'],
  zone: false,
  write: (pattern, value) => pattern.formatDate(value as number),
  examples: [{ call: "FORMAT_DATE(FROM_DAYS(18993), 'dd-MMM-yyyy')", gives: '01-Jan-2022' }],
});

export const formatTime = formatFunction({
  name: 'FORMAT_TIME',
  doc: 'Converts a TIME to text in a format.',
  argument: ['time', TIME, 'The time.'],
  zone: false,
  write: (pattern, value) => pattern.formatTime(value as number),
  examples: [{ call: "FORMAT_TIME(PARSE_TIME('00:20:34', 'HH:mm:ss'), 'HHmmss')", gives: '002034' }],
});

export const formatTimestamp = formatFunction({
  name: 'FORMAT_TIMESTAMP',
  doc: 'Converts a TIMESTAMP to text in a format and a time zone.',
  argument: ['timestamp', TIMESTAMP, 'The timestamp.'],
  zone: true,
  write: (pattern, value) => pattern.formatTimestamp(value),
  examples: [
    { call: "FORMAT_TIMESTAMP(FROM_UNIXTIME(1526075913000), 'yyyy-MM-dd HH:mm:ss')", gives: '2018-05-11 21:58:33' },
    {
      call: "FORMAT_TIMESTAMP(FROM_UNIXTIME(1526075913000), 'yyyy-MM-dd HH:mm:ss zzz', 'Europe/London')",
      gives: '2018-05-11 22:58:33 BST',
    },
  ],
});

export const dateToString = formatFunction({
  name: 'DATETOSTRING',
  doc: 'Deprecated, use FORMAT_DATE. Converts days since 1970-01-01 to text in a format.',
  argument: ['epochDays', INTEGER, 'The days since 1970-01-01.'],
  zone: false,
  write: (pattern, value) => pattern.formatDate(value as number),
  examples: [{ call: "DATETOSTRING(17662, 'yyyy-MM-dd')", gives: '2018-05-11' }],
});

export const timestampToString = formatFunction({
  name: 'TIMESTAMPTOSTRING',
  doc: 'Deprecated, use FORMAT_TIMESTAMP. Converts milliseconds since the epoch to text in a format and a time zone.',
  argument: ['epochMilli', BIGINT, 'The milliseconds since 1970-01-01T00:00:00 UTC.'],
  zone: true,
  write: (pattern, value) => pattern.formatTimestamp(value),
  examples: [
    {
      call: "TIMESTAMPTOSTRING(1526075913000, 'yyyy-MM-dd HH:mm:ss zzz', 'America/Los_Angeles')",
      gives: '2018-05-11 14:58:33 PDT',
    },
  ],
});
