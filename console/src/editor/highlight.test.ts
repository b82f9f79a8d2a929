import { expect, test } from 'vitest';
import { spans } from './highlight.ts';

const coloured = (text: string): string[] => spans(text).map((s) => `${s.kind} ${text.slice(s.start, s.end)}`);

test('words, texts and comments have their colours', () => {
  expect(coloured("SELECT COUNT(*) AS n -- how many\nFROM `my s` WHERE a = 'x' AND b > 1.5 /* both */;")).toEqual([
    'keyword SELECT',
    'function COUNT',
    'operator *',
    'keyword AS',
    'comment -- how many',
    'keyword FROM',
    'quoted `my s`',
    'keyword WHERE',
    'operator =',
    "string 'x'",
    'keyword AND',
    'operator >',
    'number 1.5',
    'comment /* both */',
  ]);
});

test.each([
  ["SELECT 'not closed", ['keyword SELECT', "string 'not closed"]],
  ['SELECT /* not closed', ['keyword SELECT', 'comment /* not closed']],
  ['SELECT # FROM s', ['keyword SELECT']],
  ['', []],
])('what cannot be read harms nothing before it: %s', (text, wanted) => {
  expect(coloured(text)).toEqual(wanted);
});
