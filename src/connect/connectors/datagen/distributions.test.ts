import { describe, expect, test } from 'vitest';
import { must } from '../../../base/assert.ts';
import { normal, zipf } from './distributions.ts';
import { rngAt, seededRng, type Rng } from './generator.ts';

const DRAWS = 50_000;

/** One generator per draw, as for the records of a table, and one generator for all draws. */
const GENERATORS: readonly (readonly [string, () => (draw: number) => Rng])[] = [
  ['a generator for each record', () => (draw) => rngAt(7, draw)],
  [
    'one generator',
    () => {
      const rng = seededRng(7);
      return () => rng;
    },
  ],
];

describe.each(GENERATORS)('%s', (_, generator) => {
  test.each([
    [10, 1],
    [10, 2.5],
    [1000, 1.1],
    [1000, 0.5],
    [2, 1],
  ])('zipf over %i with exponent %f: rank r in proportion to 1 / r^s', (count, exponent) => {
    const rngOf = generator();
    const counts = Array.from({ length: count + 1 }, () => 0);
    for (let i = 0; i < DRAWS; i++) {
      const rank = zipf(rngOf(i), count, exponent);
      counts[rank] = must(counts[rank], `rank ${rank}`) + 1;
    }
    const weights = counts.map((_count, rank) => (rank === 0 ? 0 : rank ** -exponent));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (let rank = 1; rank <= Math.min(10, count); rank++) {
      const expected = (DRAWS * must(weights[rank])) / sum;
      // Five standard deviations of a binomial count.
      expect(Math.abs(must(counts[rank]) - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
    expect(counts[0]).toBe(0);
  });

  test('normal: mean, deviation, and two thirds within one deviation', () => {
    const rngOf = generator();
    const drawn = Array.from({ length: DRAWS }, (_draw, i) =>
      normal(rngOf(i), { mean: 50, deviation: 10, min: -Infinity, max: Infinity }),
    );
    const mean = drawn.reduce((a, b) => a + b, 0) / DRAWS;
    const deviation = Math.sqrt(drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / DRAWS);
    expect(mean).toBeCloseTo(50, 0);
    expect(deviation).toBeCloseTo(10, 0);
    expect(drawn.filter((x) => Math.abs(x - 50) < 10).length / DRAWS).toBeCloseTo(0.6827, 1);
    expect(drawn.filter((x) => Math.abs(x - 50) < 20).length / DRAWS).toBeCloseTo(0.9545, 1);
  });

  test('normal within bounds: nothing outside, and nothing heaped at them', () => {
    const rngOf = generator();
    const drawn = Array.from({ length: DRAWS }, (_draw, i) =>
      normal(rngOf(i), { mean: 0, deviation: 10, min: 0, max: 5 }),
    );
    expect(drawn.every((x) => x >= 0 && x <= 5)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(DRAWS * 0.99);
  });
});

test('bounds that a normal distribution never meets give the nearest one', () => {
  expect(normal(seededRng(1), { mean: 0, deviation: 0, min: 5, max: 6 })).toBe(5);
});

test('one thing to choose from is chosen', () => {
  expect(zipf(seededRng(1), 1, 1.1)).toBe(1);
});
