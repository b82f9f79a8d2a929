import type { DateTimePattern } from '../../../types/datetime-pattern.ts';
import { BIGINT, DATE, INTEGER, type SqlType, STRING, TIME, TIMESTAMP } from '../../../types/sql-type.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction, type ScalarSignature } from '../../api.ts';
import { param } from '../../param.ts';
import { FORMAT, patternFinder, TIME_ZONE } from './patterns.ts';

function parseFunction(options: {
  readonly name: string;
  readonly doc: string;
  readonly returns: SqlType;
  readonly zone: boolean;
  readonly read: (pattern: DateTimePattern, text: string) => number;
  readonly examples: readonly FunctionExample[];
}): ScalarFunction {
  const { read, returns } = options;
  const text = param('formattedText', STRING, 'The text.');
  const signatures: ScalarSignature[] = [
    {
      params: [text, FORMAT],
      returns,
      prepare(site) {
        const find = patternFinder(site, 1);
        return (value: string, format: string) => read(find(format), value);
      },
    },
  ];
  if (options.zone) {
    signatures.push({
      params: [text, FORMAT, TIME_ZONE],
      returns,
      prepare(site) {
        const find = patternFinder(site, 1, 2);
        return (value: string, format: string, zone: string) => read(find(format, zone), value);
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

export const parseDate = parseFunction({
  name: 'PARSE_DATE',
  doc: 'Converts text in a format to a DATE. Text after the date does not count.',
  returns: DATE,
  zone: false,
  read: (pattern, text) => pattern.parseDatePrefix(text),
  examples: [
    { call: "PARSE_DATE('11/05/2019', 'dd/MM/yyyy')", gives: '2019-05-11' },
    { call: "PARSE_DATE('JAN-2022', 'MMM-yyyy')", gives: '2022-01-01' },
    { call: "PARSE_DATE('2003-12-24-01', 'yyyy-MM-dd')", gives: '2003-12-24' },
  ],
});

export const parseTime = parseFunction({
  name: 'PARSE_TIME',
  doc: 'Converts text in a format to a TIME.',
  returns: TIME,
  zone: false,
  read: (pattern, text) => pattern.parseTime(text),
  examples: [{ call: "PARSE_TIME('23:45:12', 'HH:mm:ss')", gives: '23:45:12' }],
});

export const parseTimestamp = parseFunction({
  name: 'PARSE_TIMESTAMP',
  doc: 'Converts text in a format to a TIMESTAMP. A zone in the text counts before the zone that is given.',
  returns: TIMESTAMP,
  zone: true,
  read: (pattern, text) => pattern.parseTimestamp(text),
  examples: [
    {
      call: "PARSE_TIMESTAMP('2018-05-11T21:58:33 PST', 'yyyy-MM-dd''T''HH:mm:ss zzz')",
      gives: '2018-05-12T04:58:33.000',
    },
    {
      call: "PARSE_TIMESTAMP('2018-05-11 01:00', 'yyyy-MM-dd HH:mm', 'Europe/London')",
      gives: '2018-05-11T00:00:00.000',
    },
  ],
});

export const stringToDate = parseFunction({
  name: 'STRINGTODATE',
  doc: 'Deprecated, use PARSE_DATE. Converts text in a format to days since 1970-01-01.',
  returns: INTEGER,
  zone: false,
  read: (pattern, text) => pattern.parseDate(text),
  examples: [{ call: "STRINGTODATE('2018-05-11', 'yyyy-MM-dd')", gives: 17662 }],
});

export const stringToTimestamp = parseFunction({
  name: 'STRINGTOTIMESTAMP',
  doc: 'Deprecated, use PARSE_TIMESTAMP. Converts text in a format to milliseconds since the epoch.',
  returns: BIGINT,
  zone: true,
  read: (pattern, text) => pattern.parseTimestamp(text),
  examples: [{ call: "STRINGTOTIMESTAMP('2018-05-11T21:58:33Z', 'yyyy-MM-dd''T''HH:mm:ssX')", gives: 1526075913000 }],
});
