import { DateTimeFormatter, LocalDateTime, ZoneOffset } from '@js-joda/core';
import { Locale } from '@js-joda/locale_en';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './datetime-pattern.ts';

const MS = 1526075913123; // 2018-05-11T21:58:33.123Z, a Friday

describe('compilePattern', () => {
  test.each([
    ['yyyy-MM-dd HH:mm:ss zzz', 'America/Los_Angeles', '2018-05-11 14:58:33 PDT'],
    ['yyyy-MM-dd HH:mm:ss zzz', 'Europe/London', '2018-05-11 22:58:33 BST'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSX", undefined, '2018-05-11T21:58:33.123Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", 'Asia/Kolkata', '2018-05-12T03:28:33.123+05:30'],
    ['EEEE, d MMMM yy h:m a', undefined, 'Friday, 11 May 18 9:58 PM'],
    ['EEE dd MMM uuuu K:mm', undefined, 'Fri 11 May 2018 9:58'],
    ['DDD w W Q QQQ QQQQ e', undefined, '131 19 2 2 Q2 2nd quarter 6'],
    ["h 'o''clock' a, zzzz", 'America/New_York', "5 o'clock PM, Eastern Daylight Time"],
    [
      'VV O OOOO Z ZZZZ ZZZZZ x xx xxx',
      'America/New_York',
      'America/New_York GMT-4 GMT-04:00 -0400 GMT-04:00 -04:00 -04 -0400 -04:00',
    ],
    ['yyyyMMddHHmmssSSS', undefined, '20180511215833123'],
    ['h B|BBBB|BBBBB', undefined, '9 at night|at night|at night'],
    ['ppppd|A|n|N', undefined, '  11|79113123|123000000|79113123000000'],
  ])('formats %s in %s', (pattern, zone, expected) => {
    expect(compilePattern(pattern, zone).formatTimestamp(MS)).toBe(expected);
  });

  test.each([
    ["yyyy-MM-dd'T'HH:mm:ssX", undefined, '2018-05-11T21:58:33Z', 1526075913000],
    ["yyyy-MM-dd'T'HH:mm:ssX", undefined, '2020-05-11T21:58:33z', 1589234313000],
    ["yyyy-MM-dd'T'HH:mm:ssX", undefined, '2018-05-11T21:58:33+02', 1526068713000],
    ["yyyy-MM-dd'T'HH:mm:ss zzz", undefined, '2018-05-11T21:58:33 PST', 1526101113000],
    ["yyyy-MM-dd'T'HH:mm:ss", 'America/Los_Angeles', '2018-05-11T14:58:33', 1526075913000],
    ['yyyy-MM-dd HH:mm:ss VV', undefined, '2018-05-11 22:58:33 Europe/London', 1526075913000],
    ['yyyyMMddHHmmssSSS', undefined, '20180511215833123', MS],
    ['dd-MMM-yyyy', undefined, '11-mAy-2018', 1525996800000],
    ['yyyy', undefined, '2018', 1514764800000],
    ['HH:mm', undefined, '00:01', 60000],
    ['h B', undefined, '3 in the afternoon', 54_000_000],
    ['h:mm B', undefined, '2:30 at night', 9_000_000],
    ['h:mm B', undefined, '9:30 at night', 77_400_000],
    ['h B', undefined, '12 noon', 43_200_000],
    ['B', undefined, 'in the evening', 70_200_000],
    ['hh:mm a', undefined, '12:01 pm', 43260000],
    ['yyyy-DDD', undefined, '2018-131', 1525996800000],
    ['yyyy-MM-dd[ HH:mm]', undefined, '2018-05-11', 1525996800000],
    ['yyyy-MM-dd[ HH:mm]', undefined, '2018-05-11 00:01', 1525996860000],
    ['d/M/yy', undefined, '1/2/03', 1044057600000],
    ['yyyy-MM-dd', undefined, '2018-02-31', 1519776000000],
    ['yyyy-MM-dd HH:mm:ss.SSSSSS', undefined, '2018-05-11 21:58:33.123456', MS],
  ])('parses %s in %s: %s', (pattern, zone, text, expected) => {
    expect(compilePattern(pattern, zone).parseTimestamp(text)).toBe(expected);
  });

  test('reads and writes dates and times alone', () => {
    expect(compilePattern('dd/MM/yyyy').parseDate('11/05/2019')).toBe(18027);
    expect(compilePattern("yyyy-MM-dd'Lit'").parseDate('2018-05-11Lit')).toBe(17662);
    expect(compilePattern('dd-MMM-yyyy').formatDate(18993)).toBe('01-Jan-2022');
    expect(compilePattern('HH_mm_ss_SSS').formatTime(65000)).toBe('00_01_05_000');
    expect(compilePattern("HHmmss'AAAAA'").formatTime(1234567)).toBe('002034AAAAA');
    expect(compilePattern('HH:mm:ss').parseTime('00:01:05')).toBe(65000);
    expect(() => compilePattern('HH:mm').formatDate(1)).toThrow('Unsupported field: HourOfDay');
    expect(() => compilePattern('yyyy').formatTime(1)).toThrow('Unsupported field: YearOfEra');
  });

  test('refuses what does not fit, with the place', () => {
    expect(() => compilePattern('yyyy-MM-dd').parseDate('abcd')).toThrow("Text 'abcd' could not be parsed at index 0");
    expect(() => compilePattern('yyyy-MM-dd').parseDate('2018-05-11x')).toThrow('unparsed text found at index 10');
    expect(() => compilePattern('yyyy-MM-dd').parseDate('2018-13-11')).toThrow('Invalid value for MonthOfYear');
    expect(() => compilePattern('b')).toThrow('Unknown pattern letter: b');
    expect(() => compilePattern('ddd')).toThrow('Too many pattern letters: d');
    expect(() => compilePattern("yyyy'T")).toThrow('incomplete string literal');
    expect(() => compilePattern('yyyy', 'Mars/Base')).toThrow('Unknown time-zone ID: Mars/Base');
  });

  test('agrees with js-joda on its own patterns', () => {
    const patterns = [
      'yyyy-MM-dd HH:mm:ss.SSS',
      'uuuu/M/d H:m:s',
      'yyMMdd',
      'EEE MMM dd yyyy hh:mm a',
      'DDD kk KK',
      'Q S SS n',
    ];
    const theirs = patterns.map((p) => DateTimeFormatter.ofPattern(p).withLocale(Locale.ENGLISH));
    fc.assert(
      fc.property(fc.integer({ min: -2e12, max: 8e12 }), (ms) => {
        const local = LocalDateTime.ofEpochSecond(
          Math.floor(ms / 1000),
          (((ms % 1000) + 1000) % 1000) * 1e6,
          ZoneOffset.UTC,
        );
        patterns.forEach((p, i) => expect(compilePattern(p).formatTimestamp(ms)).toBe(local.format(theirs[i]!)));
      }),
      { numRuns: 300 },
    );
  });

  test('parse ∘ format is identity', () => {
    const zones = [undefined, 'America/Los_Angeles', 'Europe/London', 'Asia/Kolkata'];
    fc.assert(
      fc.property(fc.integer({ min: -6e13, max: 2e14 }), fc.constantFrom(...zones), (ms, zone) => {
        for (const pattern of ["yyyy-MM-dd'T'HH:mm:ss.SSSXXXXX", 'EEEE MMMM d uuuu, h:mm:ss.SSS a ZZZ']) {
          const p = compilePattern(pattern, zone);
          const text = p.formatTimestamp(ms);
          // Offsets of local mean time include seconds, which Java's letters do not print.
          if (ms > -1e12) expect(p.parseTimestamp(text)).toBe(ms);
        }
      }),
      { numRuns: 200 },
    );
  });
});
