import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../base/byte-writer.ts';
import type { ConnectSchema } from '../api/schema.ts';
import { jsonEncoder } from './json-value.ts';

const out = new ByteWriter(8);
const written = (schema: ConnectSchema, value: unknown): string => {
  out.reset();
  jsonEncoder(schema, 'NUMERIC')(value, out);
  return out.toBuffer().toString();
};

describe('numbers are written digit by digit as JavaScript writes them', () => {
  const double = (n: number): string => written({ type: 'FLOAT64', optional: false }, n);
  const expected = (n: number): string => {
    const text = Object.is(n, -0) ? '-0' : String(n);
    return /^-?\d+$/.test(text) ? `${text}.0` : text;
  };

  test.each([
    0, -0, 1, 0.1, -12.5, 99.99, 0.00001, 1e-7, 123.4567, 123.45678, 1e15, 999_999_999_999.9999, 99_999_999_999_999.9,
    5e-324, 1.7e308,
  ])('double %d', (n) => expect(double(n)).toBe(expected(n)));

  test('any double, and those of few digits', () => {
    const some = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.tuple(fc.maxSafeInteger(), fc.nat(7)).map(([units, digits]) => units / 10 ** digits),
      fc.tuple(fc.integer(), fc.nat(5)).map(([units, digits]) => units / 10 ** digits),
    );
    fc.assert(
      fc.property(some, (n) => double(n) === expected(n)),
      { numRuns: 2000 },
    );
  });

  test('any integer', () => {
    const integer = (n: number | bigint): string => written({ type: 'INT64', optional: false }, n);
    for (const n of [
      0,
      -0,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31),
      -(2 ** 31) - 1,
      1e9,
      1e18,
      -1e18,
      2 ** 53,
      2n ** 63n - 1n,
    ])
      expect(integer(n)).toBe(String(n));
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), (n) => integer(n) === String(n)),
      { numRuns: 2000 },
    );
  });
});
