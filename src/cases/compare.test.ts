import { parse } from 'lossless-json';
import { expect, test } from 'vitest';
import { mismatch } from './compare.ts';
import type { Decoded } from './decoded.ts';
import type { Node } from './case-file.ts';

const differs = (expected: string, actual: Decoded): boolean => mismatch(parse(expected) as Node, actual) !== undefined;

test('an integer is the expected one or it differs, 0 as well', () => {
  const integer = (value: bigint): Decoded => ({ kind: 'integer', value });
  expect(differs('5', integer(5n))).toBe(false);
  expect(differs('-1', integer(0n))).toBe(true);
  expect(differs('0', integer(5n))).toBe(true);
  expect(differs('9223372036854775807', integer(9223372036854775807n))).toBe(false);
  expect(differs('9223372036854775807', integer(9223372036854775806n))).toBe(true);
  expect(differs('2.0', integer(2n))).toBe(false);
});

test('a decimal has the value and the scale that are expected', () => {
  const decimal = (unscaled: bigint, scale: number): Decoded => ({ kind: 'decimal', unscaled, scale });
  expect(differs('1.50', decimal(150n, 2))).toBe(false);
  expect(differs('1.5', decimal(150n, 2))).toBe(true);
  expect(differs('1', decimal(10n, 1))).toBe(true);
  expect(differs('1000', decimal(1n, -3))).toBe(false);
});

test('a struct has as many fields as expected, by name or upper-cased name', () => {
  const struct: Decoded = new Map<string, Decoded>([
    ['A', 'x'],
    ['b', null],
  ]);
  expect(differs('{"a": "x", "b": null}', struct)).toBe(false);
  expect(differs('{"a": "x"}', struct)).toBe(true);
  expect(differs('{"a": "y", "b": null}', struct)).toBe(true);
});
