import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compile } from './compiled.ts';

const PREFIX = 'sluice-run-';

/**
 * Once, before the tests of a run: compiles what processes and threads of theirs are started from, and gives them a
 * folder for all that is temporary, which goes with the run, whatever a test has left in it.
 */
export default async function setup(): Promise<() => void> {
  await compile();
  // Each project of a run asks for it.
  if (path.basename(tmpdir()).startsWith(PREFIX)) return () => undefined;
  const folder = mkdtempSync(path.join(tmpdir(), PREFIX));
  // Databases run as other users.
  chmodSync(folder, 0o755);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
}
