import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absInt64,
  addInt64,
  checkedAddInt64,
  checkedSubInt64,
  compareInt64,
  divInt64,
  INT64_MAX,
  INT64_MIN,
  type Int64,
  modInt64,
  mulInt64,
  negateInt64,
  normalizeInt64,
  parseInt32,
  parseInt64,
  subInt64,
  toInt64FromDouble,
  wrapInt32,
} from './int64.ts';

/** Longs, with many near the limits of the range. */
const long = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.constantFrom(INT64_MIN, INT64_MAX, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 31n, -(2n ** 31n), 3037000500n),
);

const isNormal = (v: Int64): boolean =>
  typeof v === 'number'
    ? Number.isSafeInteger(v) && !Object.is(v, -0)
    : BigInt.asIntN(64, v) === v && !Number.isSafeInteger(Number(v));

type Op = readonly [ours: (a: Int64, b: Int64) => Int64, exact: (a: bigint, b: bigint) => bigint];

describe('int64', () => {
  test('arithmetic is exact, normalised, and refuses what is beyond 64 bits; sums of aggregates wrap', () => {
    const wrapping: Op[] = [
      [addInt64, (a, b) => a + b],
      [subInt64, (a, b) => a - b],
    ];
    const ops: Op[] = [
      [checkedAddInt64, (a, b) => a + b],
      [checkedSubInt64, (a, b) => a - b],
      [mulInt64, (a, b) => a * b],
      [negateInt64, (a) => -a],
      [(a, b) => (b === 0 ? 0 : divInt64(a, b)), (a, b) => (b === 0n ? 0n : a / b)],
      [(a, b) => (b === 0 ? 0 : modInt64(a, b)), (a, b) => (b === 0n ? 0n : a % b)],
    ];
    fc.assert(
      fc.property(long, long, (a, b) => {
        const x = normalizeInt64(a);
        const y = normalizeInt64(b);
        for (const [ours, exact] of wrapping) {
          const result = ours(x, y);
          expect(BigInt(result)).toBe(BigInt.asIntN(64, exact(a, b)));
          expect(isNormal(result)).toBe(true);
        }
        for (const [ours, exact] of ops) {
          const right = exact(a, b);
          if (BigInt.asIntN(64, right) === right) {
            const result = ours(x, y);
            expect(BigInt(result)).toBe(right);
            expect(isNormal(result)).toBe(true);
          } else expect(() => ours(x, y)).toThrow(`Not in the range of BIGINT: ${right}`);
        }
        if (a === INT64_MIN) expect(() => absInt64(x)).toThrow('Not in the range of BIGINT');
        else expect(BigInt(absInt64(x))).toBe(a < 0n ? -a : a);
        expect(Math.sign(compareInt64(x, y))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(BigInt(wrapInt32(x))).toBe(BigInt.asIntN(32, a));
      }),
      { numRuns: 2000 },
    );
  });

  test('text is read exactly, and only what fits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), (a) => {
        const fits = BigInt.asIntN(64, a) === a;
        const parsed = parseInt64(a.toString());
        expect(parsed === undefined ? undefined : BigInt(parsed)).toBe(fits ? a : undefined);
      }),
    );
    expect(parseInt64('+12')).toBe(12);
    expect(parseInt64('-0')).toBe(0);
    for (const bad of ['', '-', '1.0', '1e3', ' 1', '0x10', '1_000']) expect(parseInt64(bad)).toBeUndefined();
    expect(parseInt32('2147483647')).toBe(2147483647);
    expect(parseInt32('2147483648')).toBeUndefined();
  });

  test('division by zero throws', () => {
    expect(() => divInt64(1, 0)).toThrow('/ by zero');
    expect(() => modInt64(INT64_MAX, 0)).toThrow('/ by zero');
  });

  test.each([
    [NaN, 0],
    [Infinity, INT64_MAX],
    [-Infinity, INT64_MIN],
    [-1.9, -1],
    [-0.5, 0],
    [2 ** 40 + 0.5, 2 ** 40],
    [2 ** 62, 2n ** 62n],
    [-(2 ** 63), INT64_MIN],
  ])('narrows the double %s to %s', (x, long64) => {
    expect(toInt64FromDouble(x)).toBe(long64);
  });
});
