import { BYTES, INTEGER, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** A character is a UTF-16 code unit, as in Java: characters beyond the basic plane count as two. */
export const len = scalarFunction({
  name: 'LEN',
  category: 'STRING',
  doc: 'Returns the number of characters in a STRING, or of bytes in a BYTES value.',
  signatures: [
    { params: [param('input', STRING, 'The text.')], returns: INTEGER, evaluate: (s: string) => s.length },
    { params: [param('input', BYTES, 'The bytes.')], returns: INTEGER, evaluate: (b: Uint8Array) => b.length },
  ],
  examples: [
    { call: "LEN('abc')", gives: 3 },
    { call: "LEN('')", gives: 0 },
    { call: 'LEN(NULL)', gives: null },
  ],
});
