import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { ownMemoryMb } from '../support/memory.ts';
import { connectTo, startPostgres, type Postgres } from '../support/postgres.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';

/**
 * The number of changes in one transaction, and the size of each: together more than the server's memory limit.
 * bench/cdc.ts uses ten million.
 */
const CHANGES = 300_000;
const BYTES = 400;
const MEMORY_MB = 64;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { wal_level: 'logical' } });
});
afterAll(async () => {
  await postgres?.stop();
});

test.skipIf(process.platform !== 'linux')(
  `a transaction of ${CHANGES} changes, ${(CHANGES * BYTES) / 1e6} MB, takes less than ${MEMORY_MB} MB of memory, and each change comes once`,
  async ({ onTestFinished }) => {
    const db = await connectTo(postgres);
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-cdc-large-'));
    const server = await ServerProcess.create(folder);
    onTestFinished(async () => {
      await server.kill();
      await db.end();
      rmSync(folder, { recursive: true, force: true });
    });
    await db.query('CREATE TABLE lines (n int PRIMARY KEY, text text)');
    await server.start();
    await server.execute(
      `CREATE SOURCE CONNECTOR large WITH (connector='postgres', url='${postgres.url}', tables='lines', mode='cdc');`,
    );
    const insert = (from: number, count: number): Promise<unknown> =>
      db.query(`INSERT INTO lines SELECT i, repeat('x', ${BYTES}) FROM generate_series($1::int, $2::int) i`, [
        from,
        from + count - 1,
      ]);
    const written = async (): Promise<number> => {
      const answer = await fetch(`${server.url}/metrics`);
      const found = /sluice_connect_task_records_total\{[^}]*connector="LARGE"[^}]*\} (\d+)/.exec(await answer.text());
      return Number(found?.[1] ?? 0);
    };
    // Warm-up: memory is compared with that of a server that has done all of this before.
    await insert(1, 30_000);
    await eventually(async () => (await written()) >= 30_000);
    await sleep(500);
    const before = ownMemoryMb(server.pid!);
    let peak = before;
    await insert(30_001, CHANGES);
    await eventually(async () => {
      peak = Math.max(peak, ownMemoryMb(server.pid!));
      return (await written()) >= 30_000 + CHANGES;
    }, 120_000);
    expect(peak - before).toBeLessThan(MEMORY_MB);
    expect(await written()).toBe(30_000 + CHANGES);
  },
);
