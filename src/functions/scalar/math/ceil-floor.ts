import { must } from '../../../base/assert.ts';
import { rescale, type Rounding } from '../../../types/decimal.ts';
import { BIGINT, type DecimalType, DOUBLE, INTEGER } from '../../../types/sql-type.ts';
import { type ScalarFunction, scalarFunction, type ScalarSignature } from '../../api.ts';
import { ANY_DECIMAL, param } from '../../param.ts';

const identity = (x: unknown): unknown => x;

/** Integers are returned unchanged; a DECIMAL keeps its type. */
function roundingFunction(
  name: string,
  doc: string,
  onDouble: (x: number) => number,
  rounding: Rounding,
  examples: NonNullable<ScalarFunction['examples']>,
): ScalarFunction {
  const signatures: ScalarSignature[] = [
    { params: [param('value', INTEGER, 'The value.')], returns: INTEGER, evaluate: identity },
    { params: [param('value', BIGINT, 'The value.')], returns: BIGINT, evaluate: identity },
    {
      params: [param('value', ANY_DECIMAL, 'The value.')],
      returns: (types) => must(types[0], 'type'),
      prepare(site) {
        const { scale } = site.argTypes[0] as DecimalType;
        return (x: bigint) => rescale(rescale(x, scale, 0, rounding), 0, scale);
      },
    },
    { params: [param('value', DOUBLE, 'The value.')], returns: DOUBLE, evaluate: onDouble },
  ];
  return scalarFunction({ name, category: 'MATHEMATICAL', doc, signatures, examples });
}

export const ceil = roundingFunction(
  'CEIL',
  'Returns the smallest integer that is greater than or equal to the value, in the type of the value.',
  Math.ceil,
  'CEILING',
  [
    { call: 'CEIL(1.1)', gives: '2.0' },
    { call: 'CEIL(-17E-1)', gives: -1 },
  ],
);

export const floor = roundingFunction(
  'FLOOR',
  'Returns the largest integer that is less than or equal to the value, in the type of the value.',
  Math.floor,
  'FLOOR',
  [
    { call: 'FLOOR(-1.1)', gives: '-2.0' },
    { call: 'FLOOR(17E-1)', gives: 1 },
  ],
);
