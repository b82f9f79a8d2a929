import { expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { batchOf, recordsOf } from '../../../test/support/log-records.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { StoreWriter } from '../../store/ordered-store.ts';
import { EmbeddedLog } from './embedded-log.ts';

const at = { topic: 't', partition: 0 };

async function logOver(store: MemoryStore, configs: Record<string, string> = {}): Promise<EmbeddedLog> {
  const log = new EmbeddedLog({ store, env: testEnv() });
  await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1, configs });
  return log;
}

async function write(log: EmbeddedLog, ...batches: readonly Buffer[]): Promise<void> {
  const writer = await log.createWriter({});
  for (const batch of batches) writer.append('t', 0, batch, true);
  await writer.commit();
}

async function offsets(log: EmbeddedLog, from: number): Promise<number[]> {
  const reader = log.createReader({});
  reader.assign([{ ...at, offset: from }]);
  const found: number[] = [];
  for (;;) {
    const records = recordsOf(await reader.poll(0));
    if (records.length === 0) return found;
    found.push(...records.map((r) => r.offset));
  }
}

/** Simulates writes in another thread: the data are written before this thread is notified. */
class ThreadedStore extends MemoryStore {
  confirm: (() => void) | undefined;
  #isHeld = false;

  hold(): void {
    this.#isHeld = true;
  }

  async writeBeside(fill: (writes: StoreWriter) => void): Promise<void> {
    this.write(fill);
    if (this.#isHeld) await new Promise<void>((resolve) => (this.confirm = resolve));
  }
}

test('what another thread has written, and nobody knows of yet, is not read', async () => {
  const store = new ThreadedStore();
  const log = await logOver(store);
  await write(log, batchOf([['a', '1']]));
  store.hold();
  const second = write(log, batchOf([['b', '2']]));
  await expect.poll(() => store.confirm).toBeDefined();
  const reader = log.createReader({});
  reader.assign([{ ...at, offset: 0 }]);
  expect(recordsOf(await reader.poll(0)).map((r) => r.offset)).toEqual([0]);
  expect(await reader.poll(0)).toEqual([]);
  store.confirm!();
  await second;
  expect(recordsOf(await reader.poll(1000)).map((r) => r.offset)).toEqual([1]);
});

test('what one reader has copied serves the next, wherever it begins', async () => {
  const store = new MemoryStore();
  const log = await logOver(store);
  const large = (): Buffer => batchOf(Array.from({ length: 40 }, (_, i) => [`${i}`, 'v'.repeat(1000)] as const));
  for (let i = 0; i < 5; i++) await write(log, large());
  const all = Array.from({ length: 200 }, (_, i) => i);
  expect(await offsets(log, 0)).toEqual(all);
  let ranges = 0;
  const range = store.range.bind(store);
  store.range = (...asked) => {
    ranges++;
    return range(...asked);
  };
  expect(await offsets(log, 0)).toEqual(all);
  expect(ranges).toBe(0);
  expect(await offsets(log, 57)).toEqual(all.slice(57));
  expect(ranges).toBeGreaterThan(0);
  await log.admin.deleteRecords(at, 60);
  await expect(offsets(log, 0)).rejects.toThrow('out of range');
  expect(await offsets(log, 60)).toEqual(all.slice(60));
  await log.admin.deleteTopic('t');
  await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1 });
  await write(log, batchOf([['new', '1']]));
  expect(await offsets(log, 0)).toEqual([0]);
});

test('compaction and merging do not lead a reader astray that has been served before', async () => {
  const log = await logOver(new MemoryStore(), { 'cleanup.policy': 'compact' });
  for (let i = 0; i < 300; i++) await write(log, batchOf([[`k${i % 10}`, 'v'.repeat(500)]]));
  expect(await offsets(log, 0)).toHaveLength(300);
  await log.maintain(1_000_000);
  const after = await offsets(log, 0);
  expect(after.slice(-10)).toEqual([290, 291, 292, 293, 294, 295, 296, 297, 298, 299]);
  expect(await offsets(log, 295)).toEqual([295, 296, 297, 298, 299]);
});
