import { scalarFunction } from '../../api.ts';
import { param, T } from '../../param.ts';

/** In messages the name is in upper case, unlike most others. */
export const coalesce = scalarFunction({
  name: 'COALESCE',
  displayName: 'COALESCE',
  category: 'CONDITIONAL',
  doc: 'Returns the first of its arguments that is not NULL. The inside of an ARRAY, MAP or STRUCT does not count.',
  signatures: [
    {
      params: [param('first', T, 'The first value.'), param('others', T, 'More values of the same type.')],
      variadic: 1,
      nulls: 'pass',
      returns: T,
      evaluate(...values: unknown[]) {
        for (const value of values) if (value !== null) return value;
        return null;
      },
    },
  ],
  examples: [
    { call: "COALESCE(NULL, NULL, 'a', 'b')", gives: 'a' },
    { call: 'COALESCE(1)', gives: 1 },
  ],
});

export const ifnull = scalarFunction({
  name: 'IFNULL',
  category: 'CONDITIONAL',
  doc: 'Returns the expression, or the alternative when the expression is NULL.',
  signatures: [
    {
      params: [param('expression', T, 'The expression.'), param('altValue', T, 'The alternative.')],
      nulls: 'pass',
      returns: T,
      evaluate: (value: unknown, alternative: unknown) => (value === null ? alternative : value),
    },
  ],
  examples: [
    { call: "IFNULL(NULL, 'x')", gives: 'x' },
    { call: 'IFNULL(1, 2)', gives: 1 },
  ],
});
