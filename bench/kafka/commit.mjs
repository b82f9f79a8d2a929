/**
 * The duration of a transaction under constant load: Q3 with exactly-once (repartition and windows: outputs, two
 * internal topics, changelog, offsets) at RATE records/s for SECONDS, written by a separate process. Prints one JSON
 * line; the quantiles are bounds of histogram buckets.
 *
 *     npm run build && BOOTSTRAP=localhost:9092 npx tsx bench/kafka/commit.mjs      RATE=20000 SECONDS=20 DIST=../../dist
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BOUNDS_MS } from '../../src/base/histogram.ts';
import { quantile } from './quantile.mjs';

const { BOOTSTRAP, DIST, RATE = '20000', SECONDS = '20', COMMIT_TOPIC } = process.env;
/** The built server, as users start it; its parts come from the sources. */
const SERVER = pathToFileURL(path.join(DIST ?? path.resolve(import.meta.dirname, '../../dist'), 'index.js')).href;
const PARTITIONS = 4;
const TICK_MS = 20;

if (COMMIT_TOPIC === undefined) await measure();
else await produce(COMMIT_TOPIC);

async function produce(topic) {
  const { KafkaLog } = await import('../../src/log/kafka/kafka-log.ts');
  const { BatchBuilder } = await import('../../src/log/record-batch/builder.ts');
  const { nodeEnv } = await import('../../src/host/node-env.ts');
  const { createLogger } = await import('../../src/host/logger.ts');
  const log = new KafkaLog({ properties: { 'bootstrap.servers': BOOTSTRAP }, env: nodeEnv(createLogger('warn')) });
  const writer = await log.createWriter({});
  const began = performance.now();
  const all = Number(RATE) * Number(SECONDS);
  for (let n = 0; n < all;) {
    const due = Math.min(all, Math.floor(((performance.now() - began) / 1000) * Number(RATE)));
    const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder());
    for (; n < due; n++) {
      const value = `{"viewtime":${n},"userid":"User_${n % 10100}","pageid":"Page_${(n * 7919) % 1000}","ip":"10.20.1.2","agent":"Mozilla/5.0 (X11)"}`;
      builders[n % PARTITIONS].add(Date.now(), Buffer.from(`User_${n % 10100}`), Buffer.from(value));
    }
    for (const [p, builder] of builders.entries())
      if (builder.count > 0) writer.append(topic, p, builder.finish(), true);
    await writer.commit();
    await sleep(TICK_MS);
  }
  await writer.close();
  await log.close();
}

async function measure() {
  const { startSluice } = await import(SERVER);
  const folder = mkdtempSync(path.join(tmpdir(), 'commit-'));
  const run = `commit${Date.now()}`;
  const sluice = await startSluice({
    properties: {
      'bootstrap.servers': BOOTSTRAP,
      'data.dir': folder,
      'ksql.service.id': `${run}_`,
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'log.level': 'warn',
      'ksql.streams.processing.guarantee': 'exactly_once_v2',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  await sluice.engine.execute(`
    CREATE STREAM pageviews (userid VARCHAR KEY, viewtime BIGINT, pageid VARCHAR)
      WITH (kafka_topic='${run}-in', partitions=${PARTITIONS}, value_format='JSON');
    CREATE TABLE counts WITH (kafka_topic='${run}-out') AS SELECT pageid, COUNT(*) AS cnt FROM pageviews
      WINDOW TUMBLING (SIZE 30 SECONDS) GROUP BY pageid EMIT CHANGES;`);
  const [query] = sluice.engine.catalog.queries.keys();
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url)], {
    env: { ...process.env, COMMIT_TOPIC: `${run}-in` },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const records = Number(RATE) * Number(SECONDS);
  const status = () => sluice.engine.services.queries.status(query);
  while (
    status()
      .positions.filter((p) => p.topic === `${run}-in`)
      .reduce((n, p) => n + p.offset, 0) < records
  )
    await sleep(20);
  await sluice.caughtUp();
  const { commits, commitMs, latencyMs } = status();
  process.stdout.write(
    `${JSON.stringify({ bench: 'kafka', question: 'commit under steady load', query: 'q3', guarantee: 'eos', recordsPerSecond: Number(RATE), seconds: Number(SECONDS), commits, commitP50AtMostMs: quantile(commitMs, 0.5, BOUNDS_MS), commitP90AtMostMs: quantile(commitMs, 0.9, BOUNDS_MS), commitP99AtMostMs: quantile(commitMs, 0.99, BOUNDS_MS), latencyP50AtMostMs: quantile(latencyMs, 0.5, BOUNDS_MS), latencyP99AtMostMs: quantile(latencyMs, 0.99, BOUNDS_MS) })}\n`,
  );
  await sluice.engine.execute(`DROP TABLE counts DELETE TOPIC; DROP STREAM pageviews DELETE TOPIC;`);
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
}
