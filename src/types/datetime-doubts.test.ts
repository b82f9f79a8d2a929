import { expect, test } from 'vitest';
import { doubtsOf, doubtsText } from './datetime-doubts.ts';

test.each([
  ['YYYY-MM-DD', 'yyyy-MM-dd'],
  ['YYYY-MM-dd', 'yyyy-MM-dd'],
  ['yyyy-MM-DD', 'yyyy-MM-dd'],
  ['DD/MM/YYYY', 'dd/MM/yyyy'],
  ['YYYY', 'yyyy'],
  ['YY-M-D', 'yy-M-d'],
  ['yyyy-ww', 'YYYY-ww'],
  ['yyyy-mm-dd', 'yyyy-MM-dd'],
  ['dd.mm.yyyy', 'dd.MM.yyyy'],
  ['yyyymmdd', 'yyyyMMdd'],
  ['yyyy-mm', 'yyyy-MM'],
  ['yyyy-mm-dd HH:mm:ss', 'yyyy-MM-dd HH:mm:ss'],
  ['yyyy-MM-dd HH:MM:ss', 'yyyy-MM-dd HH:mm:ss'],
  ['HH:MM', 'HH:mm'],
  ['yyyy-MM-dd hh:mm:ss', 'yyyy-MM-dd HH:mm:ss'],
  ['yyyy-MM-dd HH:mm:SS', 'yyyy-MM-dd HH:mm:ss'],
  ['yyyyMMddHHmmSS', 'yyyyMMddHHmmss'],
  ['YYYY-MM-DD hh:mm:ss', 'yyyy-MM-dd HH:mm:ss'],
  ["YYYY-MM-dd'T'HH:mm:ssX", "yyyy-MM-dd'T'HH:mm:ssX"],
  ['yyyy-MM-ddTHH:mm:ss', "yyyy-MM-dd'T'HH:mm:ss"],
  ['YYYY-MM-DDTHH:mm:ssX', "yyyy-MM-dd'T'HH:mm:ssX"],
  ['YYYY-MM-DD HH24:MI:SS', 'yyyy-MM-dd HH:mm:ss'],
  ['DD-MON-YYYY HH12:MI:SS a', 'dd-MMM-yyyy hh:mm:ss a'],
  ['%Y-%m-%d %H:%M:%S', 'yyyy-MM-dd HH:mm:ss'],
  ['%FT%T', undefined],
])('%s: %s is meant', (pattern, meant) => {
  const doubts = doubtsOf(pattern);
  expect(doubts?.reasons.length).toBeGreaterThan(0);
  expect(doubts?.meant).toBe(meant);
});

test.each([
  'yyyy-MM-dd HH:mm:ss.SSS',
  "yyyy-MM-dd'T'HH:mm:ssXXX",
  'uuuu-MM-dd',
  'yyyyMMddHHmm',
  'dd/MM HH:mm',
  'MM/dd HH:mm:ss',
  'HH:mm dd.MM.yyyy',
  "YYYY-'W'ww-e",
  'yyyy-DDD',
  'hh:mm a',
  'hh:mm:ss B',
  'mm:ss.SS',
  "'YYYY' yyyy",
  'EEE, d MMM yyyy HH:mm:ss Z',
  'QQQ yyyy',
  'd',
  'ss',
  '',
])('%s means what it says', (pattern) => {
  expect(doubtsOf(pattern)).toBeUndefined();
});

test('the sentence names the place, why, and the pattern as SQL writes it', () => {
  expect(doubtsText("TIMESTAMP_FORMAT='yyyy-MM-ddTHH:mm'", 'yyyy-MM-ddTHH:mm')).toBe(
    "TIMESTAMP_FORMAT='yyyy-MM-ddTHH:mm': it cannot be read (Unknown pattern letter: T); a letter that is no part of a " +
      "time stands in quotes. Is 'yyyy-MM-dd''T''HH:mm' what is meant?",
  );
});
