import { must } from '../../../base/assert.ts';
import { decimalFromNumber, decimalToNumber, rescale } from '../../../types/decimal.ts';
import { int64OfDouble } from '../../../types/cast.ts';
import { BIGINT, decimal, type DecimalType, DOUBLE, INTEGER, type SqlType } from '../../../types/sql-type.ts';
import { type ScalarFunction, scalarFunction, type ScalarSignature } from '../../api.ts';
import { ANY_DECIMAL, param } from '../../param.ts';

/** Reduces an exact decimal to `to` digits after the decimal point (negative: before it). */
type Rescale = (unscaled: bigint, from: number, to: number) => bigint;

/** Rounds halves up, towards positive infinity, unlike HALF_UP. */
const roundHalfTowardsPositive: Rescale = (unscaled, from, to) => {
  return rescale(unscaled, from, to, unscaled < 0n ? 'HALF_DOWN' : 'HALF_UP');
};

const truncate: Rescale = (unscaled, from, to) => rescale(unscaled, from, to, 'DOWN');

function decimalPlacesFunction(options: {
  readonly name: string;
  readonly doc: string;
  readonly whole: (x: number) => number;
  readonly rescale: Rescale;
  readonly examples: NonNullable<ScalarFunction['examples']>;
}): ScalarFunction {
  const value = (type: Parameters<typeof param>[1]) => param('value', type, 'The value.');
  const places = param(
    'scale',
    INTEGER,
    'How many digits to keep after the decimal point; negative ones count before it.',
  );
  const identity = (x: unknown): unknown => x;
  const signatures: ScalarSignature[] = [
    { params: [value(INTEGER)], returns: INTEGER, evaluate: identity },
    { params: [value(BIGINT)], returns: BIGINT, evaluate: identity },
    {
      params: [value(ANY_DECIMAL)],
      returns: (types) => wholePart(must(types[0], 'type')),
      prepare(site) {
        const { scale } = site.argTypes[0] as DecimalType;
        return (x: bigint) => options.rescale(x, scale, 0);
      },
    },
    {
      params: [value(DOUBLE)],
      returns: BIGINT,
      evaluate: (x: number) => int64OfDouble(options.whole(x)),
    },
    {
      params: [value(DOUBLE), places],
      returns: DOUBLE,
      // Rounds the digits of the double's text, so that 1.005 is rounded as written, not as the binary fraction below
      // it.
      evaluate(x: number, scale: number) {
        const { unscaled, scale: from } = decimalFromNumber(x);
        const to = Math.min(scale, from);
        return decimalToNumber(options.rescale(unscaled, from, to), to);
      },
    },
    {
      params: [value(ANY_DECIMAL), places],
      returns: (types) => must(types[0], 'type'),
      prepare(site) {
        const { scale } = site.argTypes[0] as DecimalType;
        return (x: bigint, to: number) =>
          rescale(options.rescale(x, scale, Math.min(to, scale)), Math.min(to, scale), scale);
      },
    },
  ];
  return scalarFunction({
    name: options.name,
    category: 'MATHEMATICAL',
    doc: options.doc,
    signatures,
    examples: options.examples,
  });
}

/** The type of the whole part: DECIMAL(33, 16) becomes DECIMAL(17, 0). */
function wholePart(type: SqlType): SqlType {
  const { precision, scale } = type as DecimalType;
  return decimal(Math.max(1, precision - scale), 0);
}

export const round = decimalPlacesFunction({
  name: 'ROUND',
  doc:
    'Rounds a value to the number of decimal places, which is 0 when it is not given. Halves are rounded up, in the ' +
    'positive direction. Without a scale a DOUBLE gives a BIGINT and a DECIMAL(p, s) a DECIMAL(p - s, 0).',
  whole: Math.round,
  rescale: roundHalfTowardsPositive,
  examples: [
    { call: 'ROUND(1.5)', gives: '2' },
    { call: 'ROUND(-1.5)', gives: '-1' },
    { call: 'ROUND(1.2345, 2)', gives: '1.2300' },
    { call: 'ROUND(12345.678E0, -2)', gives: 12300 },
    { call: 'ROUND(25E-1)', gives: 3 },
  ],
});

export const trunc = decimalPlacesFunction({
  name: 'TRUNC',
  doc:
    'Cuts a value off at the number of decimal places, which is 0 when it is not given. Without a scale a DOUBLE gives ' +
    'a BIGINT and a DECIMAL(p, s) a DECIMAL(p - s, 0).',
  whole: Math.trunc,
  rescale: truncate,
  examples: [
    { call: 'TRUNC(-17E-1)', gives: -1 },
    { call: 'TRUNC(12345.678E0, -2)', gives: 12300 },
    { call: 'TRUNC(1.2378, 2)', gives: '1.2300' },
  ],
});
