import { expect, test } from 'vitest';
import { jsonTextOf } from '../connectors/internal/plain-value.ts';
import { plainJsonText } from './plain-json.ts';

const VALUES: readonly (readonly [value: unknown, text: string])[] = [
  [undefined, 'null'],
  [null, 'null'],
  [9_007_199_254_740_993n, '9007199254740993'],
  [Buffer.from('ab'), '"YWI="'],
  [[1, 'a', undefined], '[1,"a",null]'],
  [new Map<unknown, unknown>([[1, { b: 2n }]]), '{"1":{"b":2}}'],
  [{ a: undefined }, '{"a":null}'],
  [Symbol('no JSON'), 'null'],
];

test('data without a schema keeps its digits and its bytes', () => {
  for (const [value, text] of VALUES) expect(plainJsonText(value)).toBe(text);
});

test('sinks write data without a schema as converters do', () => {
  for (const [value, text] of VALUES) expect(jsonTextOf(null, value)).toBe(text);
});
