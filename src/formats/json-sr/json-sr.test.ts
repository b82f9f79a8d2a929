import { expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import { array, DATE, decimal, formatType, INTEGER, map, STRING, struct, type SqlType } from '../../types/sql-type.ts';
import type { CodecSite, RegistrySchema } from '../api.ts';
import { codecSite } from '../testing/codec-site.ts';
import { jsonSr } from './definition.ts';

function siteOf(types: Record<string, SqlType>, isKey = false): CodecSite {
  return {
    schema: { columns: Object.entries(types).map(([name, type]) => ({ name, type })), features: [], isKey },
    info: { format: 'JSON_SR', properties: {} },
    topic: 't',
    registry: { schemaById: () => undefined, idOf: () => 5, latest: () => undefined },
  };
}

const derived = (site: CodecSite): unknown => JSON.parse(jsonSr.registrySchema!(site.schema, site.info, 't').schema);
const columns = (schema: unknown, isKey = false, properties: Record<string, string> = {}): string[] =>
  jsonSr.columnsOf!({ schemaType: 'JSON', schema: JSON.stringify(schema) } as RegistrySchema, {
    isKey,
    info: { format: 'JSON_SR', properties },
    features: [],
  }).map((c) => `${c.name} ${formatType(c.type)}`);

test('the header goes before JSON, and comes off it', () => {
  const site = siteOf({ A: INTEGER, M: map(STRING, INTEGER) });
  const out = new ByteWriter();
  expect(jsonSr.createEncoder(site).encode([1, new Map([['k', null]])], 0, out)).toBe(true);
  expect(out.view().subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 5]));
  expect(out.view().toString('utf8', 5)).toBe('{"A":1,"M":{"k":null}}');
  const row: unknown[] = [];
  expect(jsonSr.createDecoder(site, [0, 1]).decode(out.view(), 0, out.length, row)).toBe(true);
  expect(row).toEqual([1, new Map([['k', null]])]);
  const half = Buffer.from('\0\0\0\0\x05{"M":{"\\udc00\\ud800":1}}');
  expect(() => jsonSr.createDecoder(site, [0, 1]).decode(half, 0, half.length, row)).toThrow(
    'Invalid JSON at byte 7: Half of a surrogate pair, \\udc00, in a string',
  );
  const entries = Buffer.concat([Buffer.alloc(5), Buffer.from('{"m":[{"key":"a","value":1}]}')]);
  expect(jsonSr.createDecoder(site, [0, 1]).decode(entries, 0, entries.length, row)).toBe(true);
  expect(row).toEqual([null, new Map([['a', 1]])]);
  expect(() => jsonSr.createDecoder(site, [0, 1]).decode(Buffer.from('{"A":1}'), 0, 7, row)).toThrow(
    'Unknown magic byte!',
  );
});

test('the derived schema is what ksqlDB registers', () => {
  expect(derived(siteOf({ FOO: INTEGER }))).toEqual({
    type: 'object',
    properties: {
      FOO: { 'connect.index': 0, oneOf: [{ type: 'null' }, { type: 'integer', 'connect.type': 'int32' }] },
    },
  });
  expect(derived(siteOf({ K: struct([{ name: 'F1', type: STRING }]) }, true))).toEqual({
    oneOf: [
      { type: 'null' },
      { type: 'object', properties: { F1: { 'connect.index': 0, oneOf: [{ type: 'null' }, { type: 'string' }] } } },
    ],
  });
});

test('columns come back from the derived schema', () => {
  const types = { A: array(DATE), B: map(STRING, struct([{ name: 'C', type: decimal(4, 2) }])) };
  expect(columns(derived(siteOf(types)))).toEqual(
    Object.entries(types).map(([name, type]) => `${name} ${formatType(type)}`),
  );
});

test('columns of foreign schemas', () => {
  expect(
    columns({
      type: 'object',
      properties: { c1: { type: 'integer' }, c2: { type: ['null', 'number'] }, c3: { $ref: '#/definitions/x' } },
      definitions: { x: { enum: ['a'] } },
    }),
  ).toEqual(['C1 BIGINT', 'C2 DOUBLE', 'C3 STRING']);
  expect(columns({ type: 'object', properties: { c1: { type: 'integer' } } }, false, { schemaId: '1' })).toEqual([
    'c1 BIGINT',
  ]);
  expect(columns({ oneOf: [{ type: 'null' }, { type: 'integer', 'connect.type': 'int32' }] }, true)).toEqual([
    'ROWKEY INTEGER',
  ]);
  expect(columns({ type: 'object', properties: { F1: { type: 'string' } } }, true)).toEqual([
    'ROWKEY STRUCT<`F1` STRING>',
  ]);
});

test('a row without what a registered schema requires is refused, as Connect does', () => {
  const schema = {
    type: 'object',
    required: ['id', 'in', 'soft'],
    properties: {
      id: { type: 'integer' },
      soft: { oneOf: [{ type: 'null' }, { type: 'string' }] },
      in: { type: 'object', required: ['a'], properties: { a: { type: ['string'] }, b: { type: 'string' } } },
    },
  };
  const types = {
    ID: INTEGER,
    SOFT: STRING,
    IN: struct([
      { name: 'A', type: STRING },
      { name: 'B', type: STRING },
    ]),
  };
  const site = codecSite('JSON_SR', types, {
    schema: { schemaType: 'JSON', schema: JSON.stringify(schema) } as RegistrySchema,
  });
  const encoder = jsonSr.createEncoder(site);
  const write = (row: unknown[]): string => {
    const out = new ByteWriter();
    encoder.encode(row, 0, out);
    return out.view().toString('utf8', 5);
  };
  expect(write([1, null, ['x', null]])).toBe('{"id":1,"soft":null,"in":{"a":"x","b":null}}');
  expect(() => write([null, 's', ['x', 'y']])).toThrow(/topic: t\. Invalid value: null used for required field: "id"/);
  expect(() => write([1, 's', [null, 'y']])).toThrow(/required field: "a"/);
  expect(() => write([1, 's', null])).toThrow(/required field: "in"/);
});
