import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { isSluiceError } from '../base/errors.ts';
import { LmdbStore } from './lmdb-store.ts';
import { MemoryStore } from './memory-store.ts';
import { type OrderedStore, prefixEnd, type RangeOptions, type StoreReader } from './ordered-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  folders.push(folder);
  return folder;
}

const b = (text: string): Buffer => Buffer.from(text);

const implementations: [string, (maxBytes?: number) => OrderedStore & { maxBytes: number }][] = [
  ['MemoryStore', (maxBytes) => new MemoryStore(maxBytes === undefined ? {} : { maxBytes })],
  ['LmdbStore', (maxBytes) => new LmdbStore({ path: newFolder(), ...(maxBytes === undefined ? {} : { maxBytes }) })],
];

/** What a range gives; a scan shows the same. */
function found(store: StoreReader, space: string, options: RangeOptions = {}): [key: string, value: string][] {
  const texts = [...store.range(space, options)].map((e): [string, string] => [
    e.key.toString('latin1'),
    e.value.toString('latin1'),
  ]);
  if (options.values === false) return texts;
  const scanned: typeof texts = [];
  store.scan(space, options, (e) => {
    scanned.push([
      e.key.toString('latin1', e.keyStart, e.keyEnd),
      e.value.toString('latin1', e.valueStart, e.valueEnd),
    ]);
    return true;
  });
  expect(scanned).toEqual(texts);
  return texts;
}

describe.each(implementations)('%s', (_, create) => {
  const entries = (store: StoreReader, space: string, options?: RangeOptions): string[] =>
    found(store, space, options).map(([key, value]) => `${key}=${value}`);

  test('ranges are ordered, bounded and of one space', async () => {
    const store = create();
    store.write((w) => {
      for (const k of ['b', 'a', 'd', 'c', 'aa']) w.put('s', b(k), b(k.toUpperCase()));
      w.put('r', b('b'), b('other'));
      w.put('t', b('a'), b('other'));
    });
    expect(entries(store, 's')).toEqual(['a=A', 'aa=AA', 'b=B', 'c=C', 'd=D']);
    expect(entries(store, 's', { gte: b('aa'), lt: b('d') })).toEqual(['aa=AA', 'b=B', 'c=C']);
    expect(entries(store, 's', { gte: b('aa'), lt: b('d'), reverse: true, limit: 2 })).toEqual(['c=C', 'b=B']);
    expect(entries(store, 's', { reverse: true })).toEqual(['d=D', 'c=C', 'b=B', 'aa=AA', 'a=A']);
    expect(entries(store, 's', { values: false, limit: 1 })).toEqual(['a=']);
    expect(entries(store, 'nothing')).toEqual([]);
    const seen: string[] = [];
    store.scan('s', { gte: b('aa') }, ({ key, keyStart, keyEnd }) => {
      seen.push(key.toString('latin1', keyStart, keyEnd));
      return seen.length < 2;
    });
    expect(seen).toEqual(['aa', 'b']);
    const fails = (): void => store.scan('s', {}, () => JSON.parse('no'));
    expect(fails).toThrow(SyntaxError);
    expect(entries(store, 's', { gte: b('c') })).toEqual(['c=C', 'd=D']);
    expect([...store.spaces()].sort()).toEqual(['r', 's', 't']);
    await store.close();
  });

  test('a write is all or nothing, and reads during it see the state before', async () => {
    const store = create();
    store.write((w) => w.put('s', b('k'), b('1')));
    expect(() =>
      store.write((w) => {
        w.put('s', b('k'), b('2'));
        w.put('s', b('l'), b('2'));
        w.put('new', b('l'), b('2'));
        expect(store.get('s', b('k'))!.toString()).toBe('1');
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(entries(store, 's')).toEqual(['k=1']);
    expect(store.spaces()).toEqual(['s']);
    await store.close();
  });

  test('a snapshot does not move', async () => {
    const store = create();
    store.write((w) => {
      for (let i = 0; i < 500; i++) w.put('s', b(`k${String(i).padStart(3, '0')}`), b('old'));
    });
    const snapshot = store.snapshot();
    store.write((w) => {
      w.put('s', b('k001'), b('new'));
      w.delete('s', b('k002'));
      w.put('s', b('k0005'), b('new'));
    });
    const later = store.snapshot();
    store.write((w) => w.deleteSpace('s'));
    expect(snapshot.get('s', b('k001'))!.toString()).toBe('old');
    expect(found(snapshot, 's').length).toBe(500);
    expect(later.get('s', b('k001'))!.toString()).toBe('new');
    expect(found(later, 's').length).toBe(500);
    expect(entries(store, 's')).toEqual([]);
    expect(snapshot.spaces('s')).toEqual(['s']);
    expect(snapshot.spaces('s1')).toEqual([]);
    snapshot.close();
    later.close();
    await store.close();
  });

  test('keys and values of any size', async () => {
    const store = create();
    const keys = [1, 100, 1973, 1974, 1975, 5000, 100_000].map((n) => Buffer.alloc(n, 'k'));
    store.write((w) => {
      for (const key of keys) w.put('s', key, Buffer.alloc(key.length * 3, 'v'));
      w.put('s', b('empty'), Buffer.alloc(0));
    });
    for (const key of keys) expect(store.get('s', key)!.length).toBe(key.length * 3);
    expect(store.get('s', b('empty'))!.length).toBe(0);
    expect(
      found(store, 's', { gte: b('k') })
        .map(([key, value]) => [key.length, value.length])
        .sort((x, y) => x[0]! - y[0]!),
    ).toEqual(keys.map((key) => [key.length, key.length * 3]));
    expect(
      [...store.range('s', { gte: b('k'), values: false })].map(({ key }) => key.length).sort((x, y) => x - y),
    ).toEqual(keys.map((key) => key.length));
    store.write((w) => keys.forEach((key) => w.delete('s', key)));
    expect(entries(store, 's')).toEqual(['empty=']);
    await store.close();
  });

  test('a full store keeps what it has, takes what makes room, and then goes on', async () => {
    const store = create(2_000_000);
    const value = Buffer.alloc(50_000, 1);
    let n = 0;
    const fill = (): void => {
      for (; n < 1000; n++) store.write((w) => w.put('s', b(`k${n}`), value));
    };
    expect(fill).toThrow(/Cannot store \d+ more bytes: \d+ of 2000000 are used/);
    expect(n > 20 && n < 60).toBe(true);
    try {
      fill();
    } catch (error) {
      expect(isSluiceError(error, 'LOG_FULL') && error.retriable).toBe(true);
    }
    expect([...store.range('s')].length).toBe(n);
    store.write((w) => w.put('s', b('marker'), value), { evenIfFull: true });
    for (let i = 0; i < 10; i++) store.write((w) => w.delete('s', b(`k${i}`)));
    store.write((w) => w.put('s', b('again'), value));
    store.maxBytes = 4_000_000;
    store.write((w) => w.put('s', b('more'), Buffer.alloc(1_000_000)));
    expect([...store.range('s', { values: false })].length).toBe(n + 1 - 10 + 2);
    await store.close();
  });

  test('does what a plain map does', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', 'ÿ'), minLength: 1, maxLength: 4 });
    const operation = fc.oneof(
      fc.record({ op: fc.constant('put' as const), key, value: fc.string({ maxLength: 5 }) }),
      fc.record({ op: fc.constant('delete' as const), key }),
      fc.record({ op: fc.constant('range' as const), from: fc.option(key), to: fc.option(key), reverse: fc.boolean() }),
    );
    const store = create();
    let run = 0;
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const space = `s${run++}`;
        const model = new Map<string, string>();
        for (const o of operations) {
          if (o.op === 'put') {
            store.write((w) => w.put(space, Buffer.from(o.key, 'latin1'), b(o.value)));
            model.set(o.key, o.value);
          } else if (o.op === 'delete') {
            store.write((w) => w.delete(space, Buffer.from(o.key, 'latin1')));
            model.delete(o.key);
          } else {
            const expected = [...model]
              .filter(([k]) => (o.from === null || k >= o.from) && (o.to === null || k < o.to))
              .sort(([x], [y]) => (x < y ? -1 : 1));
            if (o.reverse) expected.reverse();
            const range = {
              gte: o.from === null ? undefined : Buffer.from(o.from, 'latin1'),
              lt: o.to === null ? undefined : Buffer.from(o.to, 'latin1'),
              reverse: o.reverse,
            };
            expect(found(store, space, range)).toEqual(expected);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('LmdbStore', () => {
  test('has after closing and opening what it had before', async () => {
    const path = newFolder();
    const first = new LmdbStore({ path });
    first.write((w) => {
      w.put('a', b('k'), b('1'));
      w.put('b', b('k'), b('2'));
    });
    first.write((w) => w.deleteSpace('a'));
    await first.close();
    const second = new LmdbStore({ path });
    expect(second.spaces()).toEqual(['b']);
    expect(second.get('b', b('k'))!.toString()).toBe('2');
    second.write((w) => w.put('c', b('k'), b('3')));
    expect(second.get('b', b('k'))!.toString()).toBe('2');
    expect(second.get('c', b('k'))!.toString()).toBe('3');
    await second.close();
  });

  test('a snapshot of one that only reads has what others have committed until now, beside an older one', async () => {
    const path = newFolder();
    const writer = new LmdbStore({ path });
    const put = (text: string): void => writer.write((w) => w.put('a', b('k'), b(text)));
    put('1');
    const reader = new LmdbStore({ path, readOnly: true });
    const seen = [];
    for (const text of ['2', '3']) {
      put(text);
      // Without a turn of the event loop in between: a thread may be told of two commits in one.
      seen.push(reader.snapshot());
    }
    expect(seen.map((snapshot) => snapshot.get('a', b('k'))!.toString())).toEqual(['2', '3']);
    for (const snapshot of seen) snapshot.close();
    await reader.close();
    await writer.close();
  });
});

test('prefixEnd is the first key behind a prefix', () => {
  expect(prefixEnd(Buffer.from([1, 2]))).toEqual(Buffer.from([1, 3]));
  expect(prefixEnd(Buffer.from([1, 255, 255]))).toEqual(Buffer.from([2]));
  expect(prefixEnd(Buffer.from([255]))).toBeUndefined();
});
