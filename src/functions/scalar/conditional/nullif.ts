import { equalValues } from '../../../types/compare.ts';
import { scalarFunction } from '../../api.ts';
import { param, T } from '../../param.ts';

export const nullif = scalarFunction({
  name: 'NULLIF',
  category: 'CONDITIONAL',
  doc: 'Returns NULL when the two expressions are equal, else the first of them.',
  signatures: [
    {
      params: [param('expression1', T, 'The expression.'), param('expression2', T, 'What to compare it with.')],
      nulls: 'pass',
      returns: T,
      prepare(site) {
        const equal = equalValues(site.returnType);
        return (a: unknown, b: unknown) => (equal(a, b) ? null : a);
      },
    },
  ],
  examples: [
    { call: "NULLIF('x', 'x')", gives: null },
    { call: 'NULLIF(1, 10)', gives: 1 },
    { call: 'NULLIF(ARRAY[1, 2], ARRAY[1, 2])', gives: null },
  ],
});
