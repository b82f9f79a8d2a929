import { parse } from 'lossless-json';
import { expect, test } from 'vitest';
import type { RegistrySchema } from '../../formats/api.ts';
import { DOUBLE, STRING } from '../../types/sql-type.ts';
import { mismatch } from '../compare.ts';
import type { Node } from '../case-file.ts';
import { decodeBytes, encodeNode, splitWindow, withWindow, type SideSpec } from './codec.ts';

const node = (text: string): Node => parse(text) as Node;

/** Encodes, decodes and compares; returns the difference, if any. */
function roundTrip(
  text: string,
  spec: Partial<SideSpec> & { readonly format: string },
  expected = text,
): string | undefined {
  const full: SideSpec = { columns: [], schemaById: () => spec.writer?.schema, ...spec };
  const bytes = encodeNode(node(text), full);
  return mismatch(node(expected), decodeBytes(bytes, full));
}

const avro = (schema: unknown): SideSpec['writer'] => ({
  id: 7,
  schema: { schemaType: 'AVRO', schema: JSON.stringify(schema) },
});
const proto = (schema: string): SideSpec['writer'] => ({
  id: 300,
  schema: { schemaType: 'PROTOBUF', schema: `syntax = "proto3"; ${schema}` } as RegistrySchema,
});

test('JSON keeps lexemes', () => {
  expect(roundTrip('{"a":1.50,"b":[1,null,"x"],"c":9223372036854775807}', { format: 'JSON' })).toBeUndefined();
  expect(roundTrip('{"a":1.50}', { format: 'JSON' }, '{"a":1.5}')).toContain('$.a');
  expect(encodeNode(node('{"a":1E+2,"b":0.0000001}'), { format: 'JSON', columns: [] })?.toString()).toBe(
    '{"a":1E+2,"b":1E-7}',
  );
});

test('KAFKA doubles are decimals of their text', () => {
  expect(roundTrip('1', { format: 'KAFKA', columns: [{ name: 'K', type: DOUBLE }] }, '1.0')).toBeUndefined();
  expect(roundTrip('"x"', { format: 'KAFKA', columns: [{ name: 'K', type: STRING }] })).toBeUndefined();
});

test('AVRO by its schema', () => {
  const writer = avro({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'l', type: ['null', 'long'] },
      { name: 'D', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 } },
      { name: 'm', type: { type: 'map', values: ['null', 'double'] } },
      { name: 'e', type: ['null', { type: 'enum', name: 'E', symbols: ['A', 'B'] }] },
      {
        name: 'n',
        type: {
          type: 'array',
          items: {
            type: 'record',
            name: 'X',
            'connect.internal.type': 'MapEntry',
            fields: [
              { name: 'key', type: 'int' },
              { name: 'value', type: ['null', 'string'] },
            ],
          },
        },
      },
    ],
  });
  const text = '{"L":9223372036854775807,"d":-1.5,"m":{"k":1,"z":null},"e":"B","n":{"3":"x"},"unknown":1}';
  expect(
    roundTrip(
      text,
      { format: 'AVRO', writer },
      '{"l":9223372036854775807,"D":-1.50,"m":{"k":1,"z":null},"e":"B","n":{"3":"x"}}',
    ),
  ).toBeUndefined();
});

test('PROTOBUF by its schema', () => {
  const writer =
    proto(`import "google/protobuf/wrappers.proto"; import "google/protobuf/timestamp.proto"; import "google/type/date.proto";
    import "confluent/type/decimal.proto"; enum S { X = 0; Y = 1; }
    message M { int64 l = 1; optional int32 o = 2; google.protobuf.StringValue w = 3; google.protobuf.Timestamp t = 4; google.type.Date d = 5;
      confluent.type.Decimal c = 6 [(confluent.field_meta) = { params: [{ key: "precision", value: "4" }, { key: "scale", value: "2" }]}];
      repeated string r = 7; map<string, double> m = 8; S s = 9; N n = 10; } message N { bool b = 1; }`);
  const text =
    '{"l":-9223372036854775807,"o":null,"w":"","t":-1,"d":-1,"c":12.3,"r":["a"],"m":{"k":1.5},"s":"Y","n":{}}';
  const expected =
    '{"l":-9223372036854775807,"o":null,"w":"","t":-1,"d":-1,"c":12.30,"r":["a"],"m":{"k":1.5},"s":"Y","n":{"b":false}}';
  expect(roundTrip(text, { format: 'PROTOBUF', writer }, expected)).toBeUndefined();
  expect(roundTrip('{"b":true}', { format: 'PROTOBUF', writer, fullSchemaName: 'N' })).toBeUndefined();
});

test('JSON_SR by its schema', () => {
  const schema = {
    type: 'object',
    properties: {
      I: { oneOf: [{ type: 'null' }, { type: 'integer', 'connect.type': 'int64' }] },
      X: { type: 'number' },
      D: { type: 'number', title: 'org.apache.kafka.connect.data.Decimal', 'connect.parameters': { scale: '2' } },
    },
  };
  const writer: SideSpec['writer'] = { id: 1, schema: { schemaType: 'JSON', schema: JSON.stringify(schema) } };
  expect(roundTrip('{"i":5,"x":2,"d":1.5}', { format: 'JSON_SR', writer }, '{"I":5,"X":2,"D":1.50}')).toBeUndefined();
});

test('windowed keys', () => {
  const session = withWindow(Buffer.from('k'), { start: 10, end: 20, type: 'session' });
  expect(splitWindow(session, 'session')).toEqual({ key: Buffer.from('k'), start: 10, end: 20 });
  expect(splitWindow(withWindow(Buffer.from('k'), { start: 10, end: 20, type: 'time' }), 'time')).toEqual({
    key: Buffer.from('k'),
    start: 10,
    end: undefined,
  });
});
