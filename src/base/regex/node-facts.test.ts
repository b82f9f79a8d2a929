import { expect, test } from 'vitest';
import { hasReference, lengths, startsAtText } from './node-facts.ts';
import { parseRegex } from './parse.ts';

test.each([
  // A character may take two UTF-16 units.
  ['a', [1, 2], false, false],
  ['ab?', [1, 4], false, false],
  ['a{2,3}|b', [1, 6], false, false],
  ['a*', [0, Infinity], false, false],
  ['(?:)*', [0, 0], false, false],
  ['(a)\\1', [1, Infinity], true, false],
  ['(?=abc)', [0, 0], false, false],
  ['^a', [1, 2], false, true],
  ['(^a)|^b', [1, 2], false, true],
  ['^a|b', [1, 2], false, false],
] as const)('%s: lengths %j, a reference %s, only at the start of the text %s', (pattern, range, refers, atStart) => {
  const node = parseRegex(pattern).root;
  expect(lengths(node)).toEqual(range);
  expect(hasReference(node)).toBe(refers);
  expect(startsAtText(node)).toBe(atStart);
});
