import { BYTES, STRING } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { decodeText, type Encoding, encodeBytes, encodingOf } from './encoding.ts';

const ENCODING_DOC = 'hex, utf8, ascii or base64.';

/** The encoding of a constant argument is looked up once; an invalid one fails on each row instead, as in ksqlDB. */
function hoistEncoding(site: CallSite, argument: number): Encoding | undefined {
  const constant = site.constants[argument];
  try {
    return typeof constant === 'string' ? encodingOf(constant) : undefined;
  } catch {
    return undefined;
  }
}

export const toBytes = scalarFunction({
  name: 'TO_BYTES',
  category: 'STRING',
  doc: 'Converts text in an encoding to BYTES.',
  signatures: [
    {
      params: [param('str', STRING, 'The text.'), param('encoding', STRING, ENCODING_DOC)],
      returns: BYTES,
      prepare(site) {
        const known = hoistEncoding(site, 1);
        return (text: string, encoding: string) => decodeText(text, known ?? encodingOf(encoding));
      },
    },
  ],
  examples: [
    { call: "TO_BYTES('hello', 'ascii')", gives: 'aGVsbG8=' },
    { call: "TO_BYTES('1aB2', 'hex')", gives: 'GrI=' },
  ],
});

export const fromBytes = scalarFunction({
  name: 'FROM_BYTES',
  category: 'STRING',
  doc: 'Converts BYTES to text in an encoding. Hexadecimal digits are in upper case.',
  signatures: [
    {
      params: [param('value', BYTES, 'The bytes.'), param('encoding', STRING, ENCODING_DOC)],
      returns: STRING,
      prepare(site) {
        const known = hoistEncoding(site, 1);
        return (value: Uint8Array, name: string) => {
          const encoding = known ?? encodingOf(name);
          const text = encodeBytes(value, encoding);
          return encoding === 'hex' ? text.toUpperCase() : text;
        };
      },
    },
  ],
  examples: [{ call: "FROM_BYTES(TO_BYTES('1aB2', 'hex'), 'hex')", gives: '1AB2' }],
});

export const encode = scalarFunction({
  name: 'ENCODE',
  category: 'STRING',
  doc: 'Converts text from one encoding to another. Hexadecimal digits are in lower case.',
  signatures: [
    {
      params: [
        param('str', STRING, 'The text.'),
        param('inputEncoding', STRING, ENCODING_DOC),
        param('outputEncoding', STRING, ENCODING_DOC),
      ],
      returns: STRING,
      prepare(site) {
        const input = hoistEncoding(site, 1);
        const output = hoistEncoding(site, 2);
        return (text: string, from: string, to: string) =>
          encodeBytes(decodeText(text, input ?? encodingOf(from)), output ?? encodingOf(to));
      },
    },
  ],
  examples: [
    { call: "ENCODE('Example!', 'ascii', 'hex')", gives: '4578616d706c6521' },
    { call: "ENCODE('zpXOu867zqzOtM6x', 'base64', 'utf8')", gives: 'Ελλάδα' },
    { call: "ENCODE('0xa', 'hex', 'base64')", gives: 'Cg==' },
    { call: "ENCODE('0x', 'hex', 'utf8')", gives: '' },
    { call: "ENCODE('', 'base64', 'hex')", gives: '' },
  ],
});
