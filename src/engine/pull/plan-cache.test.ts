import { afterEach, beforeEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { Session } from '../session.ts';
import { startedQuery } from '../../../test/support/query-rows.ts';

let sluice: Sluice;

beforeEach(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  await sluice.engine.execute(`
    CREATE STREAM s (id INT KEY, name STRING, n BIGINT) WITH (kafka_topic='s', value_format='JSON', partitions=3);
    CREATE TABLE ids AS SELECT id, COUNT(*) AS n, LATEST_BY_OFFSET(name) AS name FROM s GROUP BY id;
    CREATE TABLE names AS SELECT name, COUNT(*) AS n FROM s GROUP BY name;
    CREATE TABLE both WITH (key_format='JSON') AS SELECT id, name, COUNT(*) AS n FROM s GROUP BY id, name;
    INSERT INTO s VALUES (1, 'it''s', 1);
    INSERT INTO s VALUES (2, 'b', 1);
    INSERT INTO s VALUES (12, '12', 1);`);
  await sluice.caughtUp();
});

afterEach(async () => {
  await sluice.close();
});

interface Asked {
  readonly rows: unknown[][];
  /** Whether the plan was in the cache. */
  readonly known: boolean;
}

async function ask(sql: string, properties: Record<string, string> = {}): Promise<Asked> {
  const handle = await startedQuery(sluice.engine, sql, new Session(properties));
  const rows: unknown[][] = [];
  for await (const batch of handle.rows()) for (const row of batch) rows.push([...row.values]);
  if (handle.ready !== undefined) expect(handle.ready.map((r) => r.values)).toEqual(rows);
  return { rows, known: handle.ready !== undefined };
}

test('a plan is made once for all keys of a shape, whatever the key', async () => {
  expect(await ask('SELECT id, n FROM ids WHERE id = 1;')).toEqual({ rows: [[1, 1]], known: false });
  expect(await ask('SELECT id, n FROM ids WHERE id = 12;')).toEqual({ rows: [[12, 1]], known: true });
  expect(await ask('SELECT id, n FROM ids WHERE id = 99;')).toEqual({ rows: [], known: true });
  expect(await ask(`SELECT n FROM names WHERE name = 'b';`)).toEqual({ rows: [[1]], known: false });
  expect(await ask(`SELECT n FROM names WHERE name = 'it''s';`)).toEqual({ rows: [[1]], known: true });
  expect(await ask(`SELECT n FROM names WHERE name = '12';`)).toEqual({ rows: [[1]], known: true });
  expect(await ask(`SELECT n FROM both WHERE name = 'b' AND id = 2;`)).toEqual({ rows: [[1]], known: false });
  expect(await ask(`SELECT n FROM both WHERE name = '12' AND id = 12;`)).toEqual({ rows: [[1]], known: true });
  expect(await ask(`SELECT n FROM both WHERE id = 2 AND name = 'b';`)).toEqual({ rows: [[1]], known: false });
  expect(await ask(`\n SELECT n FROM both WHERE id = 12 AND name = '12'`)).toEqual({ rows: [[1]], known: true });
  expect(await ask(`SELECT n FROM names WHERE name = '-- "x"';`)).toEqual({ rows: [], known: true });
  await expect(ask(`SELECT n FROM names WHERE name = '\${x}';`)).resolves.toEqual({ rows: [], known: false });
});

test('what was written meanwhile is seen', async () => {
  await ask('SELECT n FROM ids WHERE id = 1;');
  await sluice.engine.execute(`INSERT INTO s VALUES (1, 'x', 1);`);
  await sluice.caughtUp();
  expect(await ask('SELECT n FROM ids WHERE id = 1;')).toEqual({ rows: [[2]], known: true });
});

test('literals that are no key make another plan; other conditions are planned each time', async () => {
  expect((await ask('SELECT n + 1 FROM ids WHERE id = 1;')).rows).toEqual([[2]]);
  expect(await ask('SELECT n + 5 FROM ids WHERE id = 1;')).toEqual({ rows: [[6]], known: false });
  expect(await ask('SELECT n + 5 FROM ids WHERE id = 2;')).toEqual({ rows: [[6]], known: true });
  for (const _ of [1, 2]) {
    expect(await ask('SELECT n FROM ids WHERE id = 1 AND n > 5;')).toEqual({ rows: [], known: false });
    expect(await ask('SELECT n FROM ids WHERE id = 1 + 1;')).toEqual({ rows: [[1]], known: false });
    expect(await ask('SELECT n FROM ids WHERE id = -1;')).toEqual({ rows: [], known: false });
    expect(await ask('SELECT n FROM ids WHERE id = 1 OR id = 2;')).toEqual({ rows: [[1], [1]], known: false });
  }
  expect((await ask('SELECT n FROM ids WHERE id = 1 LIMIT 0;')).rows).toEqual([]);
  expect((await ask('SELECT n FROM ids WHERE id = 1 LIMIT 1;')).rows).toEqual([[1]]);
});

test('another catalog, another configuration, other properties: another plan', async () => {
  await ask('SELECT * FROM ids WHERE id = 1;');
  await sluice.engine.execute(`
    DROP TABLE ids;
    CREATE TABLE ids AS SELECT id, COUNT(*) AS many FROM s WHERE id > 1 GROUP BY id;`);
  await sluice.caughtUp();
  expect(await ask('SELECT * FROM ids WHERE id = 1;')).toEqual({ rows: [], known: false });
  expect(await ask('SELECT * FROM ids WHERE id = 2;')).toEqual({ rows: [[2, 1]], known: true });
  await expect(ask(`SELECT * FROM ids WHERE id = 'a';`)).rejects.toThrow();
  await expect(ask('SELECT * FROM ids WHERE id = 1;', { 'no.such': '1' })).rejects.toThrow();
});
