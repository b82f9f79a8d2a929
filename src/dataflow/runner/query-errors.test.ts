import { expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { SluiceError } from '../../base/errors.ts';
import { Fenced } from '../../log/api.ts';
import { Attempts, QueryErrors } from './query-errors.ts';

const fence = new Fenced('PRODUCER_FENCED');
const away = new SluiceError('LOG_UNAVAILABLE', 'no broker answers', { retriable: true });
const refused = new SluiceError('FORBIDDEN', 'TOPIC_AUTHORIZATION_FAILED');

test('a fence is no error where tasks are shared, and does not lengthen the pause after errors', () => {
  const attempts = new Attempts(true, 15_000, 900_000);
  for (let i = 0; i < 5; i++) expect(attempts.after(fence, i)).toMatchObject({ isError: false });
  expect(attempts.after(refused, 6)).toEqual({ isError: true, delayMs: 15_000 });
  expect(attempts.after(refused, 7)).toEqual({ isError: true, delayMs: 30_000 });
});

test('fenced again and again without a success between: an error; a success, or a long time, and it is forgotten', () => {
  const attempts = new Attempts(true, 15_000, 900_000);
  const fences = (count: number, fromMs: number): boolean[] =>
    Array.from({ length: count }, (_, i) => attempts.after(fence, fromMs + i).isError);
  expect(fences(6, 0)).toEqual([false, false, false, false, false, true]);
  attempts.succeeded();
  expect(attempts.after(fence, 10)).toEqual({ isError: false, delayMs: 50 });
  expect(fences(5, 20).at(-1)).toBe(true);
  expect(attempts.after(fence, 61_000)).toEqual({ isError: false, delayMs: 50 });
});

test('a log that is away is asked again within seconds, however long it was away', () => {
  const attempts = new Attempts(true, 15_000, 900_000);
  const delays = Array.from({ length: 20 }, (_, i) => attempts.after(away, i * 1000));
  expect(delays.every((d) => d.isError && d.delayMs <= 5000)).toBe(true);
  expect(attempts.after(refused, 0).delayMs).toBe(15_000);
  const registry = new SluiceError('REGISTRY_UNAVAILABLE', 'the registry does not answer', { retriable: true });
  expect(new Attempts(false, 15_000, 900_000).after(registry, 0)).toEqual({ isError: true, delayMs: 1000 });
});

test('the embedded log has no members: a fence is an error', () => {
  expect(new Attempts(false, 5, 10).after(fence, 0)).toEqual({ isError: true, delayMs: 5 });
});

test('as many errors are kept as ksql.query.error.max.queue.size says, the newest', () => {
  const errors = new QueryErrors('Q', testEnv(), { write: () => {} }, 2);
  for (const text of ['a', 'b', 'c']) errors.add(new Error(text));
  expect(errors.last.map((e) => e.message)).toEqual([expect.stringContaining('b'), expect.stringContaining('c')]);
});
