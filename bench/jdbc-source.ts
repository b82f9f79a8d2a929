/**
 * How fast does a Postgres source load a table? 1 M rows through the embedded worker (read, JSON, key, log on LMDB),
 * compared with `COPY (SELECT ...) TO STDOUT` through the same `pg` client, which only counts the bytes: the limit. CPU
 * time is this process's; Postgres runs on the same cores. One JSON line per measurement; `npx tsx bench/jdbc-source.ts
 * [rows]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { Herder } from '../src/connect/worker/herder.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { startPostgres } from '../test/support/postgres.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const postgres = await startPostgres();
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
const client = new pg.Client({ connectionString: postgres.url });
await client.connect();
await client.query(
  `CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL, region text NOT NULL, balance numeric(10, 2), active boolean, updated_at timestamptz NOT NULL DEFAULT now())`,
);
await client.query(
  `INSERT INTO users (name, region, balance, active) SELECT 'User_' || i, 'Region_' || i % 9, (i % 10000) / 100.0, i % 2 = 0 FROM generate_series(1, ${ROWS}) i`,
);
await client.query('VACUUM ANALYZE users');

function report(name: string, startMs: number, cpu: NodeJS.CpuUsage, more: object = {}): number {
  const seconds = (performance.now() - startMs) / 1000;
  const used = process.cpuUsage(cpu);
  const perSecond = Math.round(ROWS / seconds);
  const cpuPerMillion = Number((((used.user + used.system) / 1e6 / ROWS) * 1e6).toFixed(2));
  console.log(
    JSON.stringify({
      bench: 'jdbc-source',
      name,
      rows: ROWS,
      rowsPerSecond: perSecond,
      cpuSecondsPerMillion: cpuPerMillion,
      ...more,
    }),
  );
  return perSecond;
}

/** The least that a client can do with COPY: count the bytes. */
class CopyOut {
  bytes = 0;
  rows = 0;
  readonly done: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
  submit(connection: { query(text: string): void }): void {
    connection.query(this.#text);
  }
  handleCopyData(message: { chunk: Buffer }): void {
    this.bytes += message.chunk.length;
    this.rows++;
  }
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {
    this.#resolve();
  }
  handleError(error: unknown): void {
    this.#reject(error);
  }
}

async function copyOut(): Promise<number> {
  const copy = new CopyOut('COPY (SELECT * FROM users ORDER BY id) TO STDOUT');
  const start = performance.now();
  const cpu = process.cpuUsage();
  client.query(copy as never);
  await copy.done;
  return report('copy-to-stdout', start, cpu, { bytes: copy.bytes });
}

async function load(mode: Record<string, string>, name: string): Promise<number> {
  const env = nodeEnv(SILENT_LOGGER);
  const data = path.join(folder, name);
  const log = new EmbeddedLog({ store: new LmdbStore({ path: data }), env });
  const herder = await Herder.start({
    log,
    env,
    workerId: 'localhost:8083',
    secrets: { readFile: async () => '', environment: () => undefined },
  });
  const start = performance.now();
  const cpu = process.cpuUsage();
  await herder.create('bench', {
    'connector.class': 'JdbcSourceConnector',
    'connection.url': postgres.url,
    'table.whitelist': 'users',
    'poll.interval.ms': '1000',
    'topic.prefix': 'bench-',
    ...mode,
  });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const end = (await log.admin.describeTopic('bench-users'))
      ? await log.admin.latestOffset({ topic: 'bench-users', partition: 0 })
      : 0;
    if (end >= ROWS) break;
    const task = herder.status('bench').tasks[0];
    if (task?.state === 'FAILED') throw new Error(task.trace);
  }
  const perSecond = report(name, start, cpu);
  await herder.close();
  await log.close();
  return perSecond;
}

/** From the commit of an UPDATE until the record can be read from the topic. */
async function latency(pollMs: number, samples: number): Promise<void> {
  await client.query(
    'CREATE TABLE ticks (id int PRIMARY KEY, n int NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()); INSERT INTO ticks VALUES (1, 0)',
  );
  const env = nodeEnv(SILENT_LOGGER);
  const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(folder, 'latency') }), env });
  const herder = await Herder.start({
    log,
    env,
    workerId: 'localhost:8083',
    secrets: { readFile: async () => '', environment: () => undefined },
  });
  await herder.create('ticks', {
    'connector.class': 'JdbcSourceConnector',
    'connection.url': postgres.url,
    'table.whitelist': 'ticks',
    'poll.interval.ms': String(pollMs),
    'topic.prefix': 'bench-',
    mode: 'timestamp',
    'timestamp.column.name': 'updated_at',
  });
  const offset = async (): Promise<number> =>
    (await log.admin.describeTopic('bench-ticks')) ? log.admin.latestOffset({ topic: 'bench-ticks', partition: 0 }) : 0;
  while ((await offset()) < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const reader = log.createReader({});
  reader.assign([{ topic: 'bench-ticks', partition: 0, offset: await offset() }]);
  const times: number[] = [];
  for (let i = 0; i < samples; i++) {
    await new Promise((resolve) => setTimeout(resolve, pollMs * Math.random()));
    const from = performance.now();
    await client.query('UPDATE ticks SET n = n + 1, updated_at = now() WHERE id = 1');
    while ((await reader.poll(pollMs)).length === 0);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (q: number): number => Number(times[Math.min(times.length - 1, Math.floor(times.length * q))]!.toFixed(1));
  console.log(
    JSON.stringify({
      bench: 'jdbc-source',
      name: 'update-visible',
      pollMs,
      samples,
      medianMs: at(0.5),
      p99Ms: at(0.99),
      minMs: at(0),
    }),
  );
  await reader.close();
  await herder.close();
  await log.close();
}

try {
  await copyOut();
  const limit = await copyOut();
  const changes = await load({ mode: 'changes' }, 'load-changes');
  await load({ mode: 'incrementing' }, 'load-incrementing');
  await load({ mode: 'bulk', 'poll.interval.ms': '600000' }, 'load-bulk');
  console.log(
    JSON.stringify({ bench: 'jdbc-source', name: 'share-of-copy', share: Number((changes / limit).toFixed(2)) }),
  );
  await latency(200, 40);
} finally {
  await client.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
