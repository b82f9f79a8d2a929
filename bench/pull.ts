/**
 * Pull queries by key, compared with a bare Node server that parses the posted JSON and answers from a Map, over
 * HTTP/1.1 with keep-alive and HTTP/2; and the scan of a complete table. Both servers are separate processes, to which
 * this one sends requests alternately within the same minutes, always with different keys. `share`: the fraction of the
 * bare server's requests per second; `cpuShare`: the ratio of CPU time per request, which is more meaningful on a busy
 * machine; `half`: response times at half of the maximum rate. Prints one JSON line for each protocol, and one for the
 * scans: rows per elapsed second and per CPU second. Run `npm run build` first.
 *
 *     npx tsx bench/pull.ts            SECONDS=4 KEYS=100000 CLIENTS=16
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from '../test/support/server-process.ts';
import { untilStarted } from './support/asking.ts';
import { yardstick } from './support/yardstick.ts';
import { freePort } from '../test/support/free-port.ts';

const SECONDS = Number(process.env['SECONDS'] ?? 4);
const KEYS = Number(process.env['KEYS'] ?? 100_000);
const CLIENTS = Number(process.env['CLIENTS'] ?? 16);
const ROUNDS = 3;

interface Server {
  readonly port: number;
  readonly child: ChildProcess;
  body(key: number): string;
}

const BARE = `
  const names = new Map(Array.from({ length: ${KEYS} }, (_, i) => [i, 'name of ' + i]));
  const answer = (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { key } = JSON.parse(Buffer.concat(parts).toString());
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify([key, names.get(key)]) + '\\n');
    });
  };
  const http1 = require('node:http').createServer(answer).listen(Number(process.argv[1]), '127.0.0.1');
  require('node:http2').createServer(answer).listen(Number(process.argv[2]), '127.0.0.1');`;

async function bare(): Promise<Server & { readonly port2: number }> {
  const [port, port2] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['-e', BARE, String(port), String(port2)], { stdio: 'inherit' });
  await sleep(500);
  return { port, port2, child, body: (key) => JSON.stringify({ key }) };
}

async function sluice(data: string): Promise<Server> {
  const port = await freePort();
  const flags = {
    'data.dir': data,
    listeners: `http://127.0.0.1:${port}`,
    'connect.listeners': '',
    'server.supervised': 'false',
  };
  const main = path.resolve(import.meta.dirname, '../dist/main.js');
  const set = Object.entries(flags).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const child = spawn(process.execPath, [main, 'server', ...set], { stdio: ['ignore', 'ignore', 'inherit'] });
  await untilStarted(`http://127.0.0.1:${port}`);
  return {
    port,
    child,
    body: (key) => JSON.stringify({ sql: `SELECT * FROM names WHERE id = ${key};`, properties: {} }),
  };
}

async function post(port: number, target: string, body: unknown): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${target}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

async function fill({ port }: Server): Promise<void> {
  await post(port, '/ksql', {
    ksql: `CREATE TABLE source (id INT PRIMARY KEY, name STRING) WITH (kafka_topic='source', value_format='JSON', partitions=1);
           CREATE STREAM writes (id INT KEY, name STRING) WITH (kafka_topic='source', value_format='JSON');
           CREATE TABLE names AS SELECT * FROM source;`,
  });
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({ ':method': 'POST', ':path': '/inserts-stream' });
  stream.resume();
  stream.write('{"target":"writes"}\n');
  for (let i = 0; i < KEYS; i++) {
    if (!stream.write(`{"id":${i},"name":"name of ${i}"}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
  session.close();
  for (;;) {
    const text = await post(port, '/query', { ksql: `SELECT COUNT(*) FROM names;` });
    if (text.includes(`[${KEYS}]`)) return;
    await sleep(200);
  }
}

interface Measured {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly p99Ms: number;
}

/** `rate`: requests per second; by default, as many as possible. */
async function measure(server: Server, ask: Asker, rate = Infinity): Promise<Measured> {
  const cpu = cpuMs(server.child);
  const waits: number[] = [];
  const began = performance.now();
  const until = began + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      const one = await ask.open();
      for (let n = client; performance.now() < until; n += CLIENTS) {
        const early = began + (n / rate) * 1000 - performance.now();
        if (early > 0) await sleep(early);
        const asked = performance.now();
        await one.ask(server.body((n * 7919) % KEYS));
        waits.push(performance.now() - asked);
      }
      one.close();
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  waits.sort((a, b) => a - b);
  return {
    perSecond: Math.round(waits.length / seconds),
    cpuUs: Math.round(((cpuMs(server.child) - cpu) * 1000) / waits.length),
    p99Ms: Number(waits[Math.floor(waits.length * 0.99)]!.toFixed(1)),
  };
}

interface Asker {
  open(): Promise<{ ask(body: string): Promise<void>; close(): void }>;
}

/** A minimal HTTP/1.1 client, to keep its own cost low. */
function http1(port: number, target: string): Asker {
  return {
    async open() {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      await once(socket, 'connect');
      let text = '';
      let done: () => void = () => undefined;
      socket.on('data', (part) => {
        text += part.toString('latin1');
        const head = text.indexOf('\r\n\r\n');
        if (head === -1) return;
        const length = /content-length: (\d+)/i.exec(text.slice(0, head));
        const whole = length ? text.length >= head + 4 + Number(length[1]) : text.endsWith('0\r\n\r\n');
        if (!whole) return;
        if (!text.startsWith('HTTP/1.1 200') || !text.includes('name of ')) throw new Error(text);
        text = '';
        done();
      });
      return {
        ask: (body) =>
          new Promise((resolve) => {
            done = resolve;
            socket.write(
              `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
            );
          }),
        close: () => socket.destroy(),
      };
    },
  };
}

function http2(port: number, target: string): Asker {
  return {
    async open() {
      const session = connectHttp2(`http://127.0.0.1:${port}`);
      await once(session, 'connect');
      return {
        ask: (body) =>
          new Promise((resolve, reject) => {
            const stream = session.request({ ':method': 'POST', ':path': target });
            let text = '';
            stream.setEncoding('latin1');
            stream.on('data', (part: string) => (text += part));
            stream.on('error', reject);
            stream.on('end', () => (text.includes('name of ') ? resolve() : reject(new Error(text))));
            stream.end(body);
          }),
        close: () => session.close(),
      };
    },
  };
}

function cpuMs(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-pull-'));
const ours = await sluice(folder);
const yard = await bare();
try {
  await fill(ours);
  for (const protocol of ['HTTP/1.1', 'HTTP/2'] as const) {
    const ask = protocol === 'HTTP/1.1' ? http1 : http2;
    const best: { ours?: Measured; bare?: Measured } = {};
    for (let round = 0; round < ROUNDS; round++) {
      const bareNow = await measure(yard, ask(protocol === 'HTTP/1.1' ? yard.port : yard.port2, '/'));
      const oursNow = await measure(ours, ask(ours.port, '/query-stream'));
      if ((best.bare?.perSecond ?? 0) < bareNow.perSecond) best.bare = bareNow;
      if ((best.ours?.perSecond ?? 0) < oursNow.perSecond) best.ours = oursNow;
    }
    const ofBare = (part: number, whole: number): number => Number((part / whole).toFixed(2));
    const { ours: mine, bare: theirs } = best as { ours: Measured; bare: Measured };
    const half = await measure(ours, ask(ours.port, '/query-stream'), mine.perSecond / 2);
    console.log(
      JSON.stringify({
        bench: 'pull',
        protocol,
        clients: CLIENTS,
        share: ofBare(mine.perSecond, theirs.perSecond),
        cpuShare: ofBare(theirs.cpuUs, mine.cpuUs),
        ...best,
        half,
        ...yardstick(),
      }),
    );
  }
  const scan = async (sql: string): Promise<{ perSecond: number; perCpuSecond: number }> => {
    let [wall, cpu] = [Infinity, Infinity];
    for (let round = 0; round < ROUNDS; round++) {
      const [began, used] = [performance.now(), cpuMs(ours.child)];
      await post(ours.port, '/query-stream', { sql, properties: {} });
      wall = Math.min(wall, performance.now() - began);
      cpu = Math.min(cpu, cpuMs(ours.child) - used);
    }
    return { perSecond: Math.round((KEYS / wall) * 1000), perCpuSecond: Math.round((KEYS / cpu) * 1000) };
  };
  console.log(
    JSON.stringify({
      bench: 'pull-scan',
      rows: KEYS,
      count: await scan('SELECT COUNT(*) FROM names;'),
      allRows: await scan('SELECT * FROM names;'),
      topicCount: await scan('SELECT COUNT(*) FROM source;'),
      ...yardstick(),
    }),
  );
} finally {
  // The server closes the store in its folder.
  const ended = [ours.child, yard.child].map((child) => once(child, 'exit'));
  for (const { child } of [ours, yard]) child.kill();
  await Promise.all(ended);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
