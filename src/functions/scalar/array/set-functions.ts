import { identityKey } from '../../../types/compare.ts';
import type { ArrayType } from '../../../types/sql-type.ts';
import { type CallSite, type FunctionExample, type ScalarFunction, scalarFunction } from '../../api.ts';
import { arrayOf, param, T } from '../../param.ts';

type Values = readonly unknown[];
type Key = (value: unknown) => unknown;

const keyOf = (site: CallSite): Key => identityKey((site.argTypes[0] as ArrayType).element);

/** The elements of `values` in order, without duplicates; `wanted` tells whether to include a key. */
function distinct(values: Values, key: Key, wanted?: (key: unknown) => boolean): unknown[] {
  const seen = new Set<unknown>();
  const result: unknown[] = [];
  for (const value of values) {
    const k = key(value);
    if (seen.has(k) || (wanted !== undefined && !wanted(k))) continue;
    seen.add(k);
    result.push(value);
  }
  return result;
}

export const arrayDistinct = scalarFunction({
  name: 'ARRAY_DISTINCT',
  weight: 4,
  category: 'ARRAY',
  doc: 'Returns the distinct elements of an array, NULL among them, in the order of their first occurrence.',
  signatures: [
    {
      params: [param('array', arrayOf(T), 'The array.')],
      returns: arrayOf(T),
      prepare(site) {
        const key = keyOf(site);
        return (values: Values) => distinct(values, key);
      },
    },
  ],
  examples: [{ call: "ARRAY_DISTINCT(ARRAY['apple', 'apple', NULL, 'cherry'])", gives: ['apple', null, 'cherry'] }],
});

function setFunction(
  name: string,
  doc: string,
  combine: (left: Values, right: Values, key: Key) => unknown[],
  examples: readonly FunctionExample[],
): ScalarFunction {
  return scalarFunction({
    name,
    weight: 10,
    category: 'ARRAY',
    doc,
    signatures: [
      {
        params: [param('left', arrayOf(T), 'The first array.'), param('right', arrayOf(T), 'The second array.')],
        returns: arrayOf(T),
        prepare(site) {
          const key = keyOf(site);
          return (left: Values, right: Values) => combine(left, right, key);
        },
      },
    ],
    examples,
  });
}

export const arrayExcept = setFunction(
  'ARRAY_EXCEPT',
  'Returns the distinct elements of an array that are not in a second one, in the order of the first.',
  (left, right, key) => {
    const excluded = new Set(right.map(key));
    return distinct(left, key, (k) => !excluded.has(k));
  },
  [{ call: 'ARRAY_EXCEPT(ARRAY[1, 2, 3, 1, 2], ARRAY[2, 3])', gives: [1] }],
);

export const arrayIntersect = setFunction(
  'ARRAY_INTERSECT',
  'Returns the distinct elements that are in both arrays, in the order of the first.',
  (left, right, key) => {
    const common = new Set(right.map(key));
    return distinct(left, key, (k) => common.has(k));
  },
  [{ call: 'ARRAY_INTERSECT(ARRAY[1, 2, 3, 1, 2], ARRAY[2, 1])', gives: [1, 2] }],
);

export const arrayUnion = setFunction(
  'ARRAY_UNION',
  'Returns the distinct elements of both arrays, in the order in which they are met.',
  (left, right, key) => distinct([...left, ...right], key),
  [{ call: 'ARRAY_UNION(ARRAY[1, 2, 3, 1, 2], ARRAY[4, 1])', gives: [1, 2, 3, 4] }],
);
