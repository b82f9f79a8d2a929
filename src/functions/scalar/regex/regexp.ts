import type { Work } from '../../../base/budget/work.ts';
import { array, INTEGER, STRING } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';
import { javaRegex, type JavaRegex } from '../../../base/regex/java-regex.ts';
import { replacer } from '../../../base/regex/java-replacement.ts';

const PATTERN = param('pattern', STRING, 'The regular expression, in the syntax of java.util.regex.');
const INPUT = param('input', STRING, 'The text to search in.');
const GROUP = param('group', INTEGER, 'The number of the capturing group to return; 0 is the whole match.');

/** Compiles a constant pattern once; an invalid one fails on each row. */
function patternFinder(site: CallSite, at: number): (pattern: string) => JavaRegex {
  const pattern = site.constants[at];
  if (typeof pattern !== 'string') return javaRegex;
  let compiled: JavaRegex | undefined;
  return () => (compiled ??= javaRegex(pattern));
}

function firstMatch(java: JavaRegex, input: string, group: number, work: Work): string | null {
  return java.first(input, work)?.group(group) ?? null;
}

export const regexpExtract = scalarFunction({
  name: 'REGEXP_EXTRACT',
  category: 'REGULAR EXPRESSION',
  doc: 'Returns the first part of a text that matches a regular expression, or one of its groups; NULL when nothing matches.',
  signatures: [
    {
      params: [PATTERN, INPUT],
      returns: STRING,
      prepare(site) {
        const find = patternFinder(site, 0);
        const { work } = site.env;
        return (pattern: string, input: string) => firstMatch(find(pattern), input, 0, work);
      },
    },
    {
      params: [PATTERN, INPUT, GROUP],
      returns: STRING,
      prepare(site) {
        const find = patternFinder(site, 0);
        const { work } = site.env;
        return (pattern: string, input: string, group: number) => {
          const java = find(pattern);
          return group < 0 || group > java.groupCount ? null : firstMatch(java, input, group, work);
        };
      },
    },
  ],
  examples: [
    { call: "REGEXP_EXTRACT('test.', 'some_test_string')", gives: 'test_' },
    { call: "REGEXP_EXTRACT('(.*) (.*)', 'hello there', 2)", gives: 'there' },
    { call: "REGEXP_EXTRACT('x', 'abc')", gives: null },
  ],
});

function allMatches(java: JavaRegex, input: string, group: number, work: Work): (string | null)[] | null {
  if (group < 0 || group > java.groupCount) return null;
  return Array.from(java.matches(input, work), (match) => match.group(group));
}

export const regexpExtractAll = scalarFunction({
  name: 'REGEXP_EXTRACT_ALL',
  category: 'REGULAR EXPRESSION',
  doc: 'Returns all parts of a text that match a regular expression, or one of its groups, as an array.',
  signatures: [
    {
      params: [PATTERN, INPUT],
      returns: array(STRING),
      prepare(site) {
        const find = patternFinder(site, 0);
        const { work } = site.env;
        return (pattern: string, input: string) => allMatches(find(pattern), input, 0, work);
      },
    },
    {
      params: [PATTERN, INPUT, GROUP],
      returns: array(STRING),
      prepare(site) {
        const find = patternFinder(site, 0);
        const { work } = site.env;
        return (pattern: string, input: string, group: number) => allMatches(find(pattern), input, group, work);
      },
    },
  ],
  examples: [
    { call: "REGEXP_EXTRACT_ALL('(\\w+) (\\w*)', 'hello there nice day', 2)", gives: ['there', 'day'] },
    { call: "REGEXP_EXTRACT_ALL('\\d', 'abc')", gives: [] },
  ],
});

export const regexpReplace = scalarFunction({
  name: 'REGEXP_REPLACE',
  category: 'REGULAR EXPRESSION',
  doc: 'Replaces all parts of a text that match a regular expression. $1 in the new text stands for group 1, \\$ for a dollar.',
  signatures: [
    {
      params: [INPUT, PATTERN, param('newText', STRING, 'What to put in place of each match.')],
      returns: STRING,
      prepare(site) {
        const find = patternFinder(site, 1);
        const { work } = site.env;
        return (input: string, pattern: string, replacement: string) => {
          const java = find(pattern);
          return replacer(java, replacement)(input, work);
        };
      },
    },
  ],
  examples: [
    { call: "REGEXP_REPLACE('baababaa', '(ab)+', 'cat')", gives: 'bacataa' },
    { call: "REGEXP_REPLACE('a1b2', '([a-z])(\\d)', '$2$1')", gives: '1a2b' },
  ],
});

export const regexpSplitToArray = scalarFunction({
  name: 'REGEXP_SPLIT_TO_ARRAY',
  category: 'REGULAR EXPRESSION',
  doc:
    'Splits a text at the matches of a regular expression. Matches at an end or in a row give empty elements; an empty ' +
    'expression splits all characters.',
  signatures: [
    {
      params: [INPUT, PATTERN],
      returns: array(STRING),
      prepare(site) {
        const find = patternFinder(site, 1);
        const { work } = site.env;
        return (input: string, pattern: string) => splitAt(find(pattern), input, work);
      },
    },
  ],
  examples: [
    { call: "REGEXP_SPLIT_TO_ARRAY('aXbbYc', '[XY]')", gives: ['a', 'bb', 'c'] },
    { call: "REGEXP_SPLIT_TO_ARRAY('.a.', '\\.')", gives: ['', 'a', ''] },
    { call: "REGEXP_SPLIT_TO_ARRAY('abc', '')", gives: ['a', 'b', 'c'] },
  ],
});

/** Empty matches split between characters, but not at the ends of the text. */
function splitAt(java: JavaRegex, input: string, work: Work): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { index, end } of java.matches(input, work)) {
    if (end === index && (index === 0 || index === input.length)) continue;
    parts.push(input.slice(start, index));
    start = end;
  }
  parts.push(input.slice(start));
  return parts;
}
