/**
 * Does the server respond while queries catch up? A topic of RECORDS on the embedded log, QUERIES persistent and PUSHES
 * push queries over it from the earliest record, and a client that requests GET /info every 5 ms over one connection,
 * from the server and from a bare Node server for comparison (on two busy cores, that one is delayed as well). Prints
 * one JSON line per scenario: the response times, and the longest uninterrupted work of the server's main thread in its
 * own CPU time. Run `npm run build` first.
 *
 *     npx tsx bench/responsive.ts            RECORDS=2000000 MANY=100000 (records of the scenario with many queries)
 *     PROFILE=1 npx tsx bench/responsive.ts  also what was done in each stretch over 15 ms, on stderr (and is slower)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:http2';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { BatchBuilder } from '../src/log/record-batch/builder.ts';
import { testEnv } from '../test/support/env.ts';
import { sleep } from '../test/support/server-process.ts';
import { asking, at, report, untilStarted } from './support/asking.ts';
import { yardstick } from './support/yardstick.ts';
import { freePort } from '../test/support/free-port.ts';

const RECORDS = Number(process.env['RECORDS'] ?? 2_000_000);
const MANY = Number(process.env['MANY'] ?? 100_000);
const BATCH_RECORDS = 4000;

interface Scenario {
  readonly name: string;
  readonly records: number;
  readonly queries: readonly string[];
  readonly pushes: number;
}

const counting = (n: number): string =>
  `CREATE TABLE c${n} AS SELECT pageid, COUNT(*) AS n FROM pageviews GROUP BY pageid EMIT CHANGES;`;
const perUser = (n: number): string =>
  `CREATE TABLE u${n} AS SELECT userid, COUNT(*) AS n FROM pageviews GROUP BY userid EMIT CHANGES;`;
const filter = (n: number): string =>
  `CREATE STREAM f${n} AS SELECT userid, UCASE(pageid) AS page FROM pageviews WHERE pageid LIKE '%7' EMIT CHANGES;`;

const SCENARIOS: readonly Scenario[] = [
  { name: 'one query', records: RECORDS, queries: [counting(0)], pushes: 0 },
  { name: 'wide keys', records: RECORDS, queries: [perUser(0)], pushes: 0 },
  {
    name: '50 queries, 100 push queries',
    records: MANY,
    queries: Array.from({ length: 50 }, (_, i) => [counting, perUser, filter][i % 3]!(i)),
    pushes: 100,
  },
];

async function fill(data: string, records: number): Promise<void> {
  const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(data, 'log') }), env: testEnv() });
  await log.admin.createTopic({ name: 'pageviews', partitions: 1, replicas: 1, configs: { 'retention.ms': '-1' } });
  const writer = await log.createWriter({});
  for (let n = 0; n < records;) {
    const batch = new BatchBuilder(1 << 20);
    for (let i = 0; i < BATCH_RECORDS && n < records; i++, n++) {
      const user = (n * 7919) % 200_100;
      const ts = 1_700_000_000_000 + n;
      const value = `{"viewtime":${ts},"pageid":"Page_${(n * 104_729) % 1000}","ip":"10.20.${user & 255}.${n & 255}","agent":"Mozilla/5.0 (X11)"}`;
      batch.add(ts, Buffer.from(`User_${user}`), Buffer.from(value));
    }
    writer.append('pageviews', 0, batch.finish(), true);
    if (writer.pendingBytes > 8 << 20 || n >= records) await writer.commit();
  }
  await log.close();
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const answer = await fetch(`${url}/ksql`, {
    method: 'POST',
    body: JSON.stringify({ ksql: statement, streamsProperties: { 'auto.offset.reset': 'earliest' } }),
  });
  const body = (await answer.json()) as unknown[];
  if (answer.status !== 200) throw new Error(JSON.stringify(body));
  return body;
}

async function run(scenario: Scenario): Promise<void> {
  const data = mkdtempSync(path.join(tmpdir(), 'sluice-responsive-'));
  await fill(data, scenario.records);
  const before = yardstick();
  const port = await freePort();
  const barePort = await freePort();
  const bare = spawn(process.execPath, [
    '-e',
    `require('http').createServer((q, s) => s.end('{"KsqlServerInfo":{"version":"x"}}')).listen(${barePort}, '127.0.0.1')`,
  ]);
  const url = `http://127.0.0.1:${port}`;
  const set = { 'data.dir': data, listeners: url, 'ksql.connect.url': 'none', 'server.supervised': 'false' };
  const child = spawn(
    process.execPath,
    [
      '--import',
      path.join(import.meta.dirname, 'support/stretch-probe.mjs'),
      process.env['SERVER'] ?? 'dist/main.js',
      'server',
      ...Object.entries(set).flatMap(([k, v]) => ['--set', `${k}=${v}`]),
    ],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  try {
    await untilStarted(url);
    await ask(
      url,
      `CREATE STREAM pageviews (userid VARCHAR KEY, viewtime BIGINT, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON');`,
    );
    await report(child);
    const ours = asking(port);
    const theirs = asking(barePort);
    const began = performance.now();
    for (const query of scenario.queries) await ask(url, query);
    let rows = 0;
    const session = connect(url);
    const done: Promise<void>[] = [];
    for (let i = 0; i < scenario.pushes; i++) {
      const stream = session.request({ ':method': 'POST', ':path': '/query-stream' });
      stream.end(
        JSON.stringify({
          sql: `SELECT userid, pageid FROM pageviews EMIT CHANGES LIMIT ${scenario.records};`,
          properties: { 'auto.offset.reset': 'earliest' },
        }),
      );
      done.push(
        new Promise((resolve) => {
          stream.on('data', (chunk: Buffer) => {
            for (let j = chunk.indexOf(10); j !== -1; j = chunk.indexOf(10, j + 1)) rows++;
          });
          stream.once('close', resolve);
        }),
      );
    }
    for (;;) {
      const text = await (await fetch(`${url}/metrics`)).text();
      // Every persistent query has read all records.
      const read = [...text.matchAll(/^sluice_query_records_consumed_total\{[^}]*\} (\d+)/gm)].map((m) => Number(m[1]));
      if (read.length >= scenario.queries.length && read.every((n) => n >= scenario.records)) break;
      await sleep(200);
    }
    await Promise.all(done);
    const wallMs = performance.now() - began;
    ours.stop();
    theirs.stop();
    const stretches = await report(child);
    session.close();
    const ended = once(child, 'exit');
    const stopBegan = performance.now();
    child.kill('SIGTERM');
    await ended;
    console.log(
      JSON.stringify({
        bench: 'responsive',
        scenario: scenario.name,
        records: scenario.records,
        wallMs: Math.round(wallMs),
        mainThreadCpuMs: Math.round(stretches.cpuMs),
        infoMs: { n: ours.waits.length, p50: at(ours.waits, 0.5), p99: at(ours.waits, 0.99), max: at(ours.waits, 1) },
        bareNodeMs: {
          n: theirs.waits.length,
          p50: at(theirs.waits, 0.5),
          p99: at(theirs.waits, 0.99),
          max: at(theirs.waits, 1),
        },
        longestStretchCpuMs: Number(stretches.longestMs.toFixed(1)),
        stretchesOver20Ms: stretches.over20,
        longest: stretches.top.slice(0, 8).map(({ ms, gc }) => ({
          ms: tenth(ms),
          gcMs: tenth(sum(Object.values(gc))),
          gc: Object.keys(gc),
        })),
        pushRows: rows,
        stopMs: Math.round(performance.now() - stopBegan),
        yardstick: [before, yardstick()],
      }),
    );
    for (const { ms, gc, path: calls, self } of stretches.top) {
      if (calls === undefined || ms < 15) continue;
      console.error(`${tenth(ms)} ms, collections ${tenth(sum(Object.values(gc)))} ms: ${self?.join('; ')}`);
      for (const [depth, call] of calls.entries()) console.error(`${' '.repeat(Math.min(depth, 30))}  ${call}`);
    }
  } finally {
    child.kill('SIGKILL');
    bare.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
}

function tenth(n: number): number {
  return Number(n.toFixed(1));
}

function sum(list: readonly number[]): number {
  return list.reduce((all, n) => all + n, 0);
}

const only = process.argv.slice(2);
for (const scenario of SCENARIOS) if (only.length === 0 || only.includes(scenario.name)) await run(scenario);
