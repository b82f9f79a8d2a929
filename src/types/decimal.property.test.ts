import { Decimal as Reference } from 'decimal.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDecimal,
  addResultType,
  compareDecimal,
  decimalFromNumber,
  decimalToNumber,
  divDecimal,
  divResultType,
  fitsPrecision,
  formatDecimal,
  javaBigDecimalToString,
  modDecimal,
  modResultType,
  mulDecimal,
  mulResultType,
  parseDecimal,
  precisionOf,
  rescale,
  type Rounding,
  subDecimal,
} from './decimal.ts';
import { decimal } from './sql-type.ts';

const Big = Reference.clone({ precision: 400, toExpNeg: -9e15, toExpPos: 9e15 });
const ref = (unscaled: bigint, scale: number): Reference => new Big(unscaled.toString()).mul(new Big(10).pow(-scale));

/** A decimal type and a value that fits it. */
const value = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }))
  .map(([p, s]) => ({ precision: p, scale: Math.min(p, s) }))
  .chain(({ precision, scale }) =>
    fc
      .bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n })
      .map((unscaled) => ({ unscaled, type: decimal(precision, scale) })),
  );

describe('decimal', () => {
  test('arithmetic agrees with decimal.js and fits its result type', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, xs, y, ys] = [a.unscaled, a.type.scale, b.unscaled, b.type.scale];
        const check = (result: bigint, type: { scale: number; precision: number }, expected: Reference): void => {
          expect(formatDecimal(result, type.scale)).toBe(
            expected.toFixed(type.scale, Big.ROUND_HALF_UP).replace(/^-(0(\.0*)?)$/, '$1'),
          );
          expect(fitsPrecision(result, type.precision)).toBe(true);
        };
        check(addDecimal(x, xs, y, ys), addResultType(a.type, b.type), ref(x, xs).add(ref(y, ys)));
        check(subDecimal(x, xs, y, ys), addResultType(a.type, b.type), ref(x, xs).sub(ref(y, ys)));
        check(mulDecimal(x, y), mulResultType(a.type, b.type), ref(x, xs).mul(ref(y, ys)));
        expect(Math.sign(compareDecimal(x, xs, y, ys))).toBe(ref(x, xs).cmp(ref(y, ys)));
        if (y === 0n) return;
        const quotient = divResultType(a.type, b.type);
        check(divDecimal(x, xs, y, ys, quotient.scale), quotient, ref(x, xs).div(ref(y, ys)));
        check(modDecimal(x, xs, y, ys), modResultType(a.type, b.type), ref(x, xs).mod(ref(y, ys)));
      }),
      { numRuns: 500 },
    );
  });

  test('rescale rounds as Java does', () => {
    const modes: [Rounding, Reference.Rounding][] = [
      ['UP', Big.ROUND_UP],
      ['DOWN', Big.ROUND_DOWN],
      ['CEILING', Big.ROUND_CEIL],
      ['FLOOR', Big.ROUND_FLOOR],
      ['HALF_UP', Big.ROUND_HALF_UP],
      ['HALF_DOWN', Big.ROUND_HALF_DOWN],
      ['HALF_EVEN', Big.ROUND_HALF_EVEN],
    ];
    fc.assert(
      fc.property(fc.bigInt({ min: -100000n, max: 100000n }), fc.integer({ min: 0, max: 4 }), (unscaled, drop) => {
        for (const [ours, theirs] of modes) {
          const expected = ref(unscaled, drop).toDecimalPlaces(0, theirs);
          expect(rescale(unscaled, drop, 0, ours)).toBe(BigInt(expected.toFixed(0)));
        }
        const exact = unscaled % 10n ** BigInt(drop) === 0n;
        if (exact) expect(rescale(unscaled, drop, 0, 'UNNECESSARY')).toBe(unscaled / 10n ** BigInt(drop));
        else expect(() => rescale(unscaled, drop, 0, 'UNNECESSARY')).toThrow('Rounding necessary');
      }),
    );
  });

  test('text comes back as the same digits and scale', () => {
    fc.assert(
      fc.property(value, ({ unscaled, type }) => {
        expect(parseDecimal(formatDecimal(unscaled, type.scale))).toEqual({ unscaled, scale: type.scale });
        expect(parseDecimal(javaBigDecimalToString(unscaled, type.scale))).toEqual({ unscaled, scale: type.scale });
        expect(precisionOf(unscaled)).toBe(unscaled.toString().replace('-', '').length);
      }),
    );
  });

  test.each([
    ['1.50', 150n, 2],
    ['1.0E10', 10n, -9],
    ['1E+2', 1n, -2],
    ['-.5', -5n, 1],
    ['5.', 5n, 0],
    ['+07', 7n, 0],
  ])('reads %s', (text, unscaled, scale) => {
    expect(parseDecimal(text)).toEqual({ unscaled, scale });
  });

  test.each(['', '.', 'e5', '1e', '1 ', '0x1', 'NaN', '--1'])('refuses %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });

  test.each([
    [1n, 7, '1E-7'],
    [123n, 8, '0.00000123'],
    [123n, 9, '1.23E-7'],
    [123n, -1, '1.23E+3'],
    [0n, 8, '0E-8'],
    [-5n, 1, '-0.5'],
  ])("prints %s at scale %s as Java's toString: %s", (unscaled, scale, text) => {
    expect(javaBigDecimalToString(unscaled, scale)).toBe(text);
  });

  test('doubles convert both ways', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (x) => {
        const { unscaled, scale } = decimalFromNumber(x);
        expect(decimalToNumber(unscaled, scale)).toBe(x + 0);
      }),
    );
    fc.assert(
      fc.property(value, ({ unscaled, type }) => {
        expect(decimalToNumber(unscaled, type.scale)).toBe(Number(formatDecimal(unscaled, type.scale)) + 0);
      }),
    );
    expect(() => decimalFromNumber(NaN)).toThrow('Infinite or NaN');
  });
});

test('a milliard in an exponent costs nothing', () => {
  const huge = 400_000_000;
  expect(rescale(15n, huge, 2)).toBe(0n);
  expect(rescale(-15n, huge, 2, 'FLOOR')).toBe(-1n);
  expect(rescale(0n, 0, huge)).toBe(0n);
  expect(() => rescale(1n, -huge, 0)).toThrow(RangeError);
  expect(compareDecimal(1n, -huge, 15n, 1)).toBeGreaterThan(0);
  expect(compareDecimal(-1n, -huge, 15n, 1)).toBeLessThan(0);
  expect(compareDecimal(-1n, -huge, -15n, 1)).toBeLessThan(0);
  expect(compareDecimal(1n, huge, 15n, 1)).toBeLessThan(0);
  expect(compareDecimal(0n, -huge, 0n, 1)).toBe(0);
});
