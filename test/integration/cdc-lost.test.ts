import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, startStandby, type Postgres } from '../support/postgres.ts';
import { workerBesidePostgres } from '../support/postgres-hooks.ts';

/**
 * Change data capture that loses its position in the database's WAL: it reports this in one line and never continues
 * silently.
 */

const PATIENCE_MS = 90_000;

let postgres: Postgres;
let db: pg.Client;
let harness: Harness;

workerBesidePostgres({ settings: { wal_level: 'logical', min_wal_size: '32MB', max_wal_size: '32MB' } }, (site) => {
  ({ postgres, db, harness } = site);
});
beforeEach(async () => {
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
});

const config = (more: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': 'sluice.connect.PostgresSourceConnector',
  'connection.url': postgres.url,
  'table.whitelist': 'users',
  'topic.prefix': 'pg-',
  mode: 'cdc',
  ...more,
});
const change = (more: Record<string, string>): Promise<unknown> =>
  harness.rest('PUT', '/connectors/shop/config', config(more));
const READ_AGAIN = { 'slot.lost.policy': 'snapshot' };

/** The rows in the topic: id and name. */
async function mirror(): Promise<string[]> {
  const found = new Map<string, string>();
  for (const { key, value } of await harness.read('pg-users')) {
    if (value === null) found.delete(key!.toString('hex'));
    else {
      const { id, name } = JSON.parse(value) as { id: number; name: string };
      found.set(key!.toString('hex'), `${id}${name}`);
    }
  }
  return [...found.values()].toSorted();
}
const mirrored = (...expected: string[]): Promise<unknown> =>
  eventually(async () => JSON.stringify(await mirror()) === JSON.stringify(expected), PATIENCE_MS).catch(async () => {
    expect({ rows: await mirror(), cause: cause() }).toEqual({ rows: expected, cause: undefined });
  });
/** The first line of the trace with which the task failed. */
const cause = (): string | undefined => harness.herder.status('shop').tasks[0]?.trace?.split('\n')[0];
const stopped = (with_: RegExp): Promise<unknown> =>
  eventually(() => with_.test(cause() ?? ''), PATIENCE_MS).catch(() => expect(cause()).toMatch(with_));
const CURE = `ALTER CONNECTOR shop SET ('slot.lost.policy'='snapshot');`;

test('the server removes the log that the slot needs (max_slot_wal_keep_size)', async () => {
  await harness.herder.create('shop', config());
  await mirrored('1a', '2b');
  await harness.herder.setTarget('shop', 'STOPPED');
  await db.query(`ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`);
  await db.query('SELECT pg_reload_conf()');
  await db.query(`DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (3, 'c')`);
  await eventually(async () => {
    await db.query('CREATE TABLE IF NOT EXISTS filler (n int); INSERT INTO filler VALUES (1)');
    await db.query('SELECT pg_switch_wal()');
    await db.query('CHECKPOINT');
    const { rows } = await db.query<{ s: string }>('SELECT wal_status AS s FROM pg_replication_slots');
    return rows[0]?.s === 'lost';
  }, PATIENCE_MS);
  await db.query('ALTER SYSTEM RESET max_slot_wal_keep_size');
  await db.query('SELECT pg_reload_conf()');
  await harness.herder.setTarget('shop', 'RUNNING');
  await stopped(/slot sluice_shop is invalidated, the server has removed the log .*max_slot_wal_keep_size.*are lost/);
  expect(cause()).toContain(CURE);
  expect(await mirror()).toEqual(['1a', '2b']);
  await change(READ_AGAIN);
  await mirrored('2b', '3c');
  await db.query(`DELETE FROM users WHERE id = 2`);
  await mirrored('3c');
});

describe('a publication', () => {
  test.each([
    ['while changes are read', false],
    ['while the connector is stopped', true],
  ])('is dropped and made again %s', async (_, isStopped) => {
    await harness.herder.create('shop', config());
    await mirrored('1a', '2b');
    await db.query(`INSERT INTO users VALUES (3, 'c')`);
    await mirrored('1a', '2b', '3c');
    if (isStopped) await harness.herder.setTarget('shop', 'STOPPED');
    await db.query('DROP PUBLICATION sluice_shop');
    await db.query(`DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (4, 'd')`);
    if (isStopped) {
      await db.query('CREATE PUBLICATION sluice_shop FOR TABLE users');
      await harness.herder.setTarget('shop', 'RUNNING');
    }
    await stopped(isStopped ? /Publication sluice_shop was dropped and made again/ : /Publication sluice_shop is gone/);
    expect(cause()).toContain(CURE);
    await change(READ_AGAIN);
    await mirrored('2b', '3c', '4d');
    await db.query(`INSERT INTO users VALUES (5, 'e')`);
    await mirrored('2b', '3c', '4d', '5e');
  });

  test('loses a table for a while: that is read again, and said', async () => {
    await harness.herder.create('shop', config());
    await mirrored('1a', '2b');
    await harness.herder.setTarget('shop', 'STOPPED');
    await db.query('ALTER PUBLICATION sluice_shop DROP TABLE users');
    await db.query(`DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (4, 'd')`);
    await db.query('ALTER PUBLICATION sluice_shop ADD TABLE users');
    await harness.herder.setTarget('shop', 'RUNNING');
    await mirrored('2b', '4d');
    expect(harness.herder.sql.remarks('shop').join('\n')).toContain('Table public.users was made anew, or taken out');
  });
});

test('a table is dropped and made anew while changes are read: it is read again, and goes on', async () => {
  await harness.herder.create('shop', config());
  await mirrored('1a', '2b');
  await db.query(
    `DROP TABLE users; CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (2, 'new')`,
  );
  await mirrored('2new');
  await db.query(`INSERT INTO users VALUES (3, 'c')`);
  await mirrored('2new', '3c');
});

describe('a standby is promoted', () => {
  test('that does not keep the slot up: what it has of the changes is not believed', async () => {
    const standby = await startStandby(postgres);
    db = await connectTo(postgres);
    try {
      await harness.herder.create('shop', config());
      await mirrored('1a', '2b');
      const other = await connectTo(standby);
      await eventually(async () => (await other.query('SELECT FROM users')).rowCount === 2, PATIENCE_MS);
      await other.query('SELECT pg_promote()');
      await other.query(`INSERT INTO users VALUES (3, 'c')`);
      await change({ 'connection.url': standby.url });
      await stopped(
        /This is timeline 2 of the cluster, 1 was read .*no replication slot sluice_shop|topics have changes/,
      );
      expect(cause()).toContain(CURE);
      await change({ 'connection.url': standby.url, ...READ_AGAIN });
      await mirrored('1a', '2b', '3c');
      await harness.herder.delete('shop');
      await other.end();
    } finally {
      await standby.stop();
      await db.query(`SELECT pg_drop_replication_slot('standby')`);
    }
  });

  test('that keeps the slot up (sync_replication_slots): it goes on with nothing missing, and says so', async ({
    skip,
  }) => {
    const { rows: versions } = await db.query<{ v: string }>(`SELECT current_setting('server_version_num') AS v`);
    if (Number(versions[0]!.v) < 170_000) skip('slots are kept up since Postgres 17');
    const standby = await startStandby(postgres, { sync_replication_slots: 'on' });
    db = await connectTo(postgres);
    // With this setting, the primary does not send us changes that the standby has not received.
    await db.query(`ALTER SYSTEM SET synchronized_standby_slots = 'standby'`);
    await db.query('SELECT pg_reload_conf()');
    try {
      await harness.herder.create('shop', config());
      await mirrored('1a', '2b');
      const other = await connectTo(standby);
      await db.query(`UPDATE users SET name = 'B' WHERE id = 2`);
      await mirrored('1a', '2B');
      await eventually(async () => {
        const { rows } = await other.query('SELECT FROM pg_replication_slots WHERE synced AND NOT temporary');
        return rows.length === 1;
      }, PATIENCE_MS);
      await harness.herder.setTarget('shop', 'STOPPED');
      await db.query(`INSERT INTO users VALUES (3, 'missed')`);
      await eventually(async () => (await other.query('SELECT FROM users')).rowCount === 3, PATIENCE_MS);
      await other.query('SELECT pg_promote()');
      await other.query(`DELETE FROM users WHERE id = 1`);
      await change({ 'connection.url': standby.url });
      await harness.herder.setTarget('shop', 'RUNNING');
      await mirrored('2B', '3missed');
      expect((await harness.read('pg-users')).length).toBe(5);
      expect(harness.herder.sql.remarks('shop').join('\n')).toContain('The database is on timeline 2 now');
      await harness.herder.delete('shop');
      await other.end();
    } finally {
      await standby.stop();
      await db.query(`ALTER SYSTEM RESET synchronized_standby_slots`);
      await db.query('SELECT pg_reload_conf()');
      await db.query(`SELECT pg_drop_replication_slot('standby')`);
    }
  });
});
