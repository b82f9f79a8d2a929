import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compile } from './compiled.ts';

const PREFIX = 'sluice-run-';

/**
 * Runs once before all tests: compiles the files from which tests start processes and threads, and provides a folder
 * for temporary files, which is removed at the end of the run, whatever tests left in it.
 */
export default async function setup(): Promise<() => void> {
  await compile();
  // Vitest calls this for each project of a run.
  if (path.basename(tmpdir()).startsWith(PREFIX)) return () => undefined;
  const folder = mkdtempSync(path.join(tmpdir(), PREFIX));
  // Database servers run as other users and create temporary files, so anyone may write here, as in /tmp.
  chmodSync(folder, 0o1777);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
}
