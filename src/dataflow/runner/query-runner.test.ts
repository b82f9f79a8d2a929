import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { lagOf } from './query-metrics.ts';
import { SluiceError } from '../../base/errors.ts';
import { LmdbStore } from '../../store/lmdb-store.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import type { GroupOptions } from '../../log/api.ts';
import type { Step } from '../../plan/steps/steps.ts';
import { readerOf } from '../../state/ordered.ts';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { aggregate, call, col, foreignKeyJoin, groupBy, plan, sink, source } from '../testing/steps.ts';
import { caughtUp, PARTITIONS, until, World } from '../testing/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function newWorld(store?: OrderedStore): World {
  const world = new World(store);
  worlds.push(world);
  return world;
}

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const total: Step = aggregate(groupBy(stream, ['G']), {
  C: call('COUNT', [], BIGINT, 1),
  S: call('SUM', [col(stream, 'N')], INTEGER, 0),
});
const totals = plan(sink(total));

test('aggregates over a repartition topic, from all partitions', async () => {
  const world = await newWorld().open('s', 'out');
  for (let p = 0; p < PARTITIONS; p++) {
    await world.append('s', p, [
      ['k', { G: 'a', N: p }, 1],
      ['k', { G: 'b', N: 1 }, 2],
    ]);
  }
  const runner = world.run(totals);
  await caughtUp(runner);
  expect(await world.table('out')).toEqual(
    new Map<string, unknown>([
      ['a', { C: 3, S: 3 }],
      ['b', { C: 3, S: 3 }],
    ]),
  );
  expect(runner.metrics).toMatchObject({ recordsIn: 12, lateDrops: 0 });
  expect((await world.log.admin.listTopics()).map((t) => t.name)).toContain(
    '_confluent-ksql-default_query_CTAS_OUT_0-Aggregate-GroupBy-repartition',
  );
  // New input is noticed without a noticeable delay.
  await world.append('s', 0, [['k', { G: 'a', N: 10 }, 3]]);
  await until(async () => ((await world.table('out')).get('a') as { S: number }).S === 13, 'the sum was 13');
});

test('a commit that takes its time: caught up only when it has ended', async () => {
  const world = await newWorld().open('s', 'out');
  const create = world.log.createWriter.bind(world.log);
  const waiting: (() => void)[] = [];
  let holds = false;
  world.log.createWriter = async (options) => {
    const writer = await create(options);
    const commit = writer.commit.bind(writer);
    writer.commit = async () => {
      if (holds) await new Promise<void>((resolve) => waiting.push(resolve));
      await commit();
    };
    return writer;
  };
  const runner = world.run(totals);
  await caughtUp(runner);
  await world.append('s', 0, [['k', { G: 'a', N: 1 }, 1]]);
  holds = true;
  await until(() => waiting.length > 0, 'the record was handled');
  // Its topics contain no more records yet: this commit writes the record to the repartition topic.
  expect(await runner.caughtUp()).toBe(false);
  holds = false;
  waiting.pop()!();
  await caughtUp(runner);
  expect(await world.table('out')).toEqual(new Map([['a', { C: 1, S: 1 }]]));
});

test('closed and opened again: goes on where it was, with its state', async () => {
  const world = await newWorld().open('s', 'out');
  await world.append('s', 0, [['k', { G: 'a', N: 1 }, 1]]);
  const first = world.run(totals);
  await caughtUp(first);
  await first.close();
  expect(first.state).toBe('CLOSED');
  await world.append('s', 1, [['k', { G: 'a', N: 5 }, 1]]);
  await caughtUp(world.run(totals));
  expect(await world.table('out')).toEqual(new Map([['a', { C: 2, S: 6 }]]));
});

test('auto.offset.reset=latest is decided once: records written while it was down are not skipped', async () => {
  const world = await newWorld().open('s', 'out');
  await world.append('s', 0, [['k', { G: 'old', N: 1 }, 1]]);
  const first = world.run(totals, { offsetReset: 'latest' });
  await until(() => first.caughtUp(), 'it ran');
  await first.close();
  await world.append('s', 0, [['k', { G: 'new', N: 1 }, 1]]);
  await caughtUp(world.run(totals, { offsetReset: 'latest' }));
  expect([...(await world.table('out')).keys()]).toEqual(['new']);
});

test('paused: handles nothing; resumed: goes on', async () => {
  const world = await newWorld().open('s', 'out');
  const runner = world.run(totals);
  await until(() => runner.state === 'RUNNING', 'it ran');
  runner.pause();
  await until(() => runner.state === 'PAUSED', 'it paused');
  await world.append('s', 0, [['k', { G: 'a', N: 1 }, 1]]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(await world.table('out')).toEqual(new Map());
  // The query falls behind and reports it.
  const lag = (): number => lagOf(runner.positions);
  await until(() => lag() === 1, 'it fell behind');
  await world.append('s', 0, [['k', { G: 'a', N: 1 }, 2]]);
  await until(() => lag() === 2, 'it fell behind further');
  runner.resume();
  await caughtUp(runner);
  expect(lag()).toBe(0);
  expect((await world.table('out')).size).toBe(1);
});

test('a topic that is not there: in error, and runs as soon as it is', async () => {
  const world = await newWorld().open('out');
  const runner = world.run(totals);
  await until(() => runner.state === 'ERROR', 'it failed');
  expect(runner.errors[0]).toMatchObject({ type: 'USER', message: 'Topic s does not exist' });
  await world.open('s');
  await until(() => runner.state === 'RUNNING', 'it ran');
});

test('foreign-key joins answer across partitions', async () => {
  const left = source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING, L: INTEGER } });
  const right = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });
  const world = await newWorld().open('l', 'r', 'out');
  const runner = world.run(plan(sink(foreignKeyJoin(left, right, 'INNER', col(left, 'FK')))));
  for (let p = 0; p < PARTITIONS; p++) await world.append('l', p, [[`k${p}`, { FK: 'x', L: p }, 1]]);
  // The partition that murmur2 gives for x among 3 partitions.
  for (let p = 0; p < PARTITIONS; p++) await world.append('r', p, [['x', { R: 7 + p }, 2]]);
  await caughtUp(runner);
  const joined = await world.table('out');
  expect([...joined.keys()].sort()).toEqual(['k0', 'k1', 'k2']);
  expect(new Set([...joined.values()].map((v) => (v as { R: number }).R)).size).toBe(1);
});

/** A store whose writes fail occasionally. */
class FlakyStore extends MemoryStore {
  failures = 0;
  failed = 0;
  #countdown = 0;

  failEvery(writes: number): void {
    this.failures = writes;
    this.#countdown = writes;
  }

  override write(...args: Parameters<MemoryStore['write']>): void {
    if (this.failures > 0 && --this.#countdown <= 0) {
      this.#countdown = this.failures;
      this.failed++;
      throw new SluiceError('LOG_UNAVAILABLE', 'the disk is away', { retriable: true });
    }
    super.write(...args);
  }
}

test(
  'exactly once: whatever commits fail and however often it is stopped, each record counts once',
  { retry: 0 },
  async () => {
    const store = new FlakyStore();
    const world = await newWorld(store).open('s', 'out');
    const expected = new Map<string, { C: number; S: number }>();
    let seed = 42;
    const random = (n: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % n;
    let runner = world.run(totals, { commitIntervalMs: 1 });
    // On a busy machine fewer commits happen in the same time.
    for (let round = 0; round < 60 || (store.failed <= 5 && round < 1000); round++) {
      const records = Array.from(
        { length: 1 + random(20) },
        () => [`k${random(9)}`, { G: `g${random(5)}`, N: random(10) }, round] as const,
      );
      store.failures = 0;
      await world.append('s', random(PARTITIONS), records);
      if (random(2) === 0) store.failEvery(2 + random(3));
      for (const [, { G, N }] of records) {
        const known = expected.get(G) ?? { C: 0, S: 0 };
        expected.set(G, { C: known.C + 1, S: known.S + N });
      }
      if (random(6) === 0) {
        await runner.close();
        runner = world.run(totals, { commitIntervalMs: 1 });
      }
      if (random(4) === 0) await new Promise((resolve) => setTimeout(resolve, random(10)));
    }
    store.failures = 0;
    await caughtUp(runner);
    expect(store.failed).toBeGreaterThan(5);
    expect(await world.table('out')).toEqual(expected);
  },
);

test('a transient query hands its rows over and leaves nothing behind', async () => {
  const world = await newWorld().open('s');
  const rows: unknown[] = [];
  const collector = {
    retainsRow: true,
    push: () => undefined,
    change: (key: unknown[], next: unknown[] | null) => void rows.push([...key, ...(next ?? [])]),
  };
  const runner = world.run({ ...totals, queryId: 'transient_1', root: total }, { collector });
  await world.append('s', 0, [['k', { G: 'a', N: 4 }, 1]]);
  await until(() => rows.length > 0, 'a row came');
  expect(rows).toEqual([['a', 1, 4]]);
  await runner.close();
  expect((await world.log.admin.listTopics()).map((t) => t.name)).toEqual(['s']);
  expect(await world.log.admin.listGroups()).toEqual([]);
});

test('a record that makes the query fail: in error with its place, tried again', async () => {
  const world = await newWorld().open('s', 'out');
  // DECIMAL(2, 0): 60 + 60 does not fit.
  const type = { kind: 'DECIMAL', precision: 2, scale: 0 } as const;
  const decimals = source('STREAM', 's', { value: { G: STRING, N: type } });
  const failing = plan(sink(aggregate(groupBy(decimals, ['G']), { S: call('SUM', [col(decimals, 'N')], type, 3) })));
  const runner = world.run(failing);
  await world.append('s', 0, [
    ['k', { G: 'a', N: 60 }, 1],
    ['k', { G: 'a', N: 60 }, 2],
  ]);
  await until(() => runner.errors.length > 1, 'it failed twice');
  expect(runner.errors[0]!.type).toBe('USER');
  expect(runner.errors[0]!.message).toContain('Exception caught in process');
  expect(world.problems[0]).toMatchObject({ type: 'KAFKA_STREAMS_THREAD_ERROR' });
  expect(runner.metrics.problems).toBe(world.problems.length);
});

test('in error: paused and resumed it tries at once, however long it would have waited', async () => {
  const world = await newWorld().open('s', 'out');
  const type = { kind: 'DECIMAL', precision: 2, scale: 0 } as const;
  const decimals = source('STREAM', 's', { value: { G: STRING, N: type } });
  const failing = plan(sink(aggregate(groupBy(decimals, ['G']), { S: call('SUM', [col(decimals, 'N')], type, 3) })));
  const hourMs = 3_600_000;
  const runner = world.run(failing, { retryInitialMs: hourMs, retryMaxMs: hourMs });
  await world.append('s', 0, [
    ['k', { G: 'a', N: 60 }, 1],
    ['k', { G: 'a', N: 60 }, 2],
  ]);
  for (let failures = 1; failures <= 3; failures++) {
    await until(() => runner.errors.length === failures && runner.state === 'ERROR', `it failed ${failures} times`);
    runner.pause();
    runner.resume();
  }
});

test('on LMDB: closed with the log and opened from the files, windows and sums go on', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-runner-'));
  try {
    const windowed = plan(
      sink(aggregate(groupBy(stream, ['G']), { C: call('COUNT', [], BIGINT, 1) }, { type: 'TUMBLING', sizeMs: 10 })),
    );
    let closed: { G: string; count: number }[] = [];
    for (let life = 1; life <= 3; life++) {
      const world = await newWorld(new LmdbStore({ path: path.join(folder, 'db') })).open('s', 'out');
      await world.append('s', life % PARTITIONS, [
        ['k', { G: 'a', N: 1 }, 5],
        ['k', { G: 'b', N: 1 }, 15],
      ]);
      const runner = world.run(windowed);
      await caughtUp(runner);
      closed = [...(await world.table('out'))].map(([key, value]) => ({
        G: key[0]!,
        count: (value as { C: number }).C,
      }));
      await runner.close();
      await world.log.close();
    }
    expect(closed.sort((x, y) => (x.G < y.G ? -1 : 1))).toEqual([
      { G: 'a', count: 3 },
      { G: 'b', count: 3 },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/**
 * A runner that is the only member of its group, with its state in `store`: as on Kafka, since the embedded log has no
 * groups.
 */
function alone(world: World, store: OrderedStore, joined = Promise.resolve()): Partial<QueryRunnerOptions> {
  const joinGroup = ({ topicGroups, callbacks }: GroupOptions) => ({
    member: { generationId: 1, memberId: 'm' },
    isSettled: false,
    async start() {
      await joined;
      this.isSettled = true;
      await callbacks.onAssigned(
        topicGroups
          .flat()
          .flatMap((topic) => Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))),
      );
    },
    settled: () => Promise.resolve(),
    leave: () => Promise.resolve(),
  });
  const { log } = world;
  return {
    log: {
      kind: log.kind,
      admin: log.admin,
      createReader: (o) => log.createReader(o),
      createWriter: (o) => log.createWriter(o),
      close: () => log.close(),
      joinGroup,
    },
    state: readerOf(store),
    shared: { store, instanceId: 'i', member: '', guarantee: 'exactly_once_v2', replicas: 1 },
  };
}

test('paused with its state lost: what was restored reaches the local store, so that pull queries find it', async () => {
  const world = await newWorld().open('s', 'out');
  for (let p = 0; p < PARTITIONS; p++) await world.append('s', p, [[`k${p}`, { G: `g${p}`, N: p }, 1]]);
  const first = world.run(totals, alone(world, new MemoryStore()));
  await caughtUp(first);
  await first.close();
  const store = new MemoryStore();
  const second = world.run(totals, alone(world, store));
  second.pause();
  await until(() => second.state === 'PAUSED' && second.units.length === second.allTasks, 'all state was in the store');
  expect(second.allTasks).toBe(2 * PARTITIONS);
  expect([...store.spaces()].length).toBeGreaterThan(0);
});

test('in error, and joining its group anew: that nothing is assigned yet is no recovery', async () => {
  const world = await newWorld().open('s', 'out');
  const states: string[] = [];
  const late = source('STREAM', 'late', { value: { G: STRING } });
  const missing = plan(sink(aggregate(groupBy(late, ['G']), { C: call('COUNT', [], BIGINT, 0) })));
  let assign!: () => void;
  const runner = world.run(missing, {
    ...alone(world, new MemoryStore(), new Promise((resolve) => (assign = resolve))),
    onStateChange: (state) => states.push(state),
  });
  await until(() => runner.state === 'ERROR', 'it failed');
  await world.open('late');
  // Longer than a poll.
  await new Promise((resolve) => setTimeout(resolve, 1300));
  expect(states).toEqual(['ERROR']);
  assign();
  await until(() => runner.state === 'RUNNING' && runner.units.length === 2 * PARTITIONS, 'it had recovered');
});
