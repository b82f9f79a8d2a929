import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processMemory } from '../base/budget/memory.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import { RowQueue } from '../engine/queries/row-queue.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

const LIMIT = 2 << 20;
/** Long enough for a busy machine. */
const PATIENCE = { timeout: 15_000 };
let sluice: Sluice;
/** The memory that other tests of this thread still hold. */
let before: number;

beforeAll(async () => {
  before = processMemory.held;
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'schema.registry.listeners': 'http://127.0.0.1:0',
      'server.memory.max.bytes': String(before + LIMIT),
      'ksql.streams.auto.offset.reset': 'earliest',
    },
    store: new MemoryStore(),
    env: nodeEnv(SILENT_LOGGER),
  });
  await sluice.engine.execute(
    "CREATE STREAM s (v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);" +
      Array.from({ length: 300 }, (_, v) => `INSERT INTO s VALUES (LPAD('${v}', 10000, 'x'));`).join(''),
  );
});
afterAll(async () => {
  await sluice.close();
  processMemory.limit = Infinity;
});

async function pull(sql: string): Promise<string> {
  const answer = await fetch(`${sluice.url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
  return `${answer.status} ${await answer.text()}`;
}

/** A request of which only a part is sent. */
async function halfSent(url: string, path: string, bytes: number): Promise<() => void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${3 * bytes}\r\n\r\n${'x'.repeat(bytes)}`);
  const until = processMemory.held;
  try {
    await expect.poll(() => processMemory.held - until, PATIENCE).toBeGreaterThan(bytes / 2);
  } catch (error) {
    // Its memory must not affect the next test.
    socket.destroy();
    throw error;
  }
  return () => socket.destroy();
}

test.each([
  ['sorted rows', 'SELECT v FROM s ORDER BY v;'],
  ['groups', 'SELECT v, COUNT(*) FROM s GROUP BY v;'],
  ['distinct rows', 'SELECT DISTINCT v FROM s;'],
])('a pull query that holds too much for all is refused, and gives back what it held: %s', async (what, sql) => {
  expect(await pull(sql)).toMatch(
    new RegExp(`No memory is left for this \\(${what}\\).*server\\.memory\\.max\\.bytes`, 's'),
  );
  expect(processMemory.held).toBe(before);
  expect(await pull('SELECT v FROM s LIMIT 3;')).toMatch(/^200/);
});

test.each([
  ['whose first line is refused', `{"target":"NOWHERE"}\n${'x'.repeat(50_000)}`, /NOWHERE/],
  ['whose first line is none', `{\n${'x'.repeat(50_000)}`, /Invalid JSON/],
  ['with a line that is too long', `{"target":"S"}\n${'x'.repeat(17 << 20)}`, /No memory is left|longer than/],
])('rows to insert %s: the client is told, and nothing is held for them', async (_name, body, said) => {
  const answer = await fetch(`${sluice.url}/inserts-stream`, { method: 'POST', body });
  expect(await answer.text()).toMatch(said);
  await expect.poll(() => processMemory.held, PATIENCE).toBe(before);
});

test.each([
  ['a statement', () => sluice.url, '/ksql'],
  ['a line of rows', () => sluice.url, '/inserts-stream'],
  ['a connector', () => sluice.connectUrl!, '/connectors'],
  ['a schema', () => sluice.registryUrl!, '/subjects/x/versions'],
])('bodies that never end hold no more than there is: %s', async (_name, url, path) => {
  const first = await halfSent(url(), path, 1_200_000);
  const answer = await fetch(`${sluice.url}/ksql`, {
    method: 'POST',
    body: JSON.stringify({ ksql: `SHOW STREAMS; --${'x'.repeat(1_200_000)}` }),
  });
  first();
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('the body of a request')]);
  await expect.poll(() => processMemory.held, PATIENCE).toBe(before);
});

test('a push query waits where all hold too much, and goes on', () => {
  const queue = new RowQueue(() => Promise.resolve(), 1 << 20);
  const row = { values: ['x'.repeat(1000)], tombstone: false };
  queue.offer(row);
  expect(queue.isFilled).toBe(false);
  processMemory.hold(LIMIT);
  expect([queue.isFilled, queue.full]).toEqual([true, true]);
  processMemory.release(LIMIT);
  expect([queue.isFilled, queue.full]).toEqual([false, false]);
  queue.forget();
  expect(processMemory.held).toBe(before);
});

test('where all is held rows to insert are refused, and connectors go on slowly; what each had counts no more', async () => {
  const all = processMemory.limit - processMemory.held;
  processMemory.hold(all);
  try {
    await sluice.engine.execute(
      `CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='users', topic='generated', rate='100000', iterations='2000');`,
    );
    const rows = Array.from({ length: 200 }, () => `{"V":"${'x'.repeat(1000)}"}\n`).join('');
    const answer = await fetch(`${sluice.url}/inserts-stream`, { method: 'POST', body: `{"target":"S"}\n${rows}` });
    expect(await answer.text()).toContain('server.memory.max.bytes');
    await expect
      .poll(async () => await sluice.log.admin.latestOffset({ topic: 'generated', partition: 0 }).catch(() => 0), {
        timeout: 60_000,
      })
      .toBeGreaterThan(1000);
  } finally {
    processMemory.release(all);
  }
  await sluice.engine.execute('DROP CONNECTOR gen;');
  await expect.poll(() => processMemory.limit - processMemory.held).toBe(all);
});
