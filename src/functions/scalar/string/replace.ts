import type { Work } from '../../../base/budget/work.ts';
import { finder } from '../../../base/find-text.ts';
import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** An empty text occurs before, between and after all characters. No character of `to` is special. */
function replaceAll(text: string, from: string, to: string, work: Work): string {
  const cost = 1 + to.length / 16;
  if (from === '') {
    work.spend((text.length + 1) * cost);
    return text.replaceAll(from, () => to);
  }
  const find = finder(from, work);
  let result = '';
  let start = 0;
  for (let at = find(text, 0); at >= 0; at = find(text, start)) {
    work.spend(cost);
    result += text.slice(start, at) + to;
    start = at + from.length;
  }
  return start === 0 ? text : result + text.slice(start);
}

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
      prepare:
        ({ env }) =>
        (s: string, from: string, to: string) =>
          replaceAll(s, from, to, env.work),
    },
  ],
  examples: [
    { call: "REPLACE('anaconda', 'a', 'o')", gives: 'onocondo' },
    { call: "REPLACE('a.b', '.', '$&')", gives: 'a$&b' },
  ],
});
