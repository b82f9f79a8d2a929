import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { recordsOf } from '../../../test/support/log-records.ts';
import { EmbeddedLog, type FsyncPolicy } from './embedded-log.ts';
import { LmdbStore } from '../../store/lmdb-store.ts';

const WRITER = fileURLToPath(new URL('../../../test/support/crash-writer.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const parent = mkdtempSync(join(tmpdir(), 'sluice-crash-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface Ended {
  /** The last commit that the child process reported as acknowledged. */
  readonly acknowledged: number;
  readonly error: string | undefined;
}

/** Runs the writer until it ends, or kills it with SIGKILL `killAfterMs` after its first commit. */
function runWriter(
  folder: string,
  fsync: FsyncPolicy,
  valueBytes: number,
  killAfterMs: number | undefined,
  limitKb?: number,
): Promise<Ended> {
  const command = [process.execPath, '--import', 'tsx', WRITER, folder, fsync, `${valueBytes}`];
  // With a file size limit, and its signal ignored, writes fail as on a full disk.
  const limited =
    limitKb === undefined
      ? command
      : ['bash', '-c', `trap '' XFSZ; ulimit -f ${limitKb}; exec "$@"`, 'bash', ...command];
  const child = spawn(limited[0]!, limited.slice(1), { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let killing = false;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (!killing && killAfterMs !== undefined && output.includes('\n')) {
      killing = true;
      setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const lines = output.split('\n').slice(0, -1);
      const error = lines.find((line) => line.startsWith('error'));
      resolve({ acknowledged: Number(lines.filter((line) => /^\d+$/.test(line)).at(-1) ?? 0), error });
    });
  });
}

/** Opens the folder and checks that records, offset and state are consistent. Returns the number of records. */
async function checkWhole(folder: string): Promise<number> {
  const log = new EmbeddedLog({ store: new LmdbStore({ path: folder }), env: testEnv() });
  const at = { topic: 't', partition: 0 };
  const end = await log.admin.latestOffset(at);
  const reader = log.createReader({});
  reader.assign([{ ...at, offset: 0 }]);
  let n = 0;
  while (reader.position(at) < end) {
    for (const record of recordsOf(await reader.poll(0))) {
      expect(record.offset).toBe(n);
      expect(record.value!.startsWith(`${n}:`)).toBe(true);
      n++;
    }
  }
  expect(n).toBe(end);
  if (end > 0) {
    expect(await log.admin.committedOffsets('g')).toEqual([{ topic: 'input', partition: 0, offset: end }]);
    expect(log.store.get('counts', Buffer.from('n'))!.toString()).toBe(`${end}`);
    expect([...log.store.range('many')].map(({ value }) => value.toString())).toEqual(
      Array.from({ length: 20 }, () => `${end}`),
    );
  }
  await log.close();
  return end;
}

describe('after kill -9', { retry: 0 }, () => {
  test.each<FsyncPolicy>(['interval', 'commit', 'never'])(
    'fsync %s: what was acknowledged is there, whole',
    async (fsync) => {
      const folder = join(parent, fsync);
      for (const killAfterMs of [3, 40, 111]) {
        const { acknowledged } = await runWriter(folder, fsync, 3000, killAfterMs + Math.random() * 10);
        expect(acknowledged).toBeGreaterThan(0);
        const end = await checkWhole(folder);
        expect(end).toBeGreaterThanOrEqual(acknowledged);
      }
    },
  );
});

describe('a full disk', { retry: 0 }, () => {
  test('a write that fails leaves what was committed, and the log goes on when there is room', async () => {
    const folder = join(parent, 'limited');
    const { acknowledged, error } = await runWriter(folder, 'interval', 20_000, undefined, 4096);
    expect(error).toBe('error LOG_FULL');
    expect(acknowledged).toBeGreaterThan(20);
    expect(await checkWhole(folder)).toBe(acknowledged);
    const later = await runWriter(folder, 'interval', 20_000, 30);
    expect(await checkWhole(folder)).toBeGreaterThan(acknowledged);
    expect(later.error).toBeUndefined();
  });
});

test('a second process that opens the folder stops the first from writing', async () => {
  const path = join(parent, 'two');
  const first = new LmdbStore({ path });
  first.write((w) => w.put('s', Buffer.from('k'), Buffer.from('1')));
  const opener = join(parent, 'open.mts');
  writeFileSync(
    opener,
    `import { LmdbStore } from ${JSON.stringify(fileURLToPath(new URL('../../store/lmdb-store.ts', import.meta.url)))};
     const store = new LmdbStore({ path: ${JSON.stringify(path)} });
     store.write((w) => w.put('s', Buffer.from('k'), Buffer.from('2')));
     await store.close();`,
  );
  const code = await new Promise((resolve) => {
    spawn(process.execPath, ['--import', 'tsx', opener], { cwd: ROOT, stdio: 'inherit' }).on('close', resolve);
  });
  expect(code).toBe(0);
  expect(() => first.write((w) => w.put('s', Buffer.from('k'), Buffer.from('3')))).toThrow(
    'another process has opened its folder',
  );
  expect(first.get('s', Buffer.from('k'))!.toString()).toBe('2');
  await first.close();
});
