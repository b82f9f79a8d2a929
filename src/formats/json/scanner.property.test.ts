import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../base/errors.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import { GeneralJsonDecoder, nodeToRow } from './general-decoder.ts';
import { createJsonScanner } from './scanner.ts';

const TYPES: readonly SqlType[] = [
  BOOLEAN,
  INTEGER,
  BIGINT,
  DOUBLE,
  STRING,
  BYTES,
  DATE,
  TIME,
  TIMESTAMP,
  decimal(10, 2),
  array(INTEGER),
  map(STRING, DOUBLE),
  struct([{ name: 'F', type: STRING }]),
];
const NAMES = ['A', 'BC', 'name', 'ÜMLAUT', 'WITH SPACE', 'Q"UOTE', 'LONGER_NAME'];

const scalarText = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '-1',
    '007',
    '1.',
    '.5',
    '1.5',
    '-12.25',
    '1e3',
    '1E+2',
    '-',
    '+1',
    'nul',
    'True',
    '""',
    '"\\u00e9"',
    '"a\\"b"',
    '"12"',
    '"AAEC"',
    '[]',
    '{}',
  ),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string({ unit: 'binary', maxLength: 40 }).map((s) => JSON.stringify(s)),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((s) => JSON.stringify(s)),
  fc.json({ maxDepth: 3 }),
);
const blank = fc.constantFrom('', '', '', ' ', '\n', '\t ', '\u0001');
const field = fc
  .tuple(
    blank,
    fc.oneof(fc.constantFrom(...NAMES), fc.constantFrom('a', 'Bc', 'NAME', 'other', 'ümlaut')),
    blank,
    blank,
    scalarText,
    blank,
  )
  .map(([b1, name, b2, b3, value, b4]) => `${b1}${JSON.stringify(name)}${b2}:${b3}${value}${b4}`);
const recordText = fc.oneof(
  { weight: 8, arbitrary: fc.array(field, { maxLength: 6 }).map((fields) => `{${fields.join(',')}}`) },
  { weight: 1, arbitrary: fc.json() },
  // Cut anywhere: what stands behind is another record's.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(field, { maxLength: 4 }), fc.nat(60))
      .map(([fields, n]) => `{${fields.join(',')}}`.slice(0, n)),
  },
);
const schema = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES), wanted: fc.boolean() }),
  { selector: (c) => c.name, minLength: 1, maxLength: 5 },
);

describe('the generated scanner', () => {
  test('agrees with the careful parser on every input', () => {
    let fast = 0;
    fc.assert(
      fc.property(schema, fc.array(recordText, { minLength: 1, maxLength: 8 }), (columns, texts) => {
        const wanted = columns.map((c, i) => (c.wanted ? i : -1));
        const toRow = nodeToRow({ columns, features: [], isKey: false }, wanted, false);
        const careful = new GeneralJsonDecoder('t', toRow);
        let fell = false;
        const scan = createJsonScanner(columns, wanted, (bytes, from, to, row) => {
          fell = true;
          return careful.decode(bytes, from, to, row);
        })!;
        // One scanner for all records: what it learnt of one must not mislead it on another.
        const records = texts.map((text) => Buffer.from(text, 'utf8'));
        const bytes = Buffer.concat(records.flatMap((r) => [Buffer.from('{"'), r, Buffer.from('"}')]));
        let at = 0;
        for (const record of records) {
          const from = at + 2;
          at = from + record.length + 2;
          fell = false;
          const scanned = outcome((row) => scan(bytes, from, from + record.length, row));
          if (!fell) fast++;
          expect(scanned).toEqual(outcome((row) => careful.decode(bytes, from, from + record.length, row)));
        }
      }),
      { numRuns: 400 },
    );
    // The test means nothing if everything falls through.
    expect(fast).toBeGreaterThan(80);
  });
});

function outcome(run: (row: unknown[]) => boolean): unknown {
  const row: unknown[] = Array.from({ length: 5 }, () => null);
  try {
    return run(row) ? row : 'null record';
  } catch (error) {
    return messageOf(error);
  }
}
