import { expect, test } from 'vitest';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
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

test.skipIf(process.platform !== 'linux')('a start without files to open says which limit to raise', async () => {
  const started = promisify(execFile)('sh', [
    '-c',
    'ulimit -n 48; exec "$@"',
    'sh',
    process.execPath,
    COMPILED_MAIN,
    'server',
  ]);
  await expect(started).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/EMFILE.*ulimit -n/) as unknown,
  });
});
