import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BIGINT, STRING } from '../types/sql-type.ts';
import type { TimedRow } from './api.ts';
import { CommittedTimedRows } from './committed-timed-rows.ts';
import { TaskState } from './provider.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const RETENTION_MS = 100;
const SPEC = { name: 's', keyTypes: [STRING], valueTypes: [BIGINT], retentionMs: RETENTION_MS };
const PREFIX = 'q/0_0';
const LONG = 'x'.repeat(2000);

const key = fc.oneof(fc.constantFrom('a', 'ab', 'b'), fc.constantFrom(LONG, `${LONG}y`, 'x'.repeat(1005)));
const time = fc.integer({ min: -150, max: 150 });
const bound = fc.oneof(fc.constantFrom(-Infinity, Infinity), time);

type Shown = readonly [key: string, time: number, extra: number, value: number];

function shown(pages: Iterable<readonly TimedRow[]>): Shown[] {
  return [...pages].flatMap((page) =>
    page.map((row): Shown => [row.key[0] as string, row.time, row.extra, row.row[0] as number]),
  );
}

function inOrder(rows: readonly Shown[]): Shown[] {
  return rows.toSorted(([a, t, e], [b, u, f]) => (a < b ? -1 : a > b ? 1 : t - u || e - f));
}

test('committed windows and sessions: those that have not expired, in pages, whatever the length of their keys', () => {
  const put = fc.record({ key, time, length: fc.nat(40), value: fc.nat(9) });
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(put, { maxLength: 600 }),
      key,
      bound,
      bound,
      (isSession, puts, one, from, to) => {
        const disk = new MemoryDisk();
        const state = new TaskState({ disk, prefix: PREFIX });
        const model = new Map<string, Shown>();
        const observed = Math.max(-Infinity, ...puts.map((p) => p.time));
        const store = isSession ? state.session(SPEC) : state.window(SPEC);
        for (const p of puts.toSorted((a, b) => a.time - b.time)) {
          const start = isSession ? p.time - p.length : 0;
          if ('findSessions' in store) store.put([p.key], start, p.time, [p.value], 5);
          else store.put([p.key], p.time, [p.value], 5);
          model.set(JSON.stringify([p.key, p.time, start]), [p.key, p.time, start, p.value]);
        }
        state.flush(disk);
        disk.commit();
        state.afterCommit();
        if (!('findSessions' in store)) store.put(['unseen'], 1000, [1], 5);

        const rows = new CommittedTimedRows(SPEC).of(disk, PREFIX);
        const held = (isMeant: (row: Shown) => boolean): Shown[] =>
          inOrder([...model.values()].filter((row) => row[1] >= observed - RETENTION_MS && isMeant(row)));
        const between = ([, at]: Shown): boolean => at >= from && at <= to;
        expect(inOrder(shown(rows.all(-Infinity, Infinity)))).toEqual(held(() => true));
        expect(inOrder(shown(rows.all(from, to)))).toEqual(held(between));
        expect(inOrder(shown(rows.ofKey([one], from, to)))).toEqual(held((row) => row[0] === one && between(row)));
        const times = shown(rows.all(0, to)).map(([, at]) => at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const ofKey = shown(rows.ofKey(['a'], -Infinity, Infinity));
        expect(ofKey).toEqual(inOrder(ofKey));
      },
    ),
    { numRuns: 100 },
  );
});

test('sessions of a key that is too long to be stored as it is are found again after a restart', () => {
  const disk = new MemoryDisk();
  const state = new TaskState({ disk, prefix: PREFIX });
  const store = state.session(SPEC);
  store.put([LONG], 1, 10, [1], 5);
  store.put([`${LONG}y`], 2, 12, [2], 5);
  store.put([LONG], 15, 20, [3], 5);
  state.flush(disk);
  disk.commit();
  const again = new TaskState({ disk, prefix: PREFIX }).session(SPEC);
  expect(again.findSessions([LONG], 5, 12).map((row) => row.row)).toEqual([[1]]);
  expect(again.findSessions([LONG], 0, 100).map((row) => row.row)).toEqual([[1], [3]]);
});

test('a scan of many windows comes in pages of at most 256 rows', () => {
  const disk = new MemoryDisk();
  const state = new TaskState({ disk, prefix: PREFIX });
  const store = state.window({ ...SPEC, retentionMs: 10_000 });
  for (let i = 0; i < 3000; i++) store.put([`key ${i % 100}`], i, [i], 5);
  state.flush(disk);
  disk.commit();
  const rows = new CommittedTimedRows({ ...SPEC, retentionMs: 10_000 }).of(disk, PREFIX);
  for (const pages of [[...rows.all(-Infinity, Infinity)], [...rows.all(0, 2999)]]) {
    expect(pages.flat()).toHaveLength(3000);
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(256);
  }
});
