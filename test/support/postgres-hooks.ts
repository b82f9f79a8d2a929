import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { Harness } from '../../src/connect/worker/testing/harness.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { testEnv } from './env.ts';
import { connectToEmptied, startPostgres, type Postgres } from './postgres.ts';

type Options = Parameters<typeof startPostgres>[0];

/** A file's Postgres server, and a connection to its database, which is emptied before each test. */
interface Site {
  readonly postgres: Postgres;
  readonly db: pg.Client;
}

/**
 * Starts a Postgres server for the tests of a file, and for each of them an embedded Connect worker; `use` takes them
 * over before each test.
 */
export function workerBesidePostgres(
  options: Options,
  use: (site: Site & { readonly harness: Harness }) => void,
): void {
  besidePostgres(options, async (site) => {
    const harness = await new Harness().start();
    use({ ...site, harness });
    return harness;
  });
}

/** The same with a whole server in place of the worker alone. */
export function sluiceBesidePostgres(options: Options, use: (site: Site & { readonly sluice: Sluice }) => void): void {
  besidePostgres(options, async (site) => {
    const sluice = await startSluice({
      env: testEnv(),
      store: new MemoryStore(),
      properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
    });
    use({ ...site, sluice });
    return sluice;
  });
}

function besidePostgres(
  options: Options,
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
    await db.end().catch(() => {});
  });
}
