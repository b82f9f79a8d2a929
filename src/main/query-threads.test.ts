import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SluiceClient } from '../client/index.ts';
import { startSluice, type Sluice } from './compose.ts';

let folder: string;
let sluice: Sluice;
let client: SluiceClient;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-threads-'));
});
afterEach(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(properties: Record<string, string> = {}): Promise<void> {
  sluice = await startSluice({
    properties: {
      'data.dir': folder,
      listeners: 'http://127.0.0.1:0',
      'ksql.connect.url': 'none',
      'log.level': 'silent',
      'query.threads': '2',
      'ksql.query.retry.backoff.initial.ms': '100',
      'ksql.extension.dir': path.join(folder, 'ext'),
      'ksql.streams.auto.offset.reset': 'earliest',
      ...properties,
    },
  });
  client = new SluiceClient({ url: sluice.url });
}

const SOURCE = `CREATE STREAM rows (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='rows', partitions=2, value_format='JSON');`;

async function insert(from: number, to: number, value: (i: number) => string = () => 'x'): Promise<void> {
  const statements = Array.from({ length: to - from }, (_, i) => {
    const n = from + i;
    return `INSERT INTO rows VALUES ('k${n % 100}', '${value(n)}');`;
  });
  await client.execute(statements.join('\n'));
}

async function counts(table: string): Promise<Map<string, number>> {
  const rows = await client.pullQuery(`SELECT * FROM ${table};`);
  return new Map(rows.map((r) => [String(r['K']), Number(r['N'])]));
}

test('what is inserted right after CREATE … AS is read, by default and whatever a query of that name once read', async () => {
  await start({ 'ksql.streams.auto.offset.reset': 'latest' });
  await client.execute(SOURCE);
  await insert(0, 10);
  for (let round = 0; round < 3; round++) {
    await client.execute('CREATE TABLE totals AS SELECT k, COUNT(*) AS n FROM rows GROUP BY k;');
    await insert(10, 20);
    await vi.waitFor(
      async () => {
        const found = await counts('totals');
        expect([...found.keys()].toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `k${10 + i}`));
        expect([...found.values()]).toEqual(Array.from({ length: 10 }, () => 1));
      },
      { timeout: 60_000, interval: 50 },
    );
    await client.execute('DROP TABLE totals;');
  }
});

test(
  'a thread that dies in the middle begins again where its last commits were: each row counts once',
  { retry: 0 },
  async () => {
    const marker = path.join(folder, 'died');
    mkdirSync(path.join(folder, 'ext'));
    writeFileSync(
      path.join(folder, 'ext/die.mjs'),
      `import { existsSync, writeFileSync } from 'node:fs';
     import { isMainThread } from 'node:worker_threads';
     export const die = { kind: 'SCALAR', name: 'DIE_ONCE', category: 'TEST', doc: 'Ends the thread, once.', signatures: [{
       params: [{ name: 'v', type: { kind: 'STRING' }, doc: 'What kills.' }], returns: { kind: 'STRING' },
       evaluate: (v) => {
         if (v === 'die' && !isMainThread && !existsSync(${JSON.stringify(marker)})) {
           writeFileSync(${JSON.stringify(marker)}, '');
           process.exit(3);
         }
         return v;
       },
     }] };`,
    );
    await start();
    await client.execute(
      `${SOURCE}
     CREATE TABLE totals AS SELECT k, COUNT(*) AS n FROM rows GROUP BY k EMIT CHANGES;
     CREATE STREAM checked AS SELECT k, DIE_ONCE(v) AS v FROM rows EMIT CHANGES;
     CREATE TABLE chained AS SELECT k, COUNT(*) AS n FROM checked GROUP BY k EMIT CHANGES;`,
    );
    await insert(0, 1000);
    await insert(1000, 2000, (i) => (i === 1500 ? 'die' : 'x'));
    await insert(2000, 3000);
    await expect.poll(() => existsSync(marker)).toBe(true);
    await sluice.caughtUp();
    for (const table of ['totals', 'chained']) {
      const found = await counts(table);
      expect(found.size).toBe(100);
      expect(new Set(found.values())).toEqual(new Set([30]));
    }
    const died = [...sluice.engine.catalog.queries.keys()].flatMap(
      (id) => sluice.engine.services.queries.status(id)!.errors,
    );
    expect(died.map((e) => e.errorMessage)).toContainEqual(expect.stringContaining('The worker thread has died'));
  },
);

test('queries in threads are paused, resumed, restarted with the server and dropped; pull and push queries see what is committed', async () => {
  await start();
  await client.execute(
    `${SOURCE}
     CREATE TABLE totals AS SELECT k, COUNT(*) AS n FROM rows GROUP BY k EMIT CHANGES;
     CREATE TABLE chained AS SELECT n, COUNT(*) AS k FROM totals GROUP BY n EMIT CHANGES;`,
  );
  const push = await client.streamQuery('SELECT * FROM totals EMIT CHANGES LIMIT 100;');
  const pushed = (async () => {
    let n = 0;
    for await (const batch of push.textBatches()) n += batch.length;
    return n;
  })();
  await insert(0, 1000);
  await sluice.caughtUp();
  expect(await pushed).toBe(100);
  expect((await counts('totals')).get('k7')).toBe(10);
  const [id] = sluice.engine.catalog.queries.keys();
  await client.execute(`PAUSE ${id!};`);
  await insert(1000, 1100);
  await sluice.caughtUp();
  expect((await counts('totals')).get('k7')).toBe(10);
  await client.execute(`RESUME ${id!};`);
  await expect.poll(async () => (await counts('totals')).get('k7')).toBe(11);
  await sluice.close();

  // Other threads can continue, because the state is in the store.
  await start({ 'query.threads': '1' });
  await insert(1100, 1200);
  await sluice.caughtUp();
  expect((await counts('totals')).get('k7')).toBe(12);
  await sluice.close();

  await start({ 'query.threads': '0' });
  await insert(1200, 1300);
  await sluice.caughtUp();
  expect((await counts('totals')).get('k7')).toBe(13);
  await sluice.close();

  await start();
  await sluice.caughtUp();
  await client.execute('DROP TABLE chained; DROP TABLE totals DELETE TOPIC;');
  await client.execute('CREATE TABLE totals AS SELECT k, COUNT(*) AS n FROM rows GROUP BY k EMIT CHANGES;');
  await sluice.caughtUp();
  expect((await counts('totals')).get('k7')).toBe(13);
});
