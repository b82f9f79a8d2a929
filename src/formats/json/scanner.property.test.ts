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
import { createJsonScanner } from './adaptive-scanner.ts';
import { scanScope } from './scan-scope.ts';
import { createShapeScanner, shapeOf } from './shape-scanner.ts';

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
    '"\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\ude00\\ud83d"',
    '{"\\udfff":1}',
    '"a\\"b"',
    '"12"',
    '"2024-02-29"',
    '"23:59:59.5"',
    '"2026-11-30T01:40:05Z"',
    '"2026-11-30T01:40:05.123+02:00"',
    '"2026-13-30T01:40:05Z"',
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
  // Cut anywhere: the bytes that follow belong to another record.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.array(field, { maxLength: 4 }), fc.nat(60))
      .map(([fields, n]) => `{${fields.join(',')}}`.slice(0, n)),
  },
);
/**
 * Records of one shape with varying values, and some of other shapes: they make the scanner adopt a shape, and must not
 * mislead it.
 */
const similar = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...NAMES, 'a', 'other'), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', ' ', '  '),
    fc.array(fc.array(scalarText, { minLength: 4, maxLength: 4 }), { minLength: 3, maxLength: 8 }),
    fc.array(recordText, { maxLength: 2 }),
  )
  .map(([keys, space, rows, strangers]) => [
    ...rows.map((row) => `{${keys.map((key, i) => `${JSON.stringify(key)}:${space}${row[i]!}`).join(`,${space}`)}}`),
    ...strangers,
    `{${keys.map((key) => `${JSON.stringify(key)}:${space}1`).join(`,${space}`)}}`,
  ]);
const schema = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES), wanted: fc.boolean() }),
  { selector: (c) => c.name, minLength: 1, maxLength: 5 },
);

describe('the generated scanner', () => {
  test('agrees with the careful parser on every input', () => {
    let fast = 0;
    fc.assert(
      fc.property(
        schema,
        fc.oneof(similar, fc.array(recordText, { minLength: 1, maxLength: 8 })),
        fc.integer({ min: 1, max: 4 }),
        (columns, texts, warmUp) => {
          const wanted = columns.map((c, i) => (c.wanted ? i : -1));
          const toRow = nodeToRow({ columns, features: [], isKey: false }, wanted, false);
          const careful = new GeneralJsonDecoder('t', toRow);
          let fell = false;
          const scan = createJsonScanner(
            columns,
            wanted,
            (bytes, from, to, row) => {
              fell = true;
              return careful.decode(bytes, from, to, row);
            },
            {},
            warmUp,
          )!;
          // One scanner for all records: what it learned from one must not mislead it on another.
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
        },
      ),
      { numRuns: 400 },
    );
    // The test is meaningless if everything falls through to the general parser.
    expect(fast).toBeGreaterThan(80);
  });
});

describe('a shape', () => {
  const columns = [
    { name: 'A', type: BIGINT },
    { name: 'S', type: STRING },
  ];
  const actionOf = (key: string): number => ['A', 'S'].indexOf(key.toUpperCase()) + 1;
  const scanWith = (model: string, text: string): unknown => {
    const shape = shapeOf(Buffer.from(model), 0, model.length, actionOf)!;
    const scan = createShapeScanner(shape, columns, [0, 1], scanScope(columns, [0, 1], {}), () => false);
    const row: unknown[] = [];
    const bytes = Buffer.from(text);
    return scan(bytes, 0, bytes.length, row) ? row : 'missed';
  };

  test('reads records like its model, and only those', () => {
    const model = '{"s": "x", "other": [1], "a": 5}';
    expect(scanWith(model, model)).toEqual([5, 'x']);
    expect(scanWith(model, '{"s": null, "other": {"a":"}"}, "a": -9223372036854775808}')).toEqual([
      -9223372036854775808n,
      null,
    ]);
    expect(scanWith(model, '{"s":"x","other":[1],"a":5}')).toBe('missed');
    expect(scanWith(model, '{"s": "x", "other": [1], "a": 5')).toBe('missed');
    expect(scanWith(model, '{"s": "x", "other": [1], "a": 5, "b": 1}')).toBe('missed');
    expect(scanWith('{"other":1}', '{"other":"é"}')).toEqual([null, null]);
  });

  test('is not taken from what is no plain object', () => {
    for (const text of ['{}', '[]', 'null', '{"a":1', '{"a":1,"A":2}', '{"a":}'])
      expect(shapeOf(Buffer.from(text), 0, text.length, actionOf)).toBeUndefined();
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
