import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectTo, startPostgres, type Postgres } from '../support/postgres.ts';
import { seededRandom } from '../support/random.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';

/** How often the server is killed; a longer run sets CRASHES=200. */
const CRASHES = Number(process.env['CRASHES'] ?? 3);
const SEED = Number(process.env['CRASH_SEED'] ?? 1);
/** Rows that are there before the connector: their first reading is interrupted too. */
const ROWS = 30_000;
/** How long the mirror may stand still, not yet equal, before that counts as lost. */
const STALL_MS = 30_000;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { wal_level: 'logical', fsync: 'on', synchronous_commit: 'off' } });
});
afterAll(async () => {
  await postgres?.stop();
});

/**
 * A table that is read and changed at once, and a log that only grows, while server and database are killed: in the end
 * the mirror is the table, row by row, as another client reads it; versions of a row never went back; each line of the
 * log came once.
 */
test(
  `${CRASHES} kills of the server and one of the database lose nothing, write nothing twice and take nothing back`,
  { timeout: 60_000 + CRASHES * 20_000 },
  async ({ onTestFinished }) => {
    const random = seededRandom(SEED);
    const setUp = await connectTo(postgres);
    await setUp.query(`CREATE SEQUENCE versions;
      CREATE TABLE accounts (id int PRIMARY KEY, v bigint NOT NULL DEFAULT nextval('versions'), text text);
      CREATE TABLE lines (n bigint GENERATED ALWAYS AS IDENTITY, v int);
      INSERT INTO accounts (id, text) SELECT i, repeat('x', 100) FROM generate_series(1, ${ROWS}) i`);
    await setUp.end();
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-cdc-crash-'));
    const server = await ServerProcess.create(folder);
    let stop = false;
    let failed: unknown;
    onTestFinished(async () => {
      stop = true;
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    await server.start();
    await server.execute(
      `CREATE SOURCE CONNECTOR bank WITH (connector='postgres', url='${postgres.url}', tables='accounts,lines', mode='cdc');`,
    );
    let next = ROWS + 1;
    const change = (): string => {
      const id = 1 + Math.floor(random() * (next - 1));
      const kind = random();
      if (kind < 0.3) return `INSERT INTO accounts (id, text) VALUES (${next++}, 'new') ON CONFLICT DO NOTHING`;
      if (kind < 0.7) return `UPDATE accounts SET text = 'u${id}', v = nextval('versions') WHERE id = ${id}`;
      if (kind < 0.8) return `DELETE FROM accounts WHERE id = ${id}`;
      if (kind < 0.9) return `UPDATE accounts SET id = ${next++}, v = nextval('versions') WHERE id = ${id}`;
      if (kind < 0.91) return `UPDATE accounts SET v = nextval('versions') WHERE id BETWEEN ${id} AND ${id + 3000}`;
      return 'INSERT INTO lines (v) SELECT generate_series(1, 3)';
    };
    const load = (async () => {
      let client: pg.Client | undefined;
      while (!stop) {
        try {
          client ??= await connectTo(postgres);
          const statements = Array.from({ length: 1 + Math.floor(random() * 20) }, change);
          const end = random() < 0.1 ? 'ROLLBACK' : 'COMMIT';
          await client.query(`BEGIN; ${statements.join('; ')}; ${end}`);
          await sleep(random() * 10);
        } catch (error) {
          // The database is being killed; anything else is a fault: the application's writes never fail.
          const { code } = error as { code?: string };
          if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57')) failed ??= error;
          await client?.end().catch(() => {});
          client = undefined;
          await sleep(50);
        }
      }
      await client?.end();
    })();
    for (let i = 0; i < CRASHES; i++) {
      await sleep(100 + random() * 1500);
      await server.kill();
      if (i === 1) await postgres.restart(true);
      await server.start();
    }
    await sleep(500);
    stop = true;
    await load;
    expect(failed).toBeUndefined();

    const client = await connectTo(postgres);
    const expected = (
      await client.query<{ id: number; v: string; text: string }>('SELECT id, v, text FROM accounts ORDER BY id')
    ).rows.map((r) => [r.id, Number(r.v), r.text]);
    const lines = Number((await client.query<{ n: string }>('SELECT count(*) AS n FROM lines')).rows[0]!.n);
    await client.end();
    const mirror = async (): Promise<string> =>
      JSON.stringify(
        (await server.rows('SELECT id, v, text FROM bank_accounts;')).toSorted((a, b) => Number(a[0]) - Number(b[0])),
      );
    const came = async (): Promise<number[]> =>
      (await server.rows('SELECT n FROM bank_lines;')).map((r) => Number(r[0]));
    const wanted = JSON.stringify(expected);
    const deadline = performance.now() + STALL_MS;
    for (;;) {
      const isEqual = (await mirror()) === wanted && (await came()).length >= lines;
      if (isEqual) break;
      if (performance.now() > deadline) {
        expect(JSON.parse(await mirror())).toEqual(expected);
        expect((await came()).length).toBe(lines);
      }
      await sleep(300);
    }
    const all = await came();
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(lines);
    // The topic's whole history: versions of a row in the order in which they came.
    await server.execute(
      `CREATE STREAM history (id INT KEY, v BIGINT) WITH (kafka_topic='accounts', key_format='KAFKA', value_format='JSON');`,
    );
    const last = new Map<unknown, number>();
    let back = 0;
    for (const [id, v] of await server.rows('SELECT id, v FROM history;')) {
      if (Number(v) < (last.get(id) ?? 0)) back++;
      last.set(id, Number(v));
    }
    expect(back).toBe(0);
    await server.stop();
  },
);
