import { expect, test } from 'vitest';
import { Sampled } from './sampled.ts';

test('means, maxima and rates are of the last minute', () => {
  const sampled = new Sampled();
  expect([sampled.mean(0), sampled.max(0), sampled.rate(0)]).toEqual([undefined, undefined, 0]);
  sampled.record(10, 0);
  sampled.record(50, 1000);
  expect([sampled.mean(1000), sampled.max(1000)]).toEqual([30, 50]);
  // Shortly after the first value, the rate is still computed over a whole window.
  expect(sampled.rate(1000)).toBe(2);
  sampled.record(20, 40_000);
  expect(sampled.rate(40_000)).toBe(2);
  expect(sampled.max(59_999)).toBe(50);
  // The first window is older than a minute, so its values are dropped.
  expect([sampled.mean(60_000), sampled.max(60_000)]).toEqual([20, 20]);
  expect([sampled.mean(100_000), sampled.rate(100_000)]).toEqual([undefined, 0]);
});
