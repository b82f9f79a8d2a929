import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { connectTo, connectToEmptied, type Postgres } from './postgres.ts';
import { seededRandom } from './random.ts';
import { ServerProcess, sleep } from './server-process.ts';

/** How long the mirror may differ from the table before this counts as data loss. */
const STALL_MS = 180_000;

export interface CrashRun {
  readonly postgres: Postgres;
  readonly seed: number;
  /** How often the server is killed. After the second kill the database is restarted by a crash as well. */
  readonly crashes: number;
  /** Rows that exist before the connector, so that their snapshot is interrupted too. */
  readonly rows: number;
  /** Settings of the server. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** The observed result, with the expected one where they can differ. */
export interface CrashOutcome {
  /** Rows of the table as the database and as the mirror have them; undefined when they are equal. */
  readonly differs: { readonly expected: unknown; readonly mirrored: unknown } | undefined;
  /** Rows of the append-only table `lines`. */
  readonly lines: number;
  readonly linesCame: number;
  readonly linesTwice: number;
  /** Row versions that appear in the topic after a later version of the same row. */
  readonly wentBack: number;
  /** A failure of one of the application's writes that was not caused by killing the database. */
  readonly failedWrite: unknown;
}

/**
 * Reads a table while it changes, and an append-only table, while server and database are killed (kill -9). Then
 * compares the mirror with the table row by row, as another client reads it.
 */
export async function crashRun({ postgres, seed, crashes, rows, properties = {} }: CrashRun): Promise<CrashOutcome> {
  const random = seededRandom(seed);
  const setUp = await connectToEmptied(postgres);
  await setUp.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active');
  await setUp.query(`CREATE SEQUENCE versions;
    CREATE TABLE accounts (id int PRIMARY KEY, v bigint NOT NULL DEFAULT nextval('versions'), text text);
    CREATE TABLE lines (n bigint GENERATED ALWAYS AS IDENTITY, v int);
    INSERT INTO accounts (id, text) SELECT i, repeat('x', 100) FROM generate_series(1, ${rows}) i`);
  await setUp.end();
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-cdc-crash-'));
  const server = await ServerProcess.create(folder, properties);
  let stop = false;
  let failed: unknown;
  let next = rows + 1;
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
  const write = async (): Promise<void> => {
    let client: pg.Client | undefined;
    while (!stop) {
      try {
        client ??= await connectTo(postgres);
        const statements = Array.from({ length: 1 + Math.floor(random() * 20) }, change);
        const end = random() < 0.1 ? 'ROLLBACK' : 'COMMIT';
        await client.query(`BEGIN; ${statements.join('; ')}; ${end}`);
        await sleep(random() * 10);
      } catch (error) {
        // The database is being killed. Any other error is a fault, because the application's writes must never fail.
        const { code } = error as { code?: string };
        if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('57')) failed ??= error;
        await client?.end().catch(() => {});
        client = undefined;
        await sleep(50);
      }
    }
    await client?.end();
  };
  let writing: Promise<void> | undefined;
  try {
    await server.start();
    await server.execute(
      `CREATE SOURCE CONNECTOR bank WITH (connector='postgres', url='${postgres.url}', tables='accounts,lines', mode='cdc');`,
    );
    writing = write();
    for (let i = 0; i < crashes; i++) {
      await sleep(100 + random() * 1500);
      await server.kill();
      if (i === 1) await postgres.restart(true);
      await server.start();
    }
    await sleep(500);
    stop = true;
    await writing;
    const outcome = await compared(postgres, server, failed);
    await server.stop();
    return outcome;
  } finally {
    stop = true;
    await writing;
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compared(postgres: Postgres, server: ServerProcess, failedWrite: unknown): Promise<CrashOutcome> {
  const client = await connectTo(postgres);
  const found = await client.query<{ id: number; v: string; text: string }>(
    'SELECT id, v, text FROM accounts ORDER BY id',
  );
  const expected = found.rows.map((r) => [r.id, Number(r.v), r.text]);
  const lines = Number((await client.query<{ n: string }>('SELECT count(*) AS n FROM lines')).rows[0]!.n);
  await client.end();
  let mirrored: unknown;
  let came: readonly number[] = [];
  for (let deadline = performance.now() + STALL_MS; performance.now() < deadline; await sleep(300)) {
    mirrored = (await server.rows('SELECT id, v, text FROM bank_accounts;'))
      .map(([id, v, text]) => [Number(id), Number(v), text])
      .toSorted((a, b) => Number(a[0]) - Number(b[0]));
    came = (await server.rows('SELECT n FROM bank_lines;')).map((r) => Number(r[0]));
    if (isDeepStrictEqual(mirrored, expected) && came.length >= lines) break;
  }
  // The complete history of the topic: row versions in the order of their records.
  await server.execute(
    `CREATE STREAM history (id INT KEY, v BIGINT) WITH (kafka_topic='accounts', key_format='KAFKA', value_format='JSON');`,
  );
  const last = new Map<unknown, number>();
  let wentBack = 0;
  for (const [id, v] of await server.rows('SELECT id, v FROM history;')) {
    if (Number(v) < (last.get(id) ?? 0)) wentBack++;
    last.set(id, Number(v));
  }
  return {
    differs: isDeepStrictEqual(mirrored, expected) ? undefined : { expected, mirrored },
    lines,
    linesCame: came.length,
    linesTwice: came.length - new Set(came).size,
    wentBack,
    failedWrite,
  };
}
