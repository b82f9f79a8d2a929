import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { sqliteDriver } from '../connect/connectors/sqlite/driver.ts';
import type { Sluice } from './compose.ts';

/* VALIDATE, CREATE … FROM CONNECTOR, SHOW LOGS and schemas of connectors' topics, on the embedded worker. */

let sluice: Sluice;
let client: SluiceClient;
const folder = mkdtempSync(path.join(tmpdir(), 'connector-validation-'));
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  ({ sluice, client } = await memoryServer({
    'connect.allowed.paths': folder,
    'ksql.streams.auto.offset.reset': 'earliest',
  }));
});
afterAll(async () => {
  await sluice.close();
});

const one = async (sql: string): Promise<Record<string, unknown>> =>
  (await client.execute(sql))[0] as unknown as Record<string, unknown>;

test('every problem at once, as an answer', async () => {
  const answer = await one(
    `VALIDATE SOURCE CONNECTOR c WITH ('connector.class'='FileStreamSource', 'tasks.max'='x', 'fil'='${file('a')}', 'topic'='_schemas');`,
  );
  expect(answer).toMatchObject({ '@type': 'connector_validation', connectorName: 'C', isValid: false, topics: [] });
  const problems = (answer['problems'] as string[]).join('\n');
  for (const key of ['tasks.max', 'fil ', '_schemas']) expect(problems).toContain(key);
  expect(answer['settings']).toContainEqual({ name: 'file', visible: true, recommended: [] });
  expect(await one("VALIDATE SOURCE CONNECTOR c WITH ('connector.class'='NoSuch');")).toMatchObject({
    isValid: false,
    problems: [expect.stringContaining('NoSuch')],
  });
});

test('what would be made: settings, topics, statements, types, rows; and nothing is', async () => {
  const db = (await sqliteDriver()).open(file('shop.db'), 2000);
  db.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, at TIMESTAMP);
    CREATE TABLE log (line TEXT);`);
  for (let i = 1; i <= 9; i++) db.exec(`INSERT INTO users VALUES (${i}, 'u${i}', '2026-01-01 00:00:00')`);
  db.close();
  const answer = await one(
    `VALIDATE SOURCE CONNECTOR shop WITH (connector='sqlite', file='${file('shop.db')}', tables='users,log');`,
  );
  expect(answer).toMatchObject({
    isValid: true,
    problems: [],
    config: { 'connector.class': expect.stringContaining('Sqlite') as string, 'table.whitelist': 'users,log' },
  });
  const settings = answer['settings'] as { name: string; visible: boolean; recommended: string[] }[];
  expect(settings.find((s) => s.name === 'mode')!.recommended).toContain('bulk');
  expect(settings.find((s) => s.name === 'incrementing.column.name')).toMatchObject({ visible: false });
  const topics = answer['topics'] as {
    topic: string;
    name: string;
    kind: string;
    statement: string;
    columns: unknown[];
    rows: { key: string; value: string }[];
  }[];
  const users = topics.find((t) => t.name === 'SHOP_USERS')!;
  expect(users.kind).toBe('TABLE');
  expect(users.statement).toContain('CREATE TABLE IF NOT EXISTS SHOP_USERS (ID ');
  expect(users.columns).toContainEqual(
    expect.objectContaining({ name: 'NAME', sourceType: 'TEXT', type: 'STRING', isKey: false }),
  );
  expect(users.rows).toHaveLength(5);
  expect(JSON.parse(users.rows[0]!.value)).toMatchObject({ id: 1, name: 'u1' });
  expect(topics.find((t) => t.name === 'SHOP_LOG')).toMatchObject({ kind: 'STREAM', rows: [] });

  expect(JSON.stringify(await client.execute('SHOW CONNECTORS; SHOW TABLES; SHOW TOPICS;'))).not.toMatch(/shop/i);
  expect(await one('SELECT * FROM connector_events;').catch(() => 'rows')).toBe('rows');

  const over = await fetch(`${sluice.url}/connectors/SHOP/validate`, {
    method: 'POST',
    body: JSON.stringify({
      connector: 'sqlite',
      file: file('shop.db'),
      tables: 'users',
      transforms: 'note',
      'transforms.note.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
      'transforms.note.static.field': 'note',
      'transforms.note.static.value': "it's $${a}",
    }),
  });
  expect(await over.json()).toMatchObject({
    isValid: true,
    connectorName: 'SHOP',
    topics: [{ name: 'SHOP_USERS' }],
    // Settings are not SQL, in which this would be an escaped variable.
    config: { 'transforms.note.static.value': "it's $${a}" },
  });
});

test('each of several tables shows its rows, however many the first one has; EXPLAIN tells the same', async () => {
  const db = (await sqliteDriver()).open(file('large.db'), 2000);
  db.exec(`CREATE TABLE a_many (id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE b_few (id INTEGER PRIMARY KEY, n TEXT);
    INSERT INTO a_many WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 100000) SELECT i, 'x' || i FROM g;
    INSERT INTO b_few VALUES (1, 'one'), (2, 'two');`);
  db.close();
  const create = `CREATE SOURCE CONNECTOR large WITH (connector='sqlite', file='${file('large.db')}', tables='a_many,b_few');`;
  const rowsOf = (answer: Record<string, unknown>) =>
    (answer['topics'] as { name: string; rows: unknown[] }[]).map((t) => [t.name, t.rows.length]);
  const expected = [
    ['LARGE_A_MANY', 5],
    ['LARGE_B_FEW', 2],
  ];
  expect(rowsOf(await one(create.replace('CREATE', 'VALIDATE')))).toEqual(expected);
  const explained = await one(`EXPLAIN ${create}`);
  expect(explained).toMatchObject({ '@type': 'connector_difference', exists: false });
  expect(explained['changes']).toContainEqual({ name: 'table.whitelist', from: null, to: 'a_many,b_few' });
  expect(rowsOf(explained)).toEqual(expected);
  expect(explained['topics']).toMatchObject([
    {
      topic: 'a_many',
      statement: expect.stringContaining('CREATE TABLE IF NOT EXISTS LARGE_A_MANY') as string,
      columns: [
        { name: 'ID', sourceType: 'INTEGER', type: 'BIGINT', isKey: true },
        { name: 'N', sourceType: 'TEXT', type: 'STRING', isKey: false },
      ],
    },
    { topic: 'b_few' },
  ]);
  await expect(one(`EXPLAIN ${create.replace('a_many', 'a_mani').replace('tables', 'tabels')}`)).rejects.toThrow(
    /tabels/,
  );
  // A name that every JavaScript object has.
  await expect(one(`EXPLAIN ${create.replace('tables', 'constructor')}`)).rejects.toThrow(/constructor/);
  expect(JSON.stringify(await client.execute('SHOW CONNECTORS; SHOW TABLES; SHOW TOPICS;'))).not.toMatch(/large/i);
});

test('example data and files are looked at too; a sink has no topics of its own', async () => {
  writeFileSync(file('lines'), 'a\nb\n');
  expect(
    await one(
      `VALIDATE SOURCE CONNECTOR l WITH ('connector.class'='FileStreamSource', 'file'='${file('lines')}', 'topic'='lines');`,
    ),
  ).toMatchObject({ isValid: true, topics: [{ topic: 'lines', rows: [{ value: '"a"' }, { value: '"b"' }] }] });
  const views = await one("VALIDATE SOURCE CONNECTOR v WITH (connector='datagen', data='pageviews', topic='views');");
  expect((views['topics'] as { rows: unknown[] }[])[0]!.rows).toHaveLength(5);
  expect(
    await one(
      `VALIDATE SINK CONNECTOR s WITH ('connector.class'='FileStreamSink', 'topics'='x', 'file'='${file('o')}');`,
    ),
  ).toMatchObject({ isValid: true, topics: [] });
});

test('a source over a topic of a connector, its schema over REST, its logs', async () => {
  await client.execute(
    "CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='users', topic='people', rate=50);",
  );
  expect(await one("CREATE STREAM everyone FROM CONNECTOR gen TOPIC 'people';")).toMatchObject({
    message: expect.stringContaining('created') as string,
    declaredSources: [{ topic: 'people', name: 'EVERYONE' }],
  });
  await client.execute('CREATE STREAM IF NOT EXISTS everyone FROM CONNECTOR gen;');
  expect(JSON.stringify(await one('DESCRIBE everyone;'))).toContain('"USERID"');
  for (const [sql, sentence] of [
    ["CREATE STREAM x FROM CONNECTOR gen TOPIC 'peopel';", 'Connector GEN does not write topic peopel'],
    ['CREATE STREAM x FROM CONNECTOR gne;', 'Connector GNE not found'],
    ['CREATE STREAM everyone FROM CONNECTOR gen;', 'same name already exists'],
  ] as const)
    await expect(client.execute(sql)).rejects.toThrow(sentence);

  const schema = await (await fetch(`${sluice.url}/connectors/gen/topics/people/schema`)).json();
  expect(schema).toMatchObject({
    connector: 'GEN',
    topic: 'people',
    valueFormat: 'JSON',
    sources: expect.arrayContaining(['EVERYONE']) as string[],
  });
  expect((schema as { columns: unknown[] }).columns).toContainEqual({
    name: 'USERID',
    sourceName: 'userid',
    type: 'STRING',
    isKey: true,
  });
  const missing = await fetch(`${sluice.url}/connectors/gen/topics/nope/schema`);
  expect(missing.status).toBe(404);

  await client.execute('PAUSE CONNECTOR gen;');
  await expect
    .poll(async () => (await one('SHOW LOGS OF gen;'))['lines'])
    .toContainEqual(expect.objectContaining({ event: 'STATE', task: 0, previousState: 'RUNNING', state: 'PAUSED' }));
  const lines = (await one('SHOW LOGS OF gen LIMIT 2;'))['lines'];
  expect(lines).toHaveLength(2);
  // The stream was declared by the user: TERMINATE drops only what was declared automatically.
  await client.execute('DROP CONNECTOR gen TERMINATE;');
  expect(JSON.stringify(await client.execute('SHOW STREAMS; SHOW TABLES;'))).toMatch(/EVERYONE(?!.*GEN_)/);
  await expect
    .poll(async () => ((await one('SHOW LOGS OF gen;'))['lines'] as { event: string }[]).at(-1)?.event)
    .toBe('DELETED');
});
