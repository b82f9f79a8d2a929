import { expect, test } from 'vitest';
import { patternReading } from './datetime-guess.ts';

test.each([
  ['01/02/2026 10:00', 'TIMESTAMP', 'dd/MM/yyyy HH:mm'],
  ['01/13/2026 10:00', 'TIMESTAMP', 'MM/dd/yyyy HH:mm'],
  ['2026-01-02 10:00:00.123', 'TIMESTAMP', 'yyyy-MM-dd HH:mm:ss.SSS'],
  ['2026-01-02T10:00:00+0100', 'TIMESTAMP', "yyyy-MM-dd'T'HH:mm:ssXX"],
  ['1.2.2026', 'TIMESTAMP', 'd.M.yyyy'],
  ['Jan 2, 2026 3:04 PM', 'TIMESTAMP', 'MMM d, yyyy h:mm a'],
  ['02.01.2026', 'DATE', 'dd.MM.yyyy'],
  ['3:04 PM', 'TIME', 'h:mm a'],
  ['yesterday', 'TIMESTAMP', undefined],
] as const)('%s as %s is read by %s', (text, kind, pattern) => {
  expect(patternReading(text, kind)).toBe(pattern);
});
