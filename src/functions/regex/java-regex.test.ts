import { describe, expect, test } from 'vitest';
import { javaRegex } from './java-regex.ts';
import { replacer } from './java-replacement.ts';

/** All matches, as text. */
const all = (pattern: string, input: string): string[] =>
  [...input.matchAll(javaRegex(pattern).regex)].map((m) => m[0]);

describe('javaRegex', () => {
  test.each<[pattern: string, input: string, matches: string[]]>([
    ['a.c', 'abc a\nc a\u0085c', ['abc']],
    ['(?s)a.c', 'a\nc', ['a\nc']],
    ['(?i)abc', 'ABC', ['ABC']],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['b$', 'ab\n', ['b']],
    ['b\\z', 'ab\n', []],
    ['\\Ab', 'b\nb', ['b']],
    ['b\\Z', 'ab\n', ['b']],
    ['\\Qa.c\\E', 'abc a.c', ['a.c']],
    ['\\h+', 'a \t\u00A0b', [' \t\u00A0']],
    ['\\s', 'a\u00A0b c', [' ']],
    ['[\\s\\d]', 'a1 b', ['1', ' ']],
    ['\\p{Alpha}+', 'abc1é', ['abc']],
    ['\\p{L}+', 'abcé1', ['abcé']],
    ['\\p{IsGreek}+', 'abcαβ', ['αβ']],
    ['[\\p{Lower}&&[^b]]+', 'abcB', ['a', 'c']],
    ['[a-d[m-p]]+', 'abxmno', ['ab', 'mno']],
    ['[^a&&b]', 'b', ['b']],
    ['[]a]+', 'a]b', ['a]']],
    ['[a\\-z]+', 'a-z b', ['a-z']],
    ['[a-]+', 'a-b', ['a-']],
    ['[(){}/|]+', '({/|})', ['({/|})']],
    ['\\x41\\u0042\\x{43}\\0104', 'ABCD', ['ABCD']],
    ['a{2}', 'aaa', ['aa']],
    ['x\\{1\\}', 'x{1}', ['x{1}']],
    ['a++b', 'aab', ['aab']],
    ['a++a', 'aaa', []],
    ['(?>a|ab)c', 'abc', []],
    ['(a)(b)\\2\\1', 'abba', ['abba']],
    ['(?<first>a)\\k<first>', 'aa', ['aa']],
    ['(?<=a)b', 'ab cb', ['b']],
    ['\\d+/\\d+', '1/22', ['1/22']],
    ['😀+', '😀😀', ['😀😀']],
    ['a|b', 'cab', ['a', 'b']],
    ['', 'ab', ['', '', '']],
    ["it's_-,", "it's_-,", ["it's_-,"]],
  ])('%s in %j', (pattern, input, matches) => {
    expect(all(pattern, input)).toEqual(matches);
  });

  test('groups keep their Java numbers beside possessive quantifiers', () => {
    const java = javaRegex('(x)(?:(a)(b)?)++(c)');
    java.regex.lastIndex = 0;
    const match = java.regex.exec('xabac')!;
    expect([0, 1, 2, 4].map((n) => java.group(match, n))).toEqual(['xabac', 'x', 'a', 'c']);
    expect(java.groupCount).toBe(4);
  });

  test.each(['a(', 'a)', '*a', '[a', '\\', '\\G', '(?d)a', 'a(?i)b', '\\p{Nope}', '\\y'])('refuses %s', (pattern) => {
    expect(() => javaRegex(pattern)).toThrow('Invalid regular expression pattern');
  });

  test("replacement texts are Java's", () => {
    const replace = (pattern: string, text: string, input: string) => replacer(javaRegex(pattern), text)(input);
    expect(replace('(a)(b)', '$2$1$0', 'ab')).toBe('baab');
    expect(replace('(a)', '$12', 'a')).toBe('a2');
    expect(replace('a', '\\$1', 'a')).toBe('$1');
    expect(replace('(?<x>a)', '<${x}>', 'a')).toBe('<a>');
    expect(() => replace('a', '$1', 'a')).toThrow('No group 1');
  });
});
