import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../support/compiled.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { parseProperties } from '../../src/main/properties-file.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/operate/users.md'), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, kind, text]) => ({
  kind: kind!,
  text: text!,
}));

let folder: string;
let sluice: Sluice | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-users-page-'));
  mkdirSync(path.join(folder, 'bin'));
  writeFileSync(path.join(folder, 'bin/sluice'), `#!/bin/sh\nexec ${process.execPath} ${COMPILED_MAIN} "$@"\n`);
  chmodSync(path.join(folder, 'bin/sluice'), 0o755);
});

afterEach(async () => {
  await sluice?.close();
  sluice = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The output of a block that is run in the folder of the page's files, with the ports replaced by those of the test's
 * server.
 */
async function run(script: string): Promise<string> {
  const port = (url: string | undefined): string => new URL(url ?? 'http://x:1').port;
  const text = script
    .replaceAll('localhost:8088', `localhost:${port(sluice?.url)}`)
    .replaceAll('localhost:8083', `localhost:${port(sluice?.connectUrl)}`);
  const env = { ...process.env, PATH: `${path.join(folder, 'bin')}:${process.env['PATH']}` };
  const { stdout } = await promisify(execFile)('sh', ['-c', `{ ${text}\n} || true`], { cwd: folder, env });
  return stdout;
}

/**
 * The settings in the page's first block of properties, with the paths of the page's files and ports adapted to this
 * machine.
 */
function settings(): Record<string, string> {
  const block = BLOCKS.find(({ kind }) => kind === 'properties')!;
  const files = ['ssl.keystore.location', 'authentication.realm', 'audit.log.file'];
  return Object.fromEntries(
    Object.entries(parseProperties(block.text)).map(([name, value]) => [
      name,
      files.includes(name) ? path.join(folder, value) : value.replace(/0\.0\.0\.0:\d+/, '127.0.0.1:0'),
    ]),
  );
}

test('the page of users does what it says', async () => {
  let shown = 0;
  for (const [i, { kind, text }] of BLOCKS.entries()) {
    if (kind === 'properties' && sluice === undefined)
      sluice = await startSluice({ env: nodeEnv(SILENT_LOGGER), store: new MemoryStore(), properties: settings() });
    if (kind !== 'sh') continue;
    const printed = await run(text);
    const next = BLOCKS[i + 1];
    if (next?.kind !== 'text') continue;
    expect(printed).toBe(next.text);
    shown++;
  }
  expect(shown).toBe(3);
}, 120_000);
