import { expect, test } from 'vitest';
import { placeOfRow, sourceOfRows, withRecordPlaces } from './record-of-row.ts';

test.each([
  ['SELECT * FROM prices;', 'PRICES', 'SELECT *, ROWTIME, ROWPARTITION, ROWOFFSET FROM prices;'],
  [
    "select a, b as c from `Odd` o where a = ',' emit changes limit 3;",
    'Odd',
    "select a, b as c, ROWTIME, ROWPARTITION, ROWOFFSET from `Odd` o where a = ',' emit changes limit 3;",
  ],
])('%s has rows that are records of %s', (text, source, placed) => {
  expect(sourceOfRows(text)).toBe(source);
  expect(withRecordPlaces(text)).toBe(placed);
});

test.each([
  'SELECT a FROM t JOIN u ON t.a = u.a EMIT CHANGES;',
  'SELECT a, COUNT(*) FROM t GROUP BY a EMIT CHANGES;',
  'SHOW TABLES;',
  'selct a;',
])('%s has none', (text) => {
  expect(sourceOfRows(text)).toBeUndefined();
  expect(withRecordPlaces(text)).toBeUndefined();
});

test('the place of a row is in its columns', () => {
  expect(placeOfRow(['A', 'ROWPARTITION', 'ROWOFFSET'], ['x', '2', '7'])).toEqual({ partition: 2, offset: 7 });
  expect(placeOfRow(['A'], ['x'])).toBeUndefined();
  expect(placeOfRow(['ROWPARTITION', 'ROWOFFSET'], ['0', null])).toBeUndefined();
});
