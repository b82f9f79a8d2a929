/**
 * How long after an UPDATE in Postgres does a joined row show the new value? A server in this process, a real Postgres,
 * a stream of clicks that receives a row about every 2 ms, and a push query that joins it with the table. Settings: the
 * JDBC connector as people configure it (mode timestamp+incrementing, the default poll interval of 5 s), mode changes
 * (1 s), change data capture, and a poll interval of 5 ms, which leaves only the delay of the loop itself. Updates
 * happen at random times within the poll interval.
 *
 *     npx tsx bench/update-latency.ts [updates]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { SluiceClient } from '../src/client/index.ts';
import { startSluice } from '../src/main/compose.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { sleep } from '../test/support/server-process.ts';

const UPDATES = Number(process.argv[2] ?? 24);
const postgres = await startPostgres({ settings: { wal_level: 'logical' } });
const database = new pg.Client({ connectionString: postgres.url });
await database.connect();
await database.query(
  `CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, changed timestamptz NOT NULL DEFAULT clock_timestamp())`,
);
await database.query(`INSERT INTO users SELECT i, 'before' FROM generate_series(1, 1000) i`);

interface Setting {
  readonly name: string;
  readonly pollMs: number;
  readonly updates: number;
  readonly connector: (name: string) => string;
}

const jdbc = (pollMs: number | undefined) => (name: string) =>
  `CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='io.confluent.connect.jdbc.JdbcSourceConnector', 'connection.url'='${postgres.jdbcUrl}',
     'connection.user'='${postgres.user}', 'connection.password'='${postgres.password}', 'table.whitelist'='users', 'topic.prefix'='${name}_',
     'mode'='timestamp+incrementing', 'timestamp.column.name'='changed', 'incrementing.column.name'='id'
     ${pollMs === undefined ? '' : `, 'poll.interval.ms'='${pollMs}'`});`;
const short = (more: string) => (name: string) =>
  `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${postgres.url}', tables='users', prefix='${name}_'${more});`;

const SETTINGS: readonly Setting[] = [
  { name: 'JDBC, default poll interval', pollMs: 5000, updates: UPDATES, connector: jdbc(undefined) },
  {
    name: 'short form, default poll interval',
    pollMs: 1000,
    updates: 2 * UPDATES,
    connector: short(", mode='changes'"),
  },
  { name: 'JDBC, poll interval 5 ms', pollMs: 5, updates: 10 * UPDATES, connector: jdbc(5) },
  {
    name: 'short form, poll interval 5 ms',
    pollMs: 5,
    updates: 10 * UPDATES,
    connector: short(", mode='changes', poll=5"),
  },
  // Nothing is polled: updates are at least 5 ms apart.
  { name: 'short form, change capture', pollMs: 5, updates: 10 * UPDATES, connector: short('') },
];

for (const setting of SETTINGS) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-latency-'));
  const sluice = await startSluice({
    properties: { 'data.dir': folder, listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
  try {
    await measure(setting, new SluiceClient({ url: sluice.url }));
  } finally {
    await sluice.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
await database.end();
await postgres.stop();
process.exit(0);

async function measure(setting: Setting, client: SluiceClient): Promise<void> {
  await client.execute(setting.connector('c'));
  await client.execute(
    `CREATE STREAM clicks (id INT KEY, n BIGINT) WITH (kafka_topic='clicks', partitions=1, value_format='JSON');`,
  );
  const table = await declaredTable(client);
  const key = 7;
  const query = await client.streamQuery(
    `SELECT c.n, u.name FROM clicks c LEFT JOIN ${table} u ON c.id = u.id EMIT CHANGES;`,
    { properties: { 'auto.offset.reset': 'earliest' } },
  );
  let shown = '';
  const waiting = new Map<string, (atMs: number) => void>();
  const reading = (async () => {
    for await (const [, name] of query) {
      shown = String(name);
      waiting.get(shown)?.(performance.now());
      waiting.delete(shown);
    }
  })();
  let stop = false;
  const clicks = (async () => {
    for (let n = 0; !stop; n++) {
      await client.insertInto('clicks', { id: key, n });
      await sleep(1);
    }
  })();
  while (shown === '' || shown === 'null') await sleep(20);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const latencies: number[] = [];
  for (let i = 0; i < setting.updates; i++) {
    await sleep(setting.pollMs * (1 + Math.random()));
    const value = `${setting.pollMs}-${i}`;
    const visible = new Promise<number>((resolve) => waiting.set(value, resolve));
    await database.query('UPDATE users SET name = $1, changed = clock_timestamp() WHERE id = $2', [value, key]);
    const updated = performance.now();
    latencies.push((await visible) - updated);
  }
  const used = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1000;
  stop = true;
  await clicks;
  query.cancel();
  await reading;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]!;
  const round = (x: number): number => Number(x.toFixed(1));
  console.log(
    JSON.stringify({
      bench: 'update-latency',
      setting: setting.name,
      pollIntervalMs: setting.pollMs,
      updates: latencies.length,
      medianMs: round(at(0.5)),
      p95Ms: round(at(0.95)),
      medianByPollInterval: Number((at(0.5) / setting.pollMs).toFixed(2)),
      // On average, an update waits half an interval for its poll; the rest is our delay. With a long interval, that is
      // not measurable.
      ...(setting.pollMs < 100 && { addedMedianMs: round(at(0.5) - setting.pollMs / 2) }),
      cpuShare: Number(((used.user + used.system) / 1e6 / seconds).toFixed(2)),
    }),
  );
}

/** The table declared over the connector's topic; waits until it exists. */
async function declaredTable(client: SluiceClient): Promise<string> {
  for (const deadline = performance.now() + 15_000; ; await sleep(100)) {
    const [answer] = await client.execute('SHOW TABLES;');
    const { tables } = answer as unknown as {
      readonly tables: readonly { readonly name: string; readonly topic: string }[];
    };
    const table = tables.find((t) => t.topic === 'c_users');
    if (table) return table.name;
    if (performance.now() > deadline) throw new Error('no table was declared within 15 s');
  }
}
