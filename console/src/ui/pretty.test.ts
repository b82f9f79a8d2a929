import { expect, test } from 'vitest';
import { pretty } from './pretty.ts';

test.each([
  '{}',
  '[]',
  '{"a":[]}',
  '{"a":{"b":[1,[2,{}],"x, {y}: [z]\\""]},"c":null}',
  '[[1],[[]]]',
  '[{"a":1},{"b":2}]',
])('%s is laid out as JSON.stringify does', (text) =>
  expect(pretty(text)).toBe(JSON.stringify(JSON.parse(text), undefined, 2)),
);

test('numbers keep their digits', () => {
  expect(pretty('{"id":9007199254740993, "amount":0.0,"d":1.50}')).toBe(
    '{\n  "id": 9007199254740993,\n  "amount": 0.0,\n  "d": 1.50\n}',
  );
});

test.each(['text', '{no JSON}', '', '[1'])('%j is as it is', (text) => expect(pretty(text)).toBe(text));
