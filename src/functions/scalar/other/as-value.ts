import { scalarFunction } from '../../api.ts';
import { param, T } from '../../param.ts';

export const asValue = scalarFunction({
  name: 'AS_VALUE',
  category: 'OTHER',
  doc: "Returns its argument. It copies a row's key column into the row's value, as a column of its own.",
  signatures: [
    { params: [param('keyColumn', T, 'The column.')], nulls: 'pass', returns: T, evaluate: (value: unknown) => value },
  ],
  examples: [{ call: 'AS_VALUE(5)', gives: 5 }],
});
