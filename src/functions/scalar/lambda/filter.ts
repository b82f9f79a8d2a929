import { BOOLEAN } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { arrayOf, generic, lambda, mapOf, param } from '../../param.ts';

const T = generic('T');
const K = generic('K');
const V = generic('V');

export const filter = scalarFunction({
  name: 'FILTER',
  category: 'LAMBDA',
  doc: 'Keeps the elements of an array, or the entries of a map, for which a lambda is true.',
  signatures: [
    {
      params: [
        param('array', arrayOf(T), 'The array.'),
        param('lambda', lambda([T], BOOLEAN), 'Says whether to keep an element.'),
      ],
      returns: arrayOf(T),
      evaluate: (values: readonly unknown[], keep: (value: unknown) => unknown) =>
        values.filter((value) => keep(value) === true),
    },
    {
      params: [
        param('map', mapOf(K, V), 'The map.'),
        param('lambda', lambda([K, V], BOOLEAN), 'Says whether to keep an entry.'),
      ],
      returns: mapOf(K, V),
      evaluate(map: ReadonlyMap<unknown, unknown>, keep: (key: unknown, value: unknown) => unknown) {
        const result = new Map<unknown, unknown>();
        for (const [k, v] of map) if (keep(k, v) === true) result.set(k, v);
        return result;
      },
    },
  ],
  examples: [
    { call: 'FILTER(ARRAY[1, 5, 9], x => x > 4)', gives: [5, 9] },
    { call: "FILTER(MAP('a' := 1, 'b' := 2), (k, v) => v = 2)", gives: { b: 2 } },
  ],
});
