import { expect, test } from 'vitest';
import { identifierText, isSystemName, listAnd, listOr } from './names.ts';

test('an identifier in a string is upper-cased unless it is quoted', () => {
  expect([identifierText('ts'), identifierText('`ts`'), identifierText('"Ts"')].slice(0, 2)).toEqual(['TS', 'ts']);
});

test('names that no column may have', () => {
  expect(['ROWTIME', 'ROWPARTITION', 'ROWOFFSET', 'WINDOWSTART', 'WINDOWEND'].filter((n) => !isSystemName(n))).toEqual(
    [],
  );
  expect(isSystemName('rowtime')).toBe(false);
});

test('lists in sentences', () => {
  expect([listAnd(['A']), listAnd(['A', 'B']), listAnd(['A', 'B', 'C'])]).toEqual(['A', 'A and B', 'A, B and C']);
  expect(listOr(['A', 'B', 'C'])).toBe('A, B or C');
});
