import { equalValues } from '../../../types/compare.ts';
import { type ArrayType, BOOLEAN, INTEGER } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { arrayOf, param, T } from '../../param.ts';

type Values = readonly unknown[];

export const arrayLength = scalarFunction({
  name: 'ARRAY_LENGTH',
  category: 'ARRAY',
  doc: 'Returns the number of elements of an array.',
  signatures: [
    {
      params: [param('array', arrayOf(T), 'The array.')],
      returns: INTEGER,
      evaluate: (values: Values) => values.length,
    },
  ],
  examples: [{ call: 'ARRAY_LENGTH(ARRAY[1, 2, 3])', gives: 3 }],
});

export const arrayContains = scalarFunction({
  name: 'ARRAY_CONTAINS',
  category: 'ARRAY',
  doc: 'Returns whether an array has an element that equals a value; a NULL value looks for a NULL element. False for a NULL array.',
  signatures: [
    {
      params: [param('array', arrayOf(T), 'The array.'), param('val', T, 'The value to look for.')],
      nulls: 'pass',
      returns: BOOLEAN,
      prepare(site) {
        const equal = equalValues((site.argTypes[0] as ArrayType).element);
        return (values: Values | null, wanted: unknown) =>
          values !== null && values.some((value) => equal(value, wanted));
      },
    },
  ],
  examples: [
    { call: 'ARRAY_CONTAINS(ARRAY[1, 2, 3], 3)', gives: true },
    { call: "ARRAY_CONTAINS(ARRAY['a', NULL], NULL)", gives: true },
  ],
});

export const arrayConcat = scalarFunction({
  name: 'ARRAY_CONCAT',
  category: 'ARRAY',
  doc: 'Returns the elements of both arrays, one after the other. When one array is NULL the result is the other.',
  signatures: [
    {
      params: [param('left', arrayOf(T), 'The first array.'), param('right', arrayOf(T), 'The second array.')],
      nulls: 'pass',
      returns: arrayOf(T),
      evaluate: (left: Values | null, right: Values | null) =>
        left === null ? right : right === null ? left : left.concat(right),
    },
  ],
  examples: [{ call: 'ARRAY_CONCAT(ARRAY[1, 2, 3], ARRAY[4, 1])', gives: [1, 2, 3, 4, 1] }],
});

export const arrayRemove = scalarFunction({
  name: 'ARRAY_REMOVE',
  category: 'ARRAY',
  doc: 'Returns an array without the elements that equal a value; NULL removes the NULL elements.',
  signatures: [
    {
      params: [param('array', arrayOf(T), 'The array.'), param('element', T, 'What to remove.')],
      nulls: 'pass',
      returns: arrayOf(T),
      prepare(site) {
        const equal = equalValues((site.argTypes[0] as ArrayType).element);
        return (values: Values | null, victim: unknown) =>
          values === null ? null : values.filter((value) => !equal(value, victim));
      },
    },
  ],
  examples: [
    { call: 'ARRAY_REMOVE(ARRAY[1, 2, 3, 2, 1], 2)', gives: [1, 3, 1] },
    { call: "ARRAY_REMOVE(ARRAY['Foo', NULL, 'baz'], NULL)", gives: ['Foo', 'baz'] },
  ],
});

export const slice = scalarFunction({
  name: 'SLICE',
  category: 'ARRAY',
  doc: 'Returns the elements of an array between two positions, which count from 1 and are both included. NULL when a position is out of bounds.',
  signatures: [
    {
      params: [
        param('in', arrayOf(T), 'The array.'),
        param('from', INTEGER, 'The position of the first element; NULL for the start.'),
        param('to', INTEGER, 'The position of the last element; NULL for the end.'),
      ],
      nulls: 'pass',
      returns: arrayOf(T),
      evaluate(values: Values | null, from: number | null, to: number | null) {
        if (values === null) return null;
        const start = from === null ? 0 : from - 1;
        const end = to === null ? values.length : to;
        return start < 0 || end > values.length || start > end ? null : values.slice(start, end);
      },
    },
  ],
  examples: [
    { call: "SLICE(ARRAY['a', 'b', 'c', 'd'], 2, 3)", gives: ['b', 'c'] },
    { call: 'SLICE(ARRAY[1, 2], 1, 3)', gives: null },
  ],
});
