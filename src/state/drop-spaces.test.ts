import { expect, test } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { dropSpaces, finishDrops } from './drop-spaces.ts';

function filled(): MemoryStore {
  const store = new MemoryStore();
  store.write((writes) => {
    for (let i = 0; i < 2500; i++) writes.put('Q_1/0_0/big', Buffer.from(`${i}`), Buffer.from('x'));
    writes.put('Q_1/0_1/small', Buffer.from('k'), Buffer.from('x'));
    writes.put('Q_10/0_0/other', Buffer.from('k'), Buffer.from('x'));
  });
  return store;
}

test('the state of a query goes in pieces, and only its own', async () => {
  const store = filled();
  let pauses = 0;
  await dropSpaces(store, 'Q_1/', async () => void pauses++);
  expect(store.spaces().filter((name) => name.startsWith('Q'))).toEqual(['Q_10/0_0/other']);
  expect(pauses).toBe(2);
});

test('what a crash left half dropped is dropped before the next start', async () => {
  const store = filled();
  await expect(dropSpaces(store, 'Q_1/', () => Promise.reject(new Error('crash')))).rejects.toThrow('crash');
  expect(store.spaces()).toContain('Q_1/0_0/big');
  await finishDrops(store, () => Promise.resolve());
  expect(store.spaces().filter((name) => name.startsWith('Q'))).toEqual(['Q_10/0_0/other']);
  await finishDrops(store, () => Promise.reject(new Error('nothing is left to do')));
});
