import { get } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { SluiceClient } from '../../src/client/index.ts';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { startSluice, type Sluice } from '../../src/index.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { threadCpuMs } from '../support/cpu.ts';

const RECORDS = 100_000;
/**
 * The product's guarantee is 20 ms. The limit is higher because the code is compiled during the test, and tests share
 * the machine.
 */
const STRETCH_MS_MAX = 100;
const TRIES = 5;

let sluice: Sluice | undefined;
afterEach(async () => {
  await sluice?.close();
  sluice = undefined;
});

async function withBacklog(): Promise<SluiceClient> {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'ksql.connect.url': 'none' },
    store: new MemoryStore(),
    env: nodeEnv(SILENT_LOGGER),
  });
  const client = new SluiceClient({ url: sluice.url });
  await client.execute(
    `CREATE STREAM views (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='views', partitions=1, value_format='JSON');`,
  );
  const writer = await sluice.log.createWriter({});
  for (let n = 0; n < RECORDS;) {
    const batch = new BatchBuilder(1 << 19);
    for (let i = 0; i < 4000 && n < RECORDS; i++, n++)
      batch.add(n, Buffer.from(`user_${n % 20_000}`), Buffer.from(`{"pageid":"page_${n % 100}","ip":"10.20.30.40"}`));
    writer.append('views', 0, batch.finish(), true);
  }
  await writer.commit();
  return client;
}

/**
 * A full garbage collection, which includes the garbage of this thread's other tests, may occur during one attempt.
 * Therefore the best of several attempts counts; the first that is within the limit ends the test.
 */
async function atBest(longestOf: () => Promise<number>): Promise<void> {
  const seen: number[] = [];
  for (let i = 0; i < TRIES && !(Math.min(...seen) < STRETCH_MS_MAX); i++) {
    await sluice?.close();
    seen.push(await longestOf());
  }
  expect(Math.min(...seen), `longest stretch of each try: ${seen.join(', ')} ms`).toBeLessThan(STRETCH_MS_MAX);
}

/**
 * The longest time between two turns of the timers while `work` runs, in ms of this thread's CPU time, and the number
 * of responses to GET /info.
 */
async function watch(url: string, work: () => Promise<void>): Promise<{ longestMs: number; answers: number }> {
  let longestMs = 0;
  let answers = 0;
  let over = false as boolean;
  let last = threadCpuMs();
  const look = (): void => {
    const now = threadCpuMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!over) setTimeout(look, 1);
  };
  const ask = (): void => {
    if (over) return;
    get(`${url}/info`, (answer) => {
      answer.resume();
      answer.once('end', () => {
        answers++;
        if (!over) setTimeout(ask, 5);
      });
      // The last request may fail because the server is closed.
    }).once('error', () => undefined);
  };
  look();
  ask();
  await work();
  over = true;
  return { longestMs, answers };
}

test.each([
  ['few keys', 'CREATE TABLE t AS SELECT pageid, COUNT(*) AS n FROM views GROUP BY pageid EMIT CHANGES;'],
  ['many keys', 'CREATE TABLE t AS SELECT userid, COUNT(*) AS n FROM views GROUP BY userid EMIT CHANGES;'],
])(
  'a query that catches up leaves the server to its clients: %s',
  async (_name, sql) =>
    await atBest(async () => {
      const client = await withBacklog();
      const { longestMs, answers } = await watch(sluice!.url, async () => {
        await client.execute(sql, { properties: { 'auto.offset.reset': 'earliest' } });
        await sluice!.caughtUp();
      });
      expect(answers).toBeGreaterThan(5);
      const rows = await client.pullQuery('SELECT * FROM t;');
      expect(rows.length).toBeGreaterThan(50);
      return longestMs;
    }),
  120_000,
);

test('push queries that catch up do as well', async () => {
  await atBest(async () => {
    const client = await withBacklog();
    const { longestMs, answers } = await watch(sluice!.url, async () => {
      const all = Array.from({ length: 3 }, async () => {
        let n = 0;
        const stream = await client.streamQuery(`SELECT userid, pageid FROM views EMIT CHANGES LIMIT 50000;`, {
          properties: { 'auto.offset.reset': 'earliest' },
        });
        for await (const rows of stream.textBatches()) n += rows.length;
        return n;
      });
      expect(await Promise.all(all)).toEqual([50_000, 50_000, 50_000]);
    });
    expect(answers).toBeGreaterThan(5);
    return longestMs;
  });
});
