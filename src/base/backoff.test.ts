import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('pauses double up to the longest, and begin anew', () => {
  const backoff = new Backoff(100, 500);
  expect([1, 2, 3, 4, 5].map(() => backoff.nextMs())).toEqual([100, 200, 400, 500, 500]);
  expect(backoff.attempts).toBe(5);
  backoff.reset();
  expect(backoff.nextMs()).toBe(100);
  expect(new Backoff(10, 5).nextMs()).toBe(5);
  for (let i = 0; i < 2000; i++) backoff.nextMs();
  expect(backoff.nextMs()).toBe(500);
});

test('jitter is a share of the pause, to both sides', () => {
  const random = (value: number) => ({ next: () => value, uuid: () => '' });
  expect(new Backoff(100, 500, { share: 0.25, random: random(0) }).nextMs()).toBe(75);
  expect(new Backoff(100, 500, { share: 0.25, random: random(0.5) }).nextMs()).toBe(100);
  expect(new Backoff(100, 500, { share: 0.25, random: random(1) }).nextMs()).toBe(125);
});
