import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error It is plain JavaScript: it runs before anything is installed.
import { whatIsStale as untyped } from './clone.mjs';

const whatIsStale = untyped as (folder: string) => string | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-clone-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const lock = (name: string, packages: Record<string, unknown>): void =>
  writeFileSync(path.join(folder, name), JSON.stringify({ packages }));
const A = { version: '1.0.0', integrity: 'sha512-a' };
const OF_ANOTHER_PLATFORM = { version: '1.0.0', optional: true };

function install(packages: Record<string, unknown>): void {
  for (const name of Object.keys(packages)) {
    mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, name, 'package.json'), '{}');
  }
  lock('node_modules/.package-lock.json', packages);
}

test('what is installed is what the lockfile names, or npm ci runs', () => {
  lock('package-lock.json', { '': {}, 'node_modules/a': A, 'node_modules/x': OF_ANOTHER_PLATFORM });
  expect(whatIsStale(folder)).toBe('node_modules is missing');
  install({ 'node_modules/a': A });
  expect(whatIsStale(folder)).toBeUndefined();
  lock('package-lock.json', { '': {}, 'node_modules/a': A, 'node_modules/b': A });
  expect(whatIsStale(folder)).toBe('node_modules holds no b');
  lock('package-lock.json', { '': {}, 'node_modules/a': { ...A, version: '1.0.1' } });
  expect(whatIsStale(folder)).toBe('node_modules holds another a');
  lock('package-lock.json', { '': {}, 'node_modules/a': A });
  rmSync(path.join(folder, 'node_modules/a'), { recursive: true });
  expect(whatIsStale(folder)).toBe('node_modules holds no a');
});
