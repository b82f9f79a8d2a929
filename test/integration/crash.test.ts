import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byExtent } from '../support/extent.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';
import { seededRandom } from '../support/random.ts';

/** How often the server is killed; the benchmark's longer run sets CRASHES=200. */
const CRASHES = Number(process.env['CRASHES'] ?? byExtent(4, 12));
const SEED = Number(process.env['CRASH_SEED'] ?? 1);
/** If events are still missing and the counts do not change for this long, the events count as lost. */
const STALL_MS = 180_000;
const REGIONS = ['north', 'south', 'east', 'west'];

let postgres: Postgres;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  client = new pg.Client(postgres.url);
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

/**
 * Postgres -> source connector -> stream -> repartition -> aggregate -> sink connector -> Postgres, while the server is
 * killed at random moments: each event must count exactly once.
 */
test(
  `${CRASHES} kills at random moments lose nothing and count nothing twice`,
  { timeout: 300_000 + CRASHES * 25_000, retry: 0 },
  async ({ onTestFinished }) => {
    const random = seededRandom(SEED);
    // Each attempt has its own tables and folder, so that a retried test starts without anything of the earlier
    // attempt.
    await client.query('DROP TABLE IF EXISTS events, totals');
    await client.query('CREATE TABLE events (id SERIAL PRIMARY KEY, region TEXT NOT NULL, amount BIGINT NOT NULL)');
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-crash-'));
    const server = await ServerProcess.create(folder);
    let stop = false;
    onTestFinished(async () => {
      stop = true;
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    await server.start();
    await server.execute(
      `CREATE SOURCE CONNECTOR events WITH ('connector.class'='io.confluent.connect.jdbc.JdbcSourceConnector', 'connection.url'='${postgres.jdbcUrl}',
       'connection.user'='${postgres.user}', 'connection.password'='${postgres.password}', 'mode'='incrementing', 'incrementing.column.name'='id',
       'table.whitelist'='events', 'topic.prefix'='pg-', 'poll.interval.ms'='20', 'batch.max.rows'='50');`,
    );
    await eventually(async () => await server.execute(`CREATE STREAM events WITH (kafka_topic='pg-events');`), 60_000);
    await server.execute(
      `CREATE TABLE totals WITH (value_format='JSON') AS SELECT region, COUNT(*) AS n, SUM(amount) AS total FROM events GROUP BY region EMIT CHANGES;
     CREATE SINK CONNECTOR totals WITH ('connector.class'='io.confluent.connect.jdbc.JdbcSinkConnector', 'connection.url'='${postgres.jdbcUrl}',
       'connection.user'='${postgres.user}', 'connection.password'='${postgres.password}', sources='totals', 'auto.create'='true', 'insert.mode'='upsert');`,
      { 'auto.offset.reset': 'earliest' },
    );
    const load = (async () => {
      while (!stop) {
        const rows = Array.from(
          { length: 1 + Math.floor(random() * 40) },
          () => [REGIONS[Math.floor(random() * REGIONS.length)]!, Math.floor(random() * 1000)] as const,
        );
        await client.query(`INSERT INTO events (region, amount) SELECT * FROM unnest($1::text[], $2::bigint[])`, [
          rows.map((r) => r[0]),
          rows.map((r) => r[1]),
        ]);
        await sleep(5 + random() * 20);
      }
    })();
    for (let i = 0; i < CRASHES; i++) {
      await sleep(50 + random() * 1200);
      await server.kill();
      await server.start();
    }
    stop = true;
    await load;
    const expected = await totals(
      'SELECT region, COUNT(*) AS n, SUM(amount) AS total FROM events GROUP BY region ORDER BY region',
    );
    await caughtUp(expected);
    await server.stop();
  },
);

/**
 * Waits for the table to equal what was computed from the input. After a long load on a busy machine, much is still to
 * be read, so it waits as long as the counts increase. A count above the expected one means that an event was counted
 * twice; counts that stop changing mean that events are lost. @throws in both cases
 */
async function caughtUp(expected: readonly string[]): Promise<void> {
  const countsOf = (rows: readonly string[]): Map<string, number> =>
    new Map(rows.map((row) => [row.split(' ')[0]!, Number(row.split(' ')[1])]));
  const wanted = countsOf(expected);
  let best = -1;
  let grewAt = performance.now();
  for (;;) {
    const found = await totals('SELECT region, n, total FROM totals ORDER BY 1');
    if (JSON.stringify(found) === JSON.stringify(expected)) return;
    const counts = countsOf(found);
    for (const [region, n] of counts)
      expect(n, `${region} has no more than its input`).toBeLessThanOrEqual(wanted.get(region) ?? 0);
    const sum = [...counts.values()].reduce((x, n) => x + n, 0);
    if (sum > best) {
      best = sum;
      grewAt = performance.now();
    } else if (performance.now() - grewAt > STALL_MS) {
      expect(found, `nothing has moved for ${STALL_MS / 1000} s`).toEqual(expected);
    }
    await sleep(100);
  }
}

async function totals(sql: string): Promise<string[]> {
  const { rows } = await client
    .query<{ region: string; n: string; total: string }>(sql)
    // The sink creates the table with the first row that it writes, which may not have happened yet.
    .catch((error: { code?: string }) => (error.code === '42P01' ? { rows: [] } : Promise.reject(error)));
  return rows.map((r) => `${r.region} ${r.n} ${r.total}`);
}

async function eventually(check: () => Promise<unknown>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
