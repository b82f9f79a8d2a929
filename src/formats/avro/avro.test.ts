import avsc from 'avsc';
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
import { NeedsRegistration, NeedsSchema, type CodecRegistry, type CodecSite, type RegistrySchema } from '../api.ts';
import { codecSite, type SiteOptions } from '../testing/codec-site.ts';
import { avro } from './definition.ts';
import { avroKeySchemaName } from './derive.ts';
import { avroText } from './text.ts';

/** `schema`: the parsed schema that `schemaId` refers to. */
function siteOf(
  types: Record<string, SqlType>,
  { schema, ...more }: Omit<SiteOptions, 'schema'> & { readonly schema?: unknown } = {},
): CodecSite {
  const given: RegistrySchema | undefined =
    schema === undefined ? undefined : { schemaType: 'AVRO', schema: JSON.stringify(schema) };
  return codecSite('AVRO', types, { ...more, schema: given });
}

function encode(site: CodecSite, row: unknown[]): Buffer | null {
  const out = new ByteWriter(4);
  return avro.createEncoder(site).encode(row, 0, out) ? out.toBuffer() : null;
}

function decode(site: CodecSite, bytes: Buffer, wanted = site.schema.columns.map((_, i) => i)): unknown[] | null {
  const row: unknown[] = [];
  return avro.createDecoder(site, wanted).decode(bytes, 0, bytes.length, row) ? row : null;
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
  A: array(map(STRING, struct([{ name: 'F', type: array(INTEGER) }]))),
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
  1000,
  -1500000000000,
  [new Map([['k', [[1, null]]]]), null],
  new Map([['a', 1]]),
  [[4503599627370497]],
];

describe('AVRO', () => {
  test('rows come back as they went, nulls included, and avsc reads them too', () => {
    const site = siteOf(ALL);
    const bytes = encode(site, ROW)!;
    expect(decode(site, bytes)).toEqual(ROW);
    const nulls = ROW.map(() => null);
    expect(decode(site, encode(site, nulls)!)).toEqual(nulls);
    const schema = JSON.parse(avro.registrySchema!(site.schema, site.info, 't').schema) as avsc.Schema;
    const type = avsc.Type.forSchema(schema, { wrapUnions: true });
    const small = [...ROW.slice(0, 2), 7, ...ROW.slice(3, 12), null];
    const read = type.fromBuffer(encode(site, small)!.subarray(5)) as Record<string, unknown>;
    expect(read['S']).toEqual({ string: 'grüße' });
    expect(read['TS']).toEqual({ long: -1500000000000 });
  });

  test('only the wanted columns are made', () => {
    const site = siteOf(ALL);
    const row: unknown[] = ['kept'];
    const bytes = encode(site, ROW)!;
    const wanted = site.schema.columns.map((c) => (c.name === 'S' ? 2 : c.name === 'N' ? 1 : -1));
    expect(avro.createDecoder(site, wanted).decode(bytes, 0, bytes.length, row)).toBe(true);
    expect(row).toEqual(['kept', [[4503599627370497]], 'grüße']);
  });

  test('the derived schema is what ksqlDB registers', () => {
    const key = siteOf(
      { K: struct([{ name: 'F1', type: struct([{ name: 'G', type: INTEGER }]) }]) },
      { isKey: true, properties: { fullSchemaName: avroKeySchemaName('OUTPUT') } },
    );
    expect(JSON.parse(avro.registrySchema!(key.schema, key.info, 'OUTPUT').schema)).toEqual({
      type: 'record',
      name: 'OutputKey',
      namespace: 'io.confluent.ksql.avro_schemas',
      fields: [
        {
          name: 'F1',
          type: [
            'null',
            {
              type: 'record',
              name: 'OutputKey_F1',
              fields: [{ name: 'G', type: ['null', 'int'], default: null }],
              'connect.name': 'io.confluent.ksql.avro_schemas.OutputKey_F1',
            },
          ],
          default: null,
        },
      ],
      'connect.name': 'io.confluent.ksql.avro_schemas.OutputKey',
    });
  });

  test('writes by a given schema: by name, defaults for what is missing, refusals for what is required', () => {
    const record = (fields: unknown[]): unknown => ({ type: 'record', name: 'blah', fields });
    const optional = siteOf(
      { c1: INTEGER },
      {
        schema: record([
          { name: 'c2', type: 'int', default: 100 },
          { name: 'c1', type: 'int' },
          { name: 'c3', type: ['null', 'string'] },
        ]),
      },
    );
    const reader = siteOf({ C1: INTEGER, C2: INTEGER, C3: STRING });
    const bytes = encode(optional, [4])!;
    expect(
      avro.createDecoder({ ...reader, registry: optional.registry }, [0, 1, 2]).decode(bytes, 0, bytes.length, []),
    ).toBe(true);
    expect([...bytes]).toEqual([0, 0, 0, 0, 9, 200, 1, 8, 0]);
    const required = siteOf(
      { c1: INTEGER },
      {
        schema: record([
          { name: 'c1', type: 'int' },
          { name: 'c2', type: 'double' },
        ]),
      },
    );
    expect(() => encode(required, [4])).toThrow('null used for required field: "c2"');
  });

  test('reads what others wrote: promotions, unions, enums, entries', () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'num', type: 'int' },
        { name: 'skipped', type: { type: 'map', values: { type: 'array', items: ['null', 'long', 'string'] } } },
        { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
        { name: 'u', type: ['null', 'int', 'string'] },
        { name: 'ts', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'md5', type: { type: 'fixed', name: 'M', size: 2 } },
      ],
    };
    const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
    const payload = type.toBuffer({
      num: 7,
      skipped: { k: [null, { long: 1 }, { string: 'x' }] },
      e: 'B',
      u: { string: 'hi' },
      ts: 1500,
      md5: Buffer.from('ab'),
    });
    const site = siteOf(
      {
        NUM: STRING,
        E: STRING,
        U: struct([
          { name: 'INT', type: INTEGER },
          { name: 'STRING', type: STRING },
        ]),
        TS: BIGINT,
        MD5: BYTES,
        GONE: INTEGER,
      },
      { schema },
    );
    expect(decode(site, Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), payload]))).toEqual([
      '7',
      'B',
      [null, 'hi'],
      1500,
      Buffer.from('ab'),
      null,
    ]);
    const columns = avro.columnsOf!(
      { schemaType: 'AVRO', schema: JSON.stringify(schema) },
      { isKey: false, info: { format: 'AVRO', properties: {} }, features: [] },
    );
    expect(columns.map((c) => `${c.name} ${formatType(c.type)}`)).toEqual([
      'NUM INTEGER',
      'SKIPPED MAP<STRING, ARRAY<STRUCT<`LONG` BIGINT, `STRING` STRING>>>',
      'E STRING',
      'U STRUCT<`INT` INTEGER, `STRING` STRING>',
      'TS BIGINT',
      'MD5 BYTES',
    ]);
  });

  test('reads what Kafka Connect’s Avro converter wrote from a table', () => {
    // Recorded from a JDBC source connector.
    const balance = {
      type: 'bytes',
      scale: 2,
      precision: 10,
      'connect.version': 1,
      'connect.parameters': { scale: '2', 'connect.decimal.precision': '10' },
      'connect.name': 'org.apache.kafka.connect.data.Decimal',
      logicalType: 'decimal',
    };
    const timestamp = {
      type: 'long',
      'connect.version': 1,
      'connect.name': 'org.apache.kafka.connect.data.Timestamp',
      logicalType: 'timestamp-millis',
    };
    const schema = {
      type: 'record',
      name: 'users',
      fields: [
        { name: 'id', type: 'int' },
        { name: 'name', type: 'string' },
        { name: 'email', type: ['null', 'string'], default: null },
        { name: 'age', type: ['null', 'int'], default: null },
        { name: 'balance', type: ['null', balance], default: null },
        { name: 'active', type: ['null', 'boolean'], default: null },
        { name: 'created_at', type: timestamp },
        { name: 'updated_at', type: timestamp },
      ],
      'connect.name': 'users',
    };
    const info = { format: 'AVRO', properties: {} };
    const columns = avro.columnsOf!(
      { schemaType: 'AVRO', schema: JSON.stringify(schema) },
      { isKey: false, info, features: [] },
    );
    expect(columns.map((c) => `${c.name} ${formatType(c.type)}`).join(', ')).toBe(
      'ID INTEGER, NAME STRING, EMAIL STRING, AGE INTEGER, BALANCE DECIMAL(10, 2), ACTIVE BOOLEAN, CREATED_AT TIMESTAMP, UPDATED_AT TIMESTAMP',
    );
    const registry: CodecRegistry = {
      schemaById: () => ({ schemaType: 'AVRO', schema: JSON.stringify(schema) }),
      idOf: () => undefined,
      latest: () => undefined,
    };
    const site: CodecSite = { schema: { columns, features: [], isKey: false }, info, topic: 't', registry };
    const read = (hex: string): unknown[] | null => decode(site, Buffer.from(hex, 'hex'));
    expect(
      read('0000000001020a616c6963650222616c696365406578616d706c652e636f6d023c020404e202018094bac798638094bac79863'),
    ).toEqual([1, 'alice', 'alice@example.com', 30, 1250n, true, 1704103200000, 1704103200000]);
    expect(read('00000000010406626f620002520204feca02018084ed9999638084ed999963')).toEqual([
      2,
      'bob',
      null,
      41,
      -310n,
      true,
      1704189600000,
      1704189600000,
    ]);
  });

  test('a bare value', () => {
    const site = siteOf({ V: STRING }, { features: ['UNWRAP_SINGLES'], schema: 'int' });
    expect(decode(site, Buffer.from([0, 0, 0, 0, 9, 20]))).toEqual(['10']);
    const written = siteOf({ V: array(STRING) }, { features: ['UNWRAP_SINGLES'] });
    expect(decode(written, encode(written, [['a', null]])!)).toEqual([['a', null]]);
    expect(encode(written, [null])).toBeNull();
    expect(
      avro.columnsOf!(
        { schemaType: 'AVRO', schema: '"int"' },
        { isKey: true, info: { format: 'AVRO', properties: {} }, features: [] },
      ),
    ).toEqual([{ name: 'ROWKEY', type: INTEGER }]);
  });

  test('bad bytes are record errors, an unknown id asks for its schema', () => {
    const site = siteOf({ S: STRING });
    const bytes = encode(site, ['hello'])!;
    const codes = (input: Buffer): string => {
      try {
        decode(site, input);
        return 'read';
      } catch (error) {
        return isSluiceError(error)
          ? error.code
          : error instanceof NeedsSchema
            ? `needs ${error.schemaId}`
            : String(error);
      }
    };
    for (let n = 0; n < bytes.length; n++) expect(codes(bytes.subarray(0, n))).toBe('DESERIALIZATION');
    expect(codes(Buffer.from([0, 0, 0, 0, 8, 0]))).toBe('needs 8');
    // An array that claims more items than there are bytes.
    const list = siteOf({ A: array(INTEGER) });
    encode(list, [[1]]);
    expect(() => decode(list, Buffer.from([0, 0, 0, 0, 9, 2, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2]))).toThrow(
      'Malformed block count',
    );
    expect(() => avro.createEncoder({ ...site, registry: { ...site.registry!, idOf: () => undefined } })).toThrow(
      NeedsRegistration,
    );
    expect(() => avro.validateSchema(siteOf({ '1x': DOUBLE }).schema)).toThrow(
      'Schema is not compatible with Avro: Illegal initial character: 1x',
    );
  });
});

test('PRINT shows what columns cannot hold: types that contain themselves, unions, enums', () => {
  const schema = {
    type: 'record',
    name: 'node',
    namespace: 'a.b',
    fields: [
      { name: 'v', type: ['null', 'long', 'string'] },
      { name: 'f', type: 'float' },
      { name: 'kind', type: { type: 'enum', name: 'kinds', symbols: ['x', 'y'] } },
      { name: 'm', type: { type: 'map', values: 'boolean' } },
      { name: 'next', type: ['null', 'node'] },
    ],
  };
  const type = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true });
  const inner = { v: null, f: 0.1, kind: 'y', m: {}, next: null };
  const bytes = type.toBuffer({ ...inner, v: { string: 'a"b' }, m: { k: true }, next: { 'a.b.node': inner } });
  expect(avroText({ schemaType: 'AVRO', schema: JSON.stringify(schema) })(bytes, 0)).toBe(
    '{"v": "a\\"b", "f": 0.1, "kind": "y", "m": {"k": true}, "next": {"v": null, "f": 0.1, "kind": "y", "m": {}, "next": null}}',
  );
  expect(() => avroText({ schemaType: 'AVRO', schema: '"int"' })(Buffer.from([2, 2]), 0)).toThrow('More bytes');
});

test('what a field does not hold is refused, and nothing else is written', () => {
  const write = (type: unknown, sql: SqlType, value: unknown) =>
    encode(siteOf({ V: sql }, { schema: { type: 'record', name: 'r', fields: [{ name: 'v', type }] } }), [value]);
  expect(() => write('float', DOUBLE, -1e300)).toThrow(/-1e\+300 is out of the range of a FLOAT of 4 bytes/);
  expect(write('float', DOUBLE, -Infinity)).not.toBeNull();
  const micros = { type: 'long', logicalType: 'timestamp-micros' };
  const site = siteOf(
    { V: TIMESTAMP },
    { schema: { type: 'record', name: 'r', fields: [{ name: 'v', type: micros }] } },
  );
  const last = 9223372036854775n;
  expect(decode(site, encode(site, [last])!)).toEqual([last]);
  expect(() => write(micros, TIMESTAMP, last + 1n)).toThrow(/A time beyond the ends of timestamp-micros in "v"/);
});
