import { expect, test } from 'vitest';
import { readInt32, timeOfDay } from './number-text.ts';
import { Misfit } from './record-errors.ts';

test('a time of day is within a day', () => {
  expect(timeOfDay(0)).toBe(0);
  expect(timeOfDay(86_400_000)).toBe(86_400_000);
  for (const ms of [-1, 86_400_001, 2 ** 31, 9223372036854775807n]) expect(() => timeOfDay(ms)).toThrow(Misfit);
});

test('numbers of text are Java numbers', () => {
  expect(readInt32('-2147483648')).toBe(-2147483648);
  expect(() => readInt32('2147483648')).toThrow('For input string: "2147483648"');
});
