/**
 * 100 clients with the same push query on a stream that receives 1,000 records a second: does each client receive every
 * row, and with which delay? The server is a separate process; the clients, each with its own connection, and the
 * writer share this process. A row's delay is measured when it arrives.
 *
 *     npx tsx bench/fan-out.ts [subscribers] [records a second] [seconds] [stream | table]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ServerProcess, sleep } from '../test/support/server-process.ts';

const [SUBSCRIBERS = 100, RATE = 1000, SECONDS = 10] = process.argv.slice(2, 5).map(Number);
/** For a table, WHERE makes the query store the rows that it knows; the shared reader stores them only once. */
const OF_TABLE = process.argv[5] === 'table';
const QUERY = `SELECT id, at, text FROM s ${OF_TABLE ? 'WHERE at > 0 ' : ''}EMIT CHANGES;`;
const WARM_UP_MS = 2000;
/** Rows are written at this interval, as many as are due. */
const TICK_MS = 5;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-fan-out-'));
const server = await ServerProcess.create(folder, { 'connect.listeners': '', 'ksql.max.push.queries': '10000' });
await server.start();
const sessions: ClientHttp2Session[] = [];
try {
  await server.execute(
    `CREATE ${OF_TABLE ? 'TABLE s (id INT PRIMARY' : 'STREAM s (id INT'} KEY, at BIGINT, text STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);`,
  );
  const subscribers = await Promise.all(Array.from({ length: SUBSCRIBERS }, subscribe));
  const writer = request('/inserts-stream', '{"target":"s"}\n');
  let written = 0;
  const began = performance.now();
  let measured: { readonly from: number; readonly cpuMs: number } | undefined;
  while (performance.now() - began < WARM_UP_MS + SECONDS * 1000) {
    await sleep(TICK_MS);
    const elapsed = performance.now() - began;
    if (measured === undefined && elapsed >= WARM_UP_MS) measured = { from: written, cpuMs: serverCpuMs() };
    let lines = '';
    for (const due = (elapsed / 1000) * RATE; written < due; written++)
      lines += `{"id":${written},"at":${stamp()},"text":"a row of some length, as rows are"}\n`;
    if (lines !== '') writer.write(lines);
  }
  const cpuMs = serverCpuMs() - measured!.cpuMs;
  // Late rows count when they arrive.
  for (const end = performance.now() + 30_000; performance.now() < end && subscribers.some((s) => s.rows < written);)
    await sleep(20);
  const ages = Float64Array.from(subscribers.flatMap((s) => s.ages.slice(measured!.from))).sort();
  const at = (share: number): number =>
    Number(ages[Math.min(ages.length - 1, Math.floor(ages.length * share))]?.toFixed(1));
  console.log(
    JSON.stringify({
      bench: 'fan-out',
      of: OF_TABLE ? 'table' : 'stream',
      subscribers: SUBSCRIBERS,
      recordsPerSecond: RATE,
      seconds: SECONDS,
      written,
      complete: subscribers.filter((s) => s.rows === written && s.inOrder).length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      serverCpuShare: Number((cpuMs / 1000 / SECONDS).toFixed(2)),
    }),
  );
} finally {
  for (const session of sessions) session.destroy();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function request(target: string, body: string): ReturnType<ClientHttp2Session['request']> {
  const session = connect(server.url);
  sessions.push(session);
  const stream = session.request({ ':method': 'POST', ':path': target });
  stream.write(body);
  stream.setEncoding('utf8');
  if (target === '/inserts-stream') stream.resume();
  return stream;
}

interface Subscriber {
  rows: number;
  /** The delay of each row in ms, by row number. */
  readonly ages: number[];
  inOrder: boolean;
}

/** Resolves when the query has started. */
async function subscribe(): Promise<Subscriber> {
  const stream = request('/query-stream', JSON.stringify({ sql: QUERY }));
  stream.end();
  const subscriber: Subscriber = { rows: 0, ages: [], inOrder: true };
  let rest = '';
  let begun!: () => void;
  const head = new Promise<void>((resolve) => {
    begun = resolve;
  });
  stream.on('data', (part: string) => {
    const now = stamp();
    const lines = (rest + part).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith('[')) {
        begun();
        continue;
      }
      const [id, at] = JSON.parse(line) as [number, number];
      if (id !== subscriber.rows) subscriber.inOrder = false;
      subscriber.rows++;
      subscriber.ages.push(now - at);
    }
  });
  await head;
  return subscriber;
}

function stamp(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** User and system CPU time of the server, in ms (Linux: ticks of 10 ms). */
function serverCpuMs(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
