import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { castCannotFail, castFunction, findCast } from './cast.ts';
import { commonType, isImplicitlyCastable } from './coerce.ts';
import { compareValues, equalValues, identityKey } from './compare.ts';
import { displayValue } from './display.ts';
import { JsonNumber, JsonObject, parseJson } from './json-text.ts';
import { jsonRenderer, jsonRowRenderer } from './json-value.ts';
import { coerceJson, coerceValue } from './literal-coerce.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  formatType,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from './sql-type.ts';

const NESTED = struct([
  { name: 'A', type: array(BIGINT) },
  { name: 'B', type: map(STRING, struct([{ name: 'C', type: BYTES }])) },
]);
const nested = (bytes: number[], ...longs: (number | bigint)[]): unknown[] => [
  longs,
  new Map([['k', [new Uint8Array(bytes)]]]),
];

describe('comparison', () => {
  test('equality goes into nested values', () => {
    const equal = equalValues(NESTED);
    expect(equal(nested([1, 2], 1, 2n ** 60n), nested([1, 2], 1, 2n ** 60n))).toBe(true);
    expect(equal(nested([1, 2], 1), nested([1, 3], 1))).toBe(false);
    expect(equal(nested([1], 1), nested([1], 1, 2))).toBe(false);
    expect(equal(null, null)).toBe(true);
    expect(equal(null, nested([]))).toBe(false);
    expect(equal([null, null], [null, null])).toBe(true);
  });

  test('maps with keys that are no primitives compare by value', () => {
    const type = map(array(INTEGER), STRING);
    const equal = equalValues(type);
    expect(equal(new Map([[[1], 'a']]), new Map([[[1], 'a']]))).toBe(true);
    expect(equal(new Map([[[1], 'a']]), new Map([[[2], 'a']]))).toBe(false);
    expect(equal(new Map([[[1], null]]), new Map([[[2], null]]))).toBe(false);
  });

  test('identity keys are equal exactly where values are', () => {
    const type = array(
      struct([
        { name: 'S', type: STRING },
        { name: 'M', type: map(STRING, INTEGER) },
      ]),
    );
    const text = fc.option(fc.string({ unit: fc.constantFrom('a', ':', '~', '1'), maxLength: 3 }));
    const value = fc.array(
      fc.tuple(
        text,
        fc.option(
          fc
            .dictionary(fc.constantFrom('x', 'y'), fc.option(fc.integer({ min: 0, max: 1 })))
            .map((o) => new Map(Object.entries(o))),
        ),
      ),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(identityKey(type)(a) === identityKey(type)(b)).toBe(equalValues(type)(a, b));
        expect(identityKey(type)(a)).toBe(identityKey(type)(structuredClone(a)));
      }),
      { numRuns: 500 },
    );
  });

  test('orders numbers across number and bigint, bytes signed as Java, arrays with nulls first', () => {
    expect(compareValues(BIGINT)(2n ** 60n, 5)).toBeGreaterThan(0);
    expect(compareValues(BYTES)(new Uint8Array([255]), new Uint8Array([1]))).toBeLessThan(0);
    expect(compareValues(STRING)('a', 'B')).toBeGreaterThan(0);
    expect(compareValues(BOOLEAN)(false, true)).toBeLessThan(0);
    expect(compareValues(array(INTEGER))([1, null], [1, 0])).toBeLessThan(0);
    expect(compareValues(array(INTEGER))([1], [1, null])).toBeLessThan(0);
    expect(() => compareValues(map(STRING, INTEGER))).toThrow('no order');
  });
});

describe('texts', () => {
  test.each<[SqlType, unknown, string, string]>([
    [DOUBLE, 1e7, '1.0E7', '1.0E7'],
    [DOUBLE, NaN, 'NaN', '"NaN"'],
    [BIGINT, 2n ** 62n, '4611686018427387904', '4611686018427387904'],
    [decimal(4, 2), -5n, '-0.05', '-0.05'],
    [decimal(30, 0), 10n ** 25n, `1${'0'.repeat(25)}`, `1${'0'.repeat(25)}`],
    [STRING, 'a"b\u2028', 'a"b\u2028', JSON.stringify('a"b\u2028')],
    [BYTES, new Uint8Array([33]), 'IQ==', '"IQ=="'],
    [DATE, 4, '1970-01-05', '"1970-01-05"'],
    [TIME, 60220000, '16:43:40', '"16:43:40"'],
    [TIMESTAMP, 60220000000, '1971-11-28T23:46:40.000', '"1971-11-28T23:46:40.000"'],
    [array(INTEGER), [1, null], '[1, null]', '[1,null]'],
    [map(STRING, INTEGER), new Map([['id', 1]]), '{id=1}', '{"id":1}'],
    [map(INTEGER, BOOLEAN), new Map([[7, null]]), '{7=null}', '{"7":null}'],
    [
      struct([
        { name: 'F0', type: INTEGER },
        { name: 'f1', type: STRING },
      ]),
      [1, null],
      'Struct{F0=1}',
      '{"F0":1,"f1":null}',
    ],
    [INTEGER, null, 'null', 'null'],
  ])('of %j: %s', (type, value, shown, json) => {
    expect(displayValue(type, value)).toBe(shown);
    expect(jsonRenderer(type)(value)).toBe(json);
  });

  test('a row is a JSON array', () => {
    expect(jsonRowRenderer([INTEGER, STRING, decimal(3, 1)])([1, null, 15n])).toBe('[1,null,1.5]');
  });
});

describe('JSON without loss', () => {
  test('numbers keep their digits', () => {
    expect(parseJson('9007199254740993')).toEqual(new JsonNumber('9007199254740993'));
    expect(parseJson(' [1.50, -0e1, {"a": "x\\u0041\\n", "b": null}, true ] ')).toEqual([
      new JsonNumber('1.50'),
      new JsonNumber('-0e1'),
      JsonObject.of(
        new Map<string, null | string>([
          ['a', 'xA\n'],
          ['b', null],
        ]),
      ),
      true,
    ]);
  });

  test('accepts what JSON.parse accepts, with the same values', () => {
    const plain = (json: unknown): unknown => {
      if (json instanceof JsonNumber) return Number(json.text);
      if (json instanceof JsonObject) return Object.fromEntries([...json.fields].map(([k, v]) => [k, plain(v)]));
      return Array.isArray(json) ? json.map(plain) : json;
    };
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each(['', '{', '[1,]', '{"a"}', '01', '1.', '.5', '"\t"', '"\\x"', 'nul', '1 2', "{'a':1}", 'NaN'])(
    'refuses %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  test('refuses bottomless nesting', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('nested deeper');
  });
});

describe('coercion on insert', () => {
  test.each<[SqlType, unknown, SqlType, unknown]>([
    [INTEGER, 3, DOUBLE, 3],
    [INTEGER, 3, BIGINT, 3],
    [INTEGER, 3, decimal(4, 2), 300n],
    [BIGINT, 2n ** 60n, decimal(20, 0), 2n ** 60n],
    [decimal(2, 1), 21n, decimal(4, 2), 210n],
    [decimal(3, 2), 150n, decimal(2, 1), 15n],
    [decimal(2, 1), 21n, DOUBLE, 2.1],
    [STRING, 'IQ==', BYTES, new Uint8Array([33])],
    [STRING, '1970-01-02', DATE, 1],
    [STRING, '00:01', TIME, 60000],
    [STRING, '1970-01-01T00:00:01', TIMESTAMP, 1000],
    [STRING, '1.5', decimal(2, 1), 15n],
    [array(INTEGER), [1, null], array(BIGINT), [1, null]],
    [map(STRING, INTEGER), new Map([['a', 1]]), map(STRING, DOUBLE), new Map([['a', 1]])],
    [
      struct([{ name: 'B', type: INTEGER }]),
      [1],
      struct([
        { name: 'A', type: STRING },
        { name: 'B', type: BIGINT },
      ]),
      [null, 1],
    ],
  ])('%j %s goes into %j', (from, value, to, expected) => {
    expect(coerceValue(value, from, to)).toEqual({ value: expected });
  });

  test.each<[SqlType, unknown, SqlType]>([
    [STRING, 'hello', INTEGER],
    [STRING, '10', INTEGER],
    [BIGINT, 5, INTEGER],
    [DOUBLE, 1, BIGINT],
    [DOUBLE, 1, decimal(4, 2)],
    [decimal(3, 2), 155n, decimal(2, 1)],
    [INTEGER, 100, decimal(2, 0)],
    [INTEGER, 1, STRING],
    [BOOLEAN, true, STRING],
    [STRING, 'not base64', BYTES],
    [STRING, 'yesterday', DATE],
    [array(STRING), ['a'], array(INTEGER)],
  ])('%j %s does not go into %j', (from, value, to) => {
    expect(coerceValue(value, from, to)).toBeUndefined();
  });

  test.each<[string, SqlType, unknown]>([
    ['9007199254740993', BIGINT, 9007199254740993n],
    ['5.0', INTEGER, 5],
    ['1e3', BIGINT, 1000],
    ['1.10', decimal(4, 2), 110n],
    ['"1.10"', decimal(4, 2), 110n],
    ['1', DOUBLE, 1],
    ['"IQ=="', BYTES, new Uint8Array([33])],
    ['"2020-01-01"', DATE, 18262],
    ['{"1": [true]}', map(INTEGER, array(BOOLEAN)), new Map([[1, [true]]])],
    [
      '{"b": 1}',
      struct([
        { name: 'A', type: STRING },
        { name: 'B', type: INTEGER },
      ]),
      [null, 1],
    ],
    ['null', INTEGER, null],
  ])('JSON %s is %j %s', (text, to, expected) => {
    expect(coerceJson(parseJson(text), to)).toEqual({ value: expected });
  });

  test.each<[string, SqlType]>([
    ['5.5', INTEGER],
    ['2147483648', INTEGER],
    ['9223372036854775808', BIGINT],
    ['"5"', INTEGER],
    ['5', STRING],
    ['1.005', decimal(4, 2)],
    ['[1]', map(STRING, INTEGER)],
    ['{"x": 1}', map(INTEGER, INTEGER)],
    ['1', BOOLEAN],
  ])('JSON %s is no %j', (text, to) => {
    expect(coerceJson(parseJson(text), to)).toBeUndefined();
  });
});

describe('casts', () => {
  test('there is none where the type tells nothing of the value', () => {
    for (const [from, to] of [
      [INTEGER, BOOLEAN],
      [BOOLEAN, INTEGER],
      [BYTES, STRING],
      [STRING, array(STRING)],
      [INTEGER, DATE],
      [TIME, TIMESTAMP],
      [array(INTEGER), array(BOOLEAN)],
    ] as const) {
      expect(findCast(from, to)).toBeUndefined();
    }
    expect(() => castFunction(STRING, map(STRING, INTEGER))).toThrow(
      'Cast of STRING to MAP<STRING, INTEGER> is not supported',
    );
  });

  test('those that are said not to fail do not', () => {
    const samples: [SqlType, unknown[]][] = [
      [INTEGER, [0, -2147483648]],
      [BIGINT, [2n ** 63n - 1n]],
      [DOUBLE, [NaN, -Infinity, 1e300]],
      [decimal(5, 2), [-99999n]],
      [STRING, ['', 'x']],
      [TIMESTAMP, [-1]],
      [BOOLEAN, [true]],
    ];
    const targets = [
      INTEGER,
      BIGINT,
      DOUBLE,
      STRING,
      BOOLEAN,
      decimal(5, 2),
      decimal(25, 3),
      decimal(10, 0),
      DATE,
      TIME,
    ];
    for (const [from, values] of samples) {
      for (const to of targets) {
        const cast = findCast(from, to);
        if (cast === undefined || !castCannotFail(from, to)) continue;
        for (const value of values) expect(() => cast(value), `${formatType(from)} to ${formatType(to)}`).not.toThrow();
      }
    }
  });

  test.each([
    [DOUBLE, BIGINT, [-9223372036854775808, 9223372036854774784], [9223372036854775808, -1e30, NaN, Infinity]],
    [DOUBLE, INTEGER, [2147483647.9, -2147483648.9, -0.5], [2147483648, -2147483649, NaN, -Infinity]],
    [decimal(25, 1), BIGINT, [92233720368547758079n, -92233720368547758089n], [92233720368547758080n, -(10n ** 24n)]],
    [decimal(25, 1), INTEGER, [21474836479n, -21474836489n], [21474836480n, 42949672960n]],
  ])('of a number that is beyond the other type is refused, up to its ends it is exact', (from, to, fit, beyond) => {
    const unit = from.kind === 'DECIMAL' ? 10n ** BigInt(from.scale) : undefined;
    for (const value of fit) {
      const whole = unit === undefined ? BigInt(Math.trunc(value as number)) : (value as bigint) / unit;
      expect(BigInt(castFunction(from, to)(value) as number)).toBe(whole);
    }
    for (const value of beyond) expect(() => castFunction(from, to)(value)).toThrow(`Not in the range of ${to.kind}: `);
  });

  test('of decimals round half up and refuse what does not fit', () => {
    expect(castFunction(DOUBLE, decimal(2, 1))(0.99)).toBe(10n);
    expect(castFunction(decimal(3, 2), decimal(2, 1))(-125n)).toBe(-13n);
    expect(() => castFunction(INTEGER, decimal(2, 1))(10)).toThrow(
      'Numeric field overflow: A field with precision 2 and scale 1 must round to an absolute value less than 10^1. Got 10',
    );
  });
});

test('common types widen numbers and join the fields of structs', () => {
  expect(commonType(INTEGER, decimal(4, 2))).toEqual(decimal(12, 2));
  expect(commonType(decimal(4, 2), decimal(5, 0))).toEqual(decimal(7, 2));
  expect(commonType(array(INTEGER), array(DOUBLE))).toEqual(array(DOUBLE));
  expect(commonType(STRING, INTEGER)).toBeUndefined();
  expect(isImplicitlyCastable(BIGINT, DOUBLE)).toBe(true);
  expect(isImplicitlyCastable(BIGINT, INTEGER)).toBe(false);
});
