import { quoting } from '../../../base/quoting.ts';
import { SluiceError } from '../../../base/errors.ts';
import { identityKey } from '../../../types/compare.ts';
import type { MapType } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { arrayOf, generic, lambda, mapOf, param } from '../../param.ts';

const T = generic('T');
const R = generic('R');
const K = generic('K');
const V = generic('V');
const KR = generic('KR');
const VR = generic('VR');

export const transform = scalarFunction({
  name: 'TRANSFORM',
  category: 'LAMBDA',
  doc: 'Applies a lambda to each element of an array, or two lambdas to the entries of a map: one gives the new key, one the new value.',
  signatures: [
    {
      params: [
        param('array', arrayOf(T), 'The array.'),
        param('lambda', lambda([T], R), 'Makes the new element of the old one.'),
      ],
      returns: arrayOf(R),
      evaluate: (values: readonly unknown[], change: (value: unknown) => unknown) =>
        values.map((value) => change(value)),
    },
    {
      params: [
        param('map', mapOf(K, V), 'The map.'),
        param('keyLambda', lambda([K, V], KR), 'Makes the new key of the old entry.'),
        param('valueLambda', lambda([K, V], VR), 'Makes the new value of the old entry.'),
      ],
      returns: mapOf(KR, VR),
      prepare(site) {
        const key = identityKey((site.returnType as MapType).key);
        return (
          map: ReadonlyMap<unknown, unknown>,
          newKey: (k: unknown, v: unknown) => unknown,
          newValue: (k: unknown, v: unknown) => unknown,
        ) => {
          const seen = new Set<unknown>();
          const result = new Map<unknown, unknown>();
          for (const [oldKey, oldValue] of map) {
            const to = newKey(oldKey, oldValue);
            const id = key(to);
            if (seen.has(id)) {
              const message = quoting(to, (key) => `Duplicate key ${key}`);
              throw new SluiceError('EVALUATION', message);
            }
            seen.add(id);
            result.set(to, newValue(oldKey, oldValue));
          }
          return result;
        };
      },
    },
  ],
  examples: [
    { call: 'TRANSFORM(ARRAY[3, 6], x => x + 5)', gives: [8, 11] },
    { call: "TRANSFORM(MAP('a' := 1), (k, v) => k + '_x', (k, v) => v * 2)", gives: { a_x: 2 } },
  ],
});
