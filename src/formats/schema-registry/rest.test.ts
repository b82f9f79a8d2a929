import { describe, expect, test } from 'vitest';
import { isSluiceError } from '../../base/errors.ts';
import type { RegistrySchema } from '../api.ts';
import { HttpSchemaRegistry, type RegistryFetch } from './client.ts';
import { MemorySchemaRegistry } from './memory-registry.ts';
import { createRegistryHandler } from './rest.ts';

const user = (...fields: unknown[]): string => JSON.stringify({ type: 'record', name: 'User', fields });
const ID = { name: 'id', type: 'int' };
const NAME = { name: 'name', type: ['null', 'string'], default: null };

describe('Confluent’s REST API', () => {
  test('answers as a registry does', async () => {
    const handle = createRegistryHandler(new MemorySchemaRegistry());
    const ask = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
      const answer = await handle(method, path, body);
      return [answer.status, answer.body];
    };
    expect(await ask('GET', '/subjects')).toEqual([200, []]);
    expect(
      await ask('POST', '/subjects/demo-value/versions', {
        schema: '{"type": "record", "name": "User", "fields": [{"name": "id", "type": "int"}]}',
      }),
    ).toEqual([200, { id: 1 }]);
    expect(await ask('POST', '/subjects/demo-value/versions', { schema: user(ID) })).toEqual([200, { id: 1 }]);
    expect(await ask('GET', '/schemas/ids/1')).toEqual([200, { schema: user(ID) }]);
    expect(await ask('GET', '/subjects/demo-value/versions/latest')).toEqual([
      200,
      { subject: 'demo-value', version: 1, id: 1, schema: user(ID) },
    ]);
    expect(await ask('POST', '/subjects/demo-value', { schema: user(ID) })).toEqual([
      200,
      { subject: 'demo-value', version: 1, id: 1, schema: user(ID) },
    ]);
    expect(await ask('POST', '/subjects/demo-value', { schema: user(NAME) })).toEqual([
      404,
      { error_code: 40403, message: 'The given schema does not match any schema under the subject demo-value' },
    ]);
    expect(await ask('POST', '/compatibility/subjects/demo-value/versions/latest', { schema: user(ID, NAME) })).toEqual(
      [200, { is_compatible: true }],
    );
    expect(
      await ask('POST', '/compatibility/subjects/demo-value/versions/latest', {
        schema: user({ name: 'id', type: 'string' }),
      }),
    ).toEqual([200, { is_compatible: false }]);
    const refused = (await ask('POST', '/subjects/demo-value/versions', {
      schema: user({ name: 'id', type: 'string' }),
    })) as [number, { error_code: number; message: string }];
    expect(refused[0]).toBe(409);
    expect(refused[1].message).toContain('reader type: STRING not compatible with writer type: INT at /fields/0/type');
    expect((await ask('POST', '/subjects/demo-value/versions', { schema: '{"type":"wat"}' }))[0]).toBe(422);
    expect(await ask('GET', '/schemas/ids/99999')).toEqual([
      404,
      { error_code: 40403, message: 'Schema 99999 not found.' },
    ]);
    expect(await ask('GET', '/subjects/nope/versions/latest')).toEqual([
      404,
      { error_code: 40401, message: "Subject 'nope' not found." },
    ]);
    expect(await ask('GET', '/subjects/demo-value/versions/77')).toEqual([
      404,
      { error_code: 40402, message: 'Version 77 not found.' },
    ]);
    expect((await ask('GET', '/subjects/demo-value/versions/zero'))[0]).toBe(422);
    expect(await ask('GET', '/schemas/types')).toEqual([200, ['JSON', 'PROTOBUF', 'AVRO']]);
    expect(await ask('GET', '/config/demo-value')).toEqual([
      404,
      { error_code: 40401, message: "Subject 'demo-value' not found." },
    ]);
    expect(await ask('PUT', '/config/demo-value', { compatibility: 'FULL' })).toEqual([200, { compatibility: 'FULL' }]);
    expect(await ask('GET', '/config/demo-value')).toEqual([200, { compatibilityLevel: 'FULL' }]);
    expect(await ask('GET', '/config')).toEqual([200, { compatibilityLevel: 'BACKWARD' }]);
    expect((await ask('PUT', '/config', { compatibility: 'SOME' }))[0]).toBe(422);
    expect(await ask('GET', '/mode')).toEqual([200, { mode: 'READWRITE' }]);
    expect(await ask('GET', '/schemas/ids/1/versions')).toEqual([200, [{ subject: 'demo-value', version: 1 }]]);
    expect(await ask('DELETE', '/subjects/demo-value')).toEqual([200, [1]]);
    expect(await ask('GET', '/subjects?deleted=true')).toEqual([200, ['demo-value']]);
    expect(await ask('DELETE', '/subjects/nope')).toEqual([
      404,
      { error_code: 40401, message: "Subject 'nope' not found." },
    ]);
    expect((await ask('PUT', '/subjects'))[0]).toBe(405);
    expect((await ask('GET', '/nowhere'))[0]).toBe(404);
  });
});

describe('HttpSchemaRegistry', () => {
  function clientOver(
    registry: MemorySchemaRegistry,
    fail: (call: number) => number | 'down' | undefined = () => undefined,
  ) {
    const handle = createRegistryHandler(registry);
    const calls: string[] = [];
    const headers: Readonly<Record<string, string>>[] = [];
    const fetch: RegistryFetch = async (url, init) => {
      calls.push(`${init.method} ${url}`);
      headers.push(init.headers);
      const failure = fail(calls.length);
      if (failure === 'down') throw new Error('ECONNREFUSED');
      if (failure !== undefined) return { status: failure, text: async () => '{"error_code":50001,"message":"oops"}' };
      const answer = await handle(
        init.method,
        url.replace(/^http:\/\/[ab]\/sr/, ''),
        init.body === undefined ? undefined : JSON.parse(init.body),
      );
      return { status: answer.status, text: async () => JSON.stringify(answer.body) };
    };
    const client = new HttpSchemaRegistry({
      urls: 'http://me:p%40ss@a/sr/, http://b/sr',
      fetch,
      sleep: async () => {},
    });
    return { client, calls, headers };
  }
  const schema: RegistrySchema = { schemaType: 'AVRO', schema: user(ID) };

  test('the same interface over HTTP, asking once for what never changes', async () => {
    const { client, calls, headers } = clientOver(new MemorySchemaRegistry());
    expect(await client.latest('s')).toBeUndefined();
    expect(await client.register('s', schema)).toBe(1);
    const before = calls.length;
    expect(await client.register('s', schema)).toBe(1);
    expect(calls.length).toBe(before);
    expect((await client.latest('s'))?.id).toBe(1);
    expect(await client.schemaById(1)).toEqual(schema);
    expect(await client.schemaById(1)).toEqual(schema);
    expect(await client.schemaById(2)).toBeUndefined();
    expect(await client.versions('s')).toEqual([1]);
    expect(await client.lookup('s', { schemaType: 'AVRO', schema: user(NAME) })).toBeUndefined();
    expect(await client.compatibility('s')).toBe('BACKWARD');
    await client.setCompatibility('NONE', 's');
    expect(await client.compatibility('s')).toBe('NONE');
    expect(calls.filter((c) => c.endsWith('/schemas/ids/1'))).toHaveLength(1);
    expect(calls[0]).toBe('GET http://a/sr/subjects/s/versions/latest');
    expect(headers[0]!['Authorization']).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  test('resolves references', async () => {
    const registry = new MemorySchemaRegistry();
    await registry.register('e', { schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message E { int32 a = 1; }' });
    const main: RegistrySchema = {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3"; import "e.proto"; message M { E e = 1; }',
      references: [{ name: 'e.proto', subject: 'e', version: 1 }],
    };
    const { client } = clientOver(registry);
    const id = await client.register('m', main);
    expect((await client.schemaById(id))?.resolved).toEqual([
      { name: 'e.proto', schema: 'syntax = "proto3"; message E { int32 a = 1; }' },
    ]);
  });

  test('tries the other URL, then again, then says so', async () => {
    const once = clientOver(new MemorySchemaRegistry(), (n) => (n === 1 ? 'down' : undefined));
    expect(await once.client.register('s', schema)).toBe(1);
    expect(once.calls).toEqual(['POST http://a/sr/subjects/s/versions', 'POST http://b/sr/subjects/s/versions']);
    const down = clientOver(new MemorySchemaRegistry(), (n) => (n % 2 === 0 ? 503 : 'down'));
    const error = await down.client.subjects().catch((e: unknown) => e);
    expect(isSluiceError(error, 'REGISTRY_UNAVAILABLE') && error.retriable).toBe(true);
    expect(down.calls).toHaveLength(6);
  });

  test.each(['<html>404 Not Found</html>', '{"error_code":404,"message":"HTTP 404 Not Found"}', '{}', ''])(
    'a 404 that is no registry’s says nothing of a schema: %s',
    async (text) => {
      let isAway = true;
      const registry = new MemorySchemaRegistry();
      await registry.register('s', schema);
      const handle = createRegistryHandler(registry);
      const client = new HttpSchemaRegistry({
        urls: 'http://a',
        fetch: async (url, init) => {
          if (isAway) return { status: 404, text: async () => text };
          const answer = await handle(init.method, url.slice('http://a'.length), undefined);
          return { status: answer.status, text: async () => JSON.stringify(answer.body) };
        },
        sleep: async () => {},
      });
      for (const ask of [() => client.schemaById(1), () => client.latest('s'), () => client.versions('s')]) {
        const error = await ask().catch((e: unknown) => e);
        expect(isSluiceError(error, 'REGISTRY_UNAVAILABLE') && error.retriable).toBe(true);
      }
      isAway = false;
      expect(await client.schemaById(1)).toEqual(schema);
      expect(await client.schemaById(2)).toBeUndefined();
    },
  );

  test('hands on what the registry refuses', async () => {
    const { client } = clientOver(new MemorySchemaRegistry());
    await client.register('s', schema);
    const error = await client
      .register('s', { schemaType: 'AVRO', schema: user({ name: 'id', type: 'string' }) })
      .catch((e: unknown) => e);
    expect(isSluiceError(error, 'CONFLICT') && error.restCode).toBe(409);
  });
});
