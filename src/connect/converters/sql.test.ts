import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import { formatType } from '../../types/sql-type.ts';
import { decimalSchema, primitive, structOf, type ConnectSchema, type StructSchema } from '../api/schema.ts';
import { parseTypeText } from '../api/sql-type-text.ts';
import { sqlConverter } from './sql.ts';
import { PRIMITIVE_CONVERTERS } from './primitives.ts';

const plugin = sqlConverter(undefined);

function encode(
  isKey: boolean,
  schema: ConnectSchema | null,
  value: unknown,
  config: Record<string, string> = {},
): Buffer | null {
  const out = new ByteWriter(16);
  return plugin.create(config, isKey).encoder('t', schema)(value, out) ? out.toBuffer() : null;
}

describe('SqlConverter', () => {
  test('a key of one plain column has format KAFKA, a composite one JSON', () => {
    expect(encode(true, primitive('INT32'), 258)).toEqual(Buffer.from([0, 0, 1, 2]));
    expect(encode(true, primitive('STRING'), 'ab')).toEqual(Buffer.from('ab'));
    const composite = structOf([
      { name: 'a', schema: primitive('INT32') },
      { name: 'b', schema: primitive('STRING') },
    ]);
    expect(JSON.parse(encode(true, composite, [1, 'x'])!.toString())).toEqual({ a: 1, b: 'x' });
  });

  test('a null key has no bytes', () => {
    expect(encode(true, null, null)).toBeNull();
    expect(encode(true, primitive('INT32'), null)).toBeNull();
  });

  test('values are JSON with exact decimals', () => {
    const schema = structOf([{ name: 'd', schema: decimalSchema(2, true, 10) }]);
    expect(encode(false, schema, [1250n])!.toString()).toBe('{"d":12.50}');
  });

  const sources = JSON.stringify({
    REGIONS: {
      format: 'KAFKA',
      columns: [{ name: 'REGION', type: 'STRING' }],
      window: { type: 'TUMBLING', sizeMs: 30_000 },
    },
    PLAIN: {
      format: 'JSON',
      columns: [
        { name: 'N', type: 'BIGINT' },
        { name: 'Mixed', type: 'DECIMAL(4, 2)' },
      ],
    },
  });

  test('a windowed key becomes a struct with its window', () => {
    const start = Buffer.alloc(8);
    start.writeBigInt64BE(60_000n);
    const converter = plugin.create({ sources, 'names.case': 'lower' }, true);
    const read = converter.decode('REGIONS', Buffer.concat([Buffer.from('north'), start]));
    expect(read.value).toEqual(['north', 60_000, 90_000]);
    expect((read.schema as StructSchema).fields.map((f) => f.name)).toEqual(['region', 'windowstart', 'windowend']);
  });

  test('values get the schema of their columns; only regular names are lowered', () => {
    const converter = plugin.create({ sources, 'names.case': 'lower' }, false);
    const read = converter.decode('PLAIN', Buffer.from('{"N":5,"Mixed":1.25}'));
    expect(read.value).toEqual([5, 125n]);
    expect((read.schema as StructSchema).fields.map((f) => f.name)).toEqual(['n', 'Mixed']);
    expect(converter.decode('PLAIN', null)).toEqual({ schema: read.schema, value: null });
  });

  test('an unknown topic and bytes that do not parse are named', () => {
    const converter = plugin.create({ sources }, false);
    expect(() => plugin.create({ sources, format: 'JSON' }, false).decode('OTHER', Buffer.from('{}'))).toThrow(
      /columns of topic OTHER/,
    );
    expect(converter.decode('OTHER', Buffer.from('{}'))).toMatchObject({ schema: { type: 'STRING' }, value: '{}' });
    expect(converter.decode('OTHER', Buffer.from([0, 0, 1]))).toMatchObject({ schema: { type: 'BYTES' } });
    expect(() => converter.decode('PLAIN', Buffer.from('{"N":'))).toThrow(/topic PLAIN/);
  });
});

describe('SQL type text', () => {
  test.each([
    'STRUCT<`A` INTEGER, `b c` ARRAY<DECIMAL(10, 2)>>',
    'MAP<STRING, STRUCT< >>',
    'TIMESTAMP',
    'STRUCT<`odd``name` BYTES>',
  ])('%s reads back', (text) => {
    expect(formatType(parseTypeText(text))).toBe(text);
  });
  test('says where it stops', () => {
    expect(() => parseTypeText('ARRAY<NUMBER>')).toThrow(/expected a type at position/);
  });
});

describe('primitive converters', () => {
  test.each([
    ['ShortConverter', 7],
    ['IntegerConverter', -5],
    ['LongConverter', 9_007_199_254_740_993n],
    ['FloatConverter', 1.5],
    ['DoubleConverter', 0.1],
    ['BooleanConverter', true],
    ['StringConverter', 'é'],
  ])('%s survives', (name, value) => {
    const found = PRIMITIVE_CONVERTERS.find((c) => c.aliases.includes(name))!;
    const converter = found.create({}, false);
    const out = new ByteWriter(4);
    expect(converter.encoder('t', null)(value, out)).toBe(true);
    expect(converter.decode('t', out.toBuffer()).value).toEqual(value);
  });

  test('StringConverter writes structs as JSON and numbers as text', () => {
    const converter = PRIMITIVE_CONVERTERS.find((c) => c.aliases.includes('StringConverter'))!.create({}, true);
    const out = new ByteWriter(4);
    converter.encoder('t', structOf([{ name: 'id', schema: primitive('INT32') }]))([3], out);
    expect(out.view().toString()).toBe('{"id":3}');
    out.reset();
    converter.encoder('t', primitive('INT32'))(3, out);
    expect(out.view().toString()).toBe('3');
  });
});
