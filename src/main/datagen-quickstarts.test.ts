import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/index.ts';
import { QUICKSTARTS } from '../connect/connectors/datagen/quickstarts.ts';
import { TABLE } from '../connect/connectors/datagen/related/tables.ts';
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

/** Tables that the user describes in SQL. */
const SCHOOL = `WITH (connector='datagen', tables='pupils,marks', rate=500, seed=7, prefix='school_',
  'tables.pupils.columns'='id INTEGER PRIMARY KEY, class STRING IN (''1a'', ''1b'')', 'tables.pupils.max.rows'=20,
  'tables.marks.columns'='pupil_id INTEGER REFERENCES pupils(id) ZIPF(1), mark INTEGER NORMAL(3, 1, 1, 6), at TIMESTAMP EVENT_TIME',
  'tables.marks.weight'=4, 'tables.marks.late.rate'=0.5)`;

test('related tables: validated with rows of each, explained, created, joined', async () => {
  const [seen] = await client.execute(`VALIDATE SOURCE CONNECTOR school ${SCHOOL};`);
  expect(seen).toMatchObject({ isValid: true, topics: [{ topic: 'school_pupils' }, { topic: 'school_marks' }] });
  for (const { rows } of seen!['topics'] as { rows: unknown[] }[]) expect(rows).toHaveLength(5);
  const [explained] = await client.execute(`EXPLAIN CREATE SOURCE CONNECTOR school ${SCHOOL};`);
  expect(JSON.stringify(explained)).toContain('tables.marks.late.rate');

  const [created] = await client.execute(`CREATE SOURCE CONNECTOR school ${SCHOOL};`);
  const declared = created!['declaredSources'] as readonly { readonly name: string; readonly statement: string }[];
  expect(declared.map((d) => [d.name, /CREATE (\w+)/.exec(d.statement)?.[1]])).toEqual([
    ['SCHOOL_MARKS', 'STREAM'],
    ['SCHOOL_PUPILS', 'TABLE'],
  ]);
  const rows = await client.pullQuery(
    `SELECT m.pupil_id AS id, m.mark AS mark, p.class AS class, m.at AS at, m.ROWTIME AS time
      FROM school_marks m JOIN school_pupils p ON m.pupil_id = p.id EMIT CHANGES LIMIT 50;`,
    { properties: { 'auto.offset.reset': 'earliest' } },
  );
  expect(rows).toHaveLength(50);
  for (const row of rows) expect(Object.values(row)).not.toContain(null);
  await client.execute('DROP CONNECTOR school;');
});

test('a shop in one line, with a setting of its own', async () => {
  const [created] = await client.execute(
    "CREATE SOURCE CONNECTOR shop WITH (connector='datagen', data='shop', rate=1000, 'tables.products.initial.rows'=3);",
  );
  expect((created!['declaredSources'] as { name: string }[]).map((d) => d.name)).toEqual(
    expect.arrayContaining(['SHOP_CUSTOMERS', 'SHOP_PRODUCTS', 'SHOP_ORDERS']),
  );
  const rows = await client.pullQuery('SELECT product_id FROM shop_orders EMIT CHANGES LIMIT 200;', {
    properties: { 'auto.offset.reset': 'earliest' },
  });
  expect(new Set(rows.map((row) => row['PRODUCT_ID']))).toEqual(new Set([1, 2, 3]));
  await client.execute('DROP CONNECTOR shop TERMINATE;');
});

test('the guide as it is written: its statements, and a row of each rule and setting', async () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/guide/connectors.md'), 'utf8');
  const section = /### Related tables\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
  const statements = section.match(/(?:^ {4}.*\n)+/gm) ?? [];
  expect(statements).toHaveLength(2);
  for (const name of Object.keys(TABLE).map((key) => TABLE[key as keyof typeof TABLE].name))
    expect(section).toContain(`| \`${name}\` |`);
  for (const sql of statements) await client.execute(sql, { properties: { 'auto.offset.reset': 'earliest' } });
  const rows = await client.pullQuery('SELECT * FROM sent EMIT CHANGES LIMIT 5;', {
    properties: { 'auto.offset.reset': 'earliest' },
  });
  expect(rows).toHaveLength(5);
  await client.execute('DROP CONNECTOR demo; DROP CONNECTOR bank;');
});

test('what is wrong with a table is told where it is written', async () => {
  const create = (settings: string): Promise<unknown> =>
    client.execute(`CREATE SOURCE CONNECTOR wrong WITH (connector='datagen', tables='a', ${settings});`);
  await expect(create("'tables.a.columns'='id BIGNT'")).rejects.toThrow(/tables\.a\.columns.*at position 4/s);
  await expect(create("'tables.a.columns'='id BIGINT', 'tables.a.wight'=2")).rejects.toThrow('Did you mean weight?');
  await expect(create("'tables.a.columns'='id BIGINT', topic='x'")).rejects.toThrow(/prefix/);
  await expect(
    client.execute("CREATE SOURCE CONNECTOR wrong WITH (connector='datagen', data='users');"),
  ).rejects.toThrow(/topic/);
});
