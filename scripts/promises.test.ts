import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const page = path.resolve(import.meta.dirname, '../docs/operate/promises.md');

test('each promise is held by a test that is there', () => {
  const rows = readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| **'));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const tests = [...row.split('|')[2]!.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!);
    expect(tests, row).not.toEqual([]);
    for (const link of tests) expect([link, existsSync(path.resolve(path.dirname(page), link))]).toEqual([link, true]);
  }
});
