import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { crashRun, type CrashOutcome } from '../support/cdc-crash.ts';
import { byExtent } from '../support/extent.ts';
import { connectTo, startPostgres, type Postgres } from '../support/postgres.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';

/** bench/cdc-crash.ts runs more crashes. */
const CRASHES = 3;
const CRASHES_ON_KAFKA = byExtent(1, CRASHES);
const ROWS = byExtent(15_000, 30_000);

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { wal_level: 'logical', fsync: 'on', synchronous_commit: 'off' } });
});
afterAll(async () => {
  await postgres?.stop();
});

function expectExact(outcome: CrashOutcome): void {
  expect(outcome.failedWrite).toBeUndefined();
  expect(outcome.differs).toBeUndefined();
  expect(outcome).toMatchObject({ linesCame: outcome.lines, linesTwice: 0, wentBack: 0 });
}

// Tests of exactness are not retried.
const EXACT = { retry: 0, timeout: 400_000 };

test(
  `${CRASHES} kills of the server and one of the database lose nothing, write nothing twice and take nothing back`,
  EXACT,
  async () => {
    expectExact(await crashRun({ postgres, seed: 1, crashes: CRASHES, rows: ROWS }));
  },
);

describeWithServers('on Apache Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  test(`${CRASHES_ON_KAFKA} of the server, the same`, EXACT, async () => {
    expectExact(
      await crashRun({
        postgres,
        seed: 2,
        crashes: CRASHES_ON_KAFKA,
        rows: ROWS,
        properties: { 'bootstrap.servers': kafka.bootstrap, 'ksql.service.id': 'crash_' },
      }),
    );
  });
});

test(
  'rows that the database shows before they are on its disk are written when they are: a kill takes none of them back',
  EXACT,
  async () => {
    // Settings under which only a commit that waits for it flushes the WAL to disk.
    const lazy = await startPostgres({
      settings: {
        wal_level: 'logical',
        fsync: 'on',
        synchronous_commit: 'off',
        wal_writer_delay: '10s',
        wal_writer_flush_after: '1GB',
      },
    });
    const harness = await new Harness().start();
    try {
      const db = await connectTo(lazy);
      await db.query('CREATE TABLE users (id uuid PRIMARY KEY); CREATE TABLE lines (id uuid)');
      // A slot can be created only where the WAL is on disk, so until then each commit waits for the flush.
      await db.query('SET synchronous_commit = on');
      let isMade = false;
      const writing = (async () => {
        for (;;) {
          await db.query('INSERT INTO users SELECT gen_random_uuid(); INSERT INTO lines SELECT gen_random_uuid()');
          if (isMade) continue;
          const slots = await db.query('SELECT FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL');
          isMade = slots.rowCount === 1;
          if (isMade) await db.query('SET synchronous_commit = off');
        }
      })().catch(() => {});
      await harness.herder.create('shop', {
        'connector.class': 'sluice.connect.PostgresSourceConnector',
        'connection.url': lazy.url,
        'topic.prefix': 'pg-',
        'table.whitelist': 'users,lines',
        mode: 'cdc',
      });
      const ids = async (topic: string): Promise<readonly string[]> =>
        (await harness.read(`pg-${topic}`)).map(({ value }) => (JSON.parse(value!) as { id: string }).id).toSorted();
      await eventually(async () => (await ids('lines')).length > 0);
      await lazy.halt(true);
      await writing;
      await lazy.resume();
      const after = await connectTo(lazy);
      const rows = async (table: string): Promise<readonly string[]> =>
        (await after.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`)).rows.map((r) => r.id);
      // A row with a key may arrive again; a row without one must not.
      const keys = async (): Promise<readonly string[]> => [...new Set(await ids('users'))];
      const users = await rows('users');
      await eventually(async () => (await keys()).length >= users.length);
      expect(await keys()).toEqual(users);
      const lines = await rows('lines');
      await eventually(async () => (await ids('lines')).length >= lines.length);
      expect(await ids('lines')).toEqual(lines);
      await after.end();
    } finally {
      await harness.close();
      await lazy.stop();
    }
  },
);
