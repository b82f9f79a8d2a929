import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { freePort } from '../../test/support/free-port.ts';

/*
 * The errors of LMDB when a write of its first pages fails (MDB_PANIC: it refuses everything from then on), and when
 * its map cannot grow (MDB_MAP_FULL, or an error of the system): a library between LMDB and libc simulates them.
 */
const FAULTS = path.resolve(import.meta.dirname, '../../test/support/faulty-disk.c');
const isPossible = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

let library: string;
let folder: string;
let fault: string;
let url: string;
let supervisor: ChildProcess;
let output: string;

beforeAll(() => {
  if (!isPossible) return;
  library = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-faults-')), 'faulty-disk.so');
  const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, FAULTS, '-ldl'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
});
afterAll(() => {
  if (isPossible) rmSync(path.dirname(library), { recursive: true });
});

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-lost-'));
  fault = path.join(folder, 'fault');
  url = `http://127.0.0.1:${await freePort()}`;
  output = '';
  const set = [
    `data.dir=${path.join(folder, 'data')}`,
    `listeners=${url}`,
    'connect.listeners=',
    'query.threads=0',
    'ksql.healthcheck.interval.ms=-1',
  ];
  const args = [COMPILED_MAIN, 'server', ...set.flatMap((one) => ['--set', one])];
  const env = { ...process.env, LD_PRELOAD: library, SLUICE_FAULT: fault };
  supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  for (const stream of [supervisor.stdout!, supervisor.stderr!])
    stream.on('data', (piece: Buffer) => (output += piece.toString()));
  await until(async () => (await fetch(`${url}/chc/ready`)).status === 200);
  await run("CREATE STREAM s (v VARCHAR) WITH (kafka_topic='s', value_format='json', partitions=1);");
});

afterEach(async () => {
  const ended = new Promise((resolve) => supervisor.once('exit', resolve));
  supervisor.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await isSo().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not happen:\n${output}`);
}

async function run(ksql: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) });
  return { status: answer.status, text: await answer.text() };
}

async function counted(): Promise<number> {
  const body = JSON.stringify({ sql: 'SELECT COUNT(*) FROM s;' });
  const answer = await fetch(`${url}/query-stream`, { method: 'POST', body });
  return Number(/^\[(\d+)\]$/m.exec(await answer.text())?.[1] ?? 0);
}

test.runIf(isPossible)(
  'a write of the first pages that fails ends the server with its reason; it is started again until it can write, and nothing acknowledged is lost',
  { retry: 0 },
  async () => {
    let acknowledged = 0;
    for (let i = 0; i < 3; i++) if ((await run(`INSERT INTO s VALUES ('${i}');`)).status === 200) acknowledged++;
    expect(acknowledged).toBe(3);
    writeFileSync(fault, 'meta');
    // The request is refused or its connection is closed, but never acknowledged.
    const refused = await run("INSERT INTO s VALUES ('lost');").then(
      ({ status }) => status,
      () => 'cut',
    );
    expect(refused).not.toBe(200);
    // Later writes receive the error that LMDB refuses everything.
    for (let i = 0; i < 3; i++) await run("INSERT INTO s VALUES ('lost');").catch(() => undefined);
    await until(async () =>
      /has to be opened anew, and the server ends for it: .*(?:MDB_PANIC|No transaction)/.test(output),
    );
    await until(async () => /It is started again in/.test(output));
    rmSync(fault);
    await until(async () => (await fetch(`${url}/chc/ready`)).status === 200);
    expect((await run("INSERT INTO s VALUES ('after');")).status).toBe(200);
    expect(await counted()).toBe(acknowledged + 1);
    expect((await fetch(`${url}/healthcheck`)).status).toBe(200);
  },
);

test.runIf(isPossible)(
  'a map that cannot grow ends the server by a signal, which is said; it is started again, and goes on when it can',
  { retry: 0 },
  async () => {
    writeFileSync(fault, 'map');
    let acknowledged = 0;
    // lmdb-js handles LMDB's own MDB_MAP_FULL by a larger map; if the system does not provide one, it continues without
    // a map.
    for (let status = 200; status === 200 && acknowledged < 400;) {
      status = await run("INSERT INTO s VALUES (LPAD('x', 400000, 'y'));").then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) acknowledged++;
    }
    expect(acknowledged).toBeLessThan(400);
    await until(async () => /The server was ended by SIG|MDB_MAP_FULL|Cannot allocate memory/.test(output));
    await until(async () => /It is started again in[^]*It is started again in/.test(output));
    rmSync(fault);
    await until(async () => (await fetch(`${url}/chc/ready`)).status === 200);
    expect(await counted()).toBe(acknowledged);
    expect((await run("INSERT INTO s VALUES ('after');")).status).toBe(200);
  },
);
