import fc from 'fast-check';
import { Work } from './budget/work.ts';
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
  const look = (text: string, from: number): { at: number; reads: number } => {
    let reads = 0;
    const counted = (of: string): string =>
      ({ length: of.length, charCodeAt: (i: number) => (reads++, of.charCodeAt(i)) }) as unknown as string;
    return { at: finder(counted(wanted))(counted(text), from), reads };
  };
  // Of the text that is looked for each character is read some times, and so is each of the other.
  const most = 8 * (2 * value.length + wanted.length);
  const absent = look(value, 0);
  expect(absent.at).toBe(-1);
  expect(absent.reads).toBeLessThan(most);
  const there = look(`${value}b${value}`, 7);
  expect(there.at).toBe(250_000);
  expect(there.reads).toBeLessThan(most);
});

test('counts its steps: a search by what it may compare, one after another about once for each part of the text', () => {
  const steps = (text: string, value: string, from = 0): number => {
    const work = new Work(1_000_000, 'the.limit');
    const find = finder(text, work);
    for (let at = find(value, from); at >= 0; at = find(value, at + text.length));
    return work.total;
  };
  expect(steps('b', 'a'.repeat(500_000))).toBe(0);
  expect(steps('a'.repeat(64_000), 'a'.repeat(640_000))).toBeLessThan(600_000);
  expect(steps('a'.repeat(65), 'a'.repeat(65_000))).toBeLessThan(200_000);
  expect(() => steps('b'.repeat(2_500_000), 'a'.repeat(5_000_000))).toThrow('more than 1000000 steps');
});
