import { DOUBLE } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';

export const random = scalarFunction({
  name: 'RANDOM',
  category: 'MATHEMATICAL',
  doc: 'Returns a random DOUBLE of at least 0.0 and less than 1.0.',
  deterministic: false,
  signatures: [
    {
      params: [],
      returns: DOUBLE,
      prepare:
        ({ env }) =>
        () =>
          env.random(),
    },
  ],
});
