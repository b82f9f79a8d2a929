import avsc from 'avsc';
import { describe, expect, test } from 'vitest';
import {
  BIGINT,
  decimal,
  formatType,
  INTEGER,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import type { ColumnSite } from '../api.ts';
import { codecSite } from '../testing/codec-site.ts';
import { avro } from './definition.ts';

const connect = (type: string, name: string): object => ({ type, 'connect.version': 1, 'connect.name': name });
const optional = (type: unknown): unknown[] => ['null', type];

/** As Debezium's Postgres source connector writes it through an Avro converter. */
const VALUE = {
  type: 'record',
  name: 'Value',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'source', type: optional('string') },
    {
      name: 'price',
      type: optional({
        type: 'bytes',
        scale: 2,
        precision: 10,
        logicalType: 'decimal',
        'connect.name': 'org.apache.kafka.connect.data.Decimal',
      }),
    },
    {
      name: 'free',
      type: optional({
        type: 'record',
        name: 'VariableScaleDecimal',
        namespace: 'io.debezium.data',
        fields: [
          { name: 'scale', type: 'int' },
          { name: 'value', type: 'bytes' },
        ],
      }),
    },
    { name: 'at', type: optional(connect('long', 'io.debezium.time.MicroTimestamp')) },
    { name: 'nanos', type: optional(connect('long', 'io.debezium.time.NanoTime')) },
    { name: 'zoned', type: optional(connect('string', 'io.debezium.time.ZonedTimestamp')) },
    { name: 'zone', type: optional(connect('string', 'io.debezium.time.ZonedTime')) },
    { name: 'day', type: optional(connect('int', 'io.debezium.time.Date')) },
  ],
};
const ENVELOPE = {
  type: 'record',
  name: 'Envelope',
  namespace: 'shop.public.orders',
  fields: [
    { name: 'before', type: ['null', VALUE], default: null },
    { name: 'after', type: ['null', 'Value'], default: null },
    { name: 'source', type: { type: 'record', name: 'Source', fields: [{ name: 'lsn', type: ['null', 'long'] }] } },
    { name: 'op', type: 'string' },
    { name: 'ts_ms', type: ['null', 'long'] },
  ],
};
const row = {
  id: 7,
  source: { string: 'web' },
  price: { bytes: Buffer.from('ff1c', 'hex') },
  free: { 'io.debezium.data.VariableScaleDecimal': { scale: 3, value: Buffer.from('3039', 'hex') } },
  at: { long: 1_704_103_200_123_456 },
  nanos: { long: 36_000_123_456_789 },
  zoned: { string: '2024-01-01T10:00:00.123456Z' },
  zone: { string: '10:15:30.5Z' },
  day: { int: 19_723 },
};

function bytesOf(event: object, schema: object = ENVELOPE): Buffer {
  const body = avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: true }).toBuffer(event);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), body]);
}
const event = (before: object | null, after: object | null, op: string): Buffer =>
  bytesOf({
    before: before && { 'shop.public.orders.Value': before },
    after: after && { 'shop.public.orders.Value': after },
    source: { lsn: null },
    op,
    ts_ms: null,
  });

function read(
  types: Record<string, SqlType>,
  bytes: Buffer,
  schema: object = ENVELOPE,
  isKey = false,
): unknown[] | null {
  const site = codecSite('AVRO', types, { isKey, schema: { schemaType: 'AVRO', schema: JSON.stringify(schema) } });
  const out: unknown[] = [];
  const wanted = site.schema.columns.map((_, i) => i);
  return avro.createDecoder(site, wanted).decode(bytes, 0, bytes.length, out) ? out : null;
}

function columns(schema: object, more: Partial<ColumnSite>): string {
  const site: ColumnSite = { isKey: false, info: { format: 'AVRO', properties: {} }, features: [], ...more };
  return avro.columnsOf!({ schemaType: 'AVRO', schema: JSON.stringify(schema) }, site)
    .map((c) => `${c.name} ${formatType(c.type)}`)
    .join(', ');
}

describe('change events in AVRO', () => {
  const ROW = { ID: INTEGER, PRICE: decimal(10, 2), AT: TIMESTAMP };

  test('rows are what stands in after; a deleted row is null', () => {
    expect(read(ROW, event(null, row, 'r'))).toEqual([7, -228n, 1_704_103_200_123]);
    expect(read(ROW, event({ ...row, id: 6 }, row, 'u'))).toEqual([7, -228n, 1_704_103_200_123]);
    expect(read(ROW, event(row, null, 'd'))).toBeNull();
    const bytes = event(row, row, 'u');
    for (let n = 5; n < 30; n++) expect(() => read(ROW, bytes.subarray(0, n))).toThrow();
  });

  test('times in all units and as text, decimals with a scale of their own; as plain types where those are declared', () => {
    expect(
      read(
        { FREE: decimal(9, 3), NANOS: TIME, ZONED: TIMESTAMP, ZONE: TIME, AT: BIGINT, DAY: INTEGER },
        event(null, row, 'c'),
      ),
    ).toEqual([12_345n, 36_000_123, 1_704_103_200_123, 36_930_500, 1_704_103_200_123_456, 19_723]);
    expect(read({ ZONED: STRING }, event(null, row, 'c'))).toEqual(['2024-01-01T10:00:00.123456Z']);
  });

  test('columns of the event read the event, even alone; a column that both have is the row’s', () => {
    const after = struct([{ name: 'ID', type: INTEGER }]);
    expect(read({ OP: STRING, AFTER: after }, event(row, null, 'd'))).toEqual(['d', null]);
    expect(read({ AFTER: after }, event(null, row, 'r'))).toEqual([[7]]);
    expect(read({ OP: STRING }, event(null, row, 'r'))).toEqual(['r']);
    expect(read({ ID: INTEGER, SOURCE: STRING }, event(null, row, 'r'))).toEqual([7, 'web']);
  });

  test('a record that only resembles an event is a row', () => {
    const schema = { ...ENVELOPE, fields: [...ENVELOPE.fields, { name: 'note', type: 'string' }] };
    const bytes = bytesOf(
      { before: null, after: null, source: { lsn: null }, op: 'u', ts_ms: null, note: 'x' },
      schema,
    );
    expect(read({ ID: INTEGER }, bytes, schema)).toEqual([null]);
    expect(columns(schema, { asRows: true })).toContain('AFTER STRUCT<');
  });

  test('columns: the row with its times for connectors, the event as it stands for a schema', () => {
    expect(columns(ENVELOPE, { asRows: true })).toBe(
      'ID INTEGER, SOURCE STRING, PRICE DECIMAL(10, 2), FREE STRUCT<`SCALE` INTEGER, `VALUE` BYTES>, AT TIMESTAMP, NANOS TIME, ZONED TIMESTAMP, ZONE TIME, DAY DATE',
    );
    expect(columns(ENVELOPE, {})).toMatch(/^BEFORE STRUCT<.*`AT` BIGINT.*`ZONED` STRING, .*OP STRING, TS_MS BIGINT$/);
  });

  test('a key of one column in a record of one field, and bare', () => {
    const key = { type: 'record', name: 'Key', fields: [{ name: 'id', type: 'int' }] };
    expect(read({ ID: INTEGER }, bytesOf({ id: 7 }, key), key, true)).toEqual([7]);
    expect(read({ K: struct([{ name: 'ID', type: INTEGER }]) }, bytesOf({ id: 7 }, key), key, true)).toEqual([[7]]);
    expect(read({ ID: INTEGER }, Buffer.from([0, 0, 0, 0, 9, 14]), { type: 'int' }, true)).toEqual([7]);
  });
});
