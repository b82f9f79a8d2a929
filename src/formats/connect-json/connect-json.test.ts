import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import {
  BIGINT,
  BOOLEAN,
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
import { connectJson } from './definition.ts';

type Columns = readonly { readonly name: string; readonly type: SqlType }[];

const USERS: Columns = [
  { name: 'ID', type: INTEGER },
  { name: 'NAME', type: STRING },
  { name: 'EMAIL', type: STRING },
  { name: 'BALANCE', type: decimal(10, 2) },
  { name: 'ACTIVE', type: BOOLEAN },
  { name: 'CREATED_AT', type: TIMESTAMP },
  { name: 'UPDATED_AT', type: TIMESTAMP },
];
const NINE = 1_704_103_200_000;

function decode(
  text: string | Buffer,
  columns: Columns,
  isKey = false,
  properties: Record<string, string> = {},
): unknown[] | null {
  const decoder = connectJson.createDecoder(
    {
      schema: { columns, features: [], isKey },
      info: { format: 'CONNECT_JSON', properties },
      topic: 't',
      registry: undefined,
    },
    columns.map((_, i) => i),
  );
  // In the middle of other bytes, as in a batch.
  const body = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from('}{'), body, Buffer.from('"]')]);
  const row = columns.map(() => undefined as unknown);
  return decoder.decode(bytes, 2, 2 + body.length, row) ? row : null;
}

/** Records that a Java connector actually wrote: test/data/connect-records. */
function recorded(name: string): { key: string | null; value: string | null }[] {
  return readFileSync(new URL(`../../../test/data/connect-records/${name}.jsonl`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { key: string | null; value: string | null });
}

describe('recorded topics', () => {
  const alice = [1, 'alice', 'alice@example.com', 1250n, true, NINE, NINE];
  const bob = [2, 'bob', null, -310n, true, 1_704_189_600_000, 1_704_189_600_000];

  test.each([
    ['jdbc-users', {}],
    ['schemas-users', {}],
    ['keyed-users', {}],
    ['dbz.public.users', { timeUnit: 'MICROS' }],
    ['dbz-schemas.public.users', {}],
    ['dbz-flat.public.users', {}],
  ])('%s', (name, properties) => {
    const rows = recorded(name).map(({ value }) => (value === null ? null : decode(value, USERS, false, properties)));
    expect(rows.slice(0, 2)).toEqual([alice, bob]);
    // Debezium writes a delete as an event with no row, followed by a tombstone.
    if (name.startsWith('dbz')) expect(rows.at(-1)).toBeNull();
    if (name.startsWith('dbz.') || name.startsWith('dbz-s')) expect(rows.at(-2)).toBeNull();
  });

  test('keys: structs, with and without a schema, and bare', () => {
    const id: Columns = [{ name: 'ID', type: INTEGER }];
    for (const name of ['dbz.public.users', 'dbz-schemas.public.users', 'schemas-users', 'keyed-users'])
      expect(
        recorded(name)
          .slice(0, 3)
          .map(({ key }) => decode(key!, id, true)),
      ).toEqual([[1], [2], [3]]);
  });
});

describe('shapes', () => {
  test('a table with columns schema and payload of its own', () => {
    const columns: Columns = [
      { name: 'SCHEMA', type: STRING },
      { name: 'PAYLOAD', type: STRING },
    ];
    expect(decode('{"schema":"public","payload":"x"}', columns)).toEqual(['public', 'x']);
  });

  test('the envelope itself, where its columns are declared', () => {
    const columns: Columns = [
      { name: 'OP', type: STRING },
      { name: 'AFTER', type: struct([{ name: 'ID', type: INTEGER }]) },
    ];
    const event = '{"before":null,"after":{"id":7},"source":{},"op":"c","ts_ms":1}';
    expect(decode(event, columns)).toEqual(['c', [7]]);
    expect(decode(event, [{ name: 'ID', type: INTEGER }])).toEqual([7]);
  });

  test('rows that only look like events', () => {
    const columns: Columns = [
      { name: 'BEFORE', type: STRING },
      { name: 'AFTER', type: STRING },
      { name: 'PRICE', type: DOUBLE },
    ];
    expect(decode('{"before":"a","after":"b","op":"c","price":1}', columns)).toEqual(['a', 'b', 1]);
  });

  test('null, in all its forms', () => {
    const columns: Columns = [{ name: 'ID', type: INTEGER }];
    for (const text of ['null', '{"schema":null,"payload":null}', '{"schema":{"type":"int32"},"payload":null}'])
      expect(decode(text, columns)).toBeNull();
  });

  test('no bytes are no null', () => {
    for (const [text, what] of [
      ['', 'it is empty (0 bytes)'],
      [' \n', 'it holds blanks alone (2 bytes)'],
    ] as const)
      expect(() => decode(text, [{ name: 'ID', type: INTEGER }])).toThrow(what);
  });

  test('broken bytes are refused with their place', () => {
    expect(() => decode('{"id":', [{ name: 'ID', type: INTEGER }])).toThrow(/Invalid JSON at byte/);
    expect(() => decode('{"schema":{"type":"struct"},"payload":{"id":}}', [{ name: 'ID', type: INTEGER }])).toThrow(
      /Invalid JSON/,
    );
    expect(() => decode('{"id":{}}', [{ name: 'ID', type: INTEGER }])).toThrow(/path: \$\.ID/);
    expect(() =>
      decode('[1]', [
        { name: 'ID', type: INTEGER },
        { name: 'B', type: INTEGER },
      ]),
    ).toThrow(/ArrayNode/);
  });
});

describe('logical types', () => {
  const one = (type: SqlType, schema: string | undefined, value: string, unit?: string): unknown => {
    const text =
      schema === undefined
        ? `{"v":${value}}`
        : `{"schema":{"type":"struct","fields":[{${schema},"field":"v"}]},"payload":{"v":${value}}}`;
    return decode(text, [{ name: 'V', type }], false, unit === undefined ? {} : { timeUnit: unit })![0];
  };
  const named = (type: string, name: string, more = ''): string => `"type":"${type}","name":"${name}"${more}`;

  test('times', () => {
    expect(one(TIMESTAMP, named('int64', 'io.debezium.time.MicroTimestamp'), '1704103200000999')).toBe(NINE);
    expect(one(TIMESTAMP, named('int64', 'io.debezium.time.MicroTimestamp'), '-1')).toBe(-1);
    expect(one(TIMESTAMP, named('int64', 'io.debezium.time.NanoTimestamp'), '1704103200000000001')).toBe(NINE);
    expect(one(TIMESTAMP, named('int64', 'io.debezium.time.Timestamp'), String(NINE), 'MICROS')).toBe(NINE);
    expect(one(TIMESTAMP, named('string', 'io.debezium.time.ZonedTimestamp'), '"2024-01-01T12:00:00.5+02:00"')).toBe(
      NINE + 500,
    );
    expect(one(TIMESTAMP, undefined, String(NINE))).toBe(NINE);
    expect(one(DATE, named('int32', 'io.debezium.time.Date'), '19723')).toBe(19_723);
    expect(one(DATE, undefined, '"2024-01-01Z"')).toBe(19_723);
    expect(one(TIME, named('int64', 'io.debezium.time.MicroTime'), '3600000000')).toBe(3_600_000);
    expect(one(TIME, named('string', 'io.debezium.time.ZonedTime'), '"01:00:00Z"')).toBe(3_600_000);
    expect(one(BIGINT, named('int64', 'io.debezium.time.MicroTimestamp'), '1704103200000000')).toBe(
      1_704_103_200_000_000,
    );
  });

  test('decimals', () => {
    const scale = (n: number): string => `,"parameters":{"scale":"${n}"}`;
    const name = 'org.apache.kafka.connect.data.Decimal';
    expect(one(decimal(10, 2), named('bytes', name, scale(2)), '"BOI="')).toBe(1250n);
    expect(one(decimal(10, 4), named('bytes', name, scale(2)), '"BOI="')).toBe(125_000n);
    expect(() => one(decimal(10, 1), named('bytes', name, scale(2)), '"BOM="')).toThrow(/without rounding/);
    expect(one(DOUBLE, named('bytes', name, scale(2)), '"/so="')).toBe(-3.1);
    expect(one(decimal(10, 2), '"type":"string"', '"1250"')).toBe(125_000n);
    expect(
      one(decimal(10, 3), named('struct', 'io.debezium.data.VariableScaleDecimal'), '{"scale":1,"value":"fQ=="}'),
    ).toBe(12_500n);
    expect(one(decimal(10, 2), undefined, '"12.50"')).toBe(1250n);
    expect(one(decimal(10, 2), undefined, '12.5')).toBe(1250n);
    expect(one(decimal(4, 0), undefined, '"1250"')).toBe(1250n);
  });

  test('maps with other keys than text, and a schema that changes between records', () => {
    expect(one(map(STRING, INTEGER), undefined, '[[1,2]]')).toEqual(new Map([['1', 2]]));
    const columns: Columns = [{ name: 'V', type: TIMESTAMP }];
    const decoder = connectJson.createDecoder(
      {
        schema: { columns, features: [], isKey: false },
        info: { format: 'CONNECT_JSON', properties: {} },
        topic: 't',
        registry: undefined,
      },
      [0],
    );
    const row: unknown[] = [];
    const text = (name: string, v: number): Buffer =>
      Buffer.from(
        `{"schema":{"type":"struct","fields":[{"type":"int64","name":"io.debezium.time.${name}","field":"v"}]},"payload":{"v":${v}}}`,
      );
    for (const [name, v] of [
      ['MicroTimestamp', 1_000_000],
      ['Timestamp', 1000],
      ['MicroTimestamp', 1_000_000],
    ] as const) {
      const bytes = text(name, v);
      decoder.decode(bytes, 0, bytes.length, row);
      expect(row).toEqual([1000]);
    }
  });
});

describe('writing', () => {
  const columns: Columns = [
    { name: 'REGION', type: STRING },
    { name: 'TOTAL', type: decimal(10, 2) },
    { name: 'AT', type: TIMESTAMP },
    { name: 'TAGS', type: map(STRING, BIGINT) },
  ];
  const encode = (isKey: boolean, row: unknown[], of = columns): string => {
    const out = new ByteWriter();
    const encoder = connectJson.createEncoder({
      schema: { columns: of, features: [], isKey },
      info: { format: 'CONNECT_JSON', properties: {} },
      topic: 't',
      registry: undefined,
    });
    encoder.encode(row, 0, out);
    return out.toBuffer().toString();
  };

  test('the schema goes along', () => {
    const row = ['Region_1', 1250n, NINE, new Map([['a', 1]])];
    expect(JSON.parse(encode(false, row))).toEqual({
      schema: {
        type: 'struct',
        optional: false,
        fields: [
          { type: 'string', optional: true, field: 'REGION' },
          {
            type: 'bytes',
            optional: true,
            name: 'org.apache.kafka.connect.data.Decimal',
            version: 1,
            parameters: { scale: '2', 'connect.decimal.precision': '10' },
            field: 'TOTAL',
          },
          { type: 'int64', optional: true, name: 'org.apache.kafka.connect.data.Timestamp', version: 1, field: 'AT' },
          {
            type: 'map',
            keys: { type: 'string', optional: false },
            values: { type: 'int64', optional: true },
            optional: true,
            field: 'TAGS',
          },
        ],
      },
      payload: { REGION: 'Region_1', TOTAL: 12.5, AT: NINE, TAGS: { a: 1 } },
    });
    expect(decode(encode(false, row), columns)).toEqual(row);
  });

  test('keys are structs whose fields are never null', () => {
    const key = [{ name: 'ID', type: INTEGER }];
    expect(JSON.parse(encode(true, [7], key))).toEqual({
      schema: { type: 'struct', fields: [{ type: 'int32', optional: false, field: 'ID' }], optional: false },
      payload: { ID: 7 },
    });
    expect(decode(encode(true, [7], key), key, true)).toEqual([7]);
  });
});
