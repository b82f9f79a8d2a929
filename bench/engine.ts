/**
 * The four canonical queries (design.md section 5) on the engine alone: JSON records in memory as fetched batches, no
 * log, one core. Prints one JSON line per query: records/s, CPU-seconds per million records, and the distribution of
 * CPU time (from a sampling profile of a separate run): decoding, operators and state, encoding, record batches.
 *
 *     npx tsx bench/engine.ts [q1 q2 q3 q4]      RECORDS=1000000 ROUNDS=3 TOP=20 (the costliest functions, on stderr)
 */
import { UNLIMITED } from '../src/base/budget/work.ts';
import { Session } from 'node:inspector/promises';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { serverConfig } from '../src/config/server-config.ts';
import { Engine } from '../src/engine/engine.ts';
import { Session as SqlSession } from '../src/engine/session.ts';
import { codecRegistryOf } from '../src/formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../src/formats/schema-registry/memory-registry.ts';
import { BUILT_IN } from '../src/functions/built-in.ts';
import { createRegistry } from '../src/functions/registry.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import { BatchBuilder } from '../src/log/record-batch/builder.ts';
import type { QueryPlan } from '../src/plan/steps/steps.ts';
import { DEFAULT_SETTINGS } from '../src/dataflow/settings.ts';
import { TaskChain } from '../src/dataflow/task/task-chain.ts';
import { DISCARD, NO_DISK, NO_SNAPSHOT } from '../src/state/provider.ts';
import { sharesOf, topFunctions } from './shares.ts';

const RECORDS = Number(process.env['RECORDS'] ?? 1_000_000);
const ROUNDS = Number(process.env['ROUNDS'] ?? 3);
/** Records between two commits, as in a busy runner. */
const COMMIT_RECORDS = 100_000;
const BATCH_RECORDS = 4_000;
const USERS = 10_000;

const SOURCES = `
  CREATE STREAM pageviews (userid VARCHAR KEY, viewtime BIGINT, pageid VARCHAR) WITH (kafka_topic='pageviews', partitions=1, value_format='JSON');
  CREATE TABLE users (userid VARCHAR PRIMARY KEY, registertime BIGINT, regionid VARCHAR, gender VARCHAR) WITH (kafka_topic='users', partitions=1, value_format='JSON');`;
const QUERIES: Readonly<Record<string, string>> = {
  q1: `CREATE STREAM q1 AS SELECT userid, UCASE(pageid) AS page, viewtime + 1 AS vt FROM pageviews WHERE pageid LIKE '%7' EMIT CHANGES;`,
  q2: `CREATE STREAM q2 AS SELECT p.userid AS userid, p.pageid AS pageid, p.viewtime AS viewtime, u.regionid AS regionid, u.gender AS gender
       FROM pageviews p LEFT JOIN users u ON p.userid = u.userid EMIT CHANGES;`,
  q3: `CREATE TABLE q3 AS SELECT pageid, COUNT(*) AS cnt FROM pageviews WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY pageid EMIT CHANGES;`,
  q4: `CREATE TABLE q4 AS SELECT u.regionid AS regionid, COUNT(*) AS cnt FROM pageviews p LEFT JOIN users u ON p.userid = u.userid
       WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY u.regionid EMIT CHANGES;`,
};

const functions = createRegistry(BUILT_IN);
const functionEnv = { nowMs: () => 0, random: () => 0, uuid: () => '', work: UNLIMITED };

async function planOf(sql: string): Promise<QueryPlan> {
  const env = nodeEnv(SILENT_LOGGER);
  const log = new EmbeddedLog({ store: new MemoryStore(), env, fsync: 'never' });
  const registry = new MemorySchemaRegistry();
  const engine = await Engine.open({
    env,
    log,
    config: serverConfig({}),
    functions,
    registry,
    codecs: codecRegistryOf(registry),
    processingLog: { write() {} },
    serverUrl: 'http://localhost:8088',
    state: NO_DISK,
    snapshot: () => NO_SNAPSHOT,
    createQueryHost: () => ({
      reconcile: async () => undefined,
      status: () => undefined,
      close: async () => undefined,
    }),
  });
  await engine.execute(SOURCES + sql, new SqlSession({}));
  const plan = [...engine.catalog.queries.values()][0]!.plan as QueryPlan;
  await engine.close();
  await log.close();
  return plan;
}

/** Like the data that `peers` generates: 1,000 pages, 1 % of the users unknown, timestamps 1 ms apart. */
function pageviews(from: number, count: number): Buffer {
  const batch = new BatchBuilder(1 << 20);
  for (let i = from; i < from + count; i++) {
    const user = (i * 7919) % 10_100;
    const page = (i * 104_729) % 1000;
    const ts = 1_700_000_000_000 + i;
    const value = `{"viewtime":${ts},"userid":"User_${user}","pageid":"Page_${page}","ip":"10.20.${user & 255}.${page & 255}","agent":"Mozilla/5.0 (X11)"}`;
    batch.add(ts, Buffer.from(`User_${user}`), Buffer.from(value));
  }
  return batch.finish();
}

function users(): Buffer {
  const batch = new BatchBuilder(1 << 20);
  for (let i = 0; i < USERS; i++) {
    const value = `{"registertime":${i},"userid":"User_${i}","regionid":"Region_${(i % 9) + 1}","gender":"${i % 3 === 0 ? 'MALE' : 'FEMALE'}"}`;
    batch.add(i, Buffer.from(`User_${i}`), Buffer.from(value));
  }
  return batch.finish();
}

const batches: Buffer[] = [];
for (let i = 0; i < RECORDS; i += BATCH_RECORDS) batches.push(pageviews(i, Math.min(BATCH_RECORDS, RECORDS - i)));

interface Run {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly recordsOut: number;
}

function run(plan: QueryPlan): Run {
  let outBatches = 0;
  const chain = new TaskChain({
    plan,
    serviceId: 'default_',
    disk: NO_DISK,
    settings: DEFAULT_SETTINGS,
    // Q4 drops the records of unknown users and logs each.
    log: { write() {} },
    compile: { functions, functionEnv },
    registry: undefined,
    output: () => outBatches++,
    sendEachBatch: false,
  });
  if (chain.topology.sourceTopics.includes('users')) chain.handle('users', users());
  chain.counters.recordsOut = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  let pending = 0;
  for (const batch of batches) {
    chain.handle('pageviews', batch);
    pending += BATCH_RECORDS;
    if (pending < COMMIT_RECORDS) continue;
    pending = 0;
    commit(chain);
  }
  commit(chain);
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - began, cpuMs: (user + system) / 1000, recordsOut: chain.counters.recordsOut };
}

function commit(chain: TaskChain): void {
  chain.send();
  chain.flush(DISCARD);
  chain.afterCommit();
}

async function profile(plan: QueryPlan): Promise<Record<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  run(plan);
  const { profile: data } = await session.post('Profiler.stop');
  session.disconnect();
  if (process.env['TOP'] !== undefined)
    for (const line of topFunctions(data, Number(process.env['TOP']))) console.error(line);
  return sharesOf(data);
}

const wanted = process.argv.slice(2);
for (const [name, sql] of Object.entries(QUERIES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const plan = await planOf(sql);
  const runs = Array.from({ length: ROUNDS }, () => run(plan)).sort((a, b) => a.cpuMs - b.cpuMs);
  const median = runs[Math.floor(runs.length / 2)]!;
  console.log(
    JSON.stringify({
      bench: 'engine',
      query: name,
      records: RECORDS,
      recordsPerSecond: Math.round((RECORDS / median.wallMs) * 1000),
      cpuSecondsPerMillion: Number(((median.cpuMs / RECORDS) * 1000).toFixed(3)),
      recordsOut: median.recordsOut,
      shares: await profile(plan),
    }),
  );
}
process.exit(0);
