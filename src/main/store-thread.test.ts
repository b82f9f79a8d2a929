import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { LmdbStore } from '../store/lmdb-store.ts';
import { EntryPacker } from '../store/packed-entries.ts';
import { storeThread } from './store-thread.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what is much is written by another thread, all or nothing, and can be read as soon as it is done', async () => {
  let threads = 0;
  const options = (at: string): ConstructorParameters<typeof LmdbStore>[0] => ({
    path: at,
    thread: () => {
      threads++;
      return storeThread(at);
    },
  });
  const at = path.join(folder, 'a');
  const store = new LmdbStore(options(at));
  await store.writeBeside((writes) => writes.put('s', Buffer.from('one'), Buffer.from('1')));
  expect(threads).toBe(0);

  // Read before, so this thread's snapshot of the store is older.
  expect(store.get('s', Buffer.from('k10'))).toBeUndefined();
  const packer = new EntryPacker();
  for (let i = 0; i < 3000; i++) packer.put(i % 2 === 0 ? 's' : 'new', Buffer.from(`k${i}`), Buffer.from(`v${i}`));
  packer.put('s', Buffer.from('one'), null);
  const long = Buffer.alloc(3000, 'L');
  packer.put('new', long, Buffer.from('long'));
  await store.writeBeside((writes) => {
    writes.put('log', Buffer.from('batch'), Buffer.alloc(300_000, 7));
    writes.putPacked(packer.take());
  });
  expect(threads).toBe(1);
  expect(store.get('s', Buffer.from('k10'))?.toString()).toBe('v10');
  expect(store.get('s', Buffer.from('one'))).toBeUndefined();
  expect(store.get('new', long)?.toString()).toBe('long');
  expect(store.get('log', Buffer.from('batch'))?.length).toBe(300_000);
  expect([...store.range('new', { values: false })]).toHaveLength(1501);

  // Another store has opened the folder: this one must not write any more, in any thread.
  const younger = new LmdbStore({ path: at });
  const much = store.writeBeside((writes) => writes.put('more', Buffer.from('k'), Buffer.alloc(300_000)));
  await expect(much).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  expect(store.spaces()).not.toContain('more');
  await store.close();
  expect(younger.get('new', Buffer.from('k1'))?.toString()).toBe('v1');
  await younger.close();
});

test('a thread that has ended says why, whoever writes next', async () => {
  const thread = storeThread(path.join(folder, 'not', 'a', '\0 folder'));
  const write = (): Promise<void> => thread.write(Buffer.from('x'), [{ key: Buffer.from('k'), value: null }], []);
  await expect(write()).rejects.toThrow(/the thread that writes has ended: ./);
  await expect(write()).rejects.toThrow(/the thread that writes has ended: ./);
  await thread.close();
});
