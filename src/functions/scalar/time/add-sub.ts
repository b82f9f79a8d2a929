import { checkedDays, daysOfInstant, instantOf, msOfDay } from '../../../types/calendar.ts';
import { DATE, INTEGER, type SqlType, TIME, TIMESTAMP } from '../../../types/sql-type.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction } from '../../api.ts';
import { INTERVAL_UNIT, param } from '../../param.ts';
import { addInterval } from './intervals.ts';

type Add<T> = (value: T, unit: string, count: number) => T;

/** Fractions of a day are discarded: a DATE plus 25 HOURS is the next day. */
const addToDate: Add<number> = (days, unit, count) =>
  checkedDays(daysOfInstant(addInterval(instantOf(days, 0), unit, count)));

/** Wraps around midnight. */
const addToTime: Add<number> = (time, unit, count) => msOfDay(addInterval(time, unit, count));

function intervalFunction<T>(options: {
  readonly name: string;
  readonly type: SqlType;
  readonly add: Add<T>;
  readonly sign: 1 | -1;
  readonly examples: readonly FunctionExample[];
}): ScalarFunction {
  const { type, add, sign } = options;
  const verb = sign === 1 ? 'Adds an interval to' : 'Subtracts an interval from';
  return scalarFunction({
    name: options.name,
    category: 'DATE / TIME',
    doc: `${verb} a ${type.kind}.`,
    signatures: [
      {
        params: [
          param('unit', INTERVAL_UNIT, 'The unit of the interval, such as DAYS, HOURS or MILLISECONDS; not quoted.'),
          param('interval', INTEGER, 'How many units.'),
          param(type.kind.toLowerCase(), type, `The ${type.kind}.`),
        ],
        returns: type,
        evaluate: (unit: string, count: number, value: T) => add(value, unit, sign * count),
      },
    ],
    examples: options.examples,
  });
}

export const dateadd = intervalFunction({
  name: 'DATEADD',
  type: DATE,
  add: addToDate,
  sign: 1,
  examples: [
    { call: 'DATEADD(DAYS, 10, FROM_DAYS(10))', gives: '1970-01-21' },
    { call: 'DATEADD(HOURS, 25, FROM_DAYS(10))', gives: '1970-01-12' },
  ],
});

export const datesub = intervalFunction({
  name: 'DATESUB',
  type: DATE,
  add: addToDate,
  sign: -1,
  examples: [{ call: 'DATESUB(DAYS, 10, FROM_DAYS(10))', gives: '1970-01-01' }],
});

export const timeadd = intervalFunction({
  name: 'TIMEADD',
  type: TIME,
  add: addToTime,
  sign: 1,
  examples: [{ call: "TIMEADD(MINUTES, 90, PARSE_TIME('23:00', 'HH:mm'))", gives: '00:30' }],
});

export const timesub = intervalFunction({
  name: 'TIMESUB',
  type: TIME,
  add: addToTime,
  sign: -1,
  examples: [{ call: "TIMESUB(HOURS, 1, PARSE_TIME('00:30', 'HH:mm'))", gives: '23:30' }],
});

export const timestampadd = intervalFunction({
  name: 'TIMESTAMPADD',
  type: TIMESTAMP,
  add: addInterval,
  sign: 1,
  examples: [{ call: 'TIMESTAMPADD(MILLISECONDS, -5, FROM_UNIXTIME(2))', gives: '1969-12-31T23:59:59.997' }],
});

export const timestampsub = intervalFunction({
  name: 'TIMESTAMPSUB',
  type: TIMESTAMP,
  add: addInterval,
  sign: -1,
  examples: [{ call: 'TIMESTAMPSUB(DAYS, 1, FROM_UNIXTIME(0))', gives: '1969-12-31T00:00:00.000' }],
});
