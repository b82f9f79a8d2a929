import { expect, test } from 'vitest';
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
} from '../../types/sql-type.ts';
import { bigintToBytes, bytesToBigint } from './decimal-bytes.ts';
import {
  arrayOf,
  DECIMAL_PRECISION,
  decimalScale,
  decimalSchema,
  fieldIndex,
  mapOf,
  primitive,
  schemasEqual,
  structOf,
  withOptional,
  type ConnectSchema,
} from './schema.ts';
import { schemaOfSqlType, sqlTypeOf } from './sql-mapping.ts';

// The bytes are those of Java's BigInteger.toByteArray.
test.each([
  [0n, '00'],
  [1n, '01'],
  [127n, '7f'],
  [128n, '0080'],
  [255n, '00ff'],
  [-1n, 'ff'],
  [-128n, '80'],
  [-129n, 'ff7f'],
  [2n ** 63n, '008000000000000000'],
  [-(2n ** 63n), '8000000000000000'],
])('the unscaled value %s is the bytes %s', (value, hex) => {
  expect(bigintToBytes(value).toString('hex')).toBe(hex);
  expect(bytesToBigint(Buffer.from(hex, 'hex'))).toBe(value);
});

test('no bytes are 0, and needless leading bytes change nothing', () => {
  expect(bytesToBigint(new Uint8Array())).toBe(0n);
  expect(bytesToBigint(Buffer.from('00000001', 'hex'))).toBe(1n);
  expect(bytesToBigint(Buffer.from('ffffff80', 'hex'))).toBe(-128n);
});

const TYPES = [
  BOOLEAN,
  INTEGER,
  BIGINT,
  DOUBLE,
  STRING,
  BYTES,
  DATE,
  TIME,
  TIMESTAMP,
  decimal(10, 3),
  array(decimal(4, 0)),
  map(STRING, array(DATE)),
  struct([
    { name: 'a', type: INTEGER },
    { name: 'B', type: struct([{ name: 'c', type: TIME }]) },
  ]),
];

test.each(TYPES.map((type) => [type.kind, type] as const))(
  '%s becomes a schema that becomes the same type',
  (_, type) => {
    expect(sqlTypeOf(schemaOfSqlType(type))).toEqual(type);
  },
);

test('all of SQL is optional, but not the keys of a map', () => {
  expect(schemaOfSqlType(map(STRING, INTEGER))).toMatchObject({
    optional: true,
    keys: { optional: false },
    values: { optional: true },
  });
  expect(schemaOfSqlType(INTEGER, false).optional).toBe(false);
});

test.each<[string, ConnectSchema, unknown]>([
  ['INT8', primitive('INT8'), INTEGER],
  ['INT16', primitive('INT16'), INTEGER],
  ['FLOAT32', primitive('FLOAT32'), DOUBLE],
  ['a Decimal without precision', decimalSchema(2), decimal(64, 2)],
  ['a Decimal whose scale is beyond that', decimalSchema(70), decimal(70, 70)],
  ['a Decimal with precision', decimalSchema(2, true, 9), decimal(9, 2)],
  ['an INT32 of another logical type', { ...primitive('INT32'), name: 'other.Date' }, INTEGER],
])('%s is the narrowest SQL type that holds all its values', (_, schema, type) => {
  expect(sqlTypeOf(schema)).toEqual(type);
});

const ROW = structOf([
  { name: 'id', schema: primitive('INT64', false) },
  { name: 'price', schema: decimalSchema(2, true, 9) },
]);

test('schemas are equal by what they say of values: documentation does not count', () => {
  expect(schemasEqual(ROW, structuredClone(ROW))).toBe(true);
  expect(schemasEqual(ROW, { ...ROW, doc: 'a row' })).toBe(true);
  expect(schemasEqual(null, null)).toBe(true);
  expect(schemasEqual(ROW, null)).toBe(false);
});

test.each<[string, ConnectSchema]>([
  ['optional', { ...ROW, optional: true }],
  ['a name', { ...ROW, name: 'row' }],
  ['a version', { ...ROW, version: 2 }],
  ['a default', { ...ROW, default: [1, 1n] }],
  ['parameters', { ...ROW, parameters: { [DECIMAL_PRECISION]: '9' } }],
  ['a field less', structOf(ROW.fields.slice(1))],
  ['fields in another order', structOf(ROW.fields.toReversed())],
  ['another scale inside', structOf([ROW.fields[0]!, { name: 'price', schema: decimalSchema(3, true, 9) }])],
  ['another type', arrayOf(ROW, false)],
])('a schema with %s is another one', (_, other) => {
  expect(schemasEqual(ROW, other)).toBe(false);
  expect(schemasEqual(other, ROW)).toBe(false);
});

test('elements of lists, keys and values of maps are compared', () => {
  const texts = primitive('STRING');
  expect(schemasEqual(arrayOf(texts), arrayOf(primitive('BYTES')))).toBe(false);
  expect(schemasEqual(mapOf(texts, texts), mapOf(texts, primitive('INT32')))).toBe(false);
  expect(schemasEqual(mapOf(texts, texts), mapOf(primitive('INT32'), texts))).toBe(false);
});

test('defaults are compared by value, bytes and lists too', () => {
  const withDefault = (value: unknown): ConnectSchema => ({ ...primitive('BYTES'), default: value });
  expect(schemasEqual(withDefault(Buffer.from('ab')), withDefault(new Uint8Array([97, 98])))).toBe(true);
  expect(schemasEqual(withDefault(Buffer.from('ab')), withDefault(Buffer.from('ac')))).toBe(false);
  expect(schemasEqual(withDefault([1, [2]]), withDefault([1, [2]]))).toBe(true);
  expect(schemasEqual(withDefault([1, [2]]), withDefault([1, [3]]))).toBe(false);
});

test('withOptional keeps the object where nothing changes: converters compile a plan for each object', () => {
  expect(withOptional(ROW, false)).toBe(ROW);
  expect(withOptional(ROW, true)).toEqual({ ...ROW, optional: true });
});

test('a field has a position, a Decimal a scale', () => {
  expect([fieldIndex(ROW, 'price'), fieldIndex(ROW, 'PRICE')]).toEqual([1, -1]);
  expect([decimalScale(decimalSchema(5)), decimalScale(primitive('BYTES'))]).toEqual([5, 0]);
});
