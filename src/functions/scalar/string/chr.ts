import { INTEGER, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

const ESCAPES = /^(?:\\u[0-9a-fA-F]{4}){1,2}$/;

/** The character of the escape `\u004b`, or of two such escapes that form a surrogate pair. */
function fromEscapes(text: string): string | null {
  if (!ESCAPES.test(text)) return null;
  const units = text.match(/[0-9a-fA-F]{4}/g)!.map((hex) => Number.parseInt(hex, 16));
  const result = String.fromCharCode(...units);
  return units.length === 1 || result.codePointAt(0)! > 0xffff ? result : null;
}

export const chr = scalarFunction({
  name: 'CHR',
  category: 'STRING',
  doc: 'Returns the character of a Unicode code point, which is given as a number or as text such as \\u004b; NULL when there is none.',
  signatures: [
    {
      params: [param('decimalCode', INTEGER, 'The code point.')],
      returns: STRING,
      evaluate: (code: number) => (code < 0 || code > 0x10ffff ? null : String.fromCodePoint(code)),
    },
    {
      params: [param('utf8Code', STRING, 'The code point as one \\uXXXX, or as a surrogate pair of two.')],
      returns: STRING,
      evaluate: fromEscapes,
    },
  ],
  examples: [
    { call: 'CHR(75)', gives: 'K' },
    { call: "CHR('\\u597d')", gives: '好' },
    { call: 'CHR(-1)', gives: null },
    { call: "CHR('75')", gives: null },
  ],
});
