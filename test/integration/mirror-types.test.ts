import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { MemoryStore } from '../../src/log/embedded/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';
import { connectToEmptied, startPostgres, type Postgres } from '../support/postgres.ts';

/** What a table's columns are in SQL, and what becomes of them when the table changes. */

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});
beforeEach(async () => {
  db = await connectToEmptied(postgres);
  sluice = await startSluice({
    env: testEnv(),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
});
afterEach(async () => {
  await sluice.close();
  await db.end().catch(() => {});
});

const run = (sql: string) => sluice.engine.execute(sql);
const source = (more = ''): Promise<unknown> =>
  run(
    `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${postgres.url}', poll=50, 'table.poll.interval.ms'=200${more});`,
  );
async function rows(sql: string): Promise<unknown[][]> {
  const handle = await sluice.engine.query(sql);
  if (handle.kind === 'PRINT') throw new Error('no rows');
  const found: unknown[][] = [];
  for await (const batch of handle.rows()) for (const row of batch) found.push([...row.values]);
  return found;
}
const byFirst = (a: unknown[], b: unknown[]): number => Number(a[0]) - Number(b[0]);
const notes = async (): Promise<string> => {
  const [answer] = await run('DESCRIBE CONNECTOR pg;');
  return JSON.stringify(answer);
};

describe('a column of another type', () => {
  test('is told with the statement that adapts, and never read as a value that it is not', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, v int, d numeric(4,2)); INSERT INTO t VALUES (1, 1, 12.34)');
    await source(`, tables='t'`);
    await run('CREATE TABLE kept AS SELECT id, v, d FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 1);
    await db.query(
      'ALTER TABLE t ALTER v TYPE bigint, ALTER d TYPE numeric(10,4); INSERT INTO t VALUES (2, 3000000000, 123456.7891), (3, 7, 1.25)',
    );
    await eventually(async () => (await rows('SELECT id, v FROM kept;')).length === 2);
    expect((await rows('SELECT id, v FROM kept;')).toSorted(byFirst)).toEqual([
      [1, 1],
      [3, 7],
    ]);
    expect(await notes()).toMatch(
      /Topic t has changed `V` from INTEGER to BIGINT, `D` from DECIMAL\(4, 2\) to DECIMAL\(10, 4\).*CREATE OR REPLACE TABLE PG_T WITH \(KAFKA_TOPIC='t'\)/,
    );
    await run(`CREATE OR REPLACE TABLE pg_t WITH (KAFKA_TOPIC='t');`);
    expect(await notes()).toMatch(/Query CTAS_KEPT_\d+ reads `V` from INTEGER to BIGINT.*DROP TABLE KEPT/);
    await run('DROP TABLE kept DELETE TOPIC; CREATE TABLE kept AS SELECT id, v, d FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 3);
    expect((await rows('SELECT id, v, CAST(d AS STRING) FROM kept;')).toSorted(byFirst)).toEqual([
      [1, 1, '12.3400'],
      [2, 3_000_000_000, '123456.7891'],
      [3, 7, '1.2500'],
    ]);
    expect(await notes()).not.toContain('has changed');
  });
});

describe('a key', () => {
  const moments = `('2024-01-01 10:00:00.123456+00', 'a'), ('2024-01-01 10:00:00.123457+00', 'b')`;

  test('of times that differ in microseconds stays two keys, and goes back into a table as it was', async () => {
    await db.query(
      `CREATE TABLE t (at timestamptz, n int, x text, PRIMARY KEY (at, n)); INSERT INTO t SELECT v.at::timestamptz, 1, v.x FROM (VALUES ${moments}) v(at, x);
       CREATE TABLE u (at timestamptz PRIMARY KEY, x text);
       CREATE TABLE one (at timestamp PRIMARY KEY, x text); INSERT INTO one SELECT at, x FROM t`,
    );
    await source(`, tables='t,one'`);
    await run(
      `CREATE SINK CONNECTOR back WITH (connector='postgres', url='${postgres.url}', sources='pg_one', table='u');`,
    );
    await run('CREATE TABLE kept AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 2);
    expect((await rows('SELECT at, n, x FROM kept;')).map(String).toSorted()).toEqual([
      '2024-01-01 10:00:00.123456+00,1,a',
      '2024-01-01 10:00:00.123457+00,1,b',
    ]);
    await eventually(async () => (await db.query('SELECT FROM u')).rows.length === 2);
    const back = await db.query<{ at: string }>(
      "SELECT to_char(at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') AS at FROM u ORDER BY at",
    );
    expect(back.rows.map((r) => r.at)).toEqual(['10:00:00.123456', '10:00:00.123457']);
  });

  test('of whole milliseconds stays a TIMESTAMP, over restarts too; a finer one later is an error of its row', async () => {
    await db.query(
      `CREATE TABLE t (at timestamptz PRIMARY KEY, x text); INSERT INTO t VALUES ('2024-01-01 10:00:00.123+00', 'a')`,
    );
    await source(`, tables='t', 'errors.tolerance'='all'`);
    await run('CREATE TABLE kept AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 1);
    await db.query(`INSERT INTO t VALUES ${moments}`);
    await run('RESTART CONNECTOR pg;');
    await db.query(`INSERT INTO t VALUES ('2024-01-01 10:00:00.124+00', 'c')`);
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 2);
    expect((await rows('SELECT CAST(at AS STRING), x FROM kept;')).map(String).toSorted()).toEqual([
      '2024-01-01T10:00:00.123,a',
      '2024-01-01T10:00:00.124,c',
    ]);
  });
});
