import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { freePort } from '../../test/support/free-port.ts';

/** The maximum size of a file that the shell permits, in blocks of 512 bytes: 6 MB. */
const FILE_BLOCKS = 12_288;

let folder: string;
let url: string;
let child: ChildProcess;

async function start(limit: string): Promise<void> {
  const set = [
    `data.dir=${folder}`,
    `listeners=${url}`,
    'connect.listeners=',
    'server.supervised=false',
    'ksql.healthcheck.interval.ms=-1',
  ];
  const flags = set.flatMap((one) => ['--set', one]);
  const command = `${limit} exec "$0" "$@"`;
  child = spawn('sh', ['-c', command, process.execPath, COMPILED_MAIN, 'server', ...flags], { stdio: 'ignore' });
  await until(async () => (await fetch(`${url}/chc/ready`)).status === 200);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (await isSo().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen');
}

async function run(ksql: string): Promise<{ readonly status: number; readonly code: string | undefined }> {
  const answer = await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) });
  const body = (await answer.json()) as { readonly code?: string };
  return { status: answer.status, code: body.code };
}

async function counted(): Promise<number> {
  const body = JSON.stringify({ sql: 'SELECT COUNT(*) FROM s;' });
  const answer = await fetch(`${url}/query-stream`, { method: 'POST', body });
  return Number(/^\[(\d+)\]$/m.exec(await answer.text())?.[1] ?? 0);
}

async function end(): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-full-'));
  url = `http://127.0.0.1:${await freePort()}`;
});

afterEach(async () => {
  await end();
  rmSync(folder, { recursive: true });
});

test.skipIf(process.platform === 'win32')(
  'a full disk is said, keeps what was acknowledged, and is over when there is room',
  { retry: 0 },
  async () => {
    await start(`ulimit -f ${FILE_BLOCKS};`);
    await run(`CREATE STREAM s (v VARCHAR) WITH (kafka_topic='s', value_format='json', partitions=1);
      CREATE STREAM big (v VARCHAR) WITH (kafka_topic='big', value_format='json', partitions=1);`);
    const insert = (into: string): Promise<{ status: number; code: string | undefined }> =>
      run(`INSERT INTO ${into} VALUES (LPAD('x', 400000, 'y'));`);
    for (let i = 0; i < 4; i++) expect((await insert('big')).status).toBe(200);
    let acknowledged = 0;
    let refused = await insert('s');
    for (; refused.status === 200 && acknowledged < 40; refused = await insert('s')) acknowledged++;
    expect(refused).toEqual({ status: 507, code: 'LOG_FULL' });
    const health = await fetch(`${url}/healthcheck`);
    expect(health.status).toBe(503);
    expect(JSON.stringify(await health.json())).toContain('Cannot commit: the disk is full');
    expect(await counted()).toBe(acknowledged);
    // A drop frees space without needing more of the disk.
    expect((await run('DROP STREAM big DELETE TOPIC;')).status).toBe(200);
    await until(async () => (await insert('s')).status === 200 && ++acknowledged > 0);
    expect(await counted()).toBe(acknowledged);
    await end();
    await start('');
    expect(await counted()).toBe(acknowledged);
    expect((await insert('s')).status).toBe(200);
  },
);
