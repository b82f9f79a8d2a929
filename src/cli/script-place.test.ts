import { expect, test } from 'vitest';
import { ClientError } from '../client/client-error.ts';
import { inScript, lineAt, placeText, scriptName } from './script-place.ts';

const refusal = (line: number): ClientError => new ClientError(400, { message: 'refused', line });

test('a position names the file, if there is one, and the line', () => {
  expect(placeText({ file: 'sql/schema.sql', line: 12 })).toBe('sql/schema.sql:12: ');
  expect(placeText({ file: undefined, line: 12 })).toBe('line 12: ');
  expect([0, 1, 2, 3].map((start) => lineAt('a\nb', start))).toEqual([1, 1, 2, 2]);
});

test('an error is at the line of the script: that of the statement and that in the statement', () => {
  const place = { file: 'a.sql', line: 10 };
  expect(inScript('No stream S', place, new Error('No stream S'))).toBe('a.sql:10: No stream S');
  expect(inScript('No stream S', place, refusal(3))).toBe('a.sql:12: No stream S');
});

test('lines in the message itself are counted in the script, and a syntax error has one position', () => {
  const place = { file: 'a.sql', line: 10 };
  expect(inScript('Unknown column X\n at line 2:8', place, refusal(2))).toBe(
    'a.sql:11: Unknown column X\n at line 11:8',
  );
  expect(inScript('line 2:8: mismatched input', place, refusal(2))).toBe('a.sql:11:8: mismatched input');
  expect(inScript('\u001b[31mline 2:8: mismatched input', { ...place, file: undefined }, refusal(2))).toBe(
    '\u001b[31mline 11:8: mismatched input',
  );
});

test('a long name of a script is shortened', () => {
  expect(scriptName('/home/ann/sql/schema.sql')).toBe('schema.sql');
  expect(scriptName('a-script-with-a-long-name.sql')).toBe('a-script-with-a…');
  expect(scriptName(undefined)).toBe('Script');
});
