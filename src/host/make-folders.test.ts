import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolders } from './make-folders.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-folders-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('makes what is missing, with its mode, and tells the first', () => {
  const deep = path.join(folder, 'a', 'b', 'c');
  expect(makeFolders(deep, 0o700)).toBe(path.join(folder, 'a'));
  for (const one of ['a', 'a/b', 'a/b/c']) expect(statSync(path.join(folder, one)).mode & 0o777).toBe(0o700);
  expect(makeFolders(deep)).toBeUndefined();
  symlinkSync(deep, path.join(folder, 'link'));
  expect(makeFolders(path.join(folder, 'link', 'd'))).toBe(path.join(folder, 'link', 'd'));
});

test('what stands in the way is told', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  expect(() => makeFolders(file)).toThrow('EEXIST');
  expect(() => makeFolders(path.join(file, 'x'))).toThrow('ENOTDIR');
  symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dangling'));
  expect(() => makeFolders(path.join(folder, 'dangling', 'x'))).toThrow('ENOENT');
});

test.runIf(existsSync('/proc/self'))('a file system without folders to make answers at once', () => {
  expect(() => makeFolders('/proc/sluice/data')).toThrow('ENOENT');
});
