import { expect, test } from 'vitest';
import { connectionsWithin, openFilesMax } from './open-files.ts';

test.skipIf(process.platform !== 'linux')('the system says how many files may be open', () => {
  expect(openFilesMax()).toBeGreaterThan(100);
});

test('clients leave half of what there is to files', () => {
  expect(connectionsWithin(10_000, 1_048_576)).toBe(10_000);
  expect(connectionsWithin(10_000, 1024)).toBe(512);
  expect(connectionsWithin(100, 1024)).toBe(100);
  expect(connectionsWithin(10_000, undefined)).toBe(10_000);
});
