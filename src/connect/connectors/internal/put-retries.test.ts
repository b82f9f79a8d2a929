import { expect, test } from 'vitest';
import type { Timers } from '../../../base/env.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { PutRetries, type RetryContext } from './put-retries.ts';

/** A target that fails some times; the pauses that were asked for, and what was told. */
function trial(signal?: AbortSignal) {
  const [pauses, told]: [number[], string[]] = [[], []];
  const timers = { sleep: async (ms: number) => void pauses.push(ms) } as unknown as Timers;
  const context: RetryContext = {
    env: { timers, random: { next: () => 0.5 } as never },
    signal,
    trouble: (error) => told.push(error.message),
  };
  const failing = (times: number, error: Error = new RetriableError('away')) => {
    let left = times;
    return async (): Promise<string> => {
      if (left-- > 0) throw error;
      return 'taken';
    };
  };
  return { context, pauses, told, failing };
}

test('a failure that may pass is told and tried again after pauses that double', async () => {
  const { context, pauses, told, failing } = trial();
  const retries = new PutRetries(context, { max: 3, firstPauseMs: 100 });
  expect(await retries.run(failing(3))).toBe('taken');
  expect(told).toEqual(['away', 'away', 'away']);
  expect(pauses).toHaveLength(3);
  expect(pauses[1]! / pauses[0]!).toBeCloseTo(2);
  expect(pauses[2]! / pauses[1]!).toBeCloseTo(2);
});

test('after so many attempts the last failure is thrown, and not told: the worker goes on', async () => {
  const { context, told, failing } = trial();
  await expect(new PutRetries(context, { max: 2, firstPauseMs: 1 }).run(failing(9))).rejects.toThrow('away');
  expect(told).toHaveLength(2);
});

test('no attempts: the first failure is thrown', async () => {
  const { context, pauses, failing } = trial();
  await expect(new PutRetries(context, { max: 0, firstPauseMs: 1 }).run(failing(1))).rejects.toThrow('away');
  expect(pauses).toEqual([]);
});

test('a success gives all attempts back', async () => {
  const { context, told, failing } = trial();
  const retries = new PutRetries(context, { max: 1, firstPauseMs: 1 });
  for (let part = 0; part < 3; part++) expect(await retries.run(failing(1))).toBe('taken');
  expect(told).toHaveLength(3);
});

test('parts of one put share the attempts while nothing succeeds', async () => {
  const { context, failing } = trial();
  const retries = new PutRetries(context, { max: 2, firstPauseMs: 1 });
  await expect(retries.run(failing(9))).rejects.toThrow('away');
  await expect(retries.run(failing(1))).rejects.toThrow('away');
});

test('any other error, and a task that is to end, are not tried again', async () => {
  const { context, pauses, failing } = trial();
  const retries = new PutRetries(context, { max: 5, firstPauseMs: 1 });
  await expect(retries.run(failing(1, new ConnectError('refused')))).rejects.toThrow('refused');
  const ended = trial(AbortSignal.abort());
  await expect(new PutRetries(ended.context, { max: 5, firstPauseMs: 1 }).run(ended.failing(1))).rejects.toThrow(
    'away',
  );
  expect([...pauses, ...ended.pauses]).toEqual([]);
});
