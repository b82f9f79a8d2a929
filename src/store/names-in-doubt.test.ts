import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SluiceError } from '../base/errors.ts';
import { openLmdb, writeEntries } from './lmdb-environment.ts';
import { LmdbStore, type StoreThread } from './lmdb-store.ts';
import type { StoreWriter } from './ordered-store.ts';

let folder: string;
/** The commits that the thread has been given: each is carried out, or fails, when a test says so. */
let commits: { done: () => void; fail: () => void }[];
let store: LmdbStore;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-names-'));
  commits = [];
  const db = openLmdb(folder, false);
  const thread: StoreThread = {
    write: (owner, entries, packed) =>
      new Promise((resolve, reject) => {
        commits.push({
          done: () => {
            writeEntries(db, owner, entries, packed);
            resolve();
          },
          fail: () => reject(new SluiceError('LOG_FULL', 'the disk is full')),
        });
      }),
    close: async () => await db.close(),
  };
  store = new LmdbStore({ path: folder, thread: () => thread });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const b = (text: string): Buffer => Buffer.from(text);

/** More than is written in the caller's thread, to a new space. */
const much = (writes: StoreWriter): void => {
  for (let i = 0; i < 300; i++) writes.put('new', b(`k${i}`), b('much'));
};

/** What the space has for everybody who opens the store anew. */
function stored(key: string): string | undefined {
  const snapshot = store.snapshot();
  try {
    expect(snapshot.spaces('new')).toEqual(['new']);
    return snapshot.get('new', b(key))?.toString();
  } finally {
    snapshot.close();
  }
}

test('what was written to a new space stays, though the commit that named it first fails', async () => {
  const beside = store.writeBeside(much);
  store.write((writes) => writes.put('new', b('x'), b('here')));
  commits[0]!.fail();
  await expect(beside).rejects.toThrow('the disk is full');
  expect(stored('x')).toBe('here');
  expect(store.get('new', b('x'))?.toString()).toBe('here');
  expect(store.get('new', b('k1'))).toBeUndefined();
});

test('likewise where both commits are the thread’s', async () => {
  const [first, second] = [store.writeBeside(much), store.writeBeside(much)];
  commits[0]!.fail();
  await expect(first).rejects.toThrow('the disk is full');
  commits[1]!.done();
  await second;
  expect(stored('k1')).toBe('much');
});

test('a space whose only commit fails does not exist', async () => {
  const beside = store.writeBeside(much);
  commits[0]!.fail();
  await expect(beside).rejects.toThrow('the disk is full');
  expect(store.spaces()).toEqual([]);
  const again = store.writeBeside(much);
  commits[1]!.done();
  await again;
  expect(stored('k1')).toBe('much');
});
