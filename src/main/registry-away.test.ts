import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { refusalOf } from '../../test/support/query-rows.ts';

let sluice: Sluice;
beforeEach(async () => {
  // A port on which nothing listens.
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  sluice = await startSluice({
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.connect.url': 'none',
      'log.level': 'silent',
      'ksql.schema.registry.url': `http://127.0.0.1:${port}`,
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
});
afterEach(async () => {
  await sluice.close();
});

test('a registry that is away stops what needs it and nothing else', async () => {
  await sluice.engine.execute(`
    CREATE STREAM s (k INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
    CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s GROUP BY v EMIT CHANGES;
    INSERT INTO s (k, v) VALUES (1, 'a');`);
  await sluice.caughtUp();
  const refusal = (statement: string) => refusalOf(sluice.engine, statement);
  const unavailable = { code: 'REGISTRY_UNAVAILABLE', message: expect.stringContaining('does not answer') };
  expect(await refusal(`CREATE STREAM a WITH (kafka_topic='s', value_format='AVRO');`)).toMatchObject(unavailable);
  expect(
    await refusal(`CREATE STREAM b (v STRING) WITH (kafka_topic='b', value_format='AVRO', partitions=1);`),
  ).toMatchObject(unavailable);
  expect(sluice.engine.catalog.sources.has('B')).toBe(false);
  const handle = await sluice.engine.query('SELECT n FROM t;');
  if (handle.kind !== 'PULL') throw new Error('not a pull query');
  for await (const batch of handle.rows()) expect(batch.map((r) => r.values)).toEqual([[1]]);
});
