import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance, suggestions } from './suggest.ts';

describe('editDistance', () => {
  test.each([
    ['', '', 0],
    ['SELECT', 'SELECT', 0],
    ['SELCT', 'SELECT', 1],
    ['SELETC', 'SELECT', 1],
    ['FORM', 'FROM', 1],
    ['kitten', 'sitting', 3],
  ])('%s and %s are %i apart', (a, b, distance) => {
    expect(editDistance(a, b, 5)).toBe(distance);
    expect(editDistance(b, a, 5)).toBe(distance);
  });

  test('stops above the limit', () => {
    expect(editDistance('abcdef', 'uvwxyz', 2)).toBe(3);
    expect(editDistance('a', 'abcdef', 2)).toBe(3);
  });
});

describe('suggestions', () => {
  test('nearest first, whatever the case', () => {
    expect(suggestions('usres', ['ORDERS', 'USERS', 'USER'])).toEqual(['USERS']);
    expect(suggestions('user_id', ['USERID', 'USER_IDS', 'ID'])).toEqual(['USERID', 'USER_IDS']);
  });

  test('nothing far away, nothing for one letter, nothing for a novel', () => {
    expect(suggestions('x', ['Y', 'Z'])).toEqual([]);
    expect(suggestions('price', ['WHERE'])).toEqual([]);
    expect(suggestions('a'.repeat(10_000), ['a'.repeat(10_001)])).toEqual([]);
  });

  test('a name that differs in case alone is one', () => {
    expect(suggestions('id', ['ID'])).toEqual(['ID']);
  });

  test('as a sentence', () => {
    expect(didYouMean('FORM', ['FROM', 'WHERE'])).toBe('Did you mean FROM?');
    expect(didYouMean('nothing', ['FROM'])).toBeUndefined();
  });
});
