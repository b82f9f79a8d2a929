import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/index.ts';
import { QUICKSTARTS } from '../connect/connectors/datagen/quickstarts.ts';
import type { Sluice } from './compose.ts';

let sluice: Sluice;
let client: SluiceClient;
beforeAll(async () => {
  ({ sluice, client } = await memoryServer({ 'connect.listeners': 'http://127.0.0.1:0' }));
});
afterAll(async () => await sluice.close());

test.each(Object.entries(QUICKSTARTS))('%s is declared by itself, and its rows are read', async (name, { schema }) => {
  const [created] = await client.execute(
    `CREATE SOURCE CONNECTOR c_${name} WITH (connector='datagen', data='${name}', topic='${name}', rate=1000, iterations=100);`,
  );
  const [source] = created!['declaredSources'] as readonly { readonly name: string; readonly statement: string }[];
  expect(source!.statement).toContain('CREATE STREAM IF NOT EXISTS');
  const rows = await client.pullQuery(`SELECT * FROM ${source!.name} EMIT CHANGES LIMIT 5;`, {
    properties: { 'auto.offset.reset': 'earliest' },
  });
  expect(rows).toHaveLength(5);
  expect(rows.flatMap((row) => Object.values(row)).filter((v) => v === null)).toEqual([]);
  expect(Object.keys(rows[0]!)).toHaveLength(schema.fields.length);
  await client.execute(`DROP CONNECTOR c_${name};`);
});

test("Confluent's cloud class and its settings", async () => {
  const [created] = await client.execute(`CREATE SOURCE CONNECTOR cloud WITH ('connector.class'='DatagenSource',
    'kafka.topic'='cloud_orders', 'quickstart'='ORDERS', 'output.data.format'='JSON', 'max.interval'='1',
    'iterations'='20', 'tasks.max'='1', 'kafka.auth.mode'='KAFKA_API_KEY', 'kafka.api.key'='k', 'kafka.api.secret'='s');`);
  const [source] = created!['declaredSources'] as readonly { readonly name: string }[];
  const rows = await client.pullQuery(`SELECT orderid, itemid FROM ${source!.name} EMIT CHANGES LIMIT 3;`, {
    properties: { 'auto.offset.reset': 'earliest' },
  });
  expect(rows[0]).toMatchObject({ ITEMID: expect.stringMatching(/^Item_\d+$/) as string });
});
