import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let root: string;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sluice-lock-'));
  folder = path.join(root, 'data');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

/** A process that has locked the folder; a busy one does not respond. */
async function holder(of: string, busy = false): Promise<ChildProcess> {
  const module = path.join(import.meta.dirname, 'folder-lock.ts');
  const code = `const { lockFolder } = await import(${JSON.stringify(module)});
    (await lockFolder(${JSON.stringify(of)}, false)).announce('http://127.0.0.1:1234');
    process.stdout.write('locked');
    ${busy ? 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);' : 'setInterval(() => {}, 1000);'}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (exit) => reject(new Error(`the holder ended with ${exit}`)));
  });
  return child;
}

const gone = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
  });

test('a folder that is open is refused, with who has it and how to reach it; nothing is left behind', async () => {
  const child = await holder(folder);
  const before = readdirSync(folder).toSorted();
  await expect(lockFolder(folder, false)).rejects.toMatchObject({
    code: 'CONFIG',
    message: `The data folder ${folder} is open by process ${child.pid}`,
    hint: expect.stringContaining('sluice cli http://127.0.0.1:1234') as string,
  });
  expect(readdirSync(folder).toSorted()).toEqual(before);
  // A process that responds is never taken over.
  await expect(lockFolder(folder, true)).rejects.toThrow('is open by process');
  expect(child.exitCode).toBeNull();
});

test('the lock dies with its process', async () => {
  const child = await holder(folder);
  const ended = gone(child);
  child.kill('SIGKILL');
  await ended;
  const lock = await lockFolder(folder, false);
  await expect(lockFolder(folder, false)).rejects.toThrow(`process ${process.pid}`);
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('of many that come at once, after one that died, one gets it', async () => {
  const child = await holder(folder);
  const ended = gone(child);
  child.kill('SIGKILL');
  await ended;
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder, false)));
  const taken = results.filter((r) => r.status === 'fulfilled');
  expect(taken).toHaveLength(1);
  await taken[0]!.value.release();
});

test('one that does not answer is named, and is taken over when asked', async () => {
  const child = await holder(folder, true);
  await expect(lockFolder(folder, false)).rejects.toMatchObject({
    message: `The data folder ${folder} is open by process ${child.pid}, which does not answer`,
    hint: expect.stringContaining('--take-over') as string,
  });
  expect(child.signalCode).toBeNull();
  const ended = gone(child);
  const lock = await lockFolder(folder, true);
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  await lock.release();
});

test('a folder of a long name', async () => {
  const long = path.join(root, 'x'.repeat(120));
  const lock = await lockFolder(long, false);
  await expect(lockFolder(long, false)).rejects.toThrow('is open by process');
  await lock.release();
  await (await lockFolder(long, false)).release();
});

test('a folder that is made is its owner’s alone; one that is there keeps its mode', async () => {
  const lock = await lockFolder(folder, false);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);
  await lock.release();
  const shared = path.join(root, 'shared');
  mkdirSync(shared, { mode: 0o755 });
  await (await lockFolder(shared, false)).release();
  expect(statSync(shared).mode & 0o777).toBe(0o755);
  expect(existsSync(path.join(shared, 'lock'))).toBe(false);
});
