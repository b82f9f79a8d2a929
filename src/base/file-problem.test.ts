import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fileProblem } from './file-problem.ts';

function problemOf(file: string): string {
  try {
    readFileSync(file);
    return '';
  } catch (error) {
    return fileProblem(error, file);
  }
}

test('what the system says of a file is told in words', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-files-'));
  try {
    expect(problemOf(path.join(folder, 'a.sql'))).toBe(`there is no file ${path.join(folder, 'a.sql')}`);
    expect(problemOf(folder)).toBe(`${folder} is a folder`);
    expect(fileProblem(new Error('disk on fire'), 'a')).toBe('disk on fire');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
