import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskState } from '../../state/provider.ts';
import { MemoryDisk } from '../../state/testing/memory-disk.ts';
import { BIGINT, INTEGER, STRING } from '../../types/sql-type.ts';
import { Feed } from '../testing/feed.ts';
import { aggregate, call, col, groupBy, groupByKey, sink, source } from '../testing/steps.ts';
import { windowStarts } from '../windows.ts';

const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const table = source('TABLE', 't', { value: { G: STRING, N: INTEGER } });
const calls = { C: call('COUNT', [], BIGINT, 1), S: call('SUM', [col(stream, 'N')], INTEGER, 0) };

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.record({ G: fc.constantFrom('x', 'y', null), N: fc.integer({ min: -5, max: 5 }) });

test('table aggregate = recomputed from the rows that there are, after any inserts, updates and deletes, over restarts', () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constant('put'), key, value: fc.option(value) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('restart'), key, value: fc.constant(null) }) },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const disk = new MemoryDisk();
      const open = () => new Feed(sink(aggregate(groupBy(table, ['G']), calls)), { disk });
      let f = open();
      const rows = new Map<string, { G: string | null; N: number }>();
      const groups = new Map<unknown, unknown>();
      for (const c of commands) {
        if (c.op === 'restart') {
          f.chain.flush(disk);
          disk.commit();
          f = open();
          continue;
        }
        if (c.value === null) rows.delete(c.key);
        else rows.set(c.key, c.value);
        for (const [group, result] of f.feed('t', c.key, c.value)) groups.set(group, result);
      }
      for (const [group, result] of groups) {
        const members = [...rows.values()].filter((r) => r.G === group);
        expect(result).toEqual({ C: members.length, S: members.reduce((sum, r) => sum + r.N, 0) });
      }
      for (const { G } of rows.values()) if (G !== null) expect(groups.has(G)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('windowed aggregate = grouped by window from scratch, over restarts, while nothing is late', () => {
  const record = fc.record({ key, n: fc.integer({ min: -5, max: 5 }), at: fc.nat(100), restart: fc.boolean() });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 25 }), fc.constantFrom(10, 4, 3), (records, advanceMs) => {
      const disk = new MemoryDisk();
      const step = aggregate(groupByKey(stream), calls, { type: 'HOPPING', sizeMs: 10, advanceMs, graceMs: 1000 });
      const open = () => new Feed(sink(step), { disk });
      let f = open();
      const seen = new Map<string, unknown>();
      for (const { key: k, n, at, restart } of records) {
        for (const [windowed, result, time] of f.feed('s', k, { N: n }, at)) {
          seen.set(JSON.stringify(windowed), { c: result!['C'], s: result!['S'], time });
        }
        if (!restart) continue;
        f.chain.flush(disk);
        disk.commit();
        f = open();
      }
      const expected = new Map<string, { c: number; s: number; time: number }>();
      for (const { key: k, n, at } of records) {
        for (const start of windowStarts(at, 10, advanceMs)) {
          const id = JSON.stringify([k, start, start + 10]);
          const known = expected.get(id) ?? { c: 0, s: 0, time: 0 };
          expected.set(id, { c: known.c + 1, s: known.s + n, time: Math.max(known.time, at) });
        }
      }
      expect(seen).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('sessions = runs of records less than a gap apart, whatever their order', () => {
  const record = fc.record({ at: fc.nat(120), n: fc.integer({ min: -5, max: 5 }) });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), (records) => {
      const f = new Feed(sink(aggregate(groupByKey(stream), calls, { type: 'SESSION', gapMs: 10, graceMs: 1000 })));
      const live = new Map<string, unknown>();
      for (const { at, n } of records) {
        for (const [windowed, result] of f.feed('s', 'k', { N: n }, at)) {
          if (result === null) live.delete(JSON.stringify(windowed));
          else live.set(JSON.stringify(windowed), [result['C'], result['S']]);
        }
      }
      const expected = new Map<string, unknown>();
      let run: { at: number; n: number }[] = [];
      const close = () => {
        if (run.length === 0) return;
        expected.set(JSON.stringify(['k', run[0]!.at, run.at(-1)!.at]), [run.length, run.reduce((s, r) => s + r.n, 0)]);
      };
      for (const r of records.toSorted((a, b) => a.at - b.at)) {
        if (run.length > 0 && r.at - run.at(-1)!.at > 10) {
          close();
          run = [];
        }
        run.push(r);
      }
      close();
      expect(live).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('window arithmetic: the starts are the multiples of the advance whose window holds the time', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (t, a, b) => {
      const [advance, size] = [Math.min(a, b), Math.max(a, b)];
      const expected: number[] = [];
      for (let start = 0; start <= t; start += advance) if (start + size > t) expected.push(start);
      expect(windowStarts(t, size, advance)).toEqual(expected);
    }),
  );
});

test('task state: stores of two tasks do not meet', () => {
  const disk = new MemoryDisk();
  const spec = { name: 's', keyTypes: [STRING], valueTypes: [BIGINT] };
  const first = new TaskState({ disk, prefix: 'q/0_0' });
  first.keyValue(spec).put(['k'], [1], 0);
  first.flush(disk);
  disk.commit();
  expect([...new TaskState({ disk, prefix: 'q/0_1' }).keyValue(spec).all()]).toEqual([]);
});
