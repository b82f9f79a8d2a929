import protobufjs from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import { isSluiceError } from '../../base/errors.ts';
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
} from '../../types/sql-type.ts';
import type { CodecSite, RegistrySchema } from '../api.ts';
import { codecSite } from '../testing/codec-site.ts';
import { protobuf, protobufNosr } from './definition.ts';

function siteOf(
  types: Record<string, SqlType>,
  properties: Record<string, string> = {},
  text?: string,
  resolved: RegistrySchema['resolved'] = [],
): CodecSite {
  const schema: RegistrySchema | undefined =
    text === undefined ? undefined : { schemaType: 'PROTOBUF', schema: text, resolved };
  return codecSite('PROTOBUF', types, { properties, schema });
}

function roundTrip(site: CodecSite, row: unknown[], format = protobuf): unknown[] {
  const out = new ByteWriter(4);
  expect(format.createEncoder(site).encode(row, 0, out)).toBe(true);
  const back: unknown[] = [];
  const bytes = Buffer.concat([Buffer.from('x'), out.view(), Buffer.from('yz')]);
  format
    .createDecoder(
      site,
      site.schema.columns.map((_, i) => i),
    )
    .decode(bytes, 1, bytes.length - 2, back);
  return back;
}

const ALL = {
  B: BOOLEAN,
  I: INTEGER,
  L: BIGINT,
  D: DOUBLE,
  S: STRING,
  X: BYTES,
  C: decimal(30, 4),
  DA: DATE,
  TI: TIME,
  TS: TIMESTAMP,
  A: array(struct([{ name: 'F', type: array(INTEGER) }])),
  M: map(STRING, INTEGER),
  N: struct([{ name: 'P', type: struct([{ name: 'Q', type: BIGINT }]) }]),
};
const ROW = [
  true,
  -5,
  9223372036854775807n,
  1.5,
  'grüße',
  Buffer.from([1, 2]),
  -123456789012345678901234n,
  -1,
  1001,
  -1500000000001,
  [[[1, -1]], [[]]],
  new Map([
    ['a', 1],
    ['', 0],
  ]),
  [[-9223372036854775808n]],
];

describe('PROTOBUF', () => {
  test.each([
    [protobuf, {}],
    [protobufNosr, {}],
    [protobuf, { nullableRepresentation: 'optional' }],
    [protobuf, { nullableRepresentation: 'WRAPPER' }],
  ] as const)('rows come back as they went: %#', (format, properties) => {
    expect(roundTrip(siteOf(ALL, properties), ROW, format)).toEqual(ROW);
    const nulls = roundTrip(
      siteOf(ALL, properties),
      ROW.map(() => null),
      format,
    );
    const scalars =
      'nullableRepresentation' in properties
        ? [null, null, null, null, null, null]
        : [false, 0, 0, 0, '', Buffer.alloc(0)];
    expect(nulls).toEqual([...scalars, null, null, null, null, [], new Map(), null]);
  });

  test('the derived text is what ksqlDB registers', () => {
    const types = { I: INTEGER, L: BIGINT, D: DOUBLE, B: BOOLEAN, S: STRING };
    const text = (properties: Record<string, string>): string =>
      protobuf.registrySchema!(siteOf(types).schema, { format: 'PROTOBUF', properties }, 't').schema;
    expect(text({})).toBe(
      'syntax = "proto3";\n\nmessage ConnectDefault1 {\n  int32 I = 1;\n  int64 L = 2;\n  double D = 3;\n  bool B = 4;\n  string S = 5;\n}\n',
    );
    expect(text({ nullableRepresentation: 'optional' })).toContain('\n  optional int64 L = 2;\n');
    expect(text({ nullableRepresentation: 'WRAPPER' })).toBe(
      'syntax = "proto3";\n\nimport "google/protobuf/wrappers.proto";\n\nmessage ConnectDefault1 {\n  google.protobuf.Int32Value I = 1;\n  google.protobuf.Int64Value L = 2;\n  google.protobuf.DoubleValue D = 3;\n  google.protobuf.BoolValue B = 4;\n  google.protobuf.StringValue S = 5;\n}\n',
    );
  });

  test('protobufjs reads what we write and writes what we read', () => {
    const text = `syntax = "proto3"; message M { float f = 1; uint32 u = 2; uint64 v = 3; sint32 s = 4; sint64 t = 5; repeated int32 r = 6 [packed = false];
      repeated sint64 p = 7; fixed64 g = 8; sfixed32 h = 9; E e = 10; oneof o { string x = 11; int32 y = 12; } map<string, N> m = 13; bytes z = 2000; }
      enum E { A = 0; B = 5; } message N { optional bool b = 1; }`;
    const types = {
      F: DOUBLE,
      U: BIGINT,
      V: BIGINT,
      S: INTEGER,
      T: BIGINT,
      R: array(INTEGER),
      P: array(BIGINT),
      G: BIGINT,
      H: INTEGER,
      E: STRING,
      O_0: struct([
        { name: 'X', type: STRING },
        { name: 'Y', type: INTEGER },
      ]),
      M: map(STRING, struct([{ name: 'B', type: BOOLEAN }])),
      Z: BYTES,
    };
    const row = [
      1.5,
      4294967295,
      -1,
      -3,
      9007199254740993n,
      [1, 2],
      [-1, 5],
      7,
      -7,
      'B',
      [null, 4],
      new Map([
        ['k', [null]],
        ['l', [false]],
      ]),
      Buffer.from('zz'),
    ];
    const site = siteOf(types, {}, text);
    expect(roundTrip(site, row)).toEqual(row);
    const out = new ByteWriter();
    protobuf.createEncoder(site).encode(row, 0, out);
    const message = protobufjs.parse(text, { keepCase: true }).root.lookupType('M');
    const payload = out.toBuffer().subarray(6);
    const object = message.toObject(message.decode(payload), { longs: String, enums: String });
    expect(object).toMatchObject({
      u: 4294967295,
      v: '18446744073709551615',
      t: '9007199254740993',
      r: [1, 2],
      p: ['-1', '5'],
      e: 'B',
      y: 4,
      m: { k: {}, l: { b: false } },
    });
    const again = Buffer.concat([
      Buffer.from([0, 0, 0, 0, 9, 0]),
      Buffer.from(message.encode(message.fromObject(object)).finish()),
    ]);
    const back: unknown[] = [];
    protobuf
      .createDecoder(
        site,
        row.map((_, i) => i),
      )
      .decode(again, 0, again.length, back);
    expect(back).toEqual(row);
    const columns = protobuf.columnsOf!(
      { schemaType: 'PROTOBUF', schema: text },
      { isKey: false, info: { format: 'PROTOBUF', properties: {} }, features: [] },
    );
    expect(columns.map((c) => formatType(c.type))).toEqual(Object.values(types).map(formatType));
    expect(columns.map((c) => c.name)).toEqual(Object.keys(types));
  });

  test('messages are found by name, imports resolved', () => {
    const text =
      'syntax = "proto3"; package p; import "event.proto"; message A { int32 a = 1; } message B { message C { E e = 1; } string b = 1; }';
    const resolved = [{ name: 'event.proto', schema: 'syntax = "proto3"; package p; message E { int64 at = 1; }' }];
    const site = siteOf({ B: STRING }, { fullSchemaName: 'B' }, text, resolved);
    const out = new ByteWriter();
    protobuf.createEncoder(site).encode(['x'], 0, out);
    expect([...out.view()]).toEqual([0, 0, 0, 0, 9, 2, 2, 10, 1, 120]);
    expect(roundTrip(site, ['x'])).toEqual(['x']);
    const nested = siteOf({ e: struct([{ name: 'at', type: BIGINT }]) }, { fullSchemaName: 'p.B.C' }, text, resolved);
    expect(roundTrip(nested, [[7]])).toEqual([[7]]);
    const columns = protobuf.columnsOf!(nested.registry!.schemaById(9)!, {
      isKey: false,
      info: nested.info,
      features: [],
    });
    expect(columns).toEqual([{ name: 'e', type: struct([{ name: 'at', type: BIGINT }]) }]);
  });

  test('bad bytes and impossible schemas are refused', () => {
    const site = siteOf({ S: STRING, N: struct([{ name: 'L', type: BIGINT }]) });
    const out = new ByteWriter();
    protobuf.createEncoder(site).encode(['hello', [300]], 0, out);
    const decoder = protobuf.createDecoder(site, [0, 1]);
    const whole = out.toBuffer();
    for (let n = 0; n < whole.length; n++) {
      let code = 'read';
      try {
        decoder.decode(whole, 0, n, []);
      } catch (error) {
        code = isSluiceError(error) ? error.code : String(error);
      }
      // A message may end after any complete field.
      expect(code).toBe(n === 6 || n === 13 ? 'read' : 'DESERIALIZATION');
    }
    expect(() => protobuf.validateSchema(siteOf({ M: map(INTEGER, STRING) }).schema)).toThrow(
      'PROTOBUF format only supports MAP types with STRING keys',
    );
    expect(() => protobuf.validateSchema(siteOf({ A: array(array(STRING)) }).schema)).toThrow('cannot be nested');
  });
});

describe('what a field does not hold is refused, and nothing else is written', () => {
  const written = (type: string, sql: SqlType, value: unknown): unknown => {
    const site = siteOf({ V: sql }, {}, `syntax = "proto3"; message M { ${type} v = 1; }`);
    return roundTrip(site, [value])[0];
  };

  test.each([
    ['int32', -(2 ** 31), 2 ** 31 - 1],
    ['sint32', -(2 ** 31), 2 ** 31 - 1],
    ['sfixed32', -(2 ** 31), 2 ** 31 - 1],
    ['uint32', 0, 2 ** 32 - 1],
    ['fixed32', 0, 2 ** 32 - 1],
  ])('a BIGINT in %s, from %d to %d', (type, min, max) => {
    expect([written(type, BIGINT, min), written(type, BIGINT, max)]).toEqual([min, max]);
    for (const value of [min - 1, max + 1, 9223372036854775807n])
      expect(() => written(type, BIGINT, value)).toThrow(new RegExp(`${value} is out of the range of ${type}`));
  });

  test('a DOUBLE in float', () => {
    expect(written('float', DOUBLE, 3.4028234663852886e38)).toBe(3.4028234663852886e38);
    expect(written('float', DOUBLE, Infinity)).toBe(Infinity);
    expect(() => written('float', DOUBLE, 1e300)).toThrow(/1e\+300 is out of the range of a FLOAT/);
  });

  test('NULL in a list and in a map', () => {
    expect(() => written('repeated string', array(STRING), ['a', null])).toThrow(/NULL as an element of "v"/);
    expect(() => written('repeated int32', array(INTEGER), [null])).toThrow(/NULL as an element of "v"/);
    const maps = map(STRING, BIGINT);
    expect(() => written('map<string, int64>', maps, new Map([['a', null]]))).toThrow(/NULL as a value of map "v"/);
    expect(() => written('map<string, int64>', maps, new Map([[null, 1]]))).toThrow(/NULL as a key of map "v"/);
    expect(written('repeated string', array(STRING), ['', 'a'])).toEqual(['', 'a']);
  });

  test('a TIMESTAMP of all 64 bits goes through google.protobuf.Timestamp', () => {
    const site = siteOf({ V: TIMESTAMP });
    for (const ms of [0, -1, 9007199254740993n, 9223372036854775807n, -9223372036854775808n])
      expect(roundTrip(site, [ms])).toEqual([ms]);
  });
});
