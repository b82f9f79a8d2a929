import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../log/embedded/memory-store.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import { readerOf } from './ordered.ts';
import { RestoredEntries } from './restored-entries.ts';
import { RestoredState } from './restored-state.ts';

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
        const state = new RestoredState(
          readerOf(store),
          { entries: new Map([['s', entries]]), ends: new Map() },
          (all) => {
            while (!all.isDrained) drain(all);
          },
        );
        expect(state.isEmpty('s')).toBe(new Set(log.map((w) => w.key.toString())).size === 0);
        for (const c of commands) {
          const id = c.key.toString();
          switch (c.op) {
            case 'get':
              expect(state.get('s', c.key)?.toString()).toBe(model.get(id));
              break;
            case 'write':
              store.write((writes) => {
                state.supersede('s', c.key);
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
