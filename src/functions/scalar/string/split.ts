import type { Work } from '../../../base/budget/work.ts';
import { array, BYTES, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

function splitText(s: string, delimiter: string): string[] {
  return s === '' ? [''] : s.split(delimiter);
}

function splitBytes(bytes: Uint8Array, delimiter: Uint8Array): Uint8Array[] {
  if (bytes.length === 0) return [bytes];
  const parts: Uint8Array[] = [];
  if (delimiter.length === 0) {
    for (let i = 0; i < bytes.length; i++) parts.push(bytes.slice(i, i + 1));
    return parts;
  }
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let start = 0;
  for (;;) {
    const at = haystack.indexOf(delimiter, start);
    if (at < 0) break;
    parts.push(bytes.slice(start, at));
    start = at + delimiter.length;
  }
  parts.push(bytes.slice(start));
  return parts;
}

/** Whoever gets the parts has work with each of them. */
function counted<T>(parts: T[], work: Work): T[] {
  work.spend(parts.length);
  return parts;
}

export const split = scalarFunction({
  name: 'SPLIT',
  weight: 6,
  category: 'STRING',
  doc:
    'Splits a STRING or BYTES value at a delimiter into an array. Without an occurrence the whole value is the only ' +
    'element; an empty delimiter splits every character or byte; delimiters at an end or in a row give empty elements.',
  signatures: [
    {
      params: [
        param('string', STRING, 'The text.'),
        param('delimiter', STRING, 'Where to split; not a regular expression.'),
      ],
      returns: array(STRING),
      prepare:
        ({ env }) =>
        (s: string, delimiter: string) =>
          counted(splitText(s, delimiter), env.work),
    },
    {
      params: [param('bytes', BYTES, 'The bytes.'), param('delimiter', BYTES, 'Where to split.')],
      returns: array(BYTES),
      weight: 60,
      prepare:
        ({ env }) =>
        (bytes: Uint8Array, delimiter: Uint8Array) =>
          counted(splitBytes(bytes, delimiter), env.work),
    },
  ],
  examples: [
    { call: "SPLIT('a$$b.c', '$$')", gives: ['a', 'b.c'] },
    { call: "SPLIT('.a.', '.')", gives: ['', 'a', ''] },
    { call: "SPLIT('abc', '')", gives: ['a', 'b', 'c'] },
    { call: "SPLIT('', ',')", gives: [''] },
  ],
});
