import { expect, test } from 'vitest';
import { propertyLines } from './properties-text.ts';

test.each<[string, readonly (readonly [string, string | undefined])[]]>([
  ['a=1\nb: 2\nc 3\n  d = 4 ', [['a', '1'], ['b', '2'], ['c', '3'], ['d', '4 ']]],
  ['# no\n! no\n\n', []],
  ['a=x,\\\n   y\r\nb=1', [['a', 'x,y'], ['b', '1']]],
  ['a=ends with \\\\\nb=1', [['a', 'ends with \\'], ['b', '1']]],
  ['a\\ b\\:c\\=d=e\\tf\\u0041', [['a b:c=d', 'e\tfA']]],
  ['a=b=c:d', [['a', 'b=c:d']]],
  ['a=\nb', [['a', ''], ['b', undefined]]],
  ['=x', [['', 'x']]],
])('%j', (text, entries) => {
  expect(propertyLines(text).map(({ key, value }) => [key, value])).toEqual(entries);
}); // prettier-ignore

test('the number of a line is that of its end', () => {
  expect(propertyLines('\na=\\\nb\nc=1').map((p) => [p.line, p.text])).toEqual([[3, 'a=b'], [4, 'c=1']]);
}); // prettier-ignore
