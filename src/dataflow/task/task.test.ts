import { expect, test } from 'vitest';
import type { Fetched } from '../../log/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { DISCARD, NO_DISK, TaskState } from '../../state/provider.ts';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { newCounters } from './task-counters.ts';
import { Task } from './task.ts';
import { COMPILE } from '../testing/feed.ts';
import { Work } from '../../base/budget/work.ts';
import { plan, source, streamStreamJoin, streamTableJoin } from '../testing/steps.ts';
import { planTopology } from '../topology.ts';

const stream = source('STREAM', 's', { key: { SK: STRING }, value: { N: INTEGER } });
const table = source('TABLE', 't', { key: { TK: STRING }, value: { A: INTEGER } });

function taskOf(
  root: Parameters<typeof plan>[0],
  compile = COMPILE,
  onRow: () => void = () => undefined,
): { readonly task: Task; readonly rows: unknown[][] } {
  const rows: unknown[][] = [];
  const topology = planTopology(plan(root), 'default_');
  const task = new Task({
    queryId: 'q',
    topicPrefix: 'q-',
    subTopology: topology.subTopologies[0]!,
    partition: 0,
    partitionsOf: () => 1,
    state: new TaskState({ disk: NO_DISK, prefix: 'q' }),
    sink: { append() {} },
    settings: DEFAULT_SETTINGS,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    log: { write() {} },
    compile,
    registry: undefined,
    collector: {
      retainsRow: true,
      push: (_, row, at) => {
        onRow();
        rows.push([...row!, at]);
      },
      change() {},
    },
    counters: newCounters(),
  });
  return { task, rows };
}

function fetched(topic: string, offset: number, end: number, records: readonly (readonly [object, number])[]): Fetched {
  const batch = new BatchBuilder();
  for (const [value, at] of records) batch.add(at, Buffer.from('k'), Buffer.from(JSON.stringify(value)));
  const buffer = batch.finish({ baseOffset: offset });
  const nextOffset = offset + records.length;
  return {
    topic,
    partition: 0,
    buffer,
    from: 0,
    to: buffer.length,
    startOffset: offset,
    nextOffset,
    highWatermark: end,
  };
}

test('between inputs, the record with the smallest timestamp comes next; tables first among equals', () => {
  const { task, rows } = taskOf(streamTableJoin(stream, table, 'LEFT'));
  task.add(
    fetched(
      's',
      0,
      4,
      [1, 2, 3, 4].map((at) => [{ N: at }, at * 10] as const),
    ),
  );
  task.add(
    fetched('t', 0, 2, [
      [{ A: 1 }, 20],
      [{ A: 2 }, 35],
    ]),
  );
  expect(task.run()).toBe(6);
  expect(rows.map((r) => [r[1], r[3]])).toEqual([
    [1, null],
    [2, 1],
    [3, 1],
    [4, 2],
  ]);
});

test('while an input is known to have more than was fetched, the others wait; forced, they go on', () => {
  const { task, rows } = taskOf(streamTableJoin(stream, table, 'LEFT'));
  task.add(fetched('s', 0, 1, [[{ N: 1 }, 100]]));
  task.add(fetched('t', 0, 2, [[{ A: 1 }, 10]]));
  expect(task.run()).toBe(1);
  expect(task.hasPending).toBe(true);
  task.add(fetched('t', 1, 2, [[{ A: 2 }, 20]]));
  task.run();
  expect(rows.map((r) => r[3])).toEqual([2]);
  task.add(fetched('s', 1, 2, [[{ N: 1 }, 100]]));
  task.add(fetched('t', 2, 9, [[{ A: 3 }, 5]]));
  expect(task.run()).toBe(1);
  expect(task.run(true)).toBe(1);
});

test('what waits survives the reuse of the buffer it was fetched into', () => {
  const { task, rows } = taskOf(streamTableJoin(stream, table, 'LEFT'));
  const late = fetched('s', 0, 3, [
    [{ N: 1 }, 5],
    [{ N: 2 }, 50],
    [{ N: 3 }, 60],
  ]);
  task.add(late);
  task.add(fetched('t', 0, 2, [[{ A: 7 }, 10]]));
  task.run();
  task.keepPending();
  late.buffer.fill(0);
  task.add(fetched('t', 1, 2, [[{ A: 8 }, 55]]));
  task.run();
  expect(rows.map((r) => [r[1], r[3]])).toEqual([
    [1, null],
    [2, 7],
    [3, 8],
  ]);
});

test('offsets to commit are those behind what was handled, not what was fetched', () => {
  const { task } = taskOf(
    streamStreamJoin(stream, { ...stream, topic: 'r', name: 'r' }, 'INNER', { beforeMs: 1, afterMs: 1 }),
  );
  task.add(
    fetched('s', 10, 12, [
      [{ N: 1 }, 1],
      [{ N: 2 }, 9],
    ]),
  );
  task.add(fetched('r', 3, 9, [[{ N: 1 }, 5]]));
  task.run();
  expect(task.isDirty).toBe(true);
  expect(task.offsets()).toEqual([
    { topic: 's', partition: 0, offset: 11 },
    { topic: 'r', partition: 0, offset: 4 },
  ]);
  task.flush(DISCARD);
  expect(task.isDirty).toBe(false);
});

test.each([
  [60_000, 1],
  [100, 32],
])('records of %d steps: the clock is looked at after %d', (steps, most) => {
  const work = new Work(1_000_000, 'the.limit');
  const compile = { ...COMPILE, functionEnv: { ...COMPILE.functionEnv, work } };
  const { task, rows } = taskOf(stream, compile, () => {
    work.begin();
    work.spend(steps);
  });
  task.add(
    fetched(
      's',
      0,
      100,
      Array.from({ length: 100 }, (_, n) => [{ N: n }, n] as const),
    ),
  );
  const looks: number[] = [];
  expect(task.run(false, () => looks.push(rows.length) === 2)).toBe(2 * most);
  expect(looks).toEqual([most, 2 * most]);
  expect(task.isInterrupted).toBe(true);
  expect(task.run()).toBe(100 - 2 * most);
  expect(rows.map((r) => r[1])).toEqual(Array.from({ length: 100 }, (_, n) => n));
});
