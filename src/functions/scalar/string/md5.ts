import { createHash } from 'node:crypto';
import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

export const md5 = scalarFunction({
  name: 'MD5',
  category: 'STRING',
  doc: 'Returns the MD5 digest of the UTF-8 bytes of a text, in lower-case hexadecimal.',
  signatures: [
    {
      params: [param('s', STRING, 'The text.')],
      returns: STRING,
      evaluate: (s: string) => createHash('md5').update(s, 'utf8').digest('hex'),
    },
  ],
  examples: [{ call: "MD5('r1')", gives: '7c92cf1eee8d99cc85f8355a3d6e4b86' }],
});
