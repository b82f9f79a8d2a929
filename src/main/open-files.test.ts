import { expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { temporaryFolder } from '../../test/support/servers/java.ts';
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

/**
 * Starts a server that may open this many files; undefined if it serves requests, otherwise its output before it ended.
 */
async function startWith(
  openFiles: number,
  data: string,
): Promise<{ code: number | null; stderr: string } | undefined> {
  const server = spawn(
    'sh',
    [
      '-c',
      `ulimit -n ${openFiles}; exec "$@"`,
      'sh',
      process.execPath,
      COMPILED_MAIN,
      'server',
      '--data',
      data,
      '--set',
      'listeners=http://127.0.0.1:0',
      '--set',
      'connect.listeners=http://127.0.0.1:0',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(server, 'close') as Promise<[number | null]>;
  let stderr = '';
  let serves = false;
  server.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  server.stdout.on('data', (text: Buffer) => {
    serves ||= text.includes('serves');
    if (serves) server.kill();
  });
  const [code] = await ended;
  return serves ? undefined : { code, stderr };
}

test.skipIf(process.platform !== 'linux')('a start without files to open says which limit to raise', async () => {
  const folder = temporaryFolder('open-files');
  try {
    // Which limit prevents a start with unbundled code depends on how this version of Node loads modules.
    const ends: Awaited<ReturnType<typeof startWith>>[] = [];
    const says = { code: 1, stderr: expect.stringMatching(/EMFILE.*ulimit -n/) as unknown };
    for (const openFiles of [48, 28, 24]) ends.push(await startWith(openFiles, folder.path));
    expect(ends).toContainEqual(says);
  } finally {
    folder.remove();
  }
});
