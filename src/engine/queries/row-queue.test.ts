import { expect, test } from 'vitest';
import type { ResultRow } from '../query-handle.ts';
import { RowQueue } from './row-queue.ts';

const row = (n: number): ResultRow => ({ values: [n], tombstone: false });

test('a query that has filled its part waits until its reader has done with it, and the reader waits for no turn', async () => {
  const turns: (() => void)[] = [];
  const queue = new RowQueue(() => new Promise((resolve) => turns.push(resolve)), 1 << 20);
  const rows = queue.read();
  const first = rows.next();
  let n = 0;
  while (!queue.isFilled) queue.offer(row(n++));
  let isDrained = false;
  const drained = queue.drained().then(() => (isDrained = true));
  expect((await first).value).toHaveLength(n);
  await Promise.resolve();
  expect([isDrained, turns.length]).toEqual([false, 0]);
  // The reader asks again, so the query may continue.
  const second = rows.next();
  await drained;
  // Rows offered before the next turn of the event loop arrive together.
  queue.offer(row(1));
  queue.offer(row(2));
  await expect.poll(() => turns.length).toBe(1);
  turns[0]!();
  expect((await second).value).toEqual([row(1), row(2)]);
});

test('a query goes no further while its reader is busy with what it was given', async () => {
  const queue = new RowQueue(() => Promise.resolve(), 1 << 20);
  const rows = queue.read();
  const first = rows.next();
  queue.offer(row(1));
  expect(queue.isFilled).toBe(false);
  expect((await first).value).toEqual([row(1)]);
  let isDrained = false;
  const drained = queue.drained().then(() => (isDrained = true));
  // Rows that result from the same record are still accepted.
  queue.offer(row(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect([isDrained, queue.isFilled]).toEqual([false, true]);
  const second = rows.next();
  await drained;
  expect((await second).value).toEqual([row(2)]);
  const ended = queue.drained();
  await rows.return('CLOSED');
  queue.end('CLOSED');
  await ended;
});

test('nobody waits once a result has ended', async () => {
  const queue = new RowQueue(() => Promise.resolve(), 1 << 20);
  for (let n = 0; n < 5000; n++) queue.offer(row(n));
  expect([queue.isFilled, queue.full]).toEqual([true, true]);
  const drained = queue.drained();
  queue.end('CLOSED');
  await drained;
  expect(queue.isFilled).toBe(false);
});
