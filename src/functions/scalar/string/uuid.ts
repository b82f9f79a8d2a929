import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';

export const uuid = scalarFunction({
  name: 'UUID',
  category: 'STRING',
  doc: 'Returns a new random UUID (version 4 of RFC 4122) as text.',
  deterministic: false,
  signatures: [
    {
      params: [],
      returns: STRING,
      prepare:
        ({ env }) =>
        () =>
          env.uuid(),
    },
  ],
});
