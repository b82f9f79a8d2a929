import { expect, test } from 'vitest';
import { messageOf } from '../base/errors.ts';
import { invalidJson } from './json-body.ts';

function hintOf(text: string): string | undefined {
  try {
    return `${text} is JSON: ${typeof JSON.parse(text)}`;
  } catch (error) {
    return invalidJson(text, messageOf(error), '{"ksql": "SHOW STREAMS;"}').hint;
  }
}

test.each([
  ["{'ksql': 'SHOW TABLES;'}", 'double quotes'],
  ['{ksql: "SHOW TABLES;"}', 'Names of JSON stand in double quotes'],
  ['{"ksql": "SHOW TABLES;",}', 'no comma'],
  ['{"ksql": "SHOW TABLES;"', 'ends before its last }'],
  ['{"ksql": "SELECT *\nFROM s;"}', 'line break'],
  ['{"ksql": "a\\d"}', 'backslash'],
  ['{"ksql": "x;", "more": True}', 'true, false and null'],
  ['SHOW TABLES;', 'as {"ksql": "SHOW STREAMS;"}'],
  ['ksql=SHOW TABLES;', 'as {"ksql": "SHOW STREAMS;"}'],
])('%s: %s', (text, told) => {
  expect(hintOf(text)).toContain(told);
});

test('a text that was encoded twice is told as such', () => {
  expect(invalidJson(JSON.stringify('{"ksql":"x;"}'), 'expected an object', undefined).hint).toContain('encoded twice');
});
