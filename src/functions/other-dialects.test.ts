import { expect, test } from 'vitest';
import { BUILT_IN } from './built-in.ts';
import { functionAdvice, OTHER_FUNCTIONS } from './other-dialects.ts';

const OURS = new Set(BUILT_IN.flatMap((f) => [f.name, ...(f.synonyms ?? [])]).map((name) => name.toUpperCase()));
/** Words before a parenthesis that are not functions: clauses, constructors, types and column names. */
const SYNTAX = new Set(['CAST', 'DECIMAL', 'TUMBLING', 'HOPPING', 'SESSION', 'BY']);

test('no function of ours is explained away', () => {
  expect(OTHER_FUNCTIONS.filter((name) => OURS.has(name))).toEqual([]);
});

test('what is advised exists', () => {
  for (const name of OTHER_FUNCTIONS) {
    const advised = [...functionAdvice(name)!.matchAll(/\b([A-Z][A-Z0-9_]+) ?\(/g)].map((m) => m[1]!);
    expect(advised.filter((f) => !OURS.has(f) && !SYNTAX.has(f))).toEqual([]);
  }
});

test('a call gets its own arguments back', () => {
  expect(functionAdvice('TO_DATE', ['NOTE', "'y'"])).toContain("PARSE_DATE(NOTE, 'yyyy-MM-dd')");
  expect(functionAdvice('date_trunc', ["'day'", 'AT'])).toContain("FORMAT_TIMESTAMP(AT, 'yyyy-MM-dd') is the day");
  expect(functionAdvice('DATE_TRUNC', ['AT', "'minutes'"])).toContain("FORMAT_TIMESTAMP(AT, 'yyyy-MM-dd HH:mm')");
  expect(functionAdvice('YEAR', ['AT'])).toContain("FORMAT_TIMESTAMP(AT, 'yyyy')");
});
