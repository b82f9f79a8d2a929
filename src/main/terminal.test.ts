import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { testEnv } from '../../test/support/env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/* The console as a separate process, because only there standard input can be a file or a pipe. */
let sluice: Sluice;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-terminal-'));
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: testEnv(),
  });
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true });
});

/** Runs the console with a file as its standard input. */
async function consoleWith(
  file: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const address = sluice.url.replace('http://', '');
  const child = spawn(process.execPath, [COMPILED_MAIN, 'cli', address], {
    stdio: [openSync(file, 'r'), 'pipe', 'pipe'],
    env: { ...process.env, HOME: folder },
  });
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

test('statements from a file: exit code 0, and no history', async () => {
  const file = path.join(folder, 'a.sql');
  writeFileSync(file, 'SHOW STREAMS;\nSHOW TABLES;\n');
  expect(await consoleWith(file)).toEqual({ code: 0, out: 'No streams.\nNo tables.\n', err: '' });
  expect(readdirSync(folder)).toEqual(['a.sql']);
});

test('no input at all', async () => {
  expect(await consoleWith('/dev/null')).toEqual({ code: 0, out: '', err: '' });
});

test('a statement that fails is the exit code, and what follows runs', async () => {
  const file = path.join(folder, 'b.sql');
  writeFileSync(file, 'SELEC 1; SHOW TABLES;\n');
  const { code, out, err } = await consoleWith(file);
  expect({ code, out }).toEqual({ code: 1, out: 'No tables.\n' });
  expect(err).toContain("Unknown statement 'SELEC'");
});
