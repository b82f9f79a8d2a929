import { INTEGER, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

export const elt = scalarFunction({
  name: 'ELT',
  category: 'STRING',
  doc: 'Returns the n-th of the texts, counted from 1; NULL when there is none. The reverse of FIELD.',
  signatures: [
    {
      params: [param('n', INTEGER, 'Which one.'), param('args', STRING, 'The texts.')],
      variadic: 1,
      nulls: 'pass',
      returns: STRING,
      evaluate: (n: number | null, ...args: (string | null)[]) => (n === null ? null : (args[n - 1] ?? null)),
    },
  ],
  examples: [
    { call: "ELT(2, 'a', 'b')", gives: 'b' },
    { call: "ELT(3, 'a', 'b')", gives: null },
  ],
});

export const field = scalarFunction({
  name: 'FIELD',
  category: 'STRING',
  doc: 'Returns the position of a text among others, from 1; 0 when it is not there or NULL. The reverse of ELT.',
  signatures: [
    {
      params: [param('str', STRING, 'The text to look for.'), param('args', STRING, 'The texts to look at.')],
      variadic: 1,
      nulls: 'pass',
      returns: INTEGER,
      evaluate: (s: string | null, ...args: (string | null)[]) => (s === null ? 0 : args.indexOf(s) + 1),
    },
  ],
  examples: [
    { call: "FIELD('hello', 'world', 'hello')", gives: 2 },
    { call: "FIELD(NULL, 'a')", gives: 0 },
  ],
});
