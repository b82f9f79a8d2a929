import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

const ROWS = 60;
let sluice: Sluice;
/** Lines of the processing log. */
let lines: string[] = [];
let turns = 0;

beforeAll(async () => {
  const logger = { ...SILENT_LOGGER, error: (message: string) => void lines.push(message) };
  const env = nodeEnv({ ...logger, child: () => logger });
  // Each reading of the clock shows that the time slice is over.
  let nowMs = 0;
  sluice = await startSluice({
    env: {
      ...env,
      clock: { nowMs: () => env.clock.nowMs(), monotonicMs: () => (nowMs += 10) },
      timers: {
        ...env.timers,
        turn: (isNew) => {
          turns++;
          return env.timers.turn(isNew);
        },
      },
    },
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
      'ksql.statement.max.ms': '100000000',
    },
  });
  await sluice.engine.execute(
    `CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
     CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;` +
      Array.from({ length: ROWS }, (_, i) => `INSERT INTO s VALUES (${i}, ${i});`).join(''),
  );
  while ((await pull('SELECT * FROM t;')).split('\n').filter((line) => line.startsWith('[')).length < ROWS)
    await new Promise((resolve) => setTimeout(resolve, 50));
}, 60_000);
afterAll(async () => await sluice.close());

async function pull(sql: string): Promise<string> {
  const answer = await fetch(`${sluice.url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
  return await answer.text();
}

const ENDLESS =
  'REDUCE(GENERATE_SERIES(k, 9999), 0, (s, x) => s + REDUCE(GENERATE_SERIES(x, 9999), 0, (p, q) => p + q))';
test.each(['s', 't', 's LIMIT 1', 't LIMIT 1', 's WHERE k >= 0 ORDER BY v'])(
  'the first row that takes too many steps ends a pull query, without a line for each: %s',
  async (from) => {
    lines = [];
    expect(await pull(`SELECT ${ENDLESS} AS x FROM ${from};`)).toContain('ksql.row.max.steps');
    expect(lines.length).toBeLessThan(2);
  },
);

test('records behind the last row that is wanted are not computed', async () => {
  lines = [];
  expect((await pull('SELECT 1 / (v - v) AS x FROM s LIMIT 3;')).match(/^\[null\]$/gm)).toHaveLength(3);
  expect(lines).toHaveLength(3);
});

const HEAVY = 'ARRAY_LENGTH(TRANSFORM(GENERATE_SERIES(1 + k - k, 20000), x => x + 1))';
test.each([
  `SELECT ${HEAVY} AS x FROM s;`,
  `SELECT ${HEAVY} AS x FROM t;`,
  `SELECT k FROM t WHERE ${HEAVY} = 20000;`,
  `SELECT ${HEAVY} AS x FROM s ORDER BY v;`,
  `SELECT k FROM s WHERE ${HEAVY} = 20000 ORDER BY v;`,
])('others have their turn after each row that takes long: %s', async (sql) => {
  turns = 0;
  expect((await pull(sql)).split('\n').filter((line) => line.startsWith('['))).toHaveLength(ROWS);
  expect(turns).toBeGreaterThanOrEqual(ROWS);
});

test('so they have beside a push query', async () => {
  turns = 0;
  const { length } = (await pull(`SELECT ${HEAVY} AS x FROM s EMIT CHANGES LIMIT ${ROWS};`))
    .split('\n')
    .filter((line) => line.startsWith('['));
  expect(length).toBe(ROWS);
  expect(turns).toBeGreaterThanOrEqual(ROWS);
});
