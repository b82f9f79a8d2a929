import { describe, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import type { ConnectRecord } from '../api/record.ts';
import { decimalSchema, primitive, structOf, timestampSchema, type ConnectSchema } from '../api/schema.ts';
import { PREDICATES, TRANSFORMS } from './registry.ts';

const schema = structOf([
  { name: 'id', schema: primitive('INT32', false) },
  { name: 'name', schema: primitive('STRING') },
  { name: 'at', schema: timestampSchema() },
  { name: 'price', schema: decimalSchema(2, true, 6) },
]);
const record: ConnectRecord = {
  topic: 'shop-users',
  partition: 3,
  keySchema: null,
  key: null,
  valueSchema: schema,
  value: [1, 'ann', 1_704_103_200_000, 1250n],
  timestamp: 1_704_103_200_000,
  headers: [{ key: 'h', schema: null, value: 'x' }],
};
const plain: ConnectRecord = { ...record, valueSchema: null, value: { id: 1, name: 'ann', inner: { a: 1 } } };

const make = (name: string, config: Record<string, string> = {}) =>
  TRANSFORMS.find((t) => t.aliases.includes(name))!.create(config, testEnv().clock);
const apply = (name: string, config: Record<string, string>, to: ConnectRecord = record) =>
  make(name, config).apply(to)!;
const names = (s: ConnectSchema | null) => (s?.type === 'STRUCT' ? s.fields.map((f) => f.name) : undefined);

describe('names by case', () => {
  test('a field is found whatever the case where only one may be meant', () => {
    expect(apply('TimestampConverter$Value', { field: 'AT', 'target.type': 'unix' }).valueSchema).toMatchObject({
      fields: [{ name: 'id' }, { name: 'name' }, { name: 'at', schema: { type: 'INT64' } }, { name: 'price' }],
    });
    expect(names(apply('ReplaceField$Value', { exclude: 'ID', renames: 'NAME:who' }).valueSchema)).toEqual([
      'who',
      'at',
      'price',
    ]);
    expect(names(apply('ReplaceField$Value', { include: 'NAME,Id' }).valueSchema)).toEqual(['id', 'name']);
    expect((apply('MaskField$Value', { fields: 'NAME' }).value as unknown[])[1]).toBe('');
    expect((apply('Cast$Value', { spec: 'ID:string' }).value as unknown[])[0]).toBe('1');
    expect(apply('ValueToKey', { fields: 'ID' }).key).toEqual([1]);
    expect(apply('HeaderFrom$Value', { fields: 'ID', headers: 'h2', operation: 'copy' }).headers?.at(-1)?.value).toBe(
      1,
    );
    expect(apply('ExtractField$Value', { field: 'NAME' }, plain).value).toBe('ann');
    expect(apply('MaskField$Value', { fields: 'NAME' }, plain).value).toMatchObject({ name: '' });
  });

  test('else it is refused with the fields that there are', () => {
    const twice: ConnectRecord = {
      ...record,
      valueSchema: structOf(['id', 'ID', 'Name'].map((name) => ({ name, schema: primitive('STRING') }))),
      value: ['a', 'b', 'c'],
    };
    expect(apply('MaskField$Value', { fields: 'ID' }, twice).value).toEqual(['a', '', 'c']);
    expect(() => apply('MaskField$Value', { fields: 'iD' }, twice)).toThrow(
      /iD may be id or ID.*The fields are id, ID, Name/,
    );
    for (const [name, config] of [
      ['TimestampConverter$Value', { field: 'nope', 'target.type': 'unix' }],
      ['MaskField$Value', { fields: 'nope' }],
      ['Cast$Value', { spec: 'nope:string' }],
      ['ReplaceField$Value', { include: 'nope' }],
      ['ExtractField$Value', { field: 'nope' }],
    ] as const)
      expect(() => apply(name, config)).toThrow('Unknown field: nope. The fields are id, name, at, price');
    // A field to exclude need not exist.
    expect(apply('ReplaceField$Value', { exclude: 'nope' }).value).toEqual(record.value);
  });
});

describe('fields', () => {
  test('ValueToKey then ExtractField$Key gives a plain key', () => {
    const keyed = apply('ValueToKey', { fields: 'id' });
    expect([names(keyed.keySchema), keyed.key]).toEqual([['id'], [1]]);
    expect(apply('ExtractField$Key', { field: 'id' }, keyed)).toMatchObject({ keySchema: { type: 'INT32' }, key: 1 });
    expect(apply('ValueToKey', { fields: 'id' }, plain).key).toEqual({ id: 1 });
    expect(() => apply('ValueToKey', { fields: 'nope' })).toThrow('Field does not exist: nope');
    expect(() => apply('ExtractField$Value', { field: 'nope' })).toThrow('Unknown field: nope');
  });

  test('ReplaceField drops, keeps and renames, and keeps its schema object per schema', () => {
    const transform = make('ReplaceField$Value', { exclude: 'price', renames: 'name:full' });
    const one = transform.apply(record)!;
    expect([names(one.valueSchema), one.value]).toEqual([
      ['id', 'full', 'at'],
      [1, 'ann', 1_704_103_200_000],
    ]);
    expect(transform.apply({ ...record })!.valueSchema).toBe(one.valueSchema);
    expect(apply('ReplaceField$Value', { include: 'name' }, plain).value).toEqual({ name: 'ann' });
    expect(apply('ReplaceField$Value', { whitelist: 'name' }).value).toEqual(['ann']);
  });

  test('HoistField, Flatten', () => {
    expect(apply('HoistField$Value', { field: 'row' })).toMatchObject({ value: [record.value] });
    const nested = {
      ...record,
      valueSchema: structOf([
        { name: 'u', schema: { ...schema, optional: true } },
        { name: 'z', schema: primitive('INT32') },
      ]),
      value: [null, 7],
    };
    const flat = apply('Flatten$Value', { delimiter: '_' }, nested);
    expect([names(flat.valueSchema), flat.value]).toEqual([
      ['u_id', 'u_name', 'u_at', 'u_price', 'z'],
      [null, null, null, null, 7],
    ]);
    expect((flat.valueSchema as typeof schema).fields[0]!.schema.optional).toBe(true);
    expect(apply('Flatten$Value', {}, plain).value).toEqual({ id: 1, name: 'ann', 'inner.a': 1 });
  });

  test('MaskField, InsertField', () => {
    expect(apply('MaskField$Value', { fields: 'id,name,price' }).value).toEqual([0, '', 1_704_103_200_000, 0n]);
    expect(apply('MaskField$Value', { fields: 'name', replacement: '***' }, plain).value).toMatchObject({
      name: '***',
    });
    const wide = apply('InsertField$Value', {
      'topic.field': 'topic!',
      'timestamp.field': 'ts',
      'static.field': 'src',
      'static.value': 'pg',
    });
    expect(names(wide.valueSchema)!.slice(4)).toEqual(['topic', 'ts', 'src']);
    expect((wide.value as unknown[]).slice(4)).toEqual(['shop-users', 1_704_103_200_000, 'pg']);
    expect((wide.valueSchema as typeof schema).fields[4]!.schema.optional).toBe(false);
    expect(() => apply('InsertField$Value', { 'offset.field': 'o' })).toThrow(/sink/);
  });
});

describe('types and times', () => {
  test('Cast narrows as Java does, parses texts, and writes texts', () => {
    const cast = apply('Cast$Value', { spec: 'id:string,name:string,price:float64,at:int64' });
    expect(cast.value).toEqual(['1', 'ann', 1_704_103_200_000, 12.5]);
    expect(apply('Cast$Value', { spec: 'price:int8' }, { ...record, value: [1, '', 0, 30_000n] }).value).toEqual([
      1,
      '',
      0,
      44,
    ]);
    expect(
      apply('Cast$Key', { spec: 'int64' }, { ...record, keySchema: primitive('STRING'), key: '42' }),
    ).toMatchObject({ key: 42, keySchema: { type: 'INT64' } });
    expect(() => apply('Cast$Value', { spec: 'name:int32' })).toThrow(/ann/);
  });

  test('TimestampConverter goes between texts, unix times and types', () => {
    const text = apply('TimestampConverter$Value', {
      field: 'at',
      'target.type': 'string',
      format: 'yyyy-MM-dd HH:mm',
    });
    expect((text.value as unknown[])[2]).toBe('2024-01-01 10:00');
    const back = apply(
      'TimestampConverter$Value',
      { field: 'at', 'target.type': 'Timestamp', format: 'yyyy-MM-dd HH:mm' },
      text,
    );
    expect((back.value as unknown[])[2]).toBe(1_704_103_200_000);
    expect(
      (
        apply('TimestampConverter$Value', { field: 'at', 'target.type': 'unix', 'unix.precision': 'seconds' })
          .value as unknown[]
      )[2],
    ).toBe(1_704_103_200);
    expect((apply('TimestampConverter$Value', { field: 'at', 'target.type': 'Date' }).value as unknown[])[2]).toBe(
      19_723,
    );
  });

  test('routers', () => {
    expect(apply('TimestampRouter', {}).topic).toBe('shop-users-20240101');
    expect(apply('RegexRouter', { regex: 'shop-(.*)', replacement: 'x_$1' }).topic).toBe('x_users');
    expect(apply('RegexRouter', { regex: 'other', replacement: 'x' }).topic).toBe('shop-users');
  });
});

describe('headers, schema, predicates', () => {
  test('HeaderFrom, InsertHeader, DropHeaders', () => {
    const moved = apply('HeaderFrom$Value', { fields: 'name', headers: 'who', operation: 'move' });
    expect(names(moved.valueSchema)).toEqual(['id', 'at', 'price']);
    expect(moved.headers).toMatchObject([{ key: 'h' }, { key: 'who', value: 'ann' }]);
    expect(apply('InsertHeader', { header: 'a', 'value.literal': 'b' }).headers).toHaveLength(2);
    expect(apply('DropHeaders', { headers: 'h' }).headers).toEqual([]);
  });

  test('SetSchemaMetadata, Filter', () => {
    expect(apply('SetSchemaMetadata$Value', { 'schema.name': 'n', 'schema.version': '2' }).valueSchema).toMatchObject({
      name: 'n',
      version: 2,
    });
    expect(make('Filter').apply(record)).toBeNull();
  });

  test('predicates', () => {
    const holds = (name: string, config: Record<string, string>, r = record) =>
      PREDICATES.find((p) => p.aliases.includes(name))!
        .create(config)
        .test(r);
    expect(holds('HasHeaderKey', { name: 'h' })).toBe(true);
    expect(holds('RecordIsTombstone', {}, { ...record, value: null })).toBe(true);
    expect(holds('TopicNameMatches', { pattern: 'shop-.*' })).toBe(true);
    expect(holds('TopicNameMatches', { pattern: 'shop' })).toBe(false);
  });

  test('a null value passes where there is nothing to change', () => {
    for (const name of ['ReplaceField$Value', 'Flatten$Value', 'Cast$Value', 'MaskField$Value', 'InsertField$Value']) {
      const config = { spec: 'id:string', fields: 'id', 'static.field': 'x', 'static.value': 'y' };
      expect(apply(name, config, { ...record, value: null }).value).toBeNull();
    }
  });
});
