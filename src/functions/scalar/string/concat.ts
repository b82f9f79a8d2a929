import { BYTES, STRING } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction, type ScalarBody } from '../../api.ts';
import { param } from '../../param.ts';

type Text = string | null;
type Bytes = Uint8Array | null;

/** Fixed arities avoid allocating an array for each record. */
function prepareConcat(site: CallSite): ScalarBody {
  switch (site.argTypes.length) {
    case 2:
      return (a: Text, b: Text) => (a ?? '') + (b ?? '');
    case 3:
      return (a: Text, b: Text, c: Text) => (a ?? '') + (b ?? '') + (c ?? '');
    case 4:
      return (a: Text, b: Text, c: Text, d: Text) => (a ?? '') + (b ?? '') + (c ?? '') + (d ?? '');
    default:
      return (...parts: Text[]) => {
        let result = '';
        for (const part of parts) if (part !== null) result += part;
        return result;
      };
  }
}

function concatBytes(...parts: Bytes[]): Uint8Array {
  return Buffer.concat(parts.filter((part) => part !== null));
}

export const concat = scalarFunction({
  name: 'CONCAT',
  category: 'STRING',
  doc: 'Concatenates STRING or BYTES values. A NULL counts as empty.',
  signatures: [
    {
      params: [param('inputs', STRING, 'The texts to concatenate.')],
      variadic: 0,
      nulls: 'pass',
      returns: STRING,
      prepare: prepareConcat,
    },
    {
      params: [param('inputs', BYTES, 'The bytes to concatenate.')],
      variadic: 0,
      nulls: 'pass',
      returns: BYTES,
      evaluate: concatBytes,
    },
  ],
  examples: [
    { call: "CONCAT('a', 'b', NULL, 'c')", gives: 'abc' },
    { call: "CONCAT('a', 'b')", gives: 'ab' },
    { call: "CONCAT(TO_BYTES('a', 'ascii'), TO_BYTES('b', 'ascii'))", gives: 'YWI=' },
  ],
});

function joinText(separator: Text, ...parts: Text[]): Text {
  if (separator === null) return null;
  let result = '';
  let first = true;
  for (const part of parts) {
    if (part === null) continue;
    result += first ? part : separator + part;
    first = false;
  }
  return result;
}

function joinBytes(separator: Bytes, ...parts: Bytes[]): Bytes {
  if (separator === null) return null;
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    if (part === null) continue;
    if (pieces.length > 0) pieces.push(separator);
    pieces.push(part);
  }
  return Buffer.concat(pieces);
}

export const concatWs = scalarFunction({
  name: 'CONCAT_WS',
  category: 'STRING',
  doc: 'Concatenates STRING or BYTES values with a separator between them. NULLs are skipped; a NULL separator gives NULL.',
  signatures: [
    {
      params: [param('separator', STRING, 'What stands between two texts.'), param('inputs', STRING, 'The texts.')],
      variadic: 1,
      nulls: 'pass',
      returns: STRING,
      evaluate: joinText,
    },
    {
      params: [param('separator', BYTES, 'What stands between two values.'), param('inputs', BYTES, 'The values.')],
      variadic: 1,
      nulls: 'pass',
      returns: BYTES,
      evaluate: joinBytes,
    },
  ],
  examples: [
    { call: "CONCAT_WS(', ', 'apple', 'banana', NULL, 'date')", gives: 'apple, banana, date' },
    { call: "CONCAT_WS(NULL, 'apple', 'banana')", gives: null },
  ],
});
