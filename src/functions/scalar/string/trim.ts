import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** Java's String.trim: removes everything up to U+0020, but keeps other Unicode spaces. */
function trimText(s: string): string {
  let start = 0;
  let end = s.length;
  while (start < end && s.charCodeAt(start) <= 32) start++;
  while (end > start && s.charCodeAt(end - 1) <= 32) end--;
  return start === 0 && end === s.length ? s : s.substring(start, end);
}

export const trim = scalarFunction({
  name: 'TRIM',
  category: 'STRING',
  doc: 'Removes spaces and control characters from both ends of a text.',
  signatures: [{ params: [param('input', STRING, 'The text.')], returns: STRING, evaluate: trimText }],
  examples: [{ call: "TRIM('  a b ')", gives: 'a b' }],
});
