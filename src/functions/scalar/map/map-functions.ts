import { compareValues } from '../../../types/compare.ts';
import { array, BOOLEAN, type MapType, STRING, type SqlType, struct } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { arrayOf, generic, mapOf, param } from '../../param.ts';
import { hashOrdered } from './hash-order.ts';

type Values = ReadonlyMap<unknown, unknown>;

const K = generic('K');
const V = generic('V');
const MAP = param('input', mapOf(K, V), 'The map.');

export const mapKeys = scalarFunction({
  name: 'MAP_KEYS',
  weight: 60,
  category: 'MAP',
  doc: 'Returns the keys of a map as an array. Maps have no order of their own: use ARRAY_SORT where it matters.',
  signatures: [
    { params: [MAP], returns: arrayOf(K), evaluate: (map: Values) => hashOrdered(map).map((entry) => entry[0]) },
  ],
  examples: [{ call: "MAP_KEYS(MAP('apple' := 10, 'banana' := 20))", gives: ['banana', 'apple'] }],
});

export const mapValues = scalarFunction({
  name: 'MAP_VALUES',
  weight: 60,
  category: 'MAP',
  doc: 'Returns the values of a map as an array.',
  signatures: [
    { params: [MAP], returns: arrayOf(V), evaluate: (map: Values) => hashOrdered(map).map((entry) => entry[1]) },
  ],
  examples: [{ call: "MAP_VALUES(MAP('apple' := 10, 'banana' := 20))", gives: [20, 10] }],
});

export const mapUnion = scalarFunction({
  name: 'MAP_UNION',
  weight: 30,
  category: 'MAP',
  doc: 'Returns the entries of both maps; where a key is in both, the value of the second. A NULL map counts as empty, unless both are NULL.',
  signatures: [
    {
      params: [param('map1', mapOf(K, V), 'The first map.'), param('map2', mapOf(K, V), 'The second map.')],
      nulls: 'pass',
      returns: mapOf(K, V),
      evaluate(first: Values | null, second: Values | null) {
        if (first === null) return second;
        return second === null ? first : new Map([...first, ...second]);
      },
    },
  ],
  examples: [
    { call: "MAP_UNION(MAP('apple' := 10, 'banana' := 20), MAP('apple' := 50))", gives: { apple: 50, banana: 20 } },
  ],
});

export const asMap = scalarFunction({
  name: 'AS_MAP',
  weight: 10,
  category: 'MAP',
  doc: 'Makes a map of a list of keys and a list of values. What is left over in the longer list is dropped.',
  signatures: [
    {
      params: [param('keys', array(STRING), 'The keys.'), param('values', arrayOf(V), 'The values.')],
      returns: mapOf(STRING, V),
      evaluate(keys: readonly unknown[], values: readonly unknown[]) {
        const map = new Map<unknown, unknown>();
        const count = Math.min(keys.length, values.length);
        for (let i = 0; i < count; i++) map.set(keys[i], values[i]);
        return map;
      },
    },
  ],
  examples: [{ call: "AS_MAP(ARRAY['a', 'b'], ARRAY[1, 2, 3])", gives: { a: 1, b: 2 } }],
});

const entryType = (types: readonly SqlType[]): SqlType => {
  const { key, value } = types[0] as MapType;
  return array(
    struct([
      { name: 'K', type: key },
      { name: 'V', type: value },
    ]),
  );
};

export const entries = scalarFunction({
  name: 'ENTRIES',
  weight: 60,
  category: 'MAP',
  doc: 'Returns the entries of a map as an array of structs with the fields K and V.',
  signatures: [
    {
      params: [
        param('map', mapOf(STRING, V), 'The map.'),
        param('sorted', BOOLEAN, 'Whether to sort the entries by key.'),
      ],
      returns: entryType,
      prepare(site) {
        const compare = compareValues((site.argTypes[0] as MapType).key);
        return (map: Values, sorted: boolean) => {
          return sorted ? [...map].sort((a, b) => compare(a[0], b[0])) : hashOrdered(map);
        };
      },
    },
  ],
  examples: [
    {
      call: "ENTRIES(MAP('b' := 2, 'a' := 1), true)",
      gives: [
        { K: 'a', V: 1 },
        { K: 'b', V: 2 },
      ],
    },
  ],
});
