import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finder } from './find-text.ts';

test('finds what indexOf finds', () => {
  const text = (min: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: min, maxLength: 6 });
  fc.assert(
    fc.property(
      text(1),
      fc.nat(60),
      text(0),
      fc.nat(30),
      text(1),
      fc.nat(3),
      (part, times, end, before, other, from) => {
        const wanted = part.repeat(times) + end;
        const value = other.repeat(before) + wanted.slice(1) + wanted + other;
        expect(finder(wanted)(value, from)).toBe(value.indexOf(wanted, from));
      },
    ),
  );
});

test('in one run, where indexOf would compare each with each', () => {
  const value = 'a'.repeat(300_000);
  const wanted = `${'a'.repeat(50_000)}b${'a'.repeat(50_000)}`;
  const before = process.cpuUsage();
  expect(finder(wanted)(value, 0)).toBe(-1);
  expect(finder(wanted)(`${value}b${value}`, 7)).toBe(250_000);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
});
