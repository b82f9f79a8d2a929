import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { threadCpuMs } from '../../../test/support/cpu.ts';
import { Work } from '../budget/work.ts';
import { backtrackingBound, repeatsNothing } from './cost.ts';
import { javaRegex } from './java-regex.ts';
import { replacer } from './java-replacement.ts';
import { Matcher } from './matcher.ts';
import { parseRegex } from './parse.ts';
import { v8Source } from './v8-source.ts';

const WORK = new Work(Infinity, 'none');

/** All matches, as text. */
const all = (pattern: string, input: string): string[] =>
  Array.from(javaRegex(pattern).matches(input, WORK), (m) => m.group(0)!);

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
    // Line boundaries as in Java: none between \r and \n, and no line begins at the end of the text.
    ['(?m)$', 'a\r\nb', ['', '']],
    ['(?m)^', 'a\r\nb\n', ['', '']],
    ['$', 'a\r\n', ['', '']],
    ['(?x) a b # two\n +', 'abb', ['abb']],
    ['(?:a|b)*?c|\\bd', 'abc d', ['abc', 'd']],
    ['(?<!a)b(?=c)(?!cc)', 'abc bc bcc', ['b']],
    ['(?<=a{1,3})b', 'b aab', ['b']],
    ['(?:a|ab)(?:c|bcd)(?:d*)', 'abcd', ['abcd']],
  ])('%s in %j', (pattern, input, matches) => {
    expect(all(pattern, input)).toEqual(matches);
  });

  test('groups keep their Java numbers beside possessive quantifiers', () => {
    const java = javaRegex('(x)(?:(a)(b)?)++(c)');
    const match = java.first('xabac', WORK)!;
    expect([0, 1, 2, 4].map((n) => match.group(n))).toEqual(['xabac', 'x', 'a', 'c']);
    expect(java.groupCount).toBe(4);
  });

  test.each(['a(', 'a)', '*a', '[a', '\\', '\\G', '(?d)a', 'a(?i)b', '\\p{Nope}', '\\y'])('refuses %s', (pattern) => {
    expect(() => javaRegex(pattern)).toThrow('Invalid regular expression pattern');
  });

  test("replacement texts are Java's", () => {
    const replace = (pattern: string, text: string, input: string) => replacer(javaRegex(pattern), text)(input, WORK);
    expect(replace('(a)(b)', '$2$1$0', 'ab')).toBe('baab');
    expect(replace('(a)', '$12', 'a')).toBe('a2');
    expect(replace('a', '\\$1', 'a')).toBe('$1');
    expect(replace('(?<x>a)', '<${x}>', 'a')).toBe('<a>');
    expect(() => replace('a', '$1', 'a')).toThrow('No group 1');
  });
});

/** Matches with both engines, whichever one the analysis would choose. */
function both(pattern: string, input: string): [(string | null)[][], (string | null)[][]] {
  const syntax = parseRegex(pattern);
  const { source, groups } = v8Source(syntax.root);
  const numbers = Array.from({ length: syntax.groupCount + 1 }, (_, n) => n);
  const v8 = [...input.matchAll(new RegExp(source, `g${syntax.ignoreCase ? 'i' : ''}v`))].map((m) =>
    numbers.map((n) => m[groups[n]!] ?? null),
  );
  const matcher = new Matcher(syntax);
  const own: (string | null)[][] = [];
  for (let from = 0; from <= input.length;) {
    const slots = matcher.exec(input, from, WORK);
    if (slots === null) break;
    own.push(numbers.map((n) => (slots[2 * n + 1]! < 0 ? null : input.slice(slots[2 * n], slots[2 * n + 1]))));
    from = slots[1]! > slots[0]! ? slots[1]! : slots[1]! + ((input.codePointAt(slots[1]!) ?? 0) > 0xffff ? 2 : 1);
  }
  return [v8, own];
}

describe('the matcher that counts its steps', () => {
  const pattern = fc.letrec<{ one: string; many: string; all: string }>((tie) => ({
    one: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a', 'b', 'c', '.', '\\w', '[ab]', '[^a]', '\\d', '😀', '\\n', '(?:)'),
      fc.constantFrom('^', '$', '\\b', '\\B', '\\z', '\\Z', '\\A', '\\R'),
      tie('all').map((t) => `(?:${t})`),
      tie('all').map((t) => `(?=${t})`),
      tie('all').map((t) => `(?!${t})`),
      tie('all').map((t) => `(?>${t})`),
      fc
        .tuple(fc.constantFrom('a', 'b', '[ab]', '\\w', '.', 'ab', '(?:a|bc)'), fc.constantFrom('?<=', '?<!'))
        .map(([t, k]) => `(${k}${t})`),
    ),
    many: fc
      .tuple(
        tie('one'),
        fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '+?', '??', '++', '?+', '{0,2}+'),
      )
      .map(([one, sign]) => (/^(?:\^|\$|\\[bBzZA]|\(\?[=!<])/.test(one) ? one : one + sign)),
    all: fc.oneof(
      { depthSize: 'small' },
      fc.array(tie('many'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => `${a}|${b}`),
    ),
  })).all;
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '\n', '\r', '😀', ' '), maxLength: 10 });

  test('finds what V8 finds', () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom('', '(?i)', '(?s)', '(?m)'), text, (inner, flags, any) => {
        // V8's lookbehind can also start in the middle of a surrogate pair.
        const input = /\(\?[=!<]|\\[bB]/.test(inner) ? any.replaceAll('😀', 'a') : any;
        fc.pre(!repeatsNothing(parseRegex(inner).root));
        const [v8, own] = both(`${flags}${inner}`, input);
        expect(own).toEqual(v8);
      }),
      { numRuns: 600 },
    );
  });

  test.each([
    ['(a+)+$', 'b'],
    ['(a|a)*c', ''],
    ['(a|aa)+$', 'b'],
    ['(a*)*c', ''],
    ['a*a*a*a*b', ''],
    ['(?:a?){30}a{30}$', 'b'],
    ['(.*)(.*)(.*)(.*)x', ''],
    ['^(?=(a+)+$)', 'b'],
    ['(?<!x)(a+)+$', 'b'],
  ])('%s ends in steps that grow with the text', (evil, end) => {
    const steps = (length: number): number => {
      const work = new Work(1e9, 'none');
      new Matcher(parseRegex(evil)).exec('a'.repeat(length) + end, 0, work);
      return work.limit - work.left;
    };
    expect(steps(2000)).toBeLessThan(5 * steps(500) + 1000);
    expect(steps(2000)).toBeLessThan(800_000);
  });

  test('what has no such bound ends with an error that names the limit', () => {
    const work = new Work(100_000, 'the.limit');
    expect(() => javaRegex('(a*)*(a*)*\\1b').first('a'.repeat(200), work)).toThrow(
      'more than 100000 steps (the.limit)',
    );
  });
});

describe('what V8 may run', () => {
  test.each([
    ['\\d+', 100_000],
    ['user=(\\w+)', 20_000],
    ['user=(\\w+) id=(\\d+)', 10_000],
    ['^(\\d+)\\s(.*)$', 20_000],
    ['^([^,]*),([^,]*),(.*)$', 20_000],
    ['[A-Z]{3}-\\d{4}', 10_000],
    ['(\\w+)@(\\w+)\\.com', 900],
    ['(?:\\w+\\.)+com', 80],
    ['error|warning|fatal', 40_000],
    ['', 100_000],
  ])('%s, up to %i characters at least', (safe, length) => {
    expect(backtrackingBound(parseRegex(safe))!(length)).toBeLessThanOrEqual(1 << 20);
  });

  test.each([
    '(a+)+$',
    '(a|a)*c',
    '(a|aa)+$',
    '(a*)*c',
    '(?:a|ab)*c',
    '(\\w+\\s?)*$',
    '(x+x+)+y',
    '(?:(?:a?){10}){10}a',
    '(.*)\\1x',
    '(?:(a)|b)*',
    'a{5000}',
  ])('%s: not at all', (evil) => {
    expect(backtrackingBound(parseRegex(evil))?.(1000) ?? Infinity).toBeGreaterThan(1 << 20);
  });

  test.each(['a*a*b', 'a?a?a?a?a?a?a{6}', '.*.*=.*', '[a-z]+[a-y]+[0-9]', '(?:ab|a)(?:bc|c)*d+d+'])(
    '%s: only as long as the bound says',
    (slow) => {
      const bound = backtrackingBound(parseRegex(slow))!;
      let length = 1;
      while (bound(length * 2) <= 1 << 20) length *= 2;
      const regex = new RegExp(v8Source(parseRegex(slow).root).source, 'v');
      const from = threadCpuMs();
      for (const unit of ['a', 'ab', 'abc', '=']) regex.test(unit.repeat(length).slice(0, length));
      // Some tens of ms: V8 counts no steps.
      expect(threadCpuMs() - from).toBeLessThan(2000);
    },
  );
});
