import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../internal/http-client.ts';
import { parseStatusCodes, type StatusCodes } from './status-codes.ts';
import { cut, verdictOf } from './verdict.ts';

const RETRIES = parseStatusCodes('408,500-501') as StatusCodes;
const NOW = Date.parse('2024-05-17T10:00:00Z');
const verdict = (status: number, headers: Record<string, string> = {}, text = '') =>
  verdictOf({ status, headers, text } as unknown as HttpAnswer, RETRIES, NOW);

describe('what an answer says of the records of a request', () => {
  test.each([
    [200, { kind: 'taken' }],
    [204, { kind: 'taken' }],
    [301, { kind: 'refused', isOfContent: false }],
    [400, { kind: 'refused', isOfContent: true }],
    [401, { kind: 'accessRefused' }],
    [403, { kind: 'refused', isOfContent: false }],
    [407, { kind: 'accessRefused' }],
    [408, { kind: 'later', isUnreachable: false }],
    [413, { kind: 'refused', isOfContent: true }],
    [422, { kind: 'refused', isOfContent: true }],
    [429, { kind: 'later', isUnreachable: true }],
    [500, { kind: 'later', isUnreachable: false }],
    [502, { kind: 'later', isUnreachable: true }],
    [503, { kind: 'later', isUnreachable: true }],
    [505, { kind: 'refused', isOfContent: false }],
  ])('%i', (status, expected) => expect(verdict(status)).toMatchObject(expected));
});

describe('Retry-After', () => {
  const after = (text: string): number => (verdict(429, { 'retry-after': text }) as { afterMs: number }).afterMs;

  test('seconds, or a date', () => {
    expect(after('7')).toBe(7000);
    expect(after('Fri, 17 May 2024 10:00:30 GMT')).toBe(30_000);
  });

  test('neither in the past, nor longer than five minutes, nor nonsense', () => {
    expect(after('Fri, 17 May 2024 09:00:00 GMT')).toBe(0);
    expect(after('86400')).toBe(5 * 60_000);
    expect(after('soon')).toBe(0);
  });
});

test('the answer is told in one line, without tags, in short', () => {
  expect(cut('<h1>Bad</h1>\n  request')).toBe(': Bad request');
  expect(cut(' \n ')).toBe('');
  expect(cut('x'.repeat(1000))).toBe(`: ${'x'.repeat(300)}…`);
});

describe('lists of statuses', () => {
  const has = (text: string, status: number): boolean => (parseStatusCodes(text) as StatusCodes)(status);

  test('single ones, ranges, and all from one on', () => {
    expect([has('408, 500-504', 502), has('408', 409), has('500-', 599), has('500-', 499), has('', 200)]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  test('what is wrong is said', () => {
    expect(parseStatusCodes('abc')).toContain("'abc' is no status");
    expect(parseStatusCodes('504-500')).toContain('504-500');
    expect(parseStatusCodes('600')).toContain("'600'");
  });
});
