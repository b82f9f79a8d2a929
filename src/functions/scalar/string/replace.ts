import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

export const replace = scalarFunction({
  name: 'REPLACE',
  category: 'STRING',
  doc: 'Replaces every occurrence of a text within another.',
  signatures: [
    {
      params: [
        param('str', STRING, 'The text to search in.'),
        param('oldStr', STRING, 'What to replace; not a regular expression.'),
        param('newStr', STRING, 'What to put in its place.'),
      ],
      returns: STRING,
      // A function, because `$` means something in a replacement text.
      evaluate: (s: string, from: string, to: string) => s.replaceAll(from, () => to),
    },
  ],
  examples: [
    { call: "REPLACE('anaconda', 'a', 'o')", gives: 'onocondo' },
    { call: "REPLACE('a.b', '.', '$&')", gives: 'a$&b' },
  ],
});
