import { describe, expect, test } from 'vitest';
import { matchesAny, NamePattern, patternProblem } from './name-pattern.ts';

describe('a pattern for names', () => {
  test('matches the whole name, as Java does', () => {
    expect(new NamePattern('a|ab').test('ab')).toBe(true);
    expect(new NamePattern('a').test('ab')).toBe(false);
    expect(new NamePattern('a$').test('a\n')).toBe(false);
    expect(new NamePattern('(?i)ORDERS\\.\\p{Alpha}++').test('orders.Items')).toBe(true);
    expect(new NamePattern('orders', true).test('ORDERS')).toBe(true);
    expect(matchesAny(['x', '_confluent.*'], '_confluent-ksql')).toBe(true);
  });

  test('is none where it is none by itself', () => {
    expect(patternProblem('a)(b')).toMatch(/parenthesis/);
    expect(() => new NamePattern('[')).toThrow();
    expect(patternProblem('a.*')).toBeUndefined();
  });

  test('ends soon, whatever it is', () => {
    const name = `${'a'.repeat(249)}!`;
    for (const pattern of ['(a+)+b', '(a|a)*b', '(a*)*b', '(a|aa)+$b', '([a-z]+)*_x'])
      expect(new NamePattern(pattern).test(name), pattern).toBe(false);
    // No engine matches back-references in linear time, so the steps are limited.
    expect(() => new NamePattern('(a*)*(a*)*(a*)*(a*)*\\1\\2\\3b').test(name)).toThrow(
      /takes more than 1000000 steps for the name a+/,
    );
  });

  test('renames by matches and replaceFirst', () => {
    expect(new NamePattern('(?<a>\\w+)-(\\w+)').renamer('$2.${a}\\$')('x-y')).toBe('y.x$');
    // Java searches for the first match again, which is the shorter one here.
    expect(new NamePattern('a|ab').renamer('-')('ab')).toBe('-b');
    expect(new NamePattern('a').renamer('$1')('b')).toBeUndefined();
    expect(() => new NamePattern('a').renamer('$1')('a')).toThrow('No group 1');
  });
});
