import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MemoryStore } from '../../src/log/embedded/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { playTranscript } from './run-transcript.ts';

let postgres: Postgres;
let database: pg.Client;
let sluice: Sluice;

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop', user: 'me', password: 'secret' });
  database = new pg.Client({ connectionString: postgres.url });
  database.on('error', () => {});
  await database.connect();
  await database.query(`
    CREATE TABLE users (id text PRIMARY KEY, region text);
    CREATE TABLE orders (id int PRIMARY KEY, amount numeric(10, 2));
    INSERT INTO users SELECT 'User_' || n, 'Region_' || n % 3 FROM generate_series(1, 9) n;`);
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: testEnv(),
  });
});
afterAll(async () => {
  await sluice.close();
  await database.end().catch(() => {});
  await postgres.stop();
});

/** The statements that a newcomer copies work as they stand, but for the address of the database. */
test('the quick start of the README', async () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
  const script = /```sql\n([\s\S]*?)```/.exec(readme)![1]!;
  const address = 'postgres://me:secret@localhost/shop';
  expect(script).toContain(address);
  const screen = await playTranscript(sluice.url, script.replaceAll(address, postgres.url).split('\n'));
  expect(screen.match(/^Created (?:connector|query)/gm)).toHaveLength(4);
  await vi.waitFor(
    async () => {
      const { rows } = await database.query<Record<string, unknown>>('SELECT * FROM views_by_region');
      expect(rows.length).toBeGreaterThanOrEqual(3);
      expect(rows.every((row) => Number(row['views']) > 0 && /^Region_\d$/.test(String(row['region'])))).toBe(true);
    },
    { timeout: 60_000, interval: 200 },
  );
});
