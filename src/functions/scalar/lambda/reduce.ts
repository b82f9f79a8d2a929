import { scalarFunction } from '../../api.ts';
import { arrayOf, generic, lambda, mapOf, param } from '../../param.ts';
import { hashOrdered } from '../map/hash-order.ts';

const T = generic('T');
const S = generic('S');
const K = generic('K');
const V = generic('V');

const STATE = param('state', S, 'The state before the first element.');

export const reduce = scalarFunction({
  name: 'REDUCE',
  category: 'LAMBDA',
  doc:
    'Reduces an array or a map to one value: a lambda makes the new state of the old one and each element or entry. A ' +
    'NULL collection gives the state as it is; a NULL state gives NULL.',
  signatures: [
    {
      params: [
        param('array', arrayOf(T), 'The array.'),
        STATE,
        param('lambda', lambda([S, T], S), 'Makes the new state.'),
      ],
      nulls: 'pass',
      returns: S,
      evaluate(values: readonly unknown[] | null, state: unknown, next: (state: unknown, value: unknown) => unknown) {
        if (values === null || state === null) return state;
        for (const value of values) state = next(state, value);
        return state;
      },
    },
    {
      params: [
        param('map', mapOf(K, V), 'The map.'),
        STATE,
        param('lambda', lambda([S, K, V], S), 'Makes the new state.'),
      ],
      weight: 60,
      nulls: 'pass',
      returns: S,
      evaluate(
        map: ReadonlyMap<unknown, unknown> | null,
        state: unknown,
        next: (state: unknown, key: unknown, value: unknown) => unknown,
      ) {
        if (map === null || state === null) return state;
        for (const [k, v] of hashOrdered(map)) state = next(state, k, v);
        return state;
      },
    },
  ],
  examples: [
    { call: 'REDUCE(ARRAY[3, 6], 2, (s, x) => s + x)', gives: 11 },
    { call: "REDUCE(MAP('a' := 3), 2, (s, k, v) => s * v)", gives: 6 },
  ],
});
