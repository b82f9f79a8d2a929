/**
 * Change data capture from Postgres: how fast are changes read that wait in a slot, compared with `pg_recvlogical`,
 * which discards them (the limit: what the server decodes and sends); how soon after its commit can a change be read
 * from the topic; how fast is a snapshot of a table read while changes are streamed. Everything shares this machine's
 * cores with Postgres. One JSON line per measurement.
 *
 *     npx tsx bench/cdc.ts [changes] [snapshot,throughput,large,latency]
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { Herder } from '../src/connect/worker/herder.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { RecordCursor } from '../src/log/record-batch/cursor.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { ownMemoryMb } from '../test/support/memory.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { yardstick } from './support/yardstick.ts';

const CHANGES = Number(process.argv[2] ?? 200_000);
const PARTS = new Set((process.argv[3] ?? 'snapshot,throughput,large,latency').split(','));
const SNAPSHOT_ROWS = 5 * CHANGES;
const LATENCY_MS = 10_000;
/** Transactions with this many rows at this interval: 5,000 changes/s. */
const PACE = { rows: 25, everyMs: 5 };

const postgres = await startPostgres({
  settings: { wal_level: 'logical', max_wal_size: '8GB', shared_buffers: '512MB' },
});
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-cdc-'));
const db = new pg.Client({ connectionString: postgres.url });
await db.connect();
const env = nodeEnv(SILENT_LOGGER);
const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(folder, 'log') }), env });
const herder = await Herder.start({
  log,
  env,
  workerId: 'localhost:8083',
  secrets: { readFile: async () => '', environment: () => undefined },
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const report = (name: string, figures: object): void => {
  console.log(JSON.stringify({ bench: 'cdc', name, ...figures, ...yardstick() }));
};
const at = (sorted: readonly number[], q: number): number =>
  Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!.toFixed(1));

async function records(topic: string): Promise<number> {
  return (await log.admin.describeTopic(topic)) === undefined
    ? 0
    : await log.admin.latestOffset({ topic, partition: 0 });
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) {
    const task = herder.status('bench').tasks[0];
    if (task?.state === 'FAILED') throw new Error(task.trace);
    await sleep(5);
  }
}

const config = (tables: string): Record<string, string> => ({
  'connector.class': 'sluice.connect.PostgresSourceConnector',
  'connection.url': postgres.url,
  'table.whitelist': tables,
  'topic.prefix': 'bench-',
  mode: 'cdc',
});

/** The path of pg_recvlogical of an installed Postgres; undefined when there is none. */
function recvlogical(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((version) => path.join(root, version, 'bin/pg_recvlogical'))
    .findLast((file) => existsSync(file));
}

async function limit(end: string): Promise<number | undefined> {
  const program = recvlogical();
  if (program === undefined) return undefined;
  const from = performance.now();
  const child = spawn(
    program,
    `-h ${postgres.host} -p ${postgres.port} -U ${postgres.user} -d ${postgres.database} --slot yardstick --start -f /dev/null --endpos ${end} --no-loop -o proto_version=1 -o publication_names=sluice_bench,sluice_bench_inserts`.split(
      ' ',
    ),
    { env: { ...process.env, PGPASSWORD: postgres.password }, stdio: 'ignore' },
  );
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`pg_recvlogical ended with ${String(code)}`);
  return performance.now() - from;
}

/**
 * Measures reading changes that wait in the slot. `transaction` is the statement of one transaction of `count` rows.
 */
async function throughput(
  kind: string,
  rows: number,
  count: number,
  transaction: (i: number) => string,
  changes: number,
): Promise<void> {
  await herder.setTarget('bench', 'STOPPED');
  await until(async () => (await db.query('SELECT FROM pg_replication_slots WHERE active')).rowCount === 0);
  await db.query(`SELECT pg_create_logical_replication_slot('yardstick', 'pgoutput')`);
  await db.query('SET synchronous_commit = off');
  for (let from = 0; from < count; from += 500)
    await db.query(
      Array.from({ length: Math.min(500, count - from) }, (_, i) => `BEGIN; ${transaction(from + i)}; COMMIT`).join(
        ';',
      ),
    );
  await db.query('SET synchronous_commit = on; CHECKPOINT');
  const { rows: ends } = await db.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  await db.query(`SELECT pg_logical_emit_message(true, 'bench', '')`);
  const theirs = await limit(ends[0]!.lsn);
  await db.query(`SELECT pg_drop_replication_slot('yardstick')`);
  const before = await records('bench-users');
  const cpu = process.cpuUsage();
  const start = performance.now();
  await herder.setTarget('bench', 'RUNNING');
  let first = 0;
  await until(async () => (first = (await records('bench-users')) - before) > 0);
  // The time to connect and to examine the tables does not count.
  const began = performance.now();
  await until(async () => (await records('bench-users')) - before >= changes);
  const ours = ((performance.now() - began) * changes) / Math.max(1, changes - first);
  const used = process.cpuUsage(cpu);
  report(`${kind} ${rows} a transaction`, {
    changes,
    startMs: Math.round(began - start),
    perSecond: Math.round((1000 * changes) / ours),
    ...(theirs !== undefined && {
      recvlogicalPerSecond: Math.round((1000 * changes) / theirs),
      share: Number((theirs / ours).toFixed(2)),
    }),
    cpuUsPerChange: Number(((used.user + used.system) / changes).toFixed(2)),
  });
}

async function snapshot(): Promise<void> {
  await db.query(
    `CREATE TABLE big (id bigint PRIMARY KEY, name text NOT NULL, region text NOT NULL, balance numeric(10, 2), active boolean, updated_at timestamptz NOT NULL DEFAULT now());
     INSERT INTO big SELECT i, 'User_' || i, 'Region_' || i % 9, (i % 10000) / 100.0, i % 2 = 0, now() FROM generate_series(1, ${SNAPSHOT_ROWS}) i; VACUUM ANALYZE big`.split(
      '; VACUUM',
    )[0]!,
  );
  await db.query('VACUUM ANALYZE big');
  // The least that a client can do with COPY: count the bytes.
  let bytes = 0;
  const copied = performance.now();
  await new Promise<void>((resolve, reject) => {
    const copy = {
      submit: (connection: { query(text: string): void }) =>
        connection.query('COPY (SELECT * FROM big ORDER BY id) TO STDOUT'),
      handleCopyData: ({ chunk }: { chunk: Buffer }) => (bytes += chunk.length),
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    db.query(copy as never);
  });
  const copyMs = performance.now() - copied;
  const cpu = process.cpuUsage();
  const start = performance.now();
  await herder.create('bench', config('users,big'));
  await until(async () => (await records('bench-big')) >= SNAPSHOT_ROWS);
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  report('snapshot', {
    rows: SNAPSHOT_ROWS,
    rowsPerSecond: Math.round((1000 * SNAPSHOT_ROWS) / ms),
    copyRowsPerSecond: Math.round((1000 * SNAPSHOT_ROWS) / copyMs),
    copyBytes: bytes,
    shareOfCopy: Number((copyMs / ms).toFixed(2)),
    cpuUsPerRow: Number(((used.user + used.system) / SNAPSHOT_ROWS).toFixed(2)),
    residentMB: Math.round(process.memoryUsage().rss / 1e6),
  });
}

/**
 * One transaction of millions of changes, which the server sends at its commit and we write in parts: is it complete,
 * with each change once, and how much of our memory does it need?
 */
async function large(): Promise<void> {
  const FIRST = 100_000_000;
  const before = await records('bench-users');
  await db.query(`INSERT INTO users SELECT ${FIRST} + i, 'User_' || i FROM generate_series(0, ${SNAPSHOT_ROWS - 1}) i`);
  const start = performance.now();
  global.gc?.();
  const rest = ownMemoryMb('self');
  let peak = rest;
  await until(async () => {
    peak = Math.max(peak, ownMemoryMb('self'));
    return (await records('bench-users')) - before >= SNAPSHOT_ROWS;
  });
  const seconds = (performance.now() - start) / 1000;
  // Time for duplicates to arrive.
  await sleep(3000);
  report('one transaction', {
    changes: SNAPSHOT_ROWS,
    perSecond: Math.round(SNAPSHOT_ROWS / seconds),
    ...(await keysFrom(before, FIRST)),
    memoryBeforeMB: Math.round(rest),
    memoryPeakMB: Math.round(peak),
  });
}

/** The number of records from an offset on, and the number of their distinct keys from `first` on. */
async function keysFrom(offset: number, first: number): Promise<{ readonly came: number; readonly keys: number }> {
  const partition = { topic: 'bench-users', partition: 0 };
  const end = await log.admin.latestOffset(partition);
  const seen = new Uint8Array(SNAPSHOT_ROWS);
  const reader = log.createReader({});
  const cursor = new RecordCursor();
  let came = 0;
  reader.assign([{ ...partition, offset }]);
  while (reader.position(partition) < end)
    for (const fetched of await reader.poll(100)) {
      cursor.openFetched(fetched);
      while (cursor.next()) {
        const { columns } = cursor;
        came += columns.count;
        for (let i = 0; i < columns.count; i++) {
          const key = columns.key(i)!;
          seen[Number(key.length === 8 ? key.readBigInt64BE(0) : key.readInt32BE(0)) - first] = 1;
        }
      }
    }
  await reader.close();
  return { came, keys: seen.reduce((sum, one) => sum + one, 0) };
}

/** From the return of a commit until a reader receives the records, at a constant rate. */
async function latency(): Promise<void> {
  const reader = log.createReader({});
  const partition = { topic: 'bench-users', partition: 0 };
  let seen = await records('bench-users');
  reader.assign([{ ...partition, offset: seen }]);
  const committed: { readonly upTo: number; readonly atMs: number }[] = [];
  const times: number[] = [];
  let stop = false;
  let written = seen;
  const writing = (async () => {
    const start = performance.now();
    for (let i = 0; performance.now() - start < LATENCY_MS; i++) {
      const wait = start + i * PACE.everyMs - performance.now();
      if (wait > 0) await sleep(wait);
      await db.query(
        `UPDATE users SET n = n + 1 WHERE id BETWEEN ${1 + (i % 100) * 100} AND ${(i % 100) * 100 + PACE.rows}`,
      );
      written += PACE.rows;
      committed.push({ upTo: written, atMs: performance.now() });
    }
    stop = true;
  })();
  const start = performance.now();
  while (!stop || committed.length > 0) {
    await reader.poll(100);
    const now = performance.now();
    seen = reader.position(partition);
    while (committed.length > 0 && committed[0]!.upTo <= seen) times.push(now - committed.shift()!.atMs);
  }
  await writing;
  await reader.close();
  times.sort((a, b) => a - b);
  report('commit to record', {
    perSecond: Math.round((times.length * PACE.rows * 1000) / (performance.now() - start)),
    fsync: 'off',
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
    maxMs: at(times, 1),
  });
}

try {
  await db.query(
    'CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, n int NOT NULL DEFAULT 0, at timestamptz DEFAULT now())',
  );
  await db.query(`INSERT INTO users SELECT i, 'User_' || i FROM generate_series(1, 10000) i`);
  if (PARTS.has('snapshot')) await snapshot();
  else await herder.create('bench', config('users'));
  await until(async () => (await records('bench-users')) >= 10_000);
  let next = 1_000_000;
  for (const rows of PARTS.has('throughput') ? [1, 10, 1000] : []) {
    const changes = rows === 1 ? CHANGES / 4 : rows === 10 ? CHANGES / 2 : CHANGES;
    const count = changes / rows;
    await throughput(
      'inserts',
      rows,
      count,
      () => {
        next += rows;
        return `INSERT INTO users SELECT i, 'User_' || i FROM generate_series(${next - rows}, ${next - 1}) i`;
      },
      changes,
    );
    await throughput(
      'updates',
      rows,
      count,
      (i) => {
        const from = 1_000_000 + ((i * rows) % 50_000);
        return `UPDATE users SET n = n + 1 WHERE id >= ${from} AND id < ${from + rows}`;
      },
      changes,
    );
    await throughput(
      'mixed',
      rows,
      count,
      (i) => {
        const from = 1_000_000 + ((i * rows) % 50_000);
        if (i % 2 === 0) return `UPDATE users SET n = n + 1 WHERE id >= ${from} AND id < ${from + rows}`;
        next += rows;
        return `INSERT INTO users SELECT i, 'User_' || i FROM generate_series(${next - rows}, ${next - 1}) i`;
      },
      changes,
    );
  }
  if (PARTS.has('large')) await large();
  if (PARTS.has('latency')) await latency();
} finally {
  await herder.close();
  await log.close();
  await db.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
