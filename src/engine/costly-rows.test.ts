import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Env, type LogFields, type Logger, SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { startSluice, type Sluice } from '../main/compose.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { Session } from './session.ts';
import { startedQuery } from '../../test/support/query-rows.ts';

const ROWS = 600;
const SECRET = '4111-1111-1111-1111';
/** More steps than a row may take. */
const ENDLESS =
  'REDUCE(GENERATE_SERIES(1, 100000), 0, (s, x) => s + REDUCE(GENERATE_SERIES(id, 100000), 0, (t, y) => t))';
/** About a tenth of the limit. */
const COSTLY = 'REDUCE(GENERATE_SERIES(1, 20000), 0, (s, x) => s + x)';

let sluice: Sluice;
let logged: { readonly message: string; readonly fields: LogFields | undefined }[] = [];
/** The number of calls of RANDOM(), which each row makes once. */
let computed = 0;
/** How often other work was given its turn. */
let turns = 0;
/** Whether each reading of the clock shows the end of the time slice. */
let isSliceOver = false;
let skippedMs = 0;
/** Called within the computation of a row. */
let atRow: (() => void) | undefined;

beforeAll(async () => {
  const logger: Logger = {
    ...SILENT_LOGGER,
    error: (message, fields) => logged.push({ message, fields }),
    child: () => logger,
  };
  const env = nodeEnv(logger);
  const counting: Env = {
    ...env,
    random: { ...env.random, next: () => (computed++, atRow?.(), 0.5) },
    clock: {
      nowMs: () => env.clock.nowMs(),
      monotonicMs: () => env.clock.monotonicMs() + (isSliceOver ? (skippedMs += 10) : skippedMs),
    },
    timers: {
      ...env.timers,
      turn: (isNew) => {
        turns++;
        return env.timers.turn(isNew);
      },
    },
  };
  sluice = await startSluice({
    env: counting,
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'query.threads': '0',
      'ksql.streams.auto.offset.reset': 'earliest',
      'ksql.statement.max.ms': '100000000',
    },
  });
  await sluice.engine.execute(`
    CREATE STREAM src (id INT KEY, v VARCHAR) WITH (kafka_topic='src', value_format='JSON', partitions=1);
    CREATE TABLE lk AS SELECT id, LATEST_BY_OFFSET(v) AS v FROM src GROUP BY id;
    ${Array.from({ length: ROWS }, (_, n) => `INSERT INTO src VALUES (${n}, '${SECRET}');`).join('\n')}`);
  await sluice.caughtUp();
});

afterAll(async () => await sluice.close());

async function ask(sql: string): Promise<{ rows: unknown[][]; notice: string | undefined }> {
  logged = [];
  computed = 0;
  const handle = await startedQuery(sluice.engine, sql, new Session({ 'auto.offset.reset': 'earliest' }));
  const rows: unknown[][] = [];
  try {
    for await (const batch of handle.rows()) for (const row of batch) rows.push([...row.values]);
  } finally {
    await handle.close();
  }
  return { rows, notice: handle.notice?.() };
}

test.each([
  `SELECT RANDOM(), ${ENDLESS} FROM src LIMIT 1;`,
  `SELECT RANDOM(), ${ENDLESS} FROM src EMIT CHANGES LIMIT 1;`,
  `SELECT id FROM src WHERE RANDOM() < 1 AND ${ENDLESS} > 0;`,
  `SELECT RANDOM(), LPAD('x', 100000000, 'y') FROM src LIMIT 5;`,
  `SELECT RANDOM(), INSTR(LPAD('', 5000000, 'a'), LPAD('b', 2500000, 'a')) FROM src LIMIT 3;`,
  `SELECT RANDOM(), ${ENDLESS} FROM lk;`,
  `SELECT RANDOM(), ${ENDLESS} FROM lk WHERE id = 7;`,
  `SELECT RANDOM(), ${ENDLESS} FROM lk LIMIT 1;`,
  `SELECT RANDOM(), ${ENDLESS} FROM src WHERE id >= 0 ORDER BY v;`,
  `SELECT SUM(RANDOM() + ${ENDLESS}) FROM src;`,
])('the first row that takes too many steps ends the statement: %s', async (sql) => {
  await expect(ask(sql)).rejects.toMatchObject({
    code: 'EVALUATION',
    message: 'Computing one row takes more than 1000000 steps (ksql.row.max.steps)',
  });
  // The condition may be computed for another row or so before the first row that fails.
  expect(computed).toBeLessThanOrEqual(2);
  expect(logged.filter(({ message }) => message.startsWith('Error computing'))).toEqual([]);
});

test('a plan that is remembered ends with it for the row that takes too many, and for no other', async () => {
  const of = (id: number): string =>
    `SELECT CASE WHEN id = 7 THEN ${ENDLESS} ELSE 1 END AS n FROM lk WHERE id = ${id};`;
  expect((await ask(of(1))).rows).toEqual([[1]]);
  await expect(ask(of(7))).rejects.toMatchObject({ code: 'EVALUATION' });
  expect((await ask(of(2))).rows).toEqual([[1]]);
  expect((await ask(of(3))).rows).toEqual([[1]]);
});

test('of the rows that were fetched those are not computed that nobody waits for', async () => {
  computed = 0;
  const handle = await startedQuery(sluice.engine, `SELECT RANDOM(), ${COSTLY} FROM src;`);
  let closed: Promise<void> | undefined;
  atRow = () => {
    atRow = undefined;
    closed = handle.close();
  };
  await handle.rows().next();
  await closed;
  // What the stretch in progress takes until it looks whether somebody waits.
  expect(computed).toBeLessThan(ROWS / 10);
});

test('a LIMIT that is reached computes no more than the stretch it is reached in', async () => {
  const { rows } = await ask(`SELECT RANDOM(), ${COSTLY} FROM src LIMIT 1;`);
  expect(rows).toHaveLength(1);
  expect(computed).toBeLessThanOrEqual(2);
});

test('records behind the last row that is wanted are not computed', async () => {
  expect((await ask('SELECT RANDOM() FROM src LIMIT 3;')).rows).toHaveLength(3);
  expect(computed).toBe(3);
});

const HEAVY = 'ARRAY_LENGTH(TRANSFORM(GENERATE_SERIES(1 + id - id, 20000), x => x + 1))';
/** The number of rows that the statements below compute. */
const SOME = 60;

test.each([
  `SELECT ${HEAVY} FROM src WHERE id < ${SOME};`,
  `SELECT ${HEAVY} FROM lk WHERE id < ${SOME};`,
  `SELECT id FROM lk WHERE id < ${SOME} AND ${HEAVY} = 20000;`,
  `SELECT ${HEAVY} FROM src WHERE id < ${SOME} ORDER BY v;`,
  `SELECT id FROM src WHERE id < ${SOME} AND ${HEAVY} = 20000 ORDER BY v;`,
  `SELECT ${HEAVY} FROM src EMIT CHANGES LIMIT ${SOME};`,
])('others have their turn after each row that takes long: %s', async (sql) => {
  turns = 0;
  isSliceOver = true;
  try {
    expect((await ask(sql)).rows).toHaveLength(SOME);
  } finally {
    isSliceOver = false;
  }
  expect(turns).toBeGreaterThanOrEqual(SOME);
});

test('rows that fail are counted in the log beyond ten lines a second, without their values; who asked sees some of them', async () => {
  const { rows, notice } = await ask(`SELECT JSON_RECORDS(CONCAT(v, LPAD('', 90000, '{"a":'))) FROM src;`);
  expect(rows).toHaveLength(ROWS);
  expect(notice).toContain(SECRET);
  expect(notice!.length).toBeLessThan(1000);
  await expect.poll(() => logged.some(({ fields }) => fields?.['left'] !== undefined), { timeout: 60_000 }).toBe(true);
  await expect
    .poll(() => logged.reduce((sum, { fields }) => sum + ((fields?.['left'] as number | undefined) ?? 1), 0), {
      timeout: 60_000,
    })
    .toBe(ROWS);
  const text = JSON.stringify(logged);
  expect(text).toContain('Invalid JSON format: …');
  expect(text).not.toContain('4111');
  // At most ten lines a second: the statement takes several seconds.
  for (const line of logged) expect(JSON.stringify(line).length).toBeLessThan(2000);
});

test.each([
  `CAST(v AS INT)`,
  `PARSE_TIMESTAMP(v, 'yyyy')`,
  `CAST(v AS TIMESTAMP)`,
  `CAST(v AS DECIMAL(4,2))`,
  `TO_BYTES(v, 'hex')`,
  `JSON_ITEMS(v)`,
  `JSON_CONCAT(v, v)`,
  `JSON_KEYS(v)`,
  `EXTRACTJSONFIELD(v, v)`,
  `REGEXP_EXTRACT(CONCAT('(', v), v)`,
])('no value of a row stands in the log: %s', async (expression) => {
  await ask(`SELECT ${expression} FROM src EMIT CHANGES LIMIT 5;`);
  expect(JSON.stringify(logged)).not.toContain('4111');
});

test('nor does one in what others see of a query', async () => {
  await sluice.engine.execute(
    'CREATE TABLE bad AS SELECT id, LATEST_BY_OFFSET(CAST(v AS INT)) AS n FROM src GROUP BY id;',
  );
  await sluice.caughtUp();
  const [described, queries] = [
    await sluice.engine.execute('DESCRIBE bad EXTENDED;'),
    await sluice.engine.execute('SHOW QUERIES EXTENDED;'),
  ];
  expect(JSON.stringify(described)).toContain('For input string: \\"…\\"');
  expect(JSON.stringify([described, queries])).not.toContain('4111');
});
