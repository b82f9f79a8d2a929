/**
 * The cost of a record in the connectors, on the embedded log: datagen and the file source at full rate, compared with
 * JSON.parse of a record; the Postgres sink compared with COPY into the same table (inserts) and with a server-side
 * INSERT ... SELECT ... ON CONFLICT (upserts); a polling source compared with COPY (bench/jdbc-source.ts); the
 * Elasticsearch sink compared with `_bulk` requests of the same size with prepared bytes; the HTTP sink compared with
 * requests with prepared bytes, to a service in a separate thread; the S3 sink compared with PUTs of prepared files;
 * the Redis sink compared with `redis-cli --pipe` of prepared commands. CPU time is this process's; the servers run on
 * the same cores. Prints one JSON line each.
 *
 *     npx tsx bench/connectors.ts [datagen file postgres elasticsearch http s3 redis]      RECORDS=500000
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { SILENT_LOGGER } from '../src/base/env.ts';
import { Herder } from '../src/connect/worker/herder.ts';
import { nodeEnv } from '../src/host/node-env.ts';
import { EmbeddedLog } from '../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../src/store/lmdb-store.ts';
import { BatchBuilder } from '../src/log/record-batch/builder.ts';
import { BUCKET, startS3 } from '../test/support/servers/s3.ts';
import { RedisServer } from '../test/support/servers/redis.ts';
import { startOpenSearch, type OpenSearchServer } from '../test/support/servers/opensearch.ts';
import { startPostgres, type Postgres } from '../test/support/postgres.ts';
import { sleep } from '../test/support/server-process.ts';
import { yardstick } from './support/yardstick.ts';

const RECORDS = Number(process.env['RECORDS'] ?? 500_000);
const only = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-connectors-'));

interface World {
  readonly log: EmbeddedLog;
  readonly herder: Herder;
}

let worlds = 0;
async function withWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const env = nodeEnv(SILENT_LOGGER);
  const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(folder, `log${++worlds}`) }), env });
  const herder = await Herder.start({
    log,
    env,
    workerId: 'localhost:8083',
    secrets: { readFile: async () => '', environment: () => undefined },
  });
  try {
    return await work({ log, herder });
  } finally {
    await herder.close();
    await log.close();
  }
}

/** CPU time of a server's processes, including those that have ended, in s (Linux). */
function cpuOfServer(postgres: Postgres): number {
  const main = readFileSync(path.join(postgres.folder, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0]!;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (pid === main || fields[1] === main)
        for (const at of pid === main ? [11, 12, 13, 14] : [11, 12]) ticks += Number(fields[at]);
    } catch {
      // The process has ended in the meantime.
    }
  }
  return ticks / 100;
}

/**
 * Measures elapsed and CPU time of `work`, with the CPU time of `server` separately, and the machine's yardstick before
 * and after. Returns records/s.
 */
async function measured(name: string, records: number, work: () => Promise<void>, server?: Postgres): Promise<number> {
  const before = yardstick();
  const cpu = process.cpuUsage();
  const serverCpu = server && cpuOfServer(server);
  const began = performance.now();
  await work();
  const wallMs = performance.now() - began;
  const used = process.cpuUsage(cpu);
  const cpuUs = (used.user + used.system) / records;
  const serverCpuUs = server && ((cpuOfServer(server) - serverCpu!) * 1e6) / records;
  const after = yardstick();
  console.log(
    JSON.stringify({
      bench: 'connectors',
      name,
      records,
      wallMs: Math.round(wallMs),
      recordsPerS: Math.round((records / wallMs) * 1000),
      cpuUsPerRecord: Number(cpuUs.toFixed(2)),
      timesJsonParse: Number((cpuUs / ((before.jsonParseUs + after.jsonParseUs) / 2)).toFixed(1)),
      ...(serverCpuUs !== undefined && { serverCpuUsPerRecord: Number(serverCpuUs.toFixed(2)) }),
      yardstick: [before, after],
    }),
  );
  return records / wallMs;
}

async function untilWritten({ log, herder }: World, topic: string, connector: string): Promise<void> {
  for (;;) {
    const at = { topic, partition: 0 };
    if ((await log.admin.describeTopic(topic)) && (await log.admin.latestOffset(at)) >= RECORDS) return;
    const task = herder.status(connector).tasks[0];
    if (task?.state === 'FAILED' && !/Stopping connector: generated/.test(task.trace ?? ''))
      throw new Error(task.trace);
    await sleep(5);
  }
}

async function untilCommitted({ herder }: World, connector: string): Promise<void> {
  for (;;) {
    if ((await herder.offsets(connector))[0]?.offset?.['kafka_offset'] === RECORDS) return;
    const task = herder.status(connector).tasks[0];
    if (task?.state === 'FAILED') throw new Error(task.trace);
    await sleep(20);
  }
}

async function datagen(): Promise<void> {
  await withWorld((world) =>
    measured('datagen', RECORDS, async () => {
      await world.herder.create('d', {
        'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
        'kafka.topic': 'pageviews',
        quickstart: 'pageviews',
        'max.interval': '0',
        iterations: String(RECORDS),
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter.schemas.enable': 'false',
      });
      await untilWritten(world, 'pageviews', 'd');
    }),
  );
}

async function file(): Promise<void> {
  const input = path.join(folder, 'lines');
  const lines = Array.from(
    { length: RECORDS },
    (_, i) =>
      `{"viewtime":${1_700_000_000_000 + i},"userid":"User_${i % 10_000}","pageid":"Page_${i % 1000}","agent":"Mozilla/5.0 (X11)"}`,
  );
  writeFileSync(input, `${lines.join('\n')}\n`);
  await withWorld((world) =>
    measured('file source', RECORDS, async () => {
      await world.herder.create('f', {
        'connector.class': 'FileStreamSource',
        topic: 'lines',
        file: input,
        'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      });
      await untilWritten(world, 'lines', 'f');
    }),
  );
}

async function fill(log: EmbeddedLog, keyed = false): Promise<void> {
  await log.admin.createTopic({ name: 'users', partitions: 1, replicas: 1 });
  const writer = await log.createWriter({});
  const schema =
    '{"type":"struct","optional":false,"fields":[{"type":"int64","optional":false,"field":"id"},{"type":"string","optional":true,"field":"name"},{"type":"string","optional":true,"field":"region"},{"type":"double","optional":true,"field":"balance"}]}';
  for (let i = 0; i < RECORDS;) {
    const batch = new BatchBuilder(1 << 20);
    for (let j = 0; j < 2000 && i < RECORDS; j++, i++) {
      const key = keyed ? Buffer.from(String(i)) : null;
      batch.add(1_700_000_000_000 + i, key, Buffer.from(`{"schema":${schema},"payload":${ROW(i)}}`));
    }
    writer.append('users', 0, batch.finish(), true);
    if (writer.pendingBytes > 8 << 20 || i >= RECORDS) await writer.commit();
  }
}

async function sink(postgres: Postgres, client: pg.Client, mode: 'insert' | 'upsert'): Promise<number> {
  await client.query('DROP TABLE IF EXISTS users');
  await client.query('CREATE TABLE users (id bigint PRIMARY KEY, name text, region text, balance double precision)');
  return await withWorld(async (world) => {
    await fill(world.log);
    return await measured(
      `Postgres sink, ${mode}`,
      RECORDS,
      async () => {
        await world.herder.create('s', {
          'connector.class': 'JdbcSinkConnector',
          'connection.url': postgres.url,
          topics: 'users',
          'insert.mode': mode,
          ...(mode === 'upsert' && { 'pk.mode': 'record_value', 'pk.fields': 'id' }),
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter.schemas.enable': 'true',
        });
        for (;;) {
          // With the index: repeatedly counting so many rows would be half of the server's work.
          const { rows } = await client.query<{ n: string | null }>('SELECT max(id) AS n FROM users');
          if (Number(rows[0]!.n ?? -1) >= RECORDS - 1) return;
          const task = world.herder.status('s').tasks[0];
          if (task?.state === 'FAILED') throw new Error(task.trace);
          await sleep(50);
        }
      },
      postgres,
    );
  });
}

/** COPY of the same rows, prepared as text, through the same client. */
class CopyIn {
  readonly done: Promise<void>;
  readonly #text: string;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;
  constructor(text: string) {
    this.#text = text;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
  submit(connection: { query(text: string): void }): void {
    connection.query(this.#text);
  }
  handleCopyInResponse(connection: { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }): void {
    for (let i = 0; i < RECORDS;) {
      let text = '';
      for (let j = 0; j < 1000 && i < RECORDS; j++, i++)
        text += `${i}\tUser_${i}\tRegion_${i % 9}\t${(i % 10_000) / 100}\n`;
      connection.sendCopyFromChunk(Buffer.from(text));
    }
    connection.endCopyFrom();
  }
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {
    this.#resolve();
  }
  handleError(error: unknown): void {
    this.#reject(error);
  }
}

/** The same rows, created by the server itself: the difference is the client's part. */
async function byServer(
  postgres: Postgres,
  client: pg.Client,
  name: string,
  statement: string | (() => Promise<void>),
): Promise<number> {
  await client.query('DROP TABLE IF EXISTS users');
  await client.query('CREATE TABLE users (id bigint PRIMARY KEY, name text, region text, balance double precision)');
  return await measured(
    name,
    RECORDS,
    async () => {
      if (typeof statement === 'string') await client.query(statement);
      else await statement();
    },
    postgres,
  );
}

async function postgresConnectors(): Promise<void> {
  const postgres = await startPostgres();
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const rows = `SELECT i AS id, 'User_' || i AS name, 'Region_' || i % 9 AS region, (i % 10000) / 100.0 AS balance FROM generate_series(1, ${RECORDS}) i`;
    const copy = await byServer(postgres, client, 'COPY ... FROM STDIN into the table', async () => {
      const copying = new CopyIn('COPY users FROM STDIN');
      client.query(copying as never);
      await copying.done;
    });
    const inserted = await sink(postgres, client, 'insert');
    const server = await byServer(
      postgres,
      client,
      'INSERT ... SELECT ... ON CONFLICT',
      `INSERT INTO users ${rows} ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, region = EXCLUDED.region, balance = EXCLUDED.balance`,
    );
    const upserted = await sink(postgres, client, 'upsert');
    console.log(
      JSON.stringify({
        bench: 'connectors',
        name: 'shares',
        insertOfCopy: Number((inserted / copy).toFixed(2)),
        upsertOfServer: Number((upserted / server).toFixed(2)),
      }),
    );
  } finally {
    await client.end();
    await postgres.stop();
  }
}

const ROW = (i: number): string =>
  `{"id":${i},"name":"User_${i}","region":"Region_${i % 9}","balance":${(i % 10_000) / 100}}`;

/**
 * Sends the same requests as the sink, prepared before the measurement, one after the other: the time that the cluster
 * alone needs.
 */
async function bulkLoad(server: OpenSearchServer): Promise<number> {
  const requests: string[] = [];
  for (let i = 0; i < RECORDS;) {
    let lines = '';
    for (let j = 0; j < 2000 && i < RECORDS; j++, i++)
      lines += `{"index":{"_index":"loaded","_id":"${i}","version":${i},"version_type":"external"}}\n${ROW(i)}\n`;
    requests.push(lines);
  }
  await server.ask('PUT', '/loaded', { mappings: MAPPING });
  return await measured('OpenSearch, _bulk of ready requests', RECORDS, async () => {
    const lane = async (): Promise<void> => {
      for (let body = requests.shift(); body !== undefined; body = requests.shift()) {
        const { body: answer } = await server.ask('POST', '/_bulk?filter_path=errors', body);
        if (answer.errors !== false) throw new Error(JSON.stringify(answer));
      }
    };
    await Promise.all([lane(), lane(), lane()]);
  });
}

const MAPPING = {
  properties: {
    id: { type: 'long' },
    name: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    region: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    balance: { type: 'double' },
  },
};

async function searchSink(server: OpenSearchServer): Promise<number> {
  return await withWorld(async (world) => {
    await fill(world.log, true);
    return await measured('Elasticsearch sink, by key', RECORDS, async () => {
      await world.herder.create('s', {
        'connector.class': 'ElasticsearchSink',
        'connection.url': server.url,
        topics: 'users',
        'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter.schemas.enable': 'true',
      });
      await untilCommitted(world, 's');
    });
  });
}

async function elasticsearch(): Promise<void> {
  const server = await startOpenSearch();
  try {
    // The first requests of a cluster are the slowest.
    await server.ask(
      'POST',
      '/_bulk',
      Array.from({ length: 5000 }, (_, i) => `{"index":{"_index":"warm"}}\n${ROW(i)}\n`).join(''),
    );
    const first = await bulkLoad(server);
    const sunk = await searchSink(server);
    await server.ask('DELETE', '/loaded');
    const second = await bulkLoad(server);
    const shares = { sinkOfBulk: Number((sunk / ((first + second) / 2)).toFixed(2)) };
    console.log(JSON.stringify({ bench: 'connectors', name: 'shares', ...shares }));
  } finally {
    await server.remove();
  }
}

/** A service that accepts everything, in a separate thread, so that its work does not count as the sink's. */
async function startService(): Promise<{ readonly url: string; close(): Promise<unknown> }> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:http').createServer((request, response) => { request.resume(); request.on('end', () => response.end()); });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  return { url: `http://127.0.0.1:${port}`, close: () => worker.terminate() };
}

async function readyRequests(url: string, size: number, lanes: number): Promise<number> {
  const bodies: Buffer[] = [];
  for (let i = 0; i < RECORDS; i += size)
    bodies.push(
      Buffer.from(`[${Array.from({ length: Math.min(size, RECORDS - i) }, (_, j) => ROW(i + j)).join(',')}]`),
    );
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const post = (body: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { agent, method: 'POST', headers: { 'Content-Length': body.length } }, (response) => {
        response.resume();
        response.on('end', resolve);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const rate = await measured(`HTTP, ready requests of ${size}`, RECORDS, async () => {
    const lane = async (): Promise<void> => {
      for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) await post(body);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  });
  agent.destroy();
  return rate;
}

async function httpSink(url: string, size: number): Promise<number> {
  return await withWorld(async (world) => {
    await fill(world.log, true);
    return await measured(`HTTP sink, requests of ${size}`, RECORDS, async () => {
      await world.herder.create('s', {
        'connector.class': 'HttpSink',
        'http.api.url': url,
        topics: 'users',
        'batch.max.size': String(size),
        'request.body.format': 'json',
        'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter.schemas.enable': 'true',
      });
      await untilCommitted(world, 's');
    });
  });
}

async function http(): Promise<void> {
  const service = await startService();
  try {
    await readyRequests(service.url, 100, 5);
    const ready = await readyRequests(service.url, 100, 5);
    const sunk = await httpSink(service.url, 100);
    const singly = await httpSink(service.url, 1);
    const readySingly = await readyRequests(service.url, 1, 5);
    const shares = {
      sinkOfReady: Number((sunk / ready).toFixed(2)),
      singlyOfReady: Number((singly / readySingly).toFixed(2)),
    };
    console.log(JSON.stringify({ bench: 'connectors', name: 'shares', ...shares }));
  } finally {
    await service.close();
  }
}

/** Files of 10,000 records, as JSON lines, compressed, and as Parquet; compared with PUTs of the same JSON lines. */
async function s3(): Promise<void> {
  const store = await startS3();
  const FLUSH = 10_000;
  const sink = async (name: string, more: Record<string, string>): Promise<number> => {
    let rate = 0;
    await withWorld(async (world) => {
      await fill(world.log, true);
      rate = await measured(`s3 sink, ${name}`, RECORDS, async () => {
        await world.herder.create('s', {
          'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
          topics: 'users',
          's3.bucket.name': BUCKET,
          'store.url': store.url,
          'flush.size': String(FLUSH),
          'rotate.schedule.interval.ms': '1000',
          'topics.dir': name.replaceAll(' ', '-'),
          'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          ...more,
        });
        await untilCommitted(world, 's');
      });
    });
    return rate;
  };
  try {
    const sunk = await sink('json', {});
    await sink('json gzip', { 's3.compression.type': 'gzip' });
    await sink('parquet', { 'format.class': 'parquet' });
    const key = (await store.keys('json/'))[0]!;
    const body = await store.read(key);
    const rows = body.toString().split('\n').length - 1;
    const ready = await measured('s3 PUT', RECORDS, async () => {
      for (let i = 0; i < RECORDS / rows; i++) await store.write(`ready/${i}.json`, body);
    });
    console.log(
      JSON.stringify({ bench: 'connectors', name: 'shares', s3SinkOfPut: Number((sunk / ready).toFixed(2)) }),
    );
  } finally {
    await store.remove();
  }
}

/** Hashes by key and entries of a stream, compared with Redis' own bulk loader for the same commands. */
async function redis(): Promise<void> {
  const server = await new RedisServer({ password: '', more: ['--appendonly', 'no'] }).start();
  const sink = async (type: string): Promise<number> => {
    let rate = 0;
    await withWorld(async (world) => {
      await fill(world.log, true);
      rate = await measured(`Redis sink, ${type.toLowerCase()}`, RECORDS, async () => {
        await world.herder.create('s', {
          'connector.class': 'com.redis.kafka.connect.RedisSinkConnector',
          'redis.uri': server.url,
          'redis.type': type,
          topics: 'users',
          'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        });
        await untilCommitted(world, 's');
      });
    });
    return rate;
  };
  const fields = (i: number): readonly string[] => {
    const balance = String((i % 10_000) / 100);
    return ['id', String(i), 'name', `User_${i}`, 'region', `Region_${i % 9}`, 'balance', balance];
  };
  const loaded = async (name: string, command: (i: number) => readonly string[]): Promise<number> => {
    await server.ask('FLUSHALL');
    const input = path.join(folder, name);
    const lines: string[] = [];
    for (let i = 0; i < RECORDS; i++) {
      const parts = command(i);
      lines.push(`*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`);
    }
    writeFileSync(input, lines.join(''));
    return await measured(`redis-cli --pipe, ${name}`, RECORDS, async () => {
      const fd = openSync(input, 'r');
      const child = spawn('redis-cli', ['-p', String(server.port), '--pipe'], { stdio: [fd, 'ignore', 'inherit'] });
      await new Promise((resolve) => child.once('exit', resolve));
      closeSync(fd);
    });
  };
  try {
    const hashes = await sink('HASH');
    await server.ask('FLUSHALL');
    const entries = await sink('STREAM');
    const hset = await loaded('hset', (i) => ['HSET', `users:${i}`, ...fields(i)]);
    const xadd = await loaded('xadd', (i) => ['XADD', 'users', '*', ...fields(i)]);
    const shares = {
      redisHashOfPipe: Number((hashes / hset).toFixed(2)),
      redisStreamOfPipe: Number((entries / xadd).toFixed(2)),
    };
    console.log(JSON.stringify({ bench: 'connectors', name: 'shares', ...shares }));
  } finally {
    await server.remove();
  }
}

try {
  if (only.length === 0 || only.includes('datagen')) await datagen();
  if (only.length === 0 || only.includes('file')) await file();
  if (only.length === 0 || only.includes('postgres')) await postgresConnectors();
  if (only.length === 0 || only.includes('elasticsearch')) await elasticsearch();
  if (only.length === 0 || only.includes('http')) await http();
  if (only.length === 0 || only.includes('s3')) await s3();
  if (only.length === 0 || only.includes('redis')) await redis();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
