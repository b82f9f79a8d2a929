import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import { NeedsRegistration } from '../../formats/api.ts';
import { CachedCodecRegistry } from '../../formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../../formats/schema-registry/memory-registry.ts';
import { NeedsPreparation } from '../api/converter.ts';
import { decimalSchema, primitive, structOf, timestampSchema } from '../api/schema.ts';
import { converterPlugins } from './registry.ts';
import type { SchemaAccess } from './sql.ts';

/** A registry behind a network: nothing is available until it has been awaited. */
function remote(registry = new MemorySchemaRegistry()): SchemaAccess {
  const cache = new CachedCodecRegistry(registry);
  return {
    registry: cache,
    load: async (missing) => {
      if (missing instanceof NeedsRegistration) await cache.register(missing.subject, missing.schema);
      else await cache.load(missing.schemaId);
    },
  };
}

const schema = structOf([
  { name: 'id', schema: primitive('INT32') },
  { name: 'Name', schema: primitive('STRING') },
  { name: 'balance', schema: decimalSchema(2, true, 10) },
  { name: 'at', schema: timestampSchema() },
]);
const value = [1, 'ann', 1250n, 1_704_103_200_000];

/** Does the same as the worker: waits for what is missing, and calls again. */
async function patiently<T>(call: () => T): Promise<T> {
  for (let i = 0; i < 5; i++) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof NeedsPreparation)) throw error;
      await error.ready();
    }
  }
  throw new Error('It never comes');
}

describe.each(['io.confluent.connect.avro.AvroConverter', 'io.confluent.connect.json.JsonSchemaConverter'])(
  '%s',
  (className) => {
    test('registers what it writes, and reads it back by its id with the names as they were', async () => {
      const registry = new MemorySchemaRegistry();
      const plugin = (schemas: SchemaAccess) => converterPlugins(schemas).find((c) => c.className === className)!;
      const writer = plugin(remote(registry)).create({ 'schema.registry.url': 'http://elsewhere' }, false);
      const out = new ByteWriter(64);
      const encode = await patiently(() => writer.encoder('t', schema));
      expect(encode(value, out)).toBe(true);
      expect(out.view()[0]).toBe(0);
      const reader = plugin(remote(registry)).create({}, false);
      const bytes = out.toBuffer();
      const read = await patiently(() => reader.decode('t', bytes));
      expect(read.schema?.type === 'STRUCT' && read.schema.fields.map((f) => f.name)).toEqual([
        'id',
        'Name',
        'balance',
        'at',
      ]);
      expect(read.value).toEqual(value);
      expect(reader.decode('t', bytes).schema).toBe(read.schema);
      expect(reader.decode('t', null)).toEqual({ schema: null, value: null });
    });

    test('bytes that are not of the wire format, and ids that nobody knows', async () => {
      const reader = converterPlugins(remote())
        .find((c) => c.className === className)!
        .create({}, false);
      expect(() => reader.decode('t', Buffer.from('{"a":1}'))).toThrow(/Unknown magic byte/);
      await expect(patiently(() => reader.decode('t', Buffer.from([0, 0, 0, 0, 9, 1])))).rejects.toThrow(/no schema 9/);
    });
  },
);

test('without a registry it says what to set', () => {
  expect(() =>
    converterPlugins()
      .find((c) => c.aliases.includes('AvroConverter'))!
      .create({}, false),
  ).toThrow(/ksql\.schema\.registry\.url/);
});
