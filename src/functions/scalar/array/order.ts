import { must } from '../../../base/assert.ts';
import { compareValues } from '../../../types/compare.ts';
import {
  type ArrayType,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DOUBLE,
  INTEGER,
  STRING,
  type SqlType,
  TIME,
  TIMESTAMP,
} from '../../../types/sql-type.ts';
import {
  type FunctionExample,
  type ParamType,
  type ScalarFunction,
  scalarFunction,
  type ScalarSignature,
} from '../../api.ts';
import { ANY_DECIMAL, arrayOf, param } from '../../param.ts';

type Values = readonly unknown[];

/** Only arrays of primitives are ordered. */
const ELEMENTS: readonly ParamType[] = [
  BOOLEAN,
  INTEGER,
  BIGINT,
  DOUBLE,
  ANY_DECIMAL,
  STRING,
  BYTES,
  DATE,
  TIME,
  TIMESTAMP,
];

const elementOf = (types: readonly SqlType[]): SqlType => (types[0] as ArrayType).element;

function extremumOf(name: string, word: string, sign: 1 | -1, examples: readonly FunctionExample[]): ScalarFunction {
  return scalarFunction({
    name,
    category: 'ARRAY',
    doc: `Returns the ${word} element of an array of primitives. NULL elements do not count; NULL when there are no others.`,
    signatures: ELEMENTS.map((element) => ({
      params: [param('input', arrayOf(element), 'The array.')],
      returns: elementOf,
      prepare(site) {
        const compare = compareValues(elementOf(site.argTypes));
        return (values: Values) => {
          let best: unknown = null;
          for (const value of values) {
            if (value !== null && (best === null || sign * compare(value, best) > 0)) best = value;
          }
          return best;
        };
      },
    })),
    examples,
  });
}

export const arrayMax = extremumOf('ARRAY_MAX', 'greatest', 1, [
  { call: 'ARRAY_MAX(ARRAY[-1, 2, NULL, 0])', gives: 2 },
  { call: "ARRAY_MAX(ARRAY['Foo', 'Bar', NULL, 'baz'])", gives: 'baz' },
]);

export const arrayMin = extremumOf('ARRAY_MIN', 'smallest', -1, [
  { call: 'ARRAY_MIN(ARRAY[false, NULL, true])', gives: false },
  { call: "ARRAY_MIN(ARRAY['Foo', 'Bar', NULL, 'baz'])", gives: 'Bar' },
]);

function sorted(values: Values, compare: (a: unknown, b: unknown) => number): unknown[] {
  return values.toSorted((a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : compare(a, b)));
}

/** Undefined for a word that is neither ascending nor descending. */
function isDescending(direction: string): boolean | undefined {
  const upper = direction.toUpperCase();
  if (upper === 'ASC' || upper === 'ASCENDING') return false;
  if (upper === 'DESC' || upper === 'DESCENDING') return true;
  return undefined;
}

const sortSignatures: ScalarSignature[] = ELEMENTS.flatMap((element): ScalarSignature[] => [
  {
    params: [param('input', arrayOf(element), 'The array.')],
    returns: (types) => must(types[0], 'type'),
    prepare(site) {
      const compare = compareValues(elementOf(site.argTypes));
      return (values: Values) => sorted(values, compare);
    },
  },
  {
    params: [
      param('input', arrayOf(element), 'The array.'),
      param('direction', STRING, 'ASC or DESC; anything else gives NULL.'),
    ],
    returns: (types) => must(types[0], 'type'),
    prepare(site) {
      const compare = compareValues(elementOf(site.argTypes));
      return (values: Values, direction: string) => {
        const descending = isDescending(direction);
        if (descending === undefined) return null;
        return sorted(values, descending ? (a, b) => compare(b, a) : compare);
      };
    },
  },
]);

export const arraySort = scalarFunction({
  name: 'ARRAY_SORT',
  weight: 20,
  category: 'ARRAY',
  doc: 'Returns an array of primitives sorted, in ascending order when no direction is given. NULL elements come last.',
  signatures: sortSignatures,
  examples: [
    { call: 'ARRAY_SORT(ARRAY[-1, 2, NULL, 0])', gives: [-1, 0, 2, null] },
    { call: "ARRAY_SORT(ARRAY['Foo', 'Bar', NULL, 'baz'], 'DESC')", gives: ['baz', 'Foo', 'Bar', null] },
  ],
});
