import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BIGINT, STRING } from '../types/sql-type.ts';
import { DISCARD, NO_DISK, TaskState } from './provider.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const key = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -2, max: 2 })).map((k) => k as unknown[]);
const step = fc.constantFrom('flush', 'reopen', 'crash');

test('key-value store without a disk: equals a plain map, whatever is flushed', () => {
  const op = fc.constantFrom('put', 'put', 'put', 'delete', 'all', 'prefix', 'flush');
  const command = fc.record({ op, key, value: fc.nat(9) });
  const id = (k: unknown[]) => `${k[0]}${(k[1] as number) + 5}`;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const state = new TaskState({ disk: NO_DISK, prefix: 'q', maxCleanEntries: Infinity });
      const store = state.keyValue({ name: 's', keyTypes: [STRING, BIGINT], valueTypes: [BIGINT] });
      const model = new Map<string, number>();
      const held = (f: (k: string) => boolean) => [...model].filter(([k]) => f(k)).sort(([a], [b]) => (a < b ? -1 : 1));
      const shown = (rows: Iterable<readonly [unknown[], { row: unknown[] }]>) =>
        [...rows].map(([k, s]) => [id(k), s.row[0]]);
      for (const c of commands) {
        if (c.op === 'put') {
          store.put(c.key, [c.value], 5);
          model.set(id(c.key), c.value);
        } else if (c.op === 'delete') {
          store.delete(c.key);
          model.delete(id(c.key));
        } else if (c.op === 'all') expect(shown(store.all())).toEqual(held(() => true));
        else if (c.op === 'prefix') expect(shown(store.prefix([c.key[0]]))).toEqual(held((k) => k[0] === c.key[0]));
        else {
          state.flush(DISCARD);
          state.afterCommit();
        }
      }
      expect(shown(store.all())).toEqual(held(() => true));
    }),
    { numRuns: 300 },
  );
});

/** What the store should hold at the last commit and now. */
test('key-value store: equals a plain map, whatever is flushed, forgotten, reopened or lost in a crash', () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ op: fc.constantFrom('put', 'put', 'delete', 'get'), key, value: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('all', 'prefix', 'range'), key, value: fc.nat(9) }) },
    { weight: 2, arbitrary: fc.record({ op: step, key, value: fc.nat(9) }) },
  );
  const id = (k: unknown[]) => `${k[0]}${(k[1] as number) + 5}`;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(3), (commands, maxCleanEntries) => {
      const disk = new MemoryDisk();
      const spec = { name: 's', keyTypes: [STRING, BIGINT], valueTypes: [BIGINT] };
      const open = () => new TaskState({ disk, prefix: 'q/0_0', maxCleanEntries });
      let state = open();
      let store = state.keyValue(spec);
      let model = new Map<string, number>();
      let committed = new Map<string, number>();
      const show = (rows: Iterable<readonly [unknown[], { row: unknown[] }]>) =>
        [...rows].map(([k, s]) => [id(k), s.row[0]]);
      const modelled = (f: (k: string) => boolean) =>
        [...model].filter(([k]) => f(k)).sort(([a], [b]) => (a < b ? -1 : 1));
      for (const c of commands) {
        switch (c.op) {
          case 'put':
            store.put(c.key, [c.value], 5);
            model.set(id(c.key), c.value);
            break;
          case 'delete':
            store.delete(c.key);
            model.delete(id(c.key));
            break;
          case 'get':
            expect(store.get(c.key)?.row[0]).toBe(model.get(id(c.key)));
            break;
          case 'all':
            expect(show(store.all())).toEqual(modelled(() => true));
            break;
          case 'prefix':
            expect(show(store.prefix([c.key[0]]))).toEqual(modelled((k) => k[0] === c.key[0]));
            break;
          case 'range':
            expect(show(store.range(c.key, undefined))).toEqual(modelled((k) => k >= id(c.key)));
            expect(show(store.range(undefined, c.key))).toEqual(modelled((k) => k <= id(c.key)));
            break;
          default:
            if (c.op === 'crash') {
              model = new Map(committed);
            } else {
              state.flush(disk);
              disk.commit();
              state.afterCommit();
              committed = new Map(model);
            }
            if (c.op !== 'flush') {
              state = open();
              store = state.keyValue(spec);
            }
        }
      }
      expect(show(store.all())).toEqual(modelled(() => true));
    }),
    { numRuns: 300 },
  );
});

test('window store: equals a plain list cut off at the retention; expired rows leave the disk', () => {
  const command = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constantFrom('put', 'put', 'delete', 'fetch'),
        key,
        time: fc.nat(60),
        value: fc.nat(9),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constantFrom('range', 'all'), key, time: fc.nat(60), value: fc.nat(9) }),
    },
    { weight: 2, arbitrary: fc.record({ op: step, key, time: fc.nat(60), value: fc.nat(9) }) },
  );
  interface Model {
    rows: Map<string, { key: unknown[]; time: number; value: number }>;
    observed: number;
  }
  const copy = (m: Model): Model => ({ rows: new Map(m.rows), observed: m.observed });
  const order = (k: unknown[]) => `${k[0]}${(k[1] as number) + 5}`;
  const id = (k: unknown[], t: number) => `${String(t).padStart(3, '0')}${order(k)}`;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), fc.nat(3), (commands, maxCleanEntries) => {
      const disk = new MemoryDisk();
      const spec = { name: 'w', keyTypes: [STRING, BIGINT], valueTypes: [BIGINT], retentionMs: 20 };
      const open = () => new TaskState({ disk, prefix: 'q/0_0', maxCleanEntries });
      let state = open();
      let store = state.window(spec);
      let model: Model = { rows: new Map(), observed: -Infinity };
      let committed = copy(model);
      const live = () =>
        [...model.rows]
          .filter(([, r]) => r.time >= model.observed - 20)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([, r]) => r);
      for (const c of commands) {
        switch (c.op) {
          case 'put':
          case 'delete':
            store.put(c.key, c.time, c.op === 'put' ? [c.value] : null, c.time);
            model.observed = Math.max(model.observed, c.time);
            if (c.time < model.observed - 20) break;
            if (c.op === 'put') model.rows.set(id(c.key, c.time), { key: c.key, time: c.time, value: c.value });
            else model.rows.delete(id(c.key, c.time));
            break;
          case 'fetch':
            expect(store.fetch(c.key, c.time)?.row[0]).toBe(
              live().find((r) => order(r.key) === order(c.key) && r.time === c.time)?.value,
            );
            break;
          case 'range':
            expect(store.fetchRange(c.key, c.time - 10, c.time + 10).map((r) => [r.time, r.row[0]])).toEqual(
              live()
                .filter((r) => order(r.key) === order(c.key) && Math.abs(r.time - c.time) <= 10)
                .map((r) => [r.time, r.value]),
            );
            break;
          case 'all':
            expect(store.fetchAll(c.time - 10, c.time + 10).map((r) => [r.time, order(r.key), r.row[0]])).toEqual(
              live()
                .filter((r) => Math.abs(r.time - c.time) <= 10)
                .map((r) => [r.time, order(r.key), r.value]),
            );
            break;
          default:
            if (c.op === 'crash') {
              model = copy(committed);
            } else {
              state.flush(disk);
              disk.commit();
              state.afterCommit();
              committed = copy(model);
              // A value and an index entry for each, and the observed time.
              expect(disk.size).toBe(live().length * 2 + 1);
            }
            if (c.op !== 'flush') {
              state = open();
              store = state.window(spec);
            }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('window store with duplicates: keeps every record, also over a restart', () => {
  const disk = new MemoryDisk();
  const spec = { name: 'b', keyTypes: [STRING], valueTypes: [BIGINT], retentionMs: 100, duplicates: true };
  let state = new TaskState({ disk, prefix: 'q' });
  let store = state.window(spec);
  store.put(['k'], 5, [1], 5);
  store.put(['k'], 5, [2], 5);
  state.flush(disk);
  disk.commit();
  state = new TaskState({ disk, prefix: 'q' });
  store = state.window(spec);
  store.put(['k'], 5, [3], 5);
  expect(store.fetchRange(['k'], 0, 10).map((r) => r.row[0])).toEqual([1, 2, 3]);
});

test('session store: finds what overlaps, by end', () => {
  const state = new TaskState({ disk: new MemoryDisk(), prefix: 'q' });
  const store = state.session({ name: 's', keyTypes: [STRING], valueTypes: [BIGINT], retentionMs: 1000 });
  store.put(['k'], 10, 20, [1], 20);
  store.put(['k'], 0, 5, [2], 5);
  store.put(['k'], 40, 50, [3], 50);
  expect(store.findSessions(['k'], 5, 30).map((r) => [r.extra, r.time])).toEqual([
    [0, 5],
    [10, 20],
  ]);
  store.put(['k'], 10, 20, null, 20);
  expect(store.findSessions(['k'], 6, 30)).toEqual([]);
  expect(store.fetchByEnd(0, 100).map((r) => r.row[0])).toEqual([2, 3]);
});

test('keys longer than the ordered store takes are kept whole', () => {
  const disk = new MemoryDisk();
  const spec = { name: 'l', keyTypes: [STRING], valueTypes: [BIGINT] };
  const long = 'x'.repeat(5000);
  let state = new TaskState({ disk, prefix: 'q' });
  state.keyValue(spec).put([long], [1], 0);
  state.keyValue({ ...spec, name: 'm' }).put([`${long}y`], [2], 0);
  state.flush(disk);
  disk.commit();
  state = new TaskState({ disk, prefix: 'q' });
  expect(state.keyValue(spec).get([long])?.row).toEqual([1]);
  expect([...state.keyValue({ ...spec, name: 'm' }).all()].map(([k]) => k)).toEqual([[`${long}y`]]);
});
