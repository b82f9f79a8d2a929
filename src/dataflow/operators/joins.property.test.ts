import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryDisk } from '../../state/testing/memory-disk.ts';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import type { JoinType, SinkStep } from '../../plan/steps/steps.ts';
import { Feed } from '../testing/feed.ts';
import { col, foreignKeyJoin, sink, source, streamStreamJoin, tableTableJoin } from '../testing/steps.ts';

const key = fc.constantFrom('a', 'b', 'c');
const joinTypes = fc.constantFrom<JoinType>('INNER', 'LEFT', 'RIGHT', 'OUTER');

/** A feed that is occasionally stopped and reopened from its committed state. */
function restartable(root: SinkStep): { readonly feed: Feed['feed']; readonly restart: () => void } {
  const disk = new MemoryDisk();
  let f = new Feed(root, { disk });
  return {
    feed: (...args) => f.feed(...args),
    restart() {
      f.chain.flush(disk);
      disk.commit();
      f = new Feed(root, { disk });
    },
  };
}

interface Side {
  readonly topic: 'l' | 'r';
  readonly key: string;
  readonly value: Record<string, unknown> | null;
  readonly restart: boolean;
}

test('table-table joins = joining the tables as they stand at the end', () => {
  const lt = source('TABLE', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
  const rt = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });
  const record = fc.record({ left: fc.boolean(), key, n: fc.option(fc.nat(9)), restart: fc.boolean() });
  fc.assert(
    fc.property(joinTypes, fc.array(record, { maxLength: 25 }), (type, records) => {
      const f = restartable(sink(tableTableJoin(lt, rt, type)));
      const [left, right, result] = [new Map<string, number>(), new Map<string, number>(), new Map<string, unknown>()];
      for (const { left: isLeft, key: k, n, restart } of records) {
        const side = isLeft ? left : right;
        if (n === null) side.delete(k);
        else side.set(k, n);
        for (const [rowKey, row] of f.feed(isLeft ? 'l' : 'r', k, n === null ? null : isLeft ? { L: n } : { R: n })) {
          if (row === null) result.delete(rowKey as string);
          else result.set(rowKey as string, [row['L'], row['R']]);
        }
        if (restart) f.restart();
      }
      const expected = new Map<string, unknown>();
      for (const k of new Set([...left.keys(), ...right.keys()])) {
        const [l, r] = [left.get(k) ?? null, right.get(k) ?? null];
        if (l === null && (type === 'INNER' || type === 'LEFT')) continue;
        if (r === null && (type === 'INNER' || type === 'RIGHT')) continue;
        expected.set(k, [l, r]);
      }
      expect(result).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('foreign-key joins = looking up each left row’s foreign key at the end', () => {
  const lt = source('TABLE', 'l', { key: { LK: STRING }, value: { FK: STRING, L: INTEGER } });
  const rt = source('TABLE', 'r', { key: { RK: STRING }, value: { R: INTEGER } });
  const side = fc.oneof(
    fc.record({
      topic: fc.constant('l' as const),
      key,
      value: fc.option(fc.record({ FK: fc.constantFrom('x', 'y', null), L: fc.nat(9) })),
      restart: fc.boolean(),
    }),
    fc.record({
      topic: fc.constant('r' as const),
      key: fc.constantFrom('x', 'y'),
      value: fc.option(fc.record({ R: fc.nat(9) })),
      restart: fc.boolean(),
    }),
  ) as fc.Arbitrary<Side>;
  fc.assert(
    fc.property(fc.constantFrom<JoinType>('INNER', 'LEFT'), fc.array(side, { maxLength: 25 }), (type, records) => {
      const f = restartable(sink(foreignKeyJoin(lt, rt, type, col(lt, 'FK'))));
      const tables = { l: new Map<string, Side['value']>(), r: new Map<string, Side['value']>() };
      const result = new Map<string, unknown>();
      for (const { topic, key: k, value, restart } of records) {
        if (value === null) tables[topic].delete(k);
        else tables[topic].set(k, value);
        for (const [rowKey, row] of f.feed(topic, k, value)) {
          if (row === null) result.delete(rowKey as string);
          else result.set(rowKey as string, [row['FK'], row['L'], row['RK'], row['R']]);
        }
        if (restart) f.restart();
      }
      const expected = new Map<string, unknown>();
      for (const [k, row] of tables.l) {
        const right = tables.r.get(row!['FK'] as string);
        if (right === undefined && type === 'INNER') continue;
        expected.set(k, [row!['FK'], row!['L'], right === undefined ? null : row!['FK'], right?.['R'] ?? null]);
      }
      expect(result).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});

test('stream-stream inner join = nested loop over the history; left join with GRACE pads exactly what has no match', () => {
  const ls = source('STREAM', 'l', { key: { LK: STRING }, value: { L: INTEGER } });
  const rs = source('STREAM', 'r', { key: { RK: STRING }, value: { R: INTEGER } });
  const record = fc.record({ left: fc.boolean(), key, at: fc.nat(60), restart: fc.boolean() });
  fc.assert(
    fc.property(fc.constantFrom<JoinType>('INNER', 'LEFT'), fc.array(record, { maxLength: 20 }), (type, generated) => {
      // An out-of-order left record without a match is padded at once, even if a match comes later. So the records are
      // sorted here.
      const records = type === 'INNER' ? generated : generated.toSorted((a, b) => a.at - b.at);
      // With a practically infinite grace nothing is late, and the last record triggers the padding.
      const f = restartable(sink(streamStreamJoin(ls, rs, type, { beforeMs: 7, afterMs: 3, graceMs: 100 })));
      const seen: string[] = [];
      const feed = (topic: 'l' | 'r', k: string, n: number, at: number): void => {
        const value = topic === 'l' ? { L: n } : { R: n };
        for (const [, row, time] of f.feed(topic, k, value, at)) seen.push(`${row!['L']}-${row!['R']}@${time}`);
      };
      records.forEach(({ left, key: k, at, restart }, n) => {
        feed(left ? 'l' : 'r', k, n, at);
        if (restart) f.restart();
      });
      feed('r', 'end', -1, 1000);
      const expected: string[] = [];
      records.forEach((l, i) => {
        if (!l.left) return;
        let matched = false;
        records.forEach((r, j) => {
          if (r.left || r.key !== l.key || r.at < l.at - 7 || r.at > l.at + 3) return;
          matched = true;
          expected.push(`${i}-${j}@${Math.max(l.at, r.at)}`);
        });
        if (!matched && type === 'LEFT') expected.push(`${i}-null@${l.at}`);
      });
      expect(seen.sort()).toEqual(expected.sort());
    }),
    { numRuns: 200 },
  );
});
