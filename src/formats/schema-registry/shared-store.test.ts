import { expect, test } from 'vitest';
import type { RegistrySchema } from '../api.ts';
import { CachedCodecRegistry } from './codec-registry.ts';
import { MemorySchemaRegistry, RegistryMovedOn, type RegistryEvent, type RegistryStore } from './memory-registry.ts';

const record = (name: string): RegistrySchema => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({ type: 'record', name, fields: [{ name: 'a', type: ['null', 'int'], default: null }] }),
});

/** Stores over one list of events, in which the claim of one fences the others; their steps interleave. */
function shared(): () => RegistryStore {
  const events: RegistryEvent[] = [];
  let epoch = 0;
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return () => {
    let mine: number | undefined;
    let seen = 0;
    return {
      async claim() {
        await turn();
        mine ??= ++epoch;
      },
      async append(event) {
        await turn();
        if (mine !== epoch) {
          mine = undefined;
          throw new RegistryMovedOn();
        }
        events.push(event);
      },
      async news() {
        await turn();
        const news = events.slice(seen);
        seen = events.length;
        return news;
      },
    };
  };
}

test('two servers that register at the same time: ids are told apart, equal schemas share one, each knows all', async () => {
  const store = shared();
  const [a, b] = [new MemorySchemaRegistry({ store: store() }), new MemorySchemaRegistry({ store: store() })];
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).register(`s${i}`, record(`R${i}`))),
  );
  expect(new Set(ids).size).toBe(20);
  const same = await Promise.all([a, b, a, b].map((registry) => registry.register('same', record('Same'))));
  expect(new Set(same).size).toBe(1);
  for (const [i, id] of ids.entries()) {
    for (const registry of [a, b]) {
      expect(await registry.schemaById(id)).toMatchObject(record(`R${i}`));
      expect(await registry.latest(`s${i}`)).toMatchObject({ id, version: 1 });
    }
  }
  expect(await b.versions('same')).toEqual([1]);
});

test('a subject deleted on both at once is deleted', async () => {
  const store = shared();
  const [a, b] = [new MemorySchemaRegistry({ store: store() }), new MemorySchemaRegistry({ store: store() })];
  await a.register('s', record('R'));
  const done = await Promise.allSettled([a.deleteSubject('s'), b.deleteSubject('s')]);
  expect(done.some((d) => d.status === 'fulfilled')).toBe(true);
  expect(await a.versions('s')).toBeUndefined();
  expect(await b.versions('s')).toBeUndefined();
});

test('a schema that comes a moment after its record is waited for; one that never comes is asked for again later', async () => {
  let nowMs = 0;
  const registry = new MemorySchemaRegistry();
  const codecs = new CachedCodecRegistry(registry, {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      if (nowMs > 1000) await registry.registerWithId('late', record('Late'), 7);
    },
  });
  expect(await codecs.load(7)).toMatchObject(record('Late'));
  expect(codecs.isUnknown(7)).toBe(false);
  const before = nowMs;
  expect(await codecs.load(8)).toBeUndefined();
  expect(nowMs - before).toBeGreaterThan(1000);
  expect(codecs.isUnknown(8)).toBe(true);
  nowMs += 60_000;
  expect(codecs.isUnknown(8)).toBe(false);
  await registry.registerWithId('later', record('Later'), 8);
  expect(await codecs.load(8)).toMatchObject(record('Later'));
});
