import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { freePort } from '../../test/support/free-port.ts';

let folder: string;
let url: string;
let supervisor: ChildProcess;
let output: string;
let ended: Promise<number | NodeJS.Signals | null>;

function start(): void {
  const set = [`data.dir=${folder}`, `listeners=${url}`, 'connect.listeners=', 'query.threads=0'];
  const args = [COMPILED_MAIN, 'server', ...set.flatMap((one) => ['--set', one])];
  supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [supervisor.stdout!, supervisor.stderr!])
    stream.on('data', (piece: Buffer) => (output += piece.toString()));
  ended = new Promise((resolve) => supervisor.once('exit', (code, signal) => resolve(code ?? signal)));
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 1200; i++) {
    const found = await Promise.resolve(look()).catch(() => undefined);
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not happen:\n${output}`);
}

const ready = (): Promise<number> =>
  until(async () => ((await fetch(`${url}/chc/ready`)).status === 200 ? serverPid() : undefined));

function serverPid(): number | undefined {
  // The file may be incomplete while it is written.
  const file = path.join(folder, 'server.json');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.endsWith('\n') ? (JSON.parse(text) as { pid: number }).pid : undefined;
}

/**
 * Whether a process runs. A zombie, which has ended but was not waited for, still has a process id and counts as ended.
 */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const run = async (ksql: string): Promise<string> =>
  await (await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) })).text();

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-supervisor-'));
  url = `http://127.0.0.1:${await freePort()}`;
  output = '';
  start();
  await ready();
});

afterEach(async () => {
  supervisor.kill('SIGKILL');
  await ended;
  const pid = serverPid();
  if (pid !== undefined) await until(() => (isAlive(pid) ? undefined : true));
  rmSync(folder, { recursive: true });
});

test.skipIf(process.platform === 'win32')(
  'a fault is said, the stores are looked at, and the server goes on with all that was acknowledged',
  async () => {
    await run(`CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='json', partitions=1);
      INSERT INTO s VALUES (1); INSERT INTO s VALUES (2);`);
    const first = await ready();
    process.kill(first, 'SIGSEGV');
    const second = await until(async () => {
      const pid = await ready();
      return pid === first ? undefined : pid;
    });
    expect(output).toContain('The server was ended by SIGSEGV');
    expect(output).toContain('data.mdb: sound (');
    const answer = await fetch(`${url}/query-stream`, { method: 'POST', body: '{"sql":"SELECT v FROM s;"}' });
    expect(await answer.text()).toMatch(/\[1\]\n\[2\]/);

    // With the damaged file LMDB would crash again, or read wrong data: the server serves what is undamaged.
    const data = path.join(folder, 'log', 'data.mdb');
    const dieOf = (pid: number, change: (bytes: Buffer) => void): void => {
      process.kill(pid, 'SIGSTOP');
      const bytes = readFileSync(data);
      change(bytes);
      writeFileSync(data, bytes);
      process.kill(pid, 'SIGBUS');
      process.kill(pid, 'SIGCONT');
    };
    await run(`INSERT INTO s VALUES (77777);`);
    dieOf(second, (bytes) => {
      for (let at = -1; (at = bytes.indexOf('77777', at + 1)) >= 0;) bytes.write('66666', at);
    });
    const third = await until(async () => {
      const pid = await ready();
      return pid === second ? undefined : pid;
    });
    const read = await fetch(`${url}/query-stream`, { method: 'POST', body: '{"sql":"SELECT v FROM s;"}' });
    expect(await read.text()).toMatch(/\[1\]\n(?!.*6666)/s);
    expect(await run('INSERT INTO s VALUES (3);')).toContain('may only be read');
    expect((await fetch(`${url}/healthcheck`)).status).toBe(503);

    // When nothing can be read, the server is not restarted.
    dieOf(third, (bytes) => bytes.fill('x', 2 * 4096));
    expect(await ended).toBe(128 + 7);
    expect(output).toContain('data.mdb: DAMAGED');
    expect(output).toContain(`It is not started again: a store in ${folder} is damaged`);
  },
  240_000,
);

test.skipIf(process.platform === 'win32')(
  'it ends with its supervisor, as it would have; the next start waits for that',
  async () => {
    const server = await ready();
    supervisor.kill('SIGKILL');
    await ended;
    output = '';
    start();
    const next = await until(() => (serverPid() === server ? undefined : serverPid()));
    expect(isAlive(server)).toBe(false);
    expect(await ready()).toBe(next);
    await until(() => (/ serves http/.test(output) ? true : undefined));
    supervisor.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(isAlive(next)).toBe(false);
  },
);

test.skipIf(process.platform === 'win32')(
  'a server that does not hear of its end is ended, and has all that was acknowledged at the next start',
  async () => {
    await run(`CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='json', partitions=1);
      INSERT INTO s VALUES (1); INSERT INTO s VALUES (2);`);
    const server = await ready();
    process.kill(server, 'SIGSTOP');
    supervisor.kill('SIGTERM');
    expect(await ended).toBe(128 + 9);
    expect(output).toMatch(/The server has not ended within \d+ ms: it is ended now/);
    await until(() => (isAlive(server) ? undefined : true));
    start();
    await ready();
    const answer = await fetch(`${url}/query-stream`, { method: 'POST', body: '{"sql":"SELECT v FROM s;"}' });
    expect(await answer.text()).toMatch(/\[1\]\n\[2\]/);
  },
  240_000,
);
