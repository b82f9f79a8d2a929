/**
 * The cost of a worker with many mostly idle connectors, on the embedded log: 100 sources of one record a second; the
 * same number of sinks that receive these; 500 waiting tasks, their memory, and the response times of the REST API
 * meanwhile. CPU time is this process's, without the creation of the connectors. Prints one JSON line each.
 *
 *     npx tsx bench/many-connectors.ts      CONNECTORS=100 TASKS=500 SECONDS=20
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { SERVER_ITSELF } from '../src/base/rights.ts';
import { Herder } from '../src/connect/worker/herder.ts';
import { handleRest } from '../src/connect/worker/rest/rest.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { sleep } from '../test/support/server-process.ts';
import { yardstick } from './support/yardstick.ts';

const CONNECTORS = Number(process.env['CONNECTORS'] ?? 100);
const TASKS = Number(process.env['TASKS'] ?? 500);
const SECONDS = Number(process.env['SECONDS'] ?? 20);
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-many-'));
const env = nodeEnv(SILENT_LOGGER);

const PLAIN = {
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
};
const source = (n: number) => ({
  'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
  'kafka.topic': `views-${n}`,
  quickstart: 'pageviews',
  'messages.per.second': '1',
  ...PLAIN,
});
const sink = (n: number) => ({
  'connector.class': 'FileStreamSink',
  topics: `views-${n}`,
  file: path.join(folder, `out-${n}.txt`),
  'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
  ...PLAIN,
});

const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(folder, 'log') }), env });
const herder = await Herder.start({
  log,
  env,
  workerId: 'localhost:8083',
  secrets: { readFile: async () => '', environment: () => undefined },
});

const recordsOf = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + herder.taskTotals(name).reduce((all, task) => all + task.records, 0), 0);

async function untilRunning(names: readonly string[]): Promise<void> {
  const runs = (name: string): boolean => herder.status(name).tasks.some((task) => task.state === 'RUNNING');
  while (!names.every(runs)) await sleep(50);
}

/** Measures the cost of the running connectors over `SECONDS`. */
async function measured(name: string, counted: readonly string[], more: () => Promise<object> = async () => ({})) {
  const before = yardstick();
  const records = recordsOf(counted);
  const cpu = process.cpuUsage();
  await sleep(SECONDS * 1000);
  const used = process.cpuUsage(cpu);
  const cpuMs = (used.user + used.system) / 1000;
  const moved = recordsOf(counted) - records;
  console.log(
    JSON.stringify({
      bench: 'many-connectors',
      name,
      connectors: herder.names().length,
      cpuShareOfCore: Number((cpuMs / (SECONDS * 1000)).toFixed(4)),
      ...(moved > 0 && { records: moved, cpuMsPerRecord: Number((cpuMs / moved).toFixed(3)) }),
      rssMb: Math.round(process.memoryUsage().rss / 1e6),
      ...(await more()),
      yardstick: [before, yardstick()],
    }),
  );
}

/** Quantiles of the REST API's response times, in ms. */
async function latencies(): Promise<object> {
  const times: Record<string, number[]> = {};
  for (let i = 0; i < 50; i++)
    for (const url of ['/connectors', '/connectors?expand=status&expand=info', '/connectors/idle-0/status']) {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const began = performance.now();
      await handleRest(
        { method: 'GET', path: pathname, query: searchParams, headers: {}, body: '', caller: SERVER_ITSELF },
        { herder, logger: SILENT_LOGGER, url: 'http://localhost', passwords: 'hidden' },
      );
      (times[url] ??= []).push(performance.now() - began);
      await sleep(5);
    }
  const at = (sorted: number[], q: number): number =>
    Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!.toFixed(2));
  return Object.fromEntries(
    Object.entries(times).map(([url, all]) => {
      const sorted = all.toSorted((a, b) => a - b);
      return [`GET ${url}`, { p50: at(sorted, 0.5), p99: at(sorted, 0.99) }];
    }),
  );
}

try {
  const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const sources = range(CONNECTORS).map((n) => `source-${n}`);
  for (const [n, name] of sources.entries()) await herder.create(name, source(n));
  await untilRunning(sources);
  await sleep(3000);
  await measured('sources of a record a second', sources);
  const sinks = range(CONNECTORS).map((n) => `sink-${n}`);
  for (const [n, name] of sinks.entries()) await herder.create(name, sink(n));
  await untilRunning(sinks);
  await sleep(3000);
  await measured('and sinks that take them', sources);
  for (const name of [...sources, ...sinks]) await herder.delete(name);

  const rssBefore = process.memoryUsage().rss;
  const idle = range(TASKS / 5).map((n) => `idle-${n}`);
  for (const [n, name] of idle.entries()) {
    await log.admin.createTopic({ name: `quiet-${n}`, partitions: 5, replicas: 1 });
    await herder.create(name, { ...sink(n), topics: `quiet-${n}`, 'tasks.max': '5' });
  }
  await untilRunning(idle);
  await sleep(5000);
  await measured('tasks that wait', idle, async () => ({
    tasks: idle.reduce((sum, name) => sum + herder.status(name).tasks.length, 0),
    rssMbOfTasks: Math.round((process.memoryUsage().rss - rssBefore) / 1e6),
    latencyMs: await latencies(),
  }));
} finally {
  await herder.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
}
