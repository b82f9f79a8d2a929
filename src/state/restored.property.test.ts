import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import { timeIndexOf } from './entry-codec.ts';
import { storedKey } from './key-codec.ts';
import { readerOf } from './ordered.ts';
import { RestoredEntries } from './restored-entries.ts';
import { RestoredState } from './restored-state.ts';
import { timeBytes } from './timed-keys.ts';

const key = fc.integer({ min: 0, max: 40 }).map((n) => Buffer.from(`key-${n}`));
const write = fc.record({ key, value: fc.option(fc.nat(999), { nil: null }) });

/** Restored entries over a store, while they are being written down and new writes come: what a plain map holds. */
test('restored state equals a map, whatever is read, written and drained in between', () => {
  const command = fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant('get' as const), key, value: fc.constant(null) }) },
    { weight: 3, arbitrary: write.map((w) => ({ op: 'write' as const, ...w })) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('drain' as const), key, value: fc.constant(null) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('range' as const), key, value: fc.constant(null) }) },
  );
  fc.assert(
    fc.property(
      fc.array(write, { maxLength: 120 }),
      fc.array(command, { maxLength: 60 }),
      fc.integer({ min: 1, max: 30 }),
      (log, commands, step) => {
        const model = new Map<string, string>();
        const entries = new RestoredEntries();
        const cursor = new RecordCursor();
        for (let from = 0; from < log.length; from += 25) {
          const batch = new BatchBuilder();
          for (const { key: k, value } of log.slice(from, from + 25)) {
            batch.add(0, k, value === null ? null : Buffer.from(String(value)));
            if (value === null) model.delete(k.toString());
            else model.set(k.toString(), String(value));
          }
          const bytes = batch.finish();
          cursor.open(bytes, 0, bytes.length, 0);
          while (cursor.next()) for (let i = 0; i < cursor.columns.count; i++) entries.put(cursor.columns, i);
        }
        const store = new MemoryStore();
        const drain = (state: RestoredState): void => {
          store.write((writes) => state.drain(writes, step));
          state.afterDrain();
        };
        const state = new RestoredState(readerOf(store), { entries: new Map([['s', entries]]), ends: new Map() });
        expect(state.isEmpty('s')).toBe(new Set(log.map((w) => w.key.toString())).size === 0);
        for (const c of commands) {
          const id = c.key.toString();
          switch (c.op) {
            case 'get':
              expect(state.get('s', c.key)?.toString()).toBe(model.get(id));
              break;
            case 'write':
              store.write((writes) => {
                state.supersede('s', c.key, c.value === null);
                if (c.value === null) writes.delete('s', c.key);
                else writes.put('s', c.key, Buffer.from(String(c.value)));
              });
              if (c.value === null) model.delete(id);
              else model.set(id, String(c.value));
              break;
            case 'drain':
              drain(state);
              break;
            case 'range':
              expect([...state.range('s', undefined, undefined)].map(([k, v]) => [String(k), String(v)])).toEqual(
                [...model].sort(([a], [b]) => (a < b ? -1 : 1)),
              );
              break;
          }
        }
        while (!state.isDrained) drain(state);
        expect(new Map([...store.range('s', {})].map((e) => [e.key.toString(), e.value.toString()]))).toEqual(model);
      },
    ),
    { numRuns: 300 },
  );
});

/**
 * Rows of a store that expires: a key, a time, and what tells rows of one key and time apart; some keys are too long to
 * be stored whole.
 */
const row = fc
  .record({
    key: fc.constantFrom('a', 'b', 'x'.repeat(3000)),
    time: fc.integer({ min: -3, max: 12 }),
    extra: fc.nat(1),
  })
  .map(({ key: name, time, extra }) => {
    const full = Buffer.concat([Buffer.from(name), timeBytes(time), timeBytes(extra)]);
    return { full, stored: Buffer.from(storedKey(full)), time };
  });
const rowWrite = fc.record({ row, value: fc.option(fc.nat(99), { nil: null }) });

function rowValue(full: Buffer, value: number): Buffer {
  const flagged = storedKey(full) !== full;
  const head = Buffer.alloc(flagged ? 13 + full.length : 9);
  if (flagged) {
    head[0] = 1;
    head.writeInt32BE(full.length, 9);
    full.copy(head, 13);
  }
  return Buffer.concat([head, Buffer.from(String(value))]);
}

const sorted = (entries: Iterable<readonly [Uint8Array, Uint8Array]>): string[] =>
  [...entries].map(([k, v]) => `${Buffer.from(k).toString('hex')}=${Buffer.from(v).toString('hex')}`).sort();

test('rows that expire, restored: they and their index by time equal a map, in between as well', () => {
  fc.assert(
    fc.property(
      fc.array(rowWrite, { maxLength: 80 }),
      fc.array(
        fc.oneof(
          rowWrite.map((w) => ({ op: 'write' as const, ...w })),
          row.map((r) => ({ op: 'ranges' as const, row: r, value: null })),
          row.map((r) => ({ op: 'drain' as const, row: r, value: null })),
        ),
        { maxLength: 40 },
      ),
      fc.integer({ min: 1, max: 20 }),
      (log, commands, step) => {
        const model = new Map<string, { full: Buffer; value: Buffer }>();
        const apply = ({ full }: { full: Buffer }, value: number | null): void => {
          if (value === null) model.delete(full.toString('hex'));
          else model.set(full.toString('hex'), { full, value: rowValue(full, value) });
        };
        const entries = new RestoredEntries('t');
        const cursor = new RecordCursor();
        for (const { row: r, value } of log) {
          const batch = new BatchBuilder();
          batch.add(0, r.stored, value === null ? null : rowValue(r.full, value));
          apply(r, value);
          const bytes = batch.finish();
          cursor.open(bytes, 0, bytes.length, 0);
          while (cursor.next()) for (let i = 0; i < cursor.columns.count; i++) entries.put(cursor.columns, i);
        }
        const store = new MemoryStore();
        const state = new RestoredState(readerOf(store), { entries: new Map([['s', entries]]), ends: new Map() });
        const rows = (): string[] => sorted([...model.values()].map((e) => [storedKey(e.full), e.value] as const));
        const times = (from: number): string[] =>
          sorted(
            [...model.values()]
              .map((e) => timeIndexOf(storedKey(e.full), e.value))
              .filter((e) => Buffer.compare(e.key, timeBytes(from)) >= 0)
              .map((e) => [e.key, e.value] as const),
          );
        for (const c of commands) {
          const { stored } = c.row;
          if (c.op === 'write') {
            // As the store does: the index is written with a new row, and left alone by an update.
            const isKnown = state.get('s', stored) !== undefined;
            store.write((writes) => {
              state.supersede('s', stored, c.value === null);
              if (c.value !== null) {
                const value = rowValue(c.row.full, c.value);
                writes.put('s', stored, value);
                const index = timeIndexOf(stored, value);
                if (!isKnown) writes.put('t', index.key, index.value);
              } else if (isKnown) {
                writes.delete('s', stored);
                writes.delete('t', timeIndexOf(stored, rowValue(c.row.full, 0)).key);
              }
            });
            apply(c.row, c.value);
          } else if (c.op === 'ranges') {
            const all = [...state.range('s', undefined, undefined)];
            expect(sorted(all)).toEqual(rows());
            expect(all.map(([k]) => k)).toEqual(all.map(([k]) => k).sort(Buffer.compare));
            expect(sorted(state.range('s', stored, undefined))).toEqual(
              sorted(all.filter(([k]) => Buffer.compare(k, stored) >= 0)),
            );
            expect(sorted(state.range('s', undefined, stored))).toEqual(
              sorted(all.filter(([k]) => Buffer.compare(k, stored) < 0)),
            );
            expect(sorted(state.range('t', undefined, undefined))).toEqual(times(-1000));
            expect(sorted(state.range('t', timeBytes(c.row.time), undefined))).toEqual(times(c.row.time));
          } else {
            store.write((writes) => state.drain(writes, step));
            state.afterDrain();
          }
        }
        while (!state.isDrained) {
          store.write((writes) => state.drain(writes, step));
          state.afterDrain();
        }
        const onDisk = (space: string): string[] =>
          sorted([...store.range(space, {})].map((e) => [e.key, e.value] as const));
        expect(onDisk('s')).toEqual(rows());
        expect(onDisk('t')).toEqual(times(-1000));
      },
    ),
    { numRuns: 300 },
  );
});

test('many keys: the newest value of each', () => {
  const entries = new RestoredEntries();
  const cursor = new RecordCursor();
  for (let round = 0; round < 3; round++) {
    const batch = new BatchBuilder();
    for (let i = 0; i < 20_000; i++) batch.add(0, Buffer.from(`k${i * 7}`), Buffer.from(`${round}-${i}`));
    const bytes = batch.finish();
    cursor.open(bytes, 0, bytes.length, 0);
    while (cursor.next()) for (let i = 0; i < cursor.columns.count; i++) entries.put(cursor.columns, i);
  }
  expect(entries.size).toBe(20_000);
  for (let i = 0; i < 20_000; i += 997) expect(entries.get(Buffer.from(`k${i * 7}`))?.toString()).toBe(`2-${i}`);
  expect(entries.get(Buffer.from('k1'))).toBeUndefined();
});
