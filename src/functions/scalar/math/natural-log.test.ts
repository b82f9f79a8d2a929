import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naturalLog } from './natural-log.ts';

const exact = Decimal.clone({ precision: 50 });

/** The exact number; the constructor of Decimal would use its shortest text. */
function exactly(x: number): Decimal {
  let exponent = 0;
  let mantissa = x;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent--;
  }
  return new exact(BigInt(mantissa).toString()).times(new exact(2).pow(exponent));
}

test('is the double nearest to the logarithm', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.integer({ min: 2, max: 1000 }),
      ),
      (x) => {
        const truth = exactly(x).ln();
        const error = exactly(Math.abs(naturalLog(x)))
          .minus(truth.abs())
          .abs();
        // Slightly more than half a unit in the last place.
        expect(error.div(truth.abs()).toNumber()).toBeLessThan(0.51 * 2 ** -52);
      },
    ),
    { numRuns: 300 },
  );
});

test('hits what V8 misses, and keeps the special cases', () => {
  for (let x = 2; x < 200; x++) expect([x, naturalLog(x)]).toEqual([x, new exact(x).ln().toNumber()]);
  expect([0, -0, 1, -1, Infinity, NaN, 5e-324].map(naturalLog)).toEqual([
    -Infinity,
    -Infinity,
    0,
    NaN,
    Infinity,
    NaN,
    -744.4400719213812,
  ]);
});
