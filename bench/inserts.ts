/**
 * How many rows a server accepts when each is acknowledged: one HTTP/2 stream at full rate; 16 connections with 64 and
 * with 1 row in flight each; INSERT VALUES in one request. CPU time is that of the server's process; bytes are those it
 * wrote to the disk (`write_bytes` of /proc, which does not count a file system in memory: `BENCH_DIR`). GET /info is
 * requested meanwhile. Prints one JSON line each. Run `npm run build` first.
 *
 *     npx tsx bench/inserts.ts            SERVER=dist/main.js ROWS=1000000
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from '../test/support/server-process.ts';
import { asking, at, report, untilStarted } from './support/asking.ts';
import { yardstick } from './support/yardstick.ts';
import { freePort } from '../test/support/free-port.ts';

const ROWS = Number(process.env['ROWS'] ?? 1_000_000);
const data = mkdtempSync(path.join(process.env['BENCH_DIR'] ?? tmpdir(), 'sluice-inserts-'));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const server = spawn(
  process.execPath,
  [
    '--import',
    path.join(import.meta.dirname, 'support/stretch-probe.mjs'),
    process.env['SERVER'] ?? 'dist/main.js',
    'server',
    ...Object.entries({
      'data.dir': data,
      listeners: url,
      'ksql.connect.url': 'none',
      'server.supervised': 'false',
    }).flatMap(([k, v]) => ['--set', `${k}=${v}`]),
  ],
  { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
);

/** About 115 bytes. */
const rowOf = (i: number): string =>
  `{"userid":"User_${i % 10_000}","viewtime":${1_700_000_000_000 + i},"pageid":"Page_${i % 1000}","agent":"Mozilla/5.0 (X11; Linux)"}\n`;

function cpuMs(): number {
  const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(stat[11]) + Number(stat[12])) * 10;
}

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${server.pid}/io`, 'utf8'))![1]);
}

async function ksql(text: string): Promise<void> {
  const answer = await fetch(`${url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql: text }) });
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.arrayBuffer();
}

/** A stream of rows; `acks` counts the acknowledgements. */
class Rows {
  readonly stream: ClientHttp2Stream;
  acks = 0;
  onAck: (n: number) => void = () => undefined;

  constructor(session: ClientHttp2Session) {
    this.stream = session.request({ ':method': 'POST', ':path': '/inserts-stream' });
    this.stream.on('data', (chunk: Buffer) => {
      let n = 0;
      for (let j = chunk.indexOf(10); j !== -1; j = chunk.indexOf(10, j + 1)) n++;
      this.acks += n;
      this.onAck(n);
    });
    this.stream.write('{"target":"views"}\n');
  }
}

async function measured(name: string, rows: number, work: () => Promise<number>): Promise<void> {
  const before = yardstick();
  await report(server);
  const info = asking(port);
  const cpu = cpuMs();
  const bytes = writtenBytes();
  const began = performance.now();
  const done = await work();
  const wallMs = performance.now() - began;
  const used = cpuMs() - cpu;
  info.stop();
  const stretches = await report(server);
  // LMDB's pages are written to the disk within a second.
  await sleep(1500);
  const files = readdirSync(path.join(data, 'log'));
  console.log(
    JSON.stringify({
      bench: 'inserts',
      name,
      rows: done,
      asked: rows,
      wallMs: Math.round(wallMs),
      rowsPerS: Math.round((done / wallMs) * 1000),
      cpuUsPerRow: Number(((used * 1000) / done).toFixed(2)),
      writtenBytesPerRow: Math.round((writtenBytes() - bytes) / done),
      infoMs: { n: info.waits.length, p50: at(info.waits, 0.5), p99: at(info.waits, 0.99), max: at(info.waits, 1) },
      longestStretchCpuMs: Number(stretches.longestMs.toFixed(1)),
      stretchesOver20Ms: stretches.over20,
      yardstick: [before, yardstick()],
      ...(files.length === 0 && { note: 'no store' }),
    }),
  );
}

try {
  await untilStarted(url);
  await ksql(
    `CREATE STREAM views (userid VARCHAR KEY, viewtime BIGINT, pageid VARCHAR, agent VARCHAR) WITH (kafka_topic='views', partitions=1, value_format='JSON');`,
  );
  const session = connect(url);
  await measured('one stream', ROWS, async () => {
    const rows = new Rows(session);
    const ended = once(rows.stream, 'end');
    for (let i = 0; i < ROWS;) {
      let text = '';
      for (let j = 0; j < 500 && i < ROWS; j++, i++) text += rowOf(i);
      if (!rows.stream.write(text)) await once(rows.stream, 'drain');
    }
    rows.stream.end();
    await ended;
    return rows.acks;
  });
  for (const inFlight of [64, 1]) {
    await measured(`16 connections, ${inFlight} in flight`, NaN, async () => {
      const sessions = Array.from({ length: 16 }, () => connect(url));
      const until = performance.now() + 5000;
      const all = sessions.map((s, c) => {
        const rows = new Rows(s);
        let next = c * 1_000_000;
        const send = (n: number): void => {
          let text = '';
          for (let i = 0; i < n; i++) text += rowOf(next++);
          rows.stream.write(text);
        };
        send(inFlight);
        rows.onAck = (n) => (performance.now() < until ? send(n) : rows.stream.end());
        return once(rows.stream, 'end').then(() => rows.acks);
      });
      const acks = await Promise.all(all);
      for (const s of sessions) s.close();
      return acks.reduce((a, b) => a + b, 0);
    });
  }
  await measured('INSERT VALUES in one request', 20_000, async () => {
    const statements = Array.from(
      { length: 20_000 },
      (_, i) =>
        `INSERT INTO views (userid, viewtime, pageid, agent) VALUES ('User_${i % 10_000}', ${1_700_000_000_000 + i}, 'Page_${i % 1000}', 'Mozilla/5.0');`,
    );
    await ksql(statements.join('\n'));
    return statements.length;
  });
  session.close();
} finally {
  server.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
}
