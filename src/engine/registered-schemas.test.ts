import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import type { RegistrySchema } from '../formats/api.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

/** Rows written to topics whose schemas others registered: with lower-case names, namespaces, packages. */

let sluice: Sluice;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
});

afterAll(async () => {
  await sluice.close();
});

const AVRO_USER: RegistrySchema = {
  schemaType: 'AVRO',
  schema: JSON.stringify({
    type: 'record',
    name: 'user',
    namespace: 'com.acme',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'userName', type: ['null', 'string'], default: null },
      { name: 'addr', type: { type: 'record', name: 'addr', fields: [{ name: 'street', type: 'string' }] } },
    ],
  }),
};
const PROTO_USER: RegistrySchema = {
  schemaType: 'PROTOBUF',
  schema:
    'syntax = "proto3"; package com.acme; message user { int64 id = 1; string userName = 2; addr addr = 3; } message addr { string street = 1; }',
};
const JSON_USER: RegistrySchema = {
  schemaType: 'JSON',
  schema: JSON.stringify({
    type: 'object',
    properties: {
      id: { type: 'integer' },
      userName: { type: 'string' },
      addr: { type: 'object', properties: { street: { type: 'string' } } },
    },
  }),
};

async function topicWith(topic: string, schemas: Readonly<Record<string, RegistrySchema>>): Promise<void> {
  await sluice.log.admin.createTopic({ name: topic, partitions: 1, replicas: 1, configs: {} });
  for (const [side, schema] of Object.entries(schemas)) await sluice.registry!.register(`${topic}-${side}`, schema);
}

async function print(topic: string, limit: number): Promise<string[]> {
  const handle = await sluice.engine.query(`PRINT '${topic}' FROM BEGINNING LIMIT ${limit};`);
  if (handle.kind !== 'PRINT') throw new Error('no lines');
  const lines: string[] = [];
  for await (const line of handle.lines())
    if (line.startsWith('rowtime')) lines.push(line.replace(/^rowtime: .*? Z, /, ''));
  return lines;
}

test.each([
  ['AVRO', AVRO_USER, '{"id": 1, "userName": "ann", "addr": {"street": "x"}}'],
  ['PROTOBUF', PROTO_USER, '{"id": 1, "userName": "ann", "addr": {"street": "x"}}'],
  ['JSON_SR', JSON_USER, '{"id":1,"userName":"ann","addr":{"street":"x"}}'],
])('%s: columns are the fields of the same names, whatever their case', async (format, schema, value) => {
  const topic = `users_${format.toLowerCase()}`;
  await topicWith(topic, { value: schema });
  await sluice.engine.execute(
    `CREATE STREAM ${topic} WITH (kafka_topic='${topic}', value_format='${format}');
     INSERT INTO ${topic} (id, username, addr) VALUES (1, 'ann', STRUCT(street := 'x'));
     CREATE STREAM ${topic}_in (id BIGINT, username STRING, addr STRUCT<street STRING>)
       WITH (kafka_topic='${topic}_in', value_format='JSON', partitions=1);
     INSERT INTO ${topic} SELECT * FROM ${topic}_in;
     INSERT INTO ${topic}_in VALUES (1, 'ann', STRUCT(street := 'x'));`,
  );
  // Waits until the query has also written its row.
  expect(await print(topic, 2)).toEqual(Array(2).fill(`key: <null>, value: ${value}, partition: 0`));
  expect(await sluice.registry!.versions(`${topic}-value`)).toEqual([1]);
});

test('a key of one column goes into a record of one field', async () => {
  const key: RegistrySchema = {
    schemaType: 'AVRO',
    schema: '{"type":"record","name":"k","namespace":"com.acme","fields":[{"name":"id","type":"int"}]}',
  };
  await topicWith('keyed', { key, value: AVRO_USER });
  await sluice.engine.execute(
    `CREATE TABLE keyed (k INT PRIMARY KEY) WITH (kafka_topic='keyed', format='AVRO');
     INSERT INTO keyed VALUES (7, 1, 'ann', STRUCT(street := 'x'));`,
  );
  expect(await print('keyed', 1)).toEqual([
    'key: {"id": 7}, value: {"id": 1, "userName": "ann", "addr": {"street": "x"}}, partition: 0',
  ]);
});

test('a column without a field is refused with its name, nothing is lost unsaid', async () => {
  await topicWith('narrow', { value: AVRO_USER });
  await expect(
    sluice.engine.execute(
      `CREATE STREAM narrow (id BIGINT, email STRING) WITH (kafka_topic='narrow', value_format='AVRO');
       INSERT INTO narrow VALUES (1, 'a@b');`,
    ),
  ).rejects.toMatchObject({
    error: { message: expect.stringContaining('cannot be used: it has no field for EMAIL') as string },
  });
});

test.each([
  ['AVRO', '{"type":"record","name":"n","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","n"]}]}'],
  ['PROTOBUF', 'syntax = "proto3"; message n { int32 v = 1; n next = 2; }'],
] as const)('%s: a type that contains itself is refused, its other columns can be named', async (format, schema) => {
  const topic = `self_${format.toLowerCase()}`;
  await topicWith(topic, { value: { schemaType: format, schema } });
  await expect(
    sluice.engine.execute(`CREATE STREAM ${topic} WITH (kafka_topic='${topic}', value_format='${format}');`),
  ).rejects.toMatchObject({
    error: { code: 'STATEMENT', message: expect.stringMatching(/Reason: Recursive \w+ n is not supported/) as string },
  });
  await sluice.engine.execute(
    `CREATE STREAM ${topic} (v INT) WITH (kafka_topic='${topic}', value_format='${format}');`,
  );
});
