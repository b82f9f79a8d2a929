import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Timers } from './env.ts';
import { within } from './within.ts';

/** Timers that record which waits were abandoned. */
function timersWith(abandoned: number[]): Timers {
  return {
    sleep: async (ms, signal) => {
      signal?.addEventListener('abort', () => abandoned.push(ms));
      await sleep(ms, undefined, { signal });
    },
    after: () => () => undefined,
    turn: async () => undefined,
  };
}

test('what ends in time is given, and its timer is cancelled', async () => {
  const abandoned: number[] = [];
  expect(await within(timersWith(abandoned), 60_000, Promise.resolve('done'))).toBe('done');
  await expect(within(timersWith(abandoned), 60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(abandoned).toEqual([60_000, 60_000]);
});

test('what takes longer is left to itself, with its errors', async () => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<string>((_, reject) => (fail = reject));
  expect(await within(timersWith([]), 1, work)).toBeUndefined();
  // This must not become an unhandled rejection.
  fail(new Error('late'));
  expect(await within(timersWith([]), -5, new Promise(() => undefined))).toBeUndefined();
});

test('without a limit it is waited for', async () => {
  expect(await within(timersWith([]), Infinity, sleep(1, 'done'))).toBe('done');
});
