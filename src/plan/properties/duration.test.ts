import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['30 SECONDS', 30_000],
  ['1 second', 1000],
  [' 2   Minutes ', 120_000],
  ['+1 HOUR', 3_600_000],
  ['1 DAYS', 86_400_000],
  ['5 MILLISECONDS', 5],
])('%j is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['10', 'Expected 2 tokens, got: 1'],
  ['10 SECONDS AGO', 'Expected 2 tokens, got: 3'],
  ['ten SECONDS', "Size must be numeric, 'ten'"],
  ['1.5 SECONDS', "Size must be numeric, '1.5'"],
  ['10 FORTNIGHTS', "Unknown time unit: 'FORTNIGHTS'"],
  ['0 SECONDS', 'Size must be larger than zero.'],
  ['-1 SECONDS', 'Size must be larger than zero.'],
])('%j is refused', (text, reason) => {
  expect(parseDuration(text)).toMatchObject({ reason: `Invalid duration: '${text}'. ${reason}` });
});
