import { describe, expect, test } from 'vitest';
import { isSluiceError } from '../../base/errors.ts';
import type { RegistrySchema } from '../api.ts';
import type { CompatibilityLevel } from './api.ts';
import { CachedCodecRegistry, codecRegistryOf } from './codec-registry.ts';
import { MemorySchemaRegistry, type RegistryEvent } from './memory-registry.ts';

const avro = (fields: unknown[]): RegistrySchema => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({ type: 'record', name: 'User', fields }),
});
const ID = { name: 'id', type: 'int' };
const NAME = { name: 'name', type: ['null', 'string'], default: null };
const proto = (body: string): RegistrySchema => ({
  schemaType: 'PROTOBUF',
  schema: `syntax = "proto3"; message A { ${body} }`,
});
const jsonSchema = (body: unknown): RegistrySchema => ({ schemaType: 'JSON', schema: JSON.stringify(body) });

async function code(promise: Promise<unknown>): Promise<number> {
  try {
    await promise;
  } catch (error) {
    if (isSluiceError(error)) return error.restCode;
    throw error;
  }
  return 0;
}

describe('MemorySchemaRegistry', () => {
  test('equal schemas share an id, across subjects and layouts', async () => {
    const registry = new MemorySchemaRegistry();
    expect(await registry.register('a-value', avro([ID]))).toBe(1);
    expect(
      await registry.register('a-value', {
        schemaType: 'AVRO',
        schema: '{ "name": "User", "type": "record", "fields": [{"type":"int", "name":"id"}]}',
      }),
    ).toBe(1);
    expect(await registry.register('b-value', avro([ID]))).toBe(1);
    expect(await registry.register('a-value', avro([ID, NAME]))).toBe(2);
    expect(await registry.versions('a-value')).toEqual([1, 2]);
    expect((await registry.latest('a-value'))?.version).toBe(2);
    expect((await registry.lookup('b-value', avro([ID])))?.version).toBe(1);
    expect(await registry.subjects()).toEqual(['a-value', 'b-value']);
    expect(await code(registry.register('a-value', { schemaType: 'AVRO', schema: '{"type":"wat"}' }))).toBe(42201);
  });

  test('keeps the compatibility level', async () => {
    const registry = new MemorySchemaRegistry();
    await registry.register('s', avro([ID]));
    expect(await code(registry.register('s', avro([{ name: 'id', type: 'string' }])))).toBe(409);
    expect(await code(registry.register('s', avro([ID, { name: 'x', type: 'int' }])))).toBe(409);
    await registry.setCompatibility('FORWARD', 's');
    expect(await code(registry.register('s', avro([ID, { name: 'x', type: 'int' }])))).toBe(0);
    await registry.setCompatibility('NONE', 's');
    expect(await code(registry.register('s', avro([{ name: 'id', type: 'string' }])))).toBe(0);
  });

  test.each<[CompatibilityLevel, RegistrySchema, RegistrySchema, boolean]>([
    ['BACKWARD', proto('int32 a = 1;'), proto('int64 a = 1; string b = 2;'), true],
    ['BACKWARD', proto('int32 a = 1;'), proto('string a = 1;'), false],
    ['FULL', avro([ID]), avro([ID, NAME]), true],
    ['FULL', avro([ID]), avro([{ name: 'id', type: 'long' }]), false],
    ['BACKWARD', avro([ID]), avro([{ name: 'id', type: 'long' }]), true],
    [
      'BACKWARD',
      jsonSchema({ type: 'object', properties: { a: { type: 'integer' } } }),
      jsonSchema({ type: 'object', properties: { a: { type: 'number' } } }),
      true,
    ],
    [
      'BACKWARD',
      jsonSchema({ type: 'object', properties: { a: { type: 'number' } } }),
      jsonSchema({ type: 'object', properties: { a: { type: 'integer' } } }),
      false,
    ],
    ['BACKWARD', jsonSchema({ type: 'object' }), jsonSchema({ type: 'object', required: ['a'] }), false],
  ])('%s', async (level, first, second, compatible) => {
    const registry = new MemorySchemaRegistry({ level });
    await registry.register('s', first);
    expect((await registry.checkCompatibility('s', second)).compatible).toBe(compatible);
  });

  test('deletes softly, then for good', async () => {
    const registry = new MemorySchemaRegistry();
    await registry.register('s', avro([ID]));
    expect(await code(registry.deleteSubject('s', true))).toBe(40405);
    expect(await registry.deleteSubject('s')).toEqual([1]);
    expect(await code(registry.deleteSubject('s'))).toBe(40404);
    expect(await registry.latest('s')).toBeUndefined();
    expect(await registry.schemaById(1)).toBeDefined();
    expect(await registry.register('s', avro([ID]))).toBe(1);
    expect(await registry.versions('s')).toEqual([2]);
    expect(await registry.deleteSubject('s')).toEqual([2]);
    expect(await registry.deleteSubject('s', true)).toEqual([1, 2]);
    expect(await code(registry.deleteSubject('nope'))).toBe(40401);
  });

  test('resolves references, and a replayed store gives the same registry', async () => {
    const events: RegistryEvent[] = [];
    const store = { append: async (event: RegistryEvent) => void events.push(event) };
    const registry = new MemorySchemaRegistry({ store });
    await registry.register('event.proto', {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3"; message Event { int64 at = 1; }',
    });
    const main: RegistrySchema = {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3"; import "event.proto"; message M { Event e = 1; }',
      references: [{ name: 'event.proto', subject: 'event.proto', version: 1 }],
    };
    expect(await code(registry.register('m', { schemaType: 'PROTOBUF', schema: main.schema }))).toBe(42201);
    expect(await registry.register('m', main)).toBe(2);
    await registry.setCompatibility('NONE', 'm');
    const again = new MemorySchemaRegistry({ events: JSON.parse(JSON.stringify(events)) as RegistryEvent[] });
    expect((await again.schemaById(2))?.resolved).toEqual([
      { name: 'event.proto', schema: 'syntax = "proto3"; message Event { int64 at = 1; }' },
    ]);
    expect(await again.compatibility('m')).toBe('NONE');
    expect(codecRegistryOf(again).idOf('m', main)).toBe(2);
  });

  test('the cached face knows what was loaded', async () => {
    const registry = new MemorySchemaRegistry();
    await registry.register('s', avro([ID]));
    const cached = new CachedCodecRegistry(registry);
    expect(cached.schemaById(1)).toBeUndefined();
    await cached.load(1);
    expect(cached.schemaById(1)?.schemaType).toBe('AVRO');
    expect(cached.idOf('s', avro([ID]))).toBeUndefined();
    expect(await cached.register('s', avro([ID]))).toBe(1);
    expect(cached.idOf('s', avro([ID]))).toBe(1);
  });
});
