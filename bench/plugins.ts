/**
 * The cost of a separate thread for a connector from `plugin.path`: CPU and elapsed time per record of a source and of
 * a sink, in a thread and in the worker's own thread; the start time and memory of a thread; and what remains after 200
 * deaths and restarts. CPU time is this process's, in all threads. Prints one JSON line each.
 *
 *     npx tsx bench/plugins.ts [source sink threads restarts]      RECORDS=500000
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { serverConfig } from '../src/config/server-config.ts';
import type { ConnectorPlugin } from '../src/connect/api/connector.ts';
import { loadPlugins } from '../src/connect/plugins/load.ts';
import { PluginThread } from '../src/connect/plugins/plugin-thread.ts';
import { Herder } from '../src/connect/worker/herder.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { pluginThreads } from '../src/main/plugins.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import { bundledWorkers } from '../test/support/plugins/bundled-worker.ts';
import { sleep } from '../test/support/server-process.ts';
import { yardstick } from './support/yardstick.ts';

const RECORDS = Number(process.env['RECORDS'] ?? 500_000);
const only = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-plugins-'));
const module = pathToFileURL(path.join(import.meta.dirname, 'support/plugin.mjs')).href;
const env = nodeEnv(SILENT_LOGGER);
const threads = pluginThreads(serverConfig({}), env, await bundledWorkers(folder));

const { connectors: inThreads } = await loadPlugins([module], threads);
const exported = (await import(module)) as Record<string, ConnectorPlugin>;
const here = Object.values(exported).map((plugin) => ({
  ...plugin,
  name: plugin.className,
  aliases: [],
  version: '1',
  doc: '',
}));

const wants = (name: string): boolean => only.length === 0 || only.includes(name);
const print = (line: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function withHerder<T>(plugins: readonly ConnectorPlugin[], work: (h: Herder, log: EmbeddedLog) => Promise<T>) {
  const log = new EmbeddedLog({ store: new MemoryStore(), env });
  const herder = await Herder.start({
    log,
    env,
    workerId: 'localhost:8083',
    connectors: plugins,
    secrets: { readFile: async () => '', environment: () => undefined },
  });
  try {
    return await work(herder, log);
  } finally {
    await herder.close();
    await log.close();
  }
}

const JSON_VALUES = { 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'false' };

async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await sleep(2);
}

async function measured(name: string, where: string, work: () => Promise<void>): Promise<void> {
  const before = yardstick();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  const used = process.cpuUsage(cpu);
  print({
    bench: name,
    where,
    records: RECORDS,
    cpuUsPerRecord: Number(((used.user + used.system) / RECORDS).toFixed(2)),
    recordsPerS: Math.round((RECORDS / wallMs) * 1000),
    yardstick: [before, yardstick()],
  });
}

for (const [where, plugins] of [
  ['worker', here],
  ['thread', inThreads],
  ['worker', here],
  ['thread', inThreads],
] as const) {
  if (wants('source') || wants('sink'))
    await withHerder(plugins, async (herder) => {
      const records = (name: string): number => herder.taskTotals(name).reduce((sum, t) => sum + t.records, 0);
      await measured('source', where, async () => {
        await herder.create('source', { 'connector.class': 'bench.Rows', total: String(RECORDS), ...JSON_VALUES });
        await until(() => records('source') >= RECORDS);
      });
      if (wants('sink'))
        await measured('sink', where, async () => {
          await herder.create('sink', { 'connector.class': 'bench.Nowhere', topics: 'rows', ...JSON_VALUES });
          await until(() => records('sink') >= RECORDS);
        });
    });
}

/** Resident memory of the process in MiB, after garbage collection. */
function rssMiB(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}
const descriptors = (): number => readdirSync('/proc/self/fd').length;

if (wants('threads')) {
  const count = 20;
  const base = rssMiB();
  const started: PluginThread[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const thread = new PluginThread(threads, { specifier: module, className: 'bench.Rows' });
    await thread.call(0, 'shape');
    started.push(thread);
  }
  const used = process.cpuUsage(cpu);
  print({
    bench: 'threads',
    startMs: Math.round((performance.now() - began) / count),
    startCpuMs: Math.round((used.user + used.system) / 1000 / count),
    rssMiB: Number(((rssMiB() - base) / count).toFixed(1)),
  });
  for (const thread of started) await thread.end();
}

if (wants('restarts'))
  await withHerder(inThreads, async (herder) => {
    await herder.create('dies', { 'connector.class': 'bench.Rows', total: '3', dies: 'true', ...JSON_VALUES });
    for (let deaths = 0; deaths <= 200; deaths++) {
      await until(() => herder.status('dies').tasks[0]?.state === 'FAILED');
      if (deaths % 50 === 0)
        print({ bench: 'restarts', deaths, rssMiB: Math.round(rssMiB()), descriptors: descriptors() });
      herder.restart('dies', true, true);
    }
  });

rmSync(folder, { recursive: true, force: true });
