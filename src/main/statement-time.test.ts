import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { startedQuery } from '../../test/support/query-rows.ts';

const LIMIT_MS = 1000;
let sluice: Sluice;

beforeAll(async () => {
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.connect.url': 'none',
      'ksql.statement.max.ms': String(LIMIT_MS),
      'ksql.streams.auto.offset.reset': 'earliest',
    },
    store: new MemoryStore(),
    env: nodeEnv(SILENT_LOGGER),
  });
  await sluice.engine.execute(
    "CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);" +
      Array.from({ length: 1500 }, (_, v) => `INSERT INTO s VALUES (${v});`).join(''),
  );
});
afterAll(async () => await sluice.close());

async function ask(path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${sluice.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return `${answer.status} ${await answer.text()}`;
}
const ksql = (text: string): Promise<string> => ask('/ksql', { ksql: text });

/** Takes some ms per row. BIGINT, because a sum that overflows INTEGER becomes NULL and is then free to compute. */
const LONG = 'REDUCE(GENERATE_SERIES(1, 300000), CAST(0 AS BIGINT), (a, x) => a + x + v)';

test.each([
  ['a look at a topic', `SELECT ${LONG} AS r FROM s;`],
  ['one that keeps its rows', `SELECT ${LONG} AS r, COUNT(*) FROM s GROUP BY ${LONG};`],
])('a pull query ends: %s', async (_name, sql) => {
  expect(await ask('/query-stream', { sql })).toMatch(/takes longer than 1000 ms \(ksql\.statement\.max\.ms\)/);
});

test('the time in which its client reads does not count', async () => {
  const handle = await startedQuery(sluice.engine, 'SELECT v FROM s LIMIT 300;');
  let rows = 0;
  for await (const batch of handle.rows()) {
    rows += batch.length;
    await new Promise((resolve) => setTimeout(resolve, 2 * LIMIT_MS));
  }
  expect(rows).toBe(300);
});

test('an ASSERT waits no longer, whatever it says', async () => {
  expect(await ksql("ASSERT TOPIC 'nowhere' TIMEOUT 1 HOURS;")).toMatch(
    /^504 .*ksql\.statement\.max\.ms.*STATEMENT_TIMEOUT/s,
  );
});

test('what changes something is answered in time and finished all the same; what waits behind it does not begin', async () => {
  const { admin } = sluice.log;
  const createTopic = admin.createTopic.bind(admin);
  let release!: () => void;
  const hangs = new Promise<void>((resolve) => (release = resolve));
  admin.createTopic = async (topic) => {
    await hangs;
    return await createTopic(topic);
  };
  const create = (name: string): Promise<string> =>
    ksql(`CREATE STREAM ${name} (v INT) WITH (kafka_topic='${name}', value_format='JSON', partitions=1);`);
  const first = create('a');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await Promise.all([first, create('b')])).toEqual([
    expect.stringMatching(/^504 .*STATEMENT_TIMEOUT/s),
    expect.stringMatching(/^504 .*STATEMENT_TIMEOUT/s),
  ]);
  expect(await ksql('SHOW STREAMS;')).toMatch(/^200/);
  release();
  admin.createTopic = createTopic;
  expect(await create('c')).toMatch(/^200/);
  const names = [...sluice.engine.catalog.sources.keys()];
  expect(names).toEqual(expect.arrayContaining(['A', 'C']));
  expect(names).not.toContain('B');
});
