import type pg from 'pg';
import { expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import type { Sluice } from '../../src/main/compose.ts';
import type { Postgres } from '../support/postgres.ts';
import { sluiceBesidePostgres } from '../support/postgres-hooks.ts';
import { queryRows } from '../support/query-rows.ts';

/** Debezium's connector class in SQL: what is declared, and what queries see of its envelopes. */

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;

sluiceBesidePostgres({ settings: { wal_level: 'logical' } }, (site) => {
  ({ postgres, db, sluice } = site);
});

const run = (sql: string) => sluice.engine.execute(sql);
async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}
const place = (): string =>
  `'database.hostname'='${postgres.host}', 'database.port'='${postgres.port}', 'database.user'='${postgres.user}', 'database.password'='${postgres.password}', 'database.dbname'='${postgres.database}'`;

const TABLE = `CREATE TABLE users (id int PRIMARY KEY, name text, balance numeric(8,2)); ALTER TABLE users REPLICA IDENTITY FULL; INSERT INTO users VALUES (1, 'ann', 1.50)`;
const CHANGES = `UPDATE users SET name = 'bob' WHERE id = 1; INSERT INTO users VALUES (2, 'cid', 2.25); DELETE FROM users WHERE id = 1`;
const SEEN = [
  [1, 'r', null, 'ann'],
  [1, 'u', 'ann', 'bob'],
  [2, 'c', null, 'cid'],
  [1, 'd', 'bob', null],
];

test('envelopes of the short form are rows of a stream that is declared, with before and after', async () => {
  await db.query(TABLE);
  await run(
    `CREATE SOURCE CONNECTOR own WITH (connector='postgres', url='${postgres.url}', mode='cdc', format='debezium', prefix='shop');`,
  );
  await run(
    'CREATE STREAM changes AS SELECT id, op, before->`name` AS b, after->`name` AS a FROM own_users EMIT CHANGES;',
  );
  await eventually(async () => (await rows('SELECT * FROM changes;')).length === 1);
  await db.query(CHANGES);
  await eventually(async () => (await rows('SELECT * FROM changes;')).length === 4);
  expect(await rows('SELECT id, op, b, a FROM changes;')).toEqual(SEEN);
  // With the names that dashboards for Debezium use.
  const labels = (context: string): string => `{plugin="postgres",name="shop",context="${context}"}`;
  const metric = async (name: string, of: string): Promise<number> => {
    const lines = (await (await fetch(`${sluice.url}/metrics`)).text()).split('\n');
    const series = `debezium_metrics_${name}${of} `;
    return Number(lines.find((line) => line.startsWith(series))?.slice(series.length));
  };
  const [streaming, snapshot] = [labels('streaming'), labels('snapshot')];
  expect(await metric('Connected', streaming)).toBe(1);
  expect(await metric('TotalNumberOfEventsSeen', streaming)).toBeGreaterThanOrEqual(4);
  expect(await metric('NumberOfErroneousEvents', streaming)).toBe(0);
  for (const name of ['MilliSecondsBehindSource', 'MilliSecondsSinceLastEvent'])
    expect(await metric(name, streaming), name).toBeGreaterThanOrEqual(0);
  for (const [name, value] of [
    ['TotalTableCount', 1],
    ['RemainingTableCount', 0],
    ['SnapshotRunning', 0],
    ['SnapshotPaused', 0],
    ['SnapshotCompleted', 1],
  ] as const)
    expect(await metric(name, snapshot), name).toBe(value);
  const table = `{plugin="postgres",name="shop",context="snapshot",table="public.users"}`;
  expect(await metric('RowsScanned', table)).toBe(1);
});

test("what Debezium's class writes is read as what the Java one writes", async () => {
  await db.query(TABLE);
  await run(
    `CREATE SOURCE CONNECTOR dbz WITH ('connector.class'='io.debezium.connector.postgresql.PostgresConnector', ${place()}, 'topic.prefix'='shop', 'plugin.name'='pgoutput');`,
  );
  await eventually(async () => JSON.stringify(await run('SHOW TOPICS;')).includes('shop.public.users'));
  await run(
    `CREATE STREAM users (before STRUCT<id INT, name STRING>, after STRUCT<id INT, name STRING, balance DECIMAL(8, 2)>, op STRING) WITH (KAFKA_TOPIC='shop.public.users', VALUE_FORMAT='CONNECT_JSON');`,
  );
  await eventually(async () => (await rows('SELECT * FROM users;')).length === 1);
  expect(await rows('SELECT op, after->name, CAST(after->balance AS STRING) FROM users;')).toEqual([
    ['r', 'ann', '1.50'],
  ]);
});

test('settings that change nothing are named, those that cannot be had are refused in words', async () => {
  await db.query(TABLE);
  const create = (more: string) =>
    run(
      `CREATE SOURCE CONNECTOR dbz WITH ('connector.class'='io.debezium.connector.postgresql.PostgresConnector', ${place()}, 'topic.prefix'='shop'${more});`,
    );
  for (const [setting, words] of [
    [`'snapshot.mode'='initial_only'`, /A reading without a stream is not had/],
    [`'converters'='isbn'`, /No Java class can run here/],
    [`'decimal.handling.mode'='exact'`, /decimal\.handling\.mode.*String must be one of: precise, double, string/],
    [`'column.mask.hash.MD2.with.salt.x'='public.users.name'`, /There is no hash MD2 here/],
    [`'table.include.list'='public.users', 'table.exclude.list'='x'`, /"table.include.list" is already specified/],
  ] as const)
    await expect(create(`, ${setting}`), setting).rejects.toMatchObject({
      error: { message: expect.stringMatching(words) as string },
    });
  const [answer] = await create(`, 'max.queue.size'='100', 'plugin.name'='wal2json'`);
  const told = JSON.stringify(answer);
  expect(told).toContain('max.queue.size (changes wait in the socket, not in a queue)');
  expect(told).toContain('plugin.name (changes are decoded by pgoutput, which every server has)');
});
