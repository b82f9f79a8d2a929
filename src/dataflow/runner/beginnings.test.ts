import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Step } from '../../plan/steps/steps.ts';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import {
  aggregate,
  call,
  col,
  filter,
  foreignKeyJoin,
  greater,
  groupBy,
  int,
  plan,
  sink,
  source,
  streamTableJoin,
  tableTableJoin,
} from '../testing/steps.ts';
import { caughtUp, until, World } from '../testing/world.ts';

/** The default settings. */
const DEFAULTS = { offsetReset: 'latest' } as const;

let world: World;
afterEach(() => world.close());

const stream = source('STREAM', 's', { key: { SK: STRING }, value: { X: INTEGER } });
const table = source('TABLE', 't', { key: { TK: STRING }, value: { V: INTEGER }, materialized: true });
const other = source('TABLE', 'u', { key: { UK: STRING }, value: { W: INTEGER }, materialized: true });
const joined = plan(sink(streamTableJoin(stream, table, 'LEFT')));

const values = async (topic = 'out'): Promise<unknown[]> => (await world.records(topic)).map((r) => r.value);

test('a stream begins at its end, the table it is joined with at its beginning', async () => {
  world = await new World().open('s', 't', 'out');
  await world.append('t', 0, [['a', { V: 1 }, 1000]]);
  await world.append('s', 0, [['a', { X: 99 }, 1001]]);
  await caughtUp(world.run(joined, DEFAULTS));
  expect(await values()).toEqual([]);
  await world.append('s', 0, [['a', { X: 100 }, 1002]]);
  await until(async () => (await values()).length > 0, 'the row came');
  expect(await values()).toEqual([{ X: 100, TK: 'a', V: 1 }]);
});

test.each<readonly [string, Step, unknown]>([
  ['a table', filter(table, greater(col(table, 'V'), int(0))), { a: { V: 1 }, b: { V: 2 } }],
  ['two tables', tableTableJoin(table, other, 'INNER'), { a: { V: 1, UK: 'a', W: 3 } }],
  [
    'three tables',
    tableTableJoin(
      tableTableJoin(table, other, 'INNER'),
      source('TABLE', 'w', { key: { WK: STRING }, value: { Z: INTEGER }, materialized: true }),
      'INNER',
    ),
    { a: { V: 1, UK: 'a', W: 3, WK: 'a', Z: 4 } },
  ],
  [
    'tables by a foreign key',
    foreignKeyJoin(
      source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING } }),
      other,
      'INNER',
      col(source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING } }), 'FK'),
    ),
    { x: { FK: 'a', UK: 'a', W: 3 } },
  ],
  [
    'an aggregation of a table',
    {
      ...aggregate(groupBy(table, ['TK']), { C: call('COUNT', [], BIGINT, 1) }),
      kind: 'TableAggregate',
    } as unknown as Step,
    { a: { C: 1 }, b: { C: 1 } },
  ],
])('%s: what it held before counts', async (_, root, expected) => {
  world = await new World().open('t', 'u', 'w', 'l', 'out');
  await world.append('t', 0, [
    ['a', { V: 1 }, 1],
    ['b', { V: 2 }, 2],
  ]);
  await world.append('w', 0, [['a', { Z: 4 }, 3]]);
  for (let p = 0; p < 3; p++) await world.append('u', p, [['a', { W: 3 }, 3]]);
  await world.append('l', 0, [['x', { FK: 'a' }, 4]]);
  await caughtUp(world.run(plan(sink(root)), DEFAULTS));
  expect(Object.fromEntries(await world.table('out'))).toEqual(expected);
});

test('scalable push queries show tables from now on', async () => {
  world = await new World().open('t');
  await world.append('t', 0, [['a', { V: 1 }, 1]]);
  const rows: unknown[] = [];
  const collector = {
    retainsRow: true,
    push: () => undefined,
    change: (_: unknown, next: unknown[] | null) => void rows.push(next),
  };
  const runner = world.run({ ...plan(table), queryId: 'q' }, { ...DEFAULTS, tableOffsetReset: 'latest', collector });
  await caughtUp(runner);
  await world.append('t', 0, [['b', { V: 2 }, 2]]);
  await until(() => rows.length > 0, 'a row came');
  expect(rows).toEqual([['b', 2]]);
});

test('a restart goes on where it was, without a row of the table again', async () => {
  world = await new World().open('s', 't', 'out');
  await world.append('t', 0, [['a', { V: 1 }, 1]]);
  const first = world.run(joined, DEFAULTS);
  await caughtUp(first);
  await first.close();
  await world.append('s', 0, [['a', { X: 1 }, 2]]);
  await world.append('t', 0, [['a', { V: 2 }, 3]]);
  await world.append('s', 0, [['a', { X: 2 }, 4]]);
  const second = world.run(joined, DEFAULTS);
  await caughtUp(second);
  expect(second.metrics.recordsIn).toBe(3);
  expect(await values()).toEqual([
    { X: 1, TK: 'a', V: 1 },
    { X: 2, TK: 'a', V: 2 },
  ]);
});

test('out of range: the table goes on at its beginning, the stream at its end, and neither waits for what is gone', async () => {
  world = await new World().open('s', 't', 'out');
  await world.append('t', 0, [['a', { V: 1 }, 1]]);
  const first = world.run(joined, DEFAULTS);
  await caughtUp(first);
  await first.close();
  for (let n = 1; n <= 3; n++) {
    await world.append('t', 0, [['a', { V: 10 * n }, 10 * n]]);
    await world.append('s', 0, [['a', { X: n }, 10 * n]]);
  }
  await world.log.admin.deleteRecords({ topic: 't', partition: 0 }, 3);
  await world.log.admin.deleteRecords({ topic: 's', partition: 0 }, 1);
  const second = world.run(joined, DEFAULTS);
  await caughtUp(second);
  expect(await values()).toEqual([]);
  await world.append('s', 0, [['a', { X: 4 }, 40]]);
  await until(async () => (await values()).length > 0, 'the row came');
  expect(await values()).toEqual([{ X: 4, TK: 'a', V: 30 }]);
});

test('no record is taken before what the table held is fetched, however much that is', async () => {
  world = await new World().open('s', 't', 'out');
  const wide = 'x'.repeat(100_000);
  // Several polls' worth of records; only the last row counts.
  for (let n = 1; n <= 60; n++) await world.append('t', 0, [['a', { V: n, wide }, n]]);
  await world.append('s', 0, [['a', { X: 1 }, 100]]);
  await caughtUp(world.run(joined));
  expect(await values()).toEqual([{ X: 1, TK: 'a', V: 60 }]);
});

test('a table with read times is read as far as it goes now, before any record of a stream', async () => {
  world = await new World().open('s', 't', 'out');
  const mirrored = plan(sink(streamTableJoin(stream, { ...table, hasReadTimes: true }, 'LEFT')));
  const wide = 'x'.repeat(100_000);
  // The stream is of last year, the table was read today, in several polls' worth of records.
  await world.append('s', 0, [['a', { X: 1 }, 1]]);
  for (let n = 1; n <= 30; n++) await world.append('t', 0, [['a', { V: n, wide }, 1_000_000 + n]]);
  await world.append('s', 0, [['a', { X: 2 }, 2]]);
  const first = world.run(mirrored);
  await caughtUp(first);
  expect(await values()).toEqual([
    { X: 1, TK: 'a', V: 30 },
    { X: 2, TK: 'a', V: 30 },
  ]);
  // From then on the table is one input among others.
  await world.append('s', 0, [['a', { X: 3 }, 3]]);
  await caughtUp(first);
  await world.append('t', 0, [['a', { V: 31 }, 1_000_031]]);
  await caughtUp(first);
  await world.append('s', 0, [['a', { X: 4 }, 4]]);
  await caughtUp(first);
  expect((await values()).slice(2)).toEqual([
    { X: 3, TK: 'a', V: 30 },
    { X: 4, TK: 'a', V: 31 },
  ]);
});

test('a table with read times whose end was compacted away keeps no stream waiting', async () => {
  world = await new World().open('s', 't', 'out');
  await world.append('t', 0, [['a', { V: 1 }, 1000]]);
  await world.append('t', 0, [['b', { V: 1 }, 1001]]);
  await world.log.admin.deleteRecords({ topic: 't', partition: 0 }, 2);
  await world.append('s', 0, [['a', { X: 1 }, 1]]);
  await caughtUp(world.run(plan(sink(streamTableJoin(stream, { ...table, hasReadTimes: true }, 'LEFT')))));
  expect(await values()).toEqual([{ X: 1, TK: null, V: null }]);
});

test('max.task.idle.ms: a record waits for the table', async () => {
  world = await new World().open('s', 't', 'out');
  await caughtUp(world.run(joined, { ...DEFAULTS, maxTaskIdleMs: 600_000 }));
  await world.append('s', 0, [['a', { X: 1 }, 10]]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await values()).toEqual([]);
  // What comes behind it shows that the table has nothing for the time before.
  await world.append('t', 0, [
    ['a', { V: 1 }, 9],
    ['b', { V: 2 }, 11],
  ]);
  await until(async () => (await values()).length > 0, 'the row came');
  expect(await values()).toEqual([{ X: 1, TK: 'a', V: 1 }]);
});

test('max.task.idle.ms: so long, and no longer', async () => {
  world = await new World().open('s', 't', 'out');
  await world.append('t', 0, [['a', { V: 1 }, 9]]);
  await caughtUp(world.run(joined, { ...DEFAULTS, maxTaskIdleMs: 400 }));
  const began = performance.now();
  await world.append('s', 0, [['a', { X: 2 }, 20]]);
  await until(async () => (await values()).length > 0, 'the row came');
  expect(performance.now() - began).toBeGreaterThan(350);
  expect(await values()).toEqual([{ X: 2, TK: 'a', V: 1 }]);
});

/** Three partitions per topic, all records of a key in the same one, and a distinct time for each record. */
test('what a query gives that begins later is what the one gave that was there all the time', async () => {
  const change = fc.record({
    topic: fc.constantFrom('s', 't', 'u'),
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 5 }),
  });
  const join = streamTableJoin(streamTableJoin(stream, table, 'LEFT'), other, 'LEFT');
  const into = (topic: string) => plan(sink(join, topic), topic);
  const ofKey = async (topic: string, key: string) => (await world.records(topic)).filter((r) => r.key === key);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
      world = await new World().open('s', 't', 'u', 'live', 'later');
      const live = world.run(into('live'));
      await caughtUp(live);
      let at = 1000;
      for (const { topic, key, value } of changes) {
        const column = { s: 'X', t: 'V', u: 'W' }[topic];
        const row = value === null ? (topic === 's' ? { X: -1 } : null) : { [column]: value };
        await world.append(topic, key.charCodeAt(0) % 3, [[key, row, at++]]);
        await caughtUp(live);
      }
      await caughtUp(world.run(into('later')));
      for (const key of ['a', 'b', 'c']) expect(await ofKey('later', key)).toEqual(await ofKey('live', key));
      await world.close();
    }),
    { numRuns: 15 },
  );
});
