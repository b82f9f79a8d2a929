import { BYTES, INTEGER, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/**
 * The index of the first character: positions count from 1, negative ones from the end; both are limited to the text.
 */
function startOf(length: number, position: number): number {
  if (position < 0) return position + length > 0 ? position + length : 0;
  if (position === 0) return 0;
  return position - 1 < length ? position - 1 : length;
}

const POSITION = param(
  'pos',
  INTEGER,
  'The position of the first character or byte, from 1. A negative one counts from the end.',
);
const LENGTH = param('length', INTEGER, 'How many characters or bytes to return at most.');

export const substring = scalarFunction({
  name: 'SUBSTRING',
  synonyms: ['SUBSTR'],
  category: 'STRING',
  doc: 'Returns the part of a STRING or BYTES value that starts at a position, with the given length or to the end.',
  signatures: [
    {
      params: [param('str', STRING, 'The text.'), POSITION],
      returns: STRING,
      evaluate: (s: string, position: number) => s.substring(startOf(s.length, position)),
    },
    {
      params: [param('str', STRING, 'The text.'), POSITION, LENGTH],
      returns: STRING,
      evaluate(s: string, position: number, length: number) {
        if (length <= 0) return '';
        const start = startOf(s.length, position);
        return s.substring(start, start + length);
      },
    },
    {
      params: [param('bytes', BYTES, 'The bytes.'), POSITION],
      returns: BYTES,
      evaluate: (b: Uint8Array, position: number) => b.slice(startOf(b.length, position)),
    },
    {
      params: [param('bytes', BYTES, 'The bytes.'), POSITION, LENGTH],
      returns: BYTES,
      evaluate(b: Uint8Array, position: number, length: number) {
        const start = startOf(b.length, position);
        return b.slice(start, start + Math.max(0, length));
      },
    },
  ],
  examples: [
    { call: "SUBSTRING('stream', 1, 4)", gives: 'stre' },
    { call: "SUBSTRING('stream', -3)", gives: 'eam' },
    { call: "SUBSTRING('stream', 0, 2)", gives: 'st' },
    { call: "SUBSTRING('stream', 9)", gives: '' },
  ],
});
