import type { ArrayType } from '../../types/sql-type.ts';
import { tableFunction } from '../api.ts';
import { ANY_DECIMAL, arrayOf, param, T } from '../param.ts';

export const explode = tableFunction({
  name: 'EXPLODE',
  category: 'TABLE',
  doc: 'Returns one row for each element of an array; none for a NULL or empty one.',
  signatures: [
    {
      params: [param('list', arrayOf(T), 'The array.')],
      returns: T,
      evaluate: (values: readonly unknown[]) => values,
    },
    {
      params: [param('input', arrayOf(ANY_DECIMAL), 'The array.')],
      returns: (types) => (types[0] as ArrayType).element,
      evaluate: (values: readonly unknown[]) => values,
    },
  ],
  examples: [{ call: 'EXPLODE(ARRAY[1, 2])', gives: [1, 2] }],
});
