import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { testEnv } from './env.ts';
import { connectTo, connectToEmptied, startPostgres, type Postgres, type PostgresOptions } from './postgres.ts';

/** The Postgres server of a test file, and a connection to its database, which is emptied before each test. */
interface Site {
  readonly postgres: Postgres;
  readonly db: pg.Client;
}

/**
 * Starts a Postgres server for the tests of a file, and an embedded Connect worker for each test; `use` receives both
 * before each test.
 */
export function workerBesidePostgres(
  options: PostgresOptions,
  use: (site: Site & { readonly harness: Harness }) => void,
): void {
  besidePostgres(options, async (site) => {
    const harness = await new Harness().start();
    use({ ...site, harness });
    return harness;
  });
}

/**
 * Like `workerBesidePostgres`, with a whole server instead of the worker alone. @param properties additional settings
 * of the server
 */
export function sluiceBesidePostgres(
  { properties = {}, ...options }: PostgresOptions & { readonly properties?: Readonly<Record<string, string>> },
  use: (site: Site & { readonly sluice: Sluice }) => void,
): void {
  besidePostgres(options, async (site) => {
    const sluice = await startSluice({
      env: testEnv(),
      store: new MemoryStore(),
      properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', ...properties },
    });
    use({ ...site, sluice });
    return sluice;
  });
}

function besidePostgres(
  options: PostgresOptions,
  start: (site: Site) => Promise<{ readonly close: () => Promise<unknown> }>,
): void {
  let postgres: Postgres;
  let db: pg.Client;
  let started: { readonly close: () => Promise<unknown> };
  beforeAll(async () => {
    postgres = await startPostgres(options);
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    db = await connectToEmptied(postgres);
    started = await start({ postgres, db });
  });
  afterEach(async () => {
    await started.close();
    await endTransactions(postgres);
    if (options.settings?.['wal_level'] === 'logical') await dropReplication(postgres);
    await db.end().catch(() => {});
  });
}

/** Ends transactions that a failed test left open: the next test could not drop the tables that they lock. */
async function endTransactions(postgres: Postgres): Promise<void> {
  const db = await connectTo(postgres);
  await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'");
  await db.end();
}

/**
 * Drops the slots and publications that connectors left, because a server has only a few slots. Uses a connection of
 * its own, because a test may have restarted the server.
 */
async function dropReplication(postgres: Postgres): Promise<void> {
  const db = await connectTo(postgres);
  try {
    await eventually(async () => {
      await db.query(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND slot_type = 'logical'",
      );
      return (await db.query("SELECT FROM pg_replication_slots WHERE slot_type = 'logical'")).rowCount === 0;
    });
    const { rows } = await db.query<{ pubname: string }>('SELECT pubname FROM pg_publication');
    for (const { pubname } of rows) await db.query(`DROP PUBLICATION "${pubname}"`);
  } finally {
    await db.end();
  }
}

/** The config of a JDBC source in mode `changes`, whose topics begin with `pg-`, with short pauses between its polls. */
export function changesConfig(postgres: Postgres, more: Readonly<Record<string, string>>): Record<string, string> {
  return {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
    'connection.url': postgres.jdbcUrl,
    'connection.user': postgres.user,
    'connection.password': postgres.password,
    'topic.prefix': 'pg-',
    'poll.interval.ms': '50',
    'table.poll.interval.ms': '300',
    mode: 'changes',
    ...more,
  };
}
