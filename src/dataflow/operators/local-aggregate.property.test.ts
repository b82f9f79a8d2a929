import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AggregateStep, WindowSpec } from '../../plan/steps/steps.ts';
import { MemoryDisk } from '../../state/testing/memory-disk.ts';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed, type Out } from '../testing/feed.ts';
import { aggregate, call, col, groupBy, sink, source } from '../testing/steps.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const calls = {
  C: call('COUNT', [], BIGINT, 1),
  S: call('SUM', [col(stream, 'N')], INTEGER, 0),
  HIGH: call('MAX', [col(stream, 'N')], INTEGER, 0),
  LOW: call('MIN', [col(stream, 'N')], INTEGER, 0),
};

/** What is done with the stream: a record comes, everything is committed, or the server starts again. */
const happens = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      what: fc.constant('record' as const),
      group: fc.constantFrom('x', 'y', 'z', null),
      n: fc.option(fc.integer({ min: -5, max: 5 })),
      at: fc.nat(60),
      header: fc.integer({ min: 0, max: 9 }).map((i) => i === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('commit' as const, 'restart' as const) }) },
);

const windows: readonly (WindowSpec | undefined)[] = [
  undefined,
  ...[0, 7, 1000].flatMap((graceMs): WindowSpec[] => [
    { type: 'TUMBLING', sizeMs: 10, graceMs },
    { type: 'HOPPING', sizeMs: 10, advanceMs: 4, graceMs },
    { type: 'HOPPING', sizeMs: 12, advanceMs: 3, graceMs },
  ]),
];

type Happening = typeof happens extends fc.Arbitrary<infer T> ? T : never;

/** The outputs between two commits, and how many records were too late. */
function outcome(
  step: AggregateStep,
  happenings: readonly Happening[],
): { commits: Out[][]; late: number; sent: number } {
  const disk = new MemoryDisk();
  const open = (): Feed => new Feed(sink(step), { disk, gather: true });
  const commits: Out[][] = [];
  let feed = open();
  let [late, sent] = [0, 0];
  let out: Out[] = [];
  const commit = (): void => {
    commits.push([...out, ...feed.send()]);
    out = [];
    feed.chain.flush(disk);
    disk.commit();
    feed.chain.afterCommit();
  };
  const count = (): void => {
    late += feed.chain.counters.lateDrops;
    sent += feed.chain.counters.recordsOut;
  };
  for (const h of happenings) {
    if (h.what === 'record') {
      out.push(...feed.feed('s', 'k', { G: h.group, N: h.n }, h.at, h.header ? { h: '1' } : {}));
      continue;
    }
    commit();
    if (h.what === 'commit') continue;
    count();
    feed = open();
  }
  commit();
  count();
  return { commits, late, sent };
}

/** Of a commit, what stays: the last row of each key, in the order of the last changes. */
function last(outs: readonly Out[]): Out[] {
  const rows = new Map<string, Out>();
  for (const out of outs) {
    const id = JSON.stringify(out[0]);
    rows.delete(id);
    rows.set(id, out);
  }
  return [...rows.values()];
}

test('two phases = one phase: the same rows at each commit, in the same order, and as many late records', () => {
  fc.assert(
    fc.property(
      fc.array(happens, { maxLength: 60 }),
      fc.constantFrom(...windows),
      fc.constantFrom('CHANGES' as const, 'FINAL' as const),
      (happenings, window, wanted) => {
        const emit = window === undefined ? 'CHANGES' : wanted;
        const step = aggregate(groupBy(stream, ['G']), calls, window, emit);
        const one = outcome(step, happenings);
        const two = outcome({ ...step, twoPhase: true }, happenings);
        expect(two.commits.map(last)).toEqual(one.commits.map(last));
        expect(two.late).toBe(one.late);
      },
    ),
    { numRuns: 600 },
  );
});

test('one record of a group goes through the topic, however many rows it has', () => {
  const rows = Array.from({ length: 100 }, (_, i): Happening => ({
    what: 'record',
    group: i % 2 === 0 ? 'x' : 'y',
    n: i,
    at: i % 30,
    header: false,
  }));
  const step = aggregate(groupBy(stream, ['G']), calls, { type: 'TUMBLING', sizeMs: 30 });
  expect(outcome(step, rows).sent).toBe(100 + 2);
  expect(outcome({ ...step, twoPhase: true }, rows).sent).toBe(2 + 2);
});

test('where groups have one or two rows, most rows go singly', () => {
  const feed = new Feed(sink({ ...aggregate(groupBy(stream, ['G']), calls), twoPhase: true }), { gather: true });
  const sent = (): number => feed.chain.counters.recordsOut;
  for (let i = 0; i < 20_000; i++) {
    feed.feed('s', 'k', { G: `g${i >> 1}`, N: i });
    if (i % 5_000 === 4_999) feed.send();
    // A record of each group, and its row of the result.
    if (i === 4_999) expect(sent()).toBe(2_500 + 2_500);
  }
  expect(sent()).toBe(2_500 + 15_000 + 10_000);
});
