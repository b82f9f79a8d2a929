/**
 * Append and read throughput of the embedded log, and the cost of a commit; one JSON line each. Usage: tsx bench/log.ts
 * [records=1000000] [valueBytes=100] [batchRecords=5000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, type FsyncPolicy } from '../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import type { OrderedStore } from '../src/store/ordered-store.ts';
import { BatchBuilder } from '../src/log/record-batch/builder.ts';
import { RecordCursor } from '../src/log/record-batch/cursor.ts';
import { testEnv } from '../test/support/env.ts';

const [records = 1_000_000, valueBytes = 100, batchRecords = 5000] = process.argv.slice(2).map(Number);
const COMMITS = 2000;

async function measure(name: string, store: OrderedStore, fsync: FsyncPolicy): Promise<void> {
  const log = new EmbeddedLog({ store, env: testEnv(), fsync });
  const partitions = 4;
  await log.admin.createTopic({ name: 't', partitions, replicas: 1 });
  const writer = await log.createWriter({ transactionalId: 'bench' });
  const key = Buffer.from('user_1234');
  const value = Buffer.alloc(valueBytes, 'v');
  await timed(`${name}: append`, async () => {
    const builder = new BatchBuilder(1 << 20);
    for (let n = 0; n < records;) {
      for (let i = 0; i < batchRecords && n < records; i++, n++)
        builder.append(1_700_000_000_000 + n, key, 0, 9, value, 0, valueBytes);
      writer.append('t', ((n / batchRecords) % partitions) | 0, builder.finish(), true);
      if (writer.pendingBytes > 1 << 22 || n >= records) await writer.commit();
    }
  });
  await timed(`${name}: read`, async () => {
    const reader = log.createReader({});
    reader.assign(Array.from({ length: partitions }, (_, partition) => ({ topic: 't', partition, offset: 0 })));
    const cursor = new RecordCursor();
    let seen = 0;
    while (seen < records) {
      for (const fetched of await reader.poll(1000)) {
        cursor.openFetched(fetched);
        while (cursor.next()) seen += cursor.columns.count;
      }
    }
    await reader.close();
  });
  await timed(`${name}: commits of one record`, async () => {
    for (let i = 0; i < COMMITS; i++) {
      const builder = new BatchBuilder(256);
      builder.add(i, key, value);
      writer.append('t', 0, builder.finish(), true);
      writer.commitOffsets('g', [{ topic: 't', partition: 0, offset: i }]);
      await writer.commit();
    }
  });
  await log.close();
}

async function timed(name: string, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await work();
  const wallS = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuS = (user + system) / 1e6;
  const one = (x: number): number => Number(x.toFixed(3));
  console.log(
    JSON.stringify({
      bench: 'log',
      name,
      seconds: one(wallS),
      cpuSeconds: one(cpuS),
      ...(name.includes('commits')
        ? { microsecondsPerCommit: Math.round((wallS / COMMITS) * 1e6) }
        : { cpuSecondsPerMillion: one((cpuS / records) * 1e6), recordsPerSecond: Math.round(records / wallS) }),
    }),
  );
}

await measure('memory', new MemoryStore(), 'never');
for (const fsync of ['never', 'interval', 'commit'] as const) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    await measure(`lmdb, fsync ${fsync}`, new LmdbStore({ path: folder }), fsync);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
