import { afterAll, beforeAll, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

/* A row that leaves a table counts for LIMIT only if the response format shows it. */
let sluice: Sluice;
const properties = { 'auto.offset.reset': 'earliest', 'cache.max.bytes.buffering': '0' };

beforeAll(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'ksql.connect.url': 'none' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  await sluice.engine.execute(`
    CREATE STREAM w (k STRING KEY, v INT) WITH (kafka_topic='t', key_format='KAFKA', value_format='JSON', partitions=1);
    CREATE STREAM gone (k STRING KEY, v STRING) WITH (kafka_topic='t', key_format='KAFKA', value_format='KAFKA');
    CREATE TABLE t (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='t', key_format='KAFKA', value_format='JSON');
    INSERT INTO w VALUES ('a', 1);
    INSERT INTO gone (k) VALUES ('a');
    INSERT INTO w VALUES ('b', 2);`);
});
afterAll(async () => await sluice.close());

async function ask(path: string, accept: string, body: object): Promise<string> {
  const answer = await fetch(`${sluice.url}${path}`, {
    method: 'POST',
    headers: { accept },
    body: JSON.stringify(body),
  });
  return await answer.text();
}
const SQL = 'SELECT k, v FROM t EMIT CHANGES LIMIT 2;';

test.each(['application/vnd.ksqlapi.delimited.v1', 'application/json'])('%s', async (accept) => {
  const text = await ask('/query-stream', accept, { sql: SQL, properties });
  expect(text).toContain('["a",1]');
  expect(text).toContain('["b",2]');
});

test.each([
  ['/query-stream', { sql: SQL, properties }],
  ['/query', { ksql: SQL, streamsProperties: properties }],
])('vnd.ksql.v1+json by %s', async (path, body) => {
  const text = await ask(path, 'application/vnd.ksql.v1+json', body);
  expect(text).toContain('"columns":["a",1]');
  expect(text).toContain('"columns":["a",null],"tombstone":true');
  expect(text).not.toContain('["b",2]');
  expect(text).toContain('Limit Reached');
});

test('cache.max.bytes.buffering counts for push queries where it is set: a key has its latest state alone', async () => {
  await sluice.engine.execute(`
    CREATE STREAM c (k STRING KEY, v INT) WITH (kafka_topic='c', key_format='KAFKA', value_format='JSON', partitions=1);
    INSERT INTO c VALUES ('a', 1); INSERT INTO c VALUES ('b', 1); INSERT INTO c VALUES ('a', 2);`);
  const count = async (more: object, limit: number): Promise<string[]> => {
    const sql = `SELECT k, COUNT(*) AS n FROM c GROUP BY k EMIT CHANGES LIMIT ${limit};`;
    const text = await ask('/query-stream', '*/*', { sql, properties: { 'auto.offset.reset': 'earliest', ...more } });
    return text.trim().split('\n').slice(1);
  };
  expect(await count({}, 3)).toEqual(['["a",1]', '["b",1]', '["a",2]']);
  expect(await count({ 'cache.max.bytes.buffering': 0 }, 3)).toEqual(['["a",1]', '["b",1]', '["a",2]']);
  // In the order of the last changes.
  expect(await count({ 'cache.max.bytes.buffering': 1000 }, 2)).toEqual(['["b",1]', '["a",2]']);
  expect(await count({ 'statestore.cache.max.bytes': 1000 }, 2)).toEqual(['["b",1]', '["a",2]']);
});
