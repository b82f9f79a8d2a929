import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

const TEXT = [param('input', STRING, 'The text.')];

export const ucase = scalarFunction({
  name: 'UCASE',
  synonyms: ['UPPER'],
  category: 'STRING',
  doc: 'Returns the text in upper case.',
  signatures: [{ params: TEXT, returns: STRING, evaluate: (s: string) => s.toUpperCase() }],
  examples: [
    { call: "UCASE('Stream')", gives: 'STREAM' },
    { call: 'UCASE(NULL)', gives: null },
  ],
});

export const lcase = scalarFunction({
  name: 'LCASE',
  synonyms: ['LOWER'],
  category: 'STRING',
  doc: 'Returns the text in lower case.',
  signatures: [{ params: TEXT, returns: STRING, evaluate: (s: string) => s.toLowerCase() }],
  examples: [{ call: "LCASE('Stream')", gives: 'stream' }],
});

const WHITESPACE = /\s/;

function capitalizeWords(text: string): string {
  let result = '';
  let atStart = true;
  for (const char of text) {
    result += atStart ? char.toUpperCase() : char.toLowerCase();
    atStart = WHITESPACE.test(char);
  }
  return result;
}

export const initcap = scalarFunction({
  name: 'INITCAP',
  weight: 100,
  category: 'STRING',
  doc: 'Returns the text with the first letter of each word in upper case and all others in lower case. Words are separated by whitespace.',
  signatures: [{ params: TEXT, returns: STRING, evaluate: capitalizeWords }],
  examples: [{ call: "INITCAP('the   Quick br0wn fOx')", gives: 'The   Quick Br0wn Fox' }],
});
