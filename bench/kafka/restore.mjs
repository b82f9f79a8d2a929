/**
 * How fast local state is restored from its changelogs: KEYS entries (16-byte keys in random order, 40-byte values) in
 * 4 partitions of a compacted topic, read until the tasks can start. Prints one JSON line.
 *
 *     BOOTSTRAP=localhost:9092 npx tsx bench/kafka/restore.mjs      KEYS=1000000 KIND=keyValue|timed
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import { Restorer } from '../../src/state/restore.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { createLogger } from '../../src/host/logger.ts';

const { BOOTSTRAP, KEYS = '1000000', KIND = 'keyValue' } = process.env;

const PARTITIONS = 4;
const keys = Number(KEYS);
const topic = `restore-${KIND}-keys-${keys}`;
const log = new KafkaLog({ properties: { 'bootstrap.servers': BOOTSTRAP }, env: nodeEnv(createLogger('warn')) });
if ((await log.admin.describeTopic(topic)) === undefined) {
  await log.admin.createTopic({
    name: topic,
    partitions: PARTITIONS,
    replicas: 1,
    configs: { 'cleanup.policy': 'compact' },
  });
  const writer = await log.createWriter({});
  const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder(1 << 20));
  for (let i = 0; i < keys; i++) {
    // A permutation of the numbers below 2^32: keys are unordered, like the dirty entries of many commits.
    const n = Math.imul(i, 0x9e3779b1) >>> 0;
    const key = Buffer.alloc(KIND === 'timed' ? 18 + 16 : 18, 1);
    key.write(n.toString(16).padStart(16, '0'), 1, 'latin1');
    if (KIND === 'timed') {
      key.writeUInt32BE(0x80000000, key.length - 16);
      key.writeUInt32BE(i % 5000, key.length - 12);
    }
    const value = Buffer.alloc(40);
    value.writeUInt32BE(n, 20);
    const builder = builders[i % PARTITIONS];
    builder.add(1, key, value);
    if (builder.size > 500_000) writer.append(topic, i % PARTITIONS, builder.finish(), true);
    if (i % 100_000 === 0) await writer.commit();
  }
  for (const [p, builder] of builders.entries()) if (builder.count > 0) writer.append(topic, p, builder.finish(), true);
  await writer.commit();
  await writer.close();
}

const folder = mkdtempSync(path.join(tmpdir(), 'restore-'));
const store = new LmdbStore({ path: folder });
const targets = Array.from({ length: PARTITIONS }, (_, partition) => ({
  prefix: `q/0_${partition}`,
  partition,
  changelogs: [{ store: { name: 's', kind: KIND, retentionMs: 1e9 }, topic }],
}));
const cpu = process.cpuUsage();
const began = performance.now();
const restorer = new Restorer(log, store, targets);
await restorer.open();
while (!restorer.isDone) await restorer.step(1000);
const { total } = restorer.progress;
await restorer.close();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpu);
// Counts the entries in memory and those already in the store: with all of them, the tasks can start.
const ready = targets.reduce((sum, t) => {
  const held = [...(restorer.restoredOf(t)?.entries.values() ?? [])].reduce((n, e) => n + e.size, 0);
  return sum + held + [...store.range(`${t.prefix}/s`, { values: false })].length;
}, 0);
process.stdout.write(
  `${JSON.stringify({ bench: 'restore', kind: KIND, keys: total, ready, seconds: +seconds.toFixed(2), keys_s: Math.round(total / seconds), cpu_s_per_M: +(((user + system) / total) * 1).toFixed(2), peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`,
);
await log.close();
await store.close();
rmSync(folder, { recursive: true, force: true });
