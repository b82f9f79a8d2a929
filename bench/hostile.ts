/**
 * The hostile hour: a server with default settings, a listener with TLS besides, and its own folder receives the requests of hostile clients, one
 * kind of attack after the other for the given time, and at the end its disk is full. Meanwhile a well-behaved client
 * requests a row by key and /info every 20 ms. Prints one JSON line for each kind: the delays of that client, and the
 * server's memory and file descriptors during and after the attack; the last line reports whether all limits were met.
 * All traffic uses this machine's loopback address. Run `npm run build` first.
 *
 *     npx tsx bench/hostile.ts --minutes 5 [--rounds 3] [--only 'slow clients']
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { sleep } from '../test/support/server-process.ts';
import { prepareHostile } from '../test/support/hostile-statements.ts';
import { ATTACKS, type Target } from './support/hostile-attacks.ts';
import { freePort } from '../test/support/free-port.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
  },
});
/** How often the sequence of all kinds is repeated, which shows whether memory grows from round to round. */
const ROUNDS = Number(values.rounds);
const names = Object.keys(ATTACKS).filter((name) => values.only.length === 0 || values.only.includes(name));
/** Each kind has an equal share of the time; what the server retains is measured after a pause. */
const EACH_MS = Math.max(3000, (Number(values.minutes) * 60_000) / ROUNDS / (names.length + 1) - 3000);
const AFTER_MS = 3000;
/** The maximum time that a pull query by key may wait for the server's thread, in ms. */
const MOST_MS = 50;
const MB = 1 << 20;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-hostile-'));
const port = await freePort();
const connectPort = await freePort();
const url = `http://127.0.0.1:${port}`;
const tlsPort = await freePort();
const target: Target = { url, port, tlsPort, connectUrl: `http://127.0.0.1:${connectPort}` };
const KEYS = path.resolve(import.meta.dirname, '../test/data/key-stores');
const server = spawn(
  process.execPath,
  [
    process.env['SERVER'] ?? 'dist/main.js',
    'server',
    ...[
      `data.dir=${folder}`,
      `listeners=${url},https://127.0.0.1:${tlsPort}`,
      `connect.listeners=${target.connectUrl}`,
      `ssl.keystore.location=${KEYS}/client.jks`,
      'ssl.keystore.password=changeit',
      'ssl.key.password=keypass',
    ].flatMap((s) => ['--set', s]),
  ],
  { stdio: ['ignore', 'pipe', 'pipe'] },
);
let output = '';
for (const stream of [server.stdout, server.stderr])
  stream.on('data', (piece: Buffer) => (output = (output + piece.toString()).slice(-20_000)));

/** The process id of the server, not of its supervisor. */
function pidOf(): number {
  const file = path.join(folder, 'server.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
}

async function until(what: string, isSo: () => Promise<boolean>, most = 60_000): Promise<void> {
  for (const began = performance.now(); !(await isSo().catch(() => false)); await sleep(50))
    if (performance.now() - began > most) throw new Error(`${what}: not within ${most} ms\n${output}`);
}

async function ksql(text: string, properties = {}): Promise<{ readonly status: number; readonly text: string }> {
  const body = JSON.stringify({ ksql: text, streamsProperties: properties });
  const answer = await fetch(`${url}/ksql`, { method: 'POST', body });
  return { status: answer.status, text: await answer.text() };
}

async function rows(sql: string): Promise<readonly unknown[]> {
  const answer = await fetch(`${url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
  return (await answer.text()).split('\n').filter((line) => line.startsWith('['));
}

function memoryMb(pid: number): number {
  const found = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(found) / 1024);
}

/**
 * Metrics of the server: the bytes it holds of its memory budget, and its JavaScript heap and external memory in MB.
 */
async function figuresOf(): Promise<{ readonly held: number; readonly heapMb: number; readonly externalMb: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  return {
    held: figure('sluice_memory_held_bytes'),
    heapMb: Math.round(figure('nodejs_heap_size_used_bytes') / MB),
    externalMb: Math.round(figure('nodejs_external_memory_bytes') / MB),
  };
}

const filesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

const problems: string[] = [];
const note = (problem: string): void => void problems.push(problem);

interface Seen {
  readonly pull: number[];
  readonly pullCpu: number[];
  readonly info: number[];
  readonly failed: Record<string, number>;
}

const at = (sorted: readonly number[], share: number): number | undefined => {
  const found = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return found === undefined ? undefined : Number(found.toFixed(1));
};
const figures = (all: number[]): object => {
  const sorted = [...all].sort((a, b) => a - b);
  return { n: sorted.length, p50: at(sorted, 0.5), p99: at(sorted, 0.99), most: at(sorted, 1) };
};

let probe: Worker | undefined;
async function seen(): Promise<Seen> {
  return await new Promise((resolve) => {
    probe!.once('message', resolve);
    probe!.postMessage('tell');
  });
}

/** Runs an attack together with the well-behaved client, and prints the line. */
async function watched(name: string, run: () => Promise<object>): Promise<void> {
  const pid = pidOf();
  await seen();
  const before = { memoryMb: memoryMb(pid), files: filesOf(pid) };
  const most = { ...before };
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await sleep(200)) {
      try {
        most.memoryMb = Math.max(most.memoryMb, memoryMb(pid));
        most.files = Math.max(most.files, filesOf(pid));
      } catch {
        return;
      }
    }
  })();
  const outcomes = await run();
  const { pull, pullCpu, info, failed } = await seen();
  isOver = true;
  await watching;
  await sleep(AFTER_MS);
  const died = pidOf() !== pid;
  if (died) note(`${name}: the server was ended`);
  const after = died ? undefined : { memoryMb: memoryMb(pid), files: filesOf(pid), ...(await figuresOf()) };
  if (Object.keys(failed).length > 0) note(`${name}: ${JSON.stringify(failed)}`);
  const slow = pullCpu.filter((ms) => ms > MOST_MS).length;
  if (slow > 0)
    note(`${name}: ${slow} of ${pullCpu.length} pull queries waited more than ${MOST_MS} ms for its thread`);
  const line = { kind: name, pull: figures(pull), pullCpu: figures(pullCpu), info: figures(info), slow, failed };
  console.log(JSON.stringify({ ...line, before, most, after, outcomes }));
}

/**
 * The log's file may grow by 8 MB. Then the server must report that it is full, still serve reads, and recover when
 * there is space.
 */
async function fullDisk(): Promise<object> {
  const pid = pidOf();
  const limit = (bytes: string): void => {
    const { status, stderr } = spawnSync('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:unlimited`], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`prlimit: ${stderr}`);
  };
  await ksql(
    `CREATE STREAM IF NOT EXISTS filling (v VARCHAR) WITH (kafka_topic='filling', value_format='json', partitions=1);`,
  );
  limit(String(statSync(path.join(folder, 'log', 'data.mdb')).size + 8 * MB));
  let acknowledged = 0;
  let last = '';
  const insert = async (): Promise<number> => {
    const { status, text } = await ksql(`INSERT INTO filling VALUES (LPAD('x', 400000, 'y'));`);
    last = text;
    if (status === 200) acknowledged++;
    return status;
  };
  let refused = 200;
  for (let i = 0; i < 500 && refused === 200; i++) refused = await insert();
  if (refused !== 507) note(`full disk: ${refused} instead of 507`);
  const health = await fetch(`${url}/healthcheck`);
  if (health.status !== 503) note(`full disk: the healthcheck says ${health.status}`);
  const shown = (await ksql('SHOW HEALTH;')).text;
  if (!/"name":"kafka","state":"FAILED","reason":"[^"]*full/.test(shown)) note(`full disk: SHOW HEALTH says ${shown}`);
  await sleep(2000);
  limit('unlimited');
  await until('writes after the disk has room', async () => (await insert()) === 200).catch((error: unknown) => {
    throw new Error(last, { cause: error });
  });
  await until('health after the disk has room', async () => (await fetch(`${url}/healthcheck`)).status === 200);
  const counted = Number(/\d+/.exec(String((await rows('SELECT COUNT(*) FROM filling;'))[0]))?.[0]);
  if (counted !== acknowledged) note(`full disk: ${counted} rows of ${acknowledged} acknowledged`);
  return { acknowledged, counted, refused };
}

try {
  await until('a start', async () => existsSync(path.join(folder, 'server.json')) && (await fetch(`${url}/info`)).ok);
  await prepareHostile({
    url,
    rows,
    execute: async (text, properties) => {
      const { status, text: answer } = await ksql(text, properties);
      if (status !== 200) throw new Error(answer);
    },
  });
  const pid = pidOf();
  probe = new Worker(new URL('./support/hostile-probe.mjs', import.meta.url), { workerData: { url, pid } });
  await sleep(1000);
  const first = { memoryMb: memoryMb(pid), files: filesOf(pid) };
  for (let round = 0; round < ROUNDS; round++)
    for (const name of names) await watched(name, () => ATTACKS[name]!(target, performance.now() + EACH_MS));
  await watched('a full disk', fullDisk);
  await sleep(5000);
  const last = { memoryMb: memoryMb(pidOf()), files: filesOf(pidOf()) };
  if (last.files > first.files + 100) note(`${first.files} files were open before, ${last.files} are after`);
  const { held, ...heap } = await figuresOf();
  if (held > MB) note(`${held} bytes are held of server.memory.max.bytes by nobody`);
  const began = performance.now();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const code = await ended;
  const stopMs = Math.round(performance.now() - began);
  if (code !== 0 || stopMs > 6000) note(`it ended with ${String(code)} in ${stopMs} ms`);
  console.log(
    JSON.stringify({ kind: 'all', minutes: Number(values.minutes), first, last, heap, held, stopMs, problems }),
  );
} finally {
  await probe?.terminate();
  if (server.exitCode === null) {
    server.kill('SIGKILL');
    await new Promise((resolve) => server.once('exit', resolve));
  }
  // The server ends a moment after its supervisor.
  await sleep(500);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
