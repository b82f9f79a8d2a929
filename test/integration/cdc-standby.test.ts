import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, startPostgres, startStandby, type Postgres } from '../support/postgres.ts';

/**
 * Change data capture from a standby (Postgres 16 and later): nothing is written on it, and nothing is read from the
 * primary.
 */

const PATIENCE_MS = 60_000;
const LONG = 5000;

let primary: Postgres;
let standby: Postgres;
let db: pg.Client;
let harness: Harness;

beforeAll(async () => {
  primary = await startPostgres({ settings: { wal_level: 'logical' } });
  db = await connectTo(primary);
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, n int, body text); ALTER TABLE users ALTER body SET STORAGE EXTERNAL;
    CREATE TABLE lines (n int); CREATE PUBLICATION shop FOR TABLE users, lines WITH (publish_via_partition_root = true);
    INSERT INTO users SELECT i, 0, repeat('a', ${LONG}) FROM generate_series(1, 300) i; INSERT INTO lines SELECT generate_series(1, 300)`);
  await db.end();
  standby = await startStandby(primary);
  db = await connectTo(primary);
  harness = await new Harness().start();
});
afterAll(async () => {
  await harness?.close();
  await db?.end();
  await standby?.stop();
  await primary?.stop();
});

/** The rows in the topic by key. */
async function mirror(): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const { value } of await harness.read('users')) {
    const { id, n, body } = JSON.parse(value!) as { id: number; n: number; body: string };
    found.set(id, `${n} ${body[0]}`);
  }
  return found;
}

test('rows and changes come from the standby alone, values that were not sent too; it is promoted, and they go on', async () => {
  // Continuous changes, because the standby makes progress only with them, including when it creates a slot.
  let stop = false;
  const writing = (async () => {
    const writer = await connectTo(primary);
    for (let i = 0; !stop; i++)
      await writer.query(
        `UPDATE users SET n = ${i} WHERE id = ${1 + (i % 300)}; INSERT INTO lines VALUES (${1000 + i}); SELECT pg_log_standby_snapshot()`,
      );
    await writer.end();
  })();
  await harness.herder.create('shop', {
    'connector.class': 'sluice.connect.PostgresSourceConnector',
    'connection.url': standby.url,
    'table.whitelist': 'users,lines',
    'publication.name': 'shop',
    mode: 'cdc',
  });
  await eventually(async () => (await mirror()).size === 300, PATIENCE_MS);
  stop = true;
  await writing;
  await db.query(`UPDATE users SET body = repeat('b', ${LONG}) WHERE id = 7; UPDATE users SET n = -7 WHERE id = 7`);
  const expected = await db.query<{ id: number; row: string }>(
    `SELECT id, n || ' ' || left(body, 1) AS row FROM users`,
  );
  const wanted = new Map(expected.rows.map((r) => [r.id, r.row] as const).toSorted((a, b) => a[0] - b[0]));
  await eventually(
    async () => JSON.stringify([...(await mirror())].toSorted((a, b) => a[0] - b[0])) === JSON.stringify([...wanted]),
    PATIENCE_MS,
  );
  const { rows } = await db.query<{ n: number }>('SELECT n FROM lines ORDER BY n');
  const lines = async () => (await harness.read('lines')).map((r) => (JSON.parse(r.value!) as { n: number }).n);
  await eventually(async () => (await lines()).length >= rows.length, PATIENCE_MS);
  expect((await lines()).toSorted((a, b) => a - b)).toEqual(rows.map((r) => r.n));
  // The standby is promoted while it is read: the slot still exists, and reading continues.
  const other = await connectTo(standby);
  await other.query('SELECT pg_promote()');
  await other.query(`UPDATE users SET n = -8 WHERE id = 8`);
  await eventually(async () => (await mirror()).get(8) === '-8 a', PATIENCE_MS);
  await eventually(() => harness.herder.sql.remarks('shop').join().includes('went over to timeline 2'), PATIENCE_MS);
  await eventually(
    async () =>
      (await harness.herder.offsets('shop')).some(({ offset }) => /^[0-9]+.2.[0-9]+$/.test(String(offset?.['server']))),
    PATIENCE_MS,
  );
  harness.herder.restart('shop', true, false);
  await other.query(`UPDATE users SET n = -9 WHERE id = 9`);
  await eventually(async () => (await mirror()).get(9) === '-9 a', PATIENCE_MS);
  await other.end();
  // The slot never existed on the primary.
  expect((await db.query(`SELECT FROM pg_replication_slots WHERE slot_type = 'logical'`)).rowCount).toBe(0);
});
