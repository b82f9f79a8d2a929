import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type AddressInfo } from 'node:net';
import { SILENT_LOGGER } from '../../../src/base/env.ts';
import { SERVER_ITSELF } from '../../../src/base/rights.ts';
import type { Herder } from '../../../src/connect/worker/herder.ts';
import { handleRest } from '../../../src/connect/worker/rest/rest.ts';
import { nodeEnv } from '../../../src/host/node-env.ts';
import { EmbeddedLog } from '../../../src/log/embedded/embedded-log.ts';
import { startSluice, type Sluice } from '../../../src/main/compose.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { testEnv } from '../../support/env.ts';
import { Outside, outsideSink, outsideSource } from '../outside.ts';
import { type SimServer, startServer } from '../server.ts';
import { type Target, Wrong } from './target.ts';

/** A server is replaced after so many inputs, so that they meet few names. */
const INPUTS_PER_SERVER = 400;
/** A request that has not been answered by then never is, however slow the machine. */
const ANSWER_MS = 60_000;
/** A response that pauses for so long is one of rows that goes on. */
const PAUSE_MS = 30;
/** How long an HTTP/2 connection whose frames do not add up may wait for more. */
const OPEN_MS = 40;

/** Statements that would write files, run scripts or end the server, however they are spelled. */
const HARMFUL = /connector|script|terminate|\\u00/i;
/** Words of errors of the language itself, which say nothing to a client. */
const INTERNAL =
  /is not (?:a function|iterable|defined)|Cannot (?:read|set) propert|\[object Object\]|RangeError|TypeError/;

/** The client has closed the connection in the middle of a request. */
const GONE = /Premature close|has gone/;

/** The server whose listeners are fuzzed, and what went wrong in it without a response. */
class Served {
  #sluice: Sluice | undefined;
  #inputs = 0;
  #isWatched = false;
  readonly #faults: string[] = [];

  /** Where it listens. Counts an input. */
  async url(): Promise<URL> {
    this.#watch();
    if (this.#inputs++ % INPUTS_PER_SERVER === 0) {
      await this.#sluice?.close();
      const logger = {
        ...SILENT_LOGGER,
        error: (message: string, fields?: object) => {
          const text = JSON.stringify(fields);
          if (message === 'A request failed' && !GONE.test(text)) this.#faults.push(`${message}: ${text}`);
        },
      };
      this.#sluice = await startSluice({
        env: nodeEnv({ ...logger, child: () => logger as never }),
        store: new MemoryStore(),
        properties: {
          listeners: 'http://127.0.0.1:0',
          'connect.listeners': 'http://127.0.0.1:0',
          'ksql.streams.auto.offset.reset': 'earliest',
        },
      });
      await this.#sluice.engine.execute(
        `CREATE STREAM s (id INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
        CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;
        INSERT INTO s (id, v) VALUES (1, 'a');`,
      );
    }
    return new URL(this.#sluice!.url);
  }

  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const note = (error: unknown): void => {
      this.#faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    };
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
  }

  /** @throws Wrong with what went wrong since the last call */
  check(): void {
    const [fault] = this.#faults.splice(0);
    if (fault !== undefined) throw new Wrong(fault);
  }
}

/** Sends bytes; resolves with what comes back until the connection is closed, `isDone`, a pause or a time limit. */
async function exchange(
  url: URL,
  bytes: Buffer,
  { isDone, pauseMs, limitMs }: { isDone: (answer: Buffer) => boolean; pauseMs: number; limitMs: number },
): Promise<{ readonly answer: Buffer; readonly isOpen: boolean }> {
  return await new Promise((resolve) => {
    let answer: Buffer = Buffer.alloc(0);
    let isOpen = true;
    const socket = connect(Number(url.port), url.hostname, () => socket.write(bytes));
    const limit = setTimeout(() => socket.destroy(), limitMs);
    let pause: NodeJS.Timeout | undefined;
    socket.on('data', (part: Buffer) => {
      answer = Buffer.concat([answer, part]);
      clearTimeout(pause);
      if (isDone(answer)) socket.destroy();
      else pause = setTimeout(() => socket.destroy(), pauseMs);
    });
    socket.on('end', () => (isOpen = false));
    socket.on('error', () => (isOpen = false));
    socket.on('close', () => {
      clearTimeout(limit);
      clearTimeout(pause);
      resolve({ answer, isOpen });
    });
  });
}

const request = (start: string, body: unknown, ...headers: readonly string[]): Buffer =>
  Buffer.from(
    `${start} HTTP/1.1\r\nHost: x\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n${
      typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    }`,
  );

const REST_SEEDS = [
  request('GET /info', undefined),
  request('GET /healthcheck', undefined),
  request('GET /status/stream/S/create', undefined),
  request('GET /is_valid_property/ksql.streams.auto.offset.reset', undefined),
  request('GET /v1/metadata/id', undefined),
  request('POST /ksql', { ksql: 'SHOW STREAMS EXTENDED;', streamsProperties: { 'auto.offset.reset': 'earliest' } }),
  request('POST /ksql', {
    ksql: 'DESCRIBE s EXTENDED; EXPLAIN SELECT * FROM s EMIT CHANGES;',
    commandSequenceNumber: 0,
  }),
  request('POST /ksql', {
    ksql: "DEFINE x='1'; CREATE STREAM b AS SELECT id, v, ${x} AS y FROM s;",
    sessionVariables: { z: '2' },
  }),
  request('POST /query', { ksql: 'SELECT * FROM s;', streamsProperties: {} }, 'Accept: application/vnd.ksql.v1+json'),
  request('POST /query', { ksql: 'SELECT id, n FROM t WHERE id = 1;' }, 'Accept: application/vnd.ksql.v1+protobuf'),
  request('POST /query-stream', { sql: 'SELECT * FROM s EMIT CHANGES LIMIT 1;', properties: {} }),
  request(
    'POST /query-stream',
    { sql: 'SELECT * FROM t WHERE id = 1;', sessionVariables: {} },
    'Accept: application/json',
  ),
  request('POST /inserts-stream', '{"target":"s"}\n{"id":1,"v":"x"}\n{"ID":2,"V":null}\n'),
  request('POST /close-query', { queryId: 'x' }),
  request('GET /ws/query?request=%7B%22ksql%22%3A%22SELECT%20*%20FROM%20s%3B%22%7D', undefined),
  request('OPTIONS /ksql', undefined, 'Origin: http://x', 'Access-Control-Request-Method: POST'),
];

/** The request with the length that its body has. */
function withLength(input: Buffer): Buffer {
  const end = input.indexOf('\r\n\r\n');
  if (end < 0) return input;
  const head = input
    .toString('latin1', 0, end)
    .replace(/\r\n(?:content-length|transfer-encoding|connection)[^\r\n]*/gi, '');
  const body = input.subarray(end + 4);
  return Buffer.concat([
    Buffer.from(`${head}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`, 'latin1'),
    body,
  ]);
}

/** Requests to the SQL port over HTTP/1.1: each is answered, and none with an error that is the server's own. */
function rest(): Target {
  const served = new Served();
  return {
    name: 'rest',
    words: [
      'null',
      '[]',
      '{}',
      '"ksql":',
      '"sql":',
      '1e99',
      'SELECT',
      'EMIT CHANGES',
      'LIMIT 1',
      'Accept: */*\r\n',
      '\r\n',
      '%',
      '?',
    ],
    seeds: () => Promise.resolve(REST_SEEDS),
    async check(input, random) {
      if (HARMFUL.test(input.toString('latin1'))) return;
      const url = await served.url();
      // Most requests get a right length, or few bodies would be read.
      const isWhole = random() < 0.9 && input.includes('\r\n\r\n');
      const { answer, isOpen } = await exchange(url, isWhole ? withLength(input) : input, {
        isDone: () => false,
        pauseMs: PAUSE_MS,
        limitMs: isWhole ? ANSWER_MS : OPEN_MS,
      });
      served.check();
      const text = answer.toString('latin1');
      if (isWhole && isOpen && text === '') throw new Wrong('the request is never answered');
      if (text.startsWith('HTTP/1.1 5') || INTERNAL.test(text)) throw new Wrong(text.slice(0, 1000));
    },
  };
}

const CONNECT_SEEDS = [
  request('POST /connectors', { name: 'a', config: { 'connector.class': 'sim.OutsideSource', 'tasks.max': '1' } }),
  request('POST /connectors', {
    name: 'b',
    config: {
      'connector.class': 'sim.OutsideSink',
      topics: 'outside',
      'errors.tolerance': 'all',
      transforms: 'c',
      'transforms.c.type': 'org.apache.kafka.connect.transforms.Cast$Value',
      'transforms.c.spec': 'n:string',
    },
    initial_state: 'PAUSED',
  }),
  request('GET /connectors?expand=info&expand=status', undefined),
  request('GET /connectors/a/status', undefined),
  request('GET /connectors/a/tasks-config', undefined),
  request('PUT /connectors/a/config', { 'connector.class': 'sim.OutsideSource', 'tasks.max': '2' }),
  request('PATCH /connectors/b/config', { 'errors.tolerance': null, 'transforms.c.spec': 'n:int8' }),
  request('PUT /connectors/a/pause', undefined),
  request('PUT /connectors/a/stop', undefined),
  request('POST /connectors/a/restart?includeTasks=true&onlyFailed=false', undefined),
  request('POST /connectors/a/tasks/0/restart', undefined),
  request('GET /connectors/a/offsets', undefined),
  request('PATCH /connectors/a/offsets', { offsets: [{ partition: { table: 'rows' }, offset: { at: 3 } }] }),
  request('PATCH /connectors/b/offsets', {
    offsets: [{ partition: { kafka_topic: 'outside', kafka_partition: 0 }, offset: { kafka_offset: 3 } }],
  }),
  request('DELETE /connectors/a/offsets', undefined),
  request('GET /connectors/a/topics', undefined),
  request('PUT /connectors/a/topics/reset', undefined),
  request('DELETE /connectors/a', undefined),
  request('GET /connector-plugins?connectorsOnly=false', undefined),
  request('PUT /connector-plugins/OutsideSource/config/validate', {
    'connector.class': 'sim.OutsideSource',
    name: 'a',
  }),
  request('PUT /admin/loggers/root', { level: 'INFO' }),
];

/** Requests to Connect's REST. Its 500 are Kafka Connect's own where a body cannot be read, and say why in words. */
function connectRest(): Target {
  let server: SimServer | undefined;
  let inputs = 0;
  const start = async (): Promise<Herder> => {
    const [store, env] = [new MemoryStore(), testEnv()];
    const outside = new Outside({ latencyMs: () => 0, fault: () => undefined });
    const connectors = [outsideSource(outside), outsideSink(outside)];
    server = await startServer({ env, log: new EmbeddedLog({ store, env }), store, connectors, properties: {} });
    for (const seed of CONNECT_SEEDS.slice(0, 2)) await ask(server.herder, seed);
    return server.herder;
  };
  return {
    name: 'connect_rest',
    words: [
      'null',
      '[]',
      '{}',
      '1e99',
      '"transforms":',
      '"predicates":',
      '"topics.regex":',
      '"(("',
      '"__proto__":',
      '%',
      '${',
      '}',
    ],
    seeds: () => Promise.resolve(CONNECT_SEEDS),
    async check(input) {
      if (inputs++ % INPUTS_PER_SERVER === 0) {
        await server?.close();
        await start();
      }
      const { status, body } = await ask(server!.herder, input);
      if (INTERNAL.test(body)) throw new Wrong(`${status} ${body.slice(0, 1000)}`);
      if (status >= 400 && typeof (JSON.parse(body) as { message?: unknown }).message !== 'string')
        throw new Wrong(`${status} without a message: ${body}`);
    },
  };
}

async function ask(herder: Herder, input: Buffer): Promise<{ readonly status: number; readonly body: string }> {
  const text = input.toString();
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [, method = 'GET', target = '/'] = /^(\S*) (\S*)/.exec(head) ?? [];
  const [path = '/', query = ''] = target.split('?');
  return await handleRest(
    {
      method,
      path,
      query: new URLSearchParams(query),
      headers: { 'content-type': 'application/json' },
      body: rest.join('\r\n\r\n'),
      caller: SERVER_ITSELF,
    },
    { herder, logger: SILENT_LOGGER, url: 'http://localhost:8083' },
  );
}

const PREFACE_BYTES = 24;
const FRAME_HEAD_BYTES = 9;
/** A PING whose answer shows that everything before it has been read. */
const PING = Buffer.from('\0\0\u0008\u0006\0\0\0\0\0sluice!!', 'latin1');
const GOAWAY = 7;
const PONG = Buffer.from('\0\0\u0008\u0006\u0001\0\0\0\0sluice!!', 'latin1');

/** Whether the server has read everything, or says that it reads no more (GOAWAY). */
function isAnswered(answer: Buffer): boolean {
  if (answer.includes(PONG)) return true;
  for (let at = 0; at + FRAME_HEAD_BYTES <= answer.length; at += FRAME_HEAD_BYTES + answer.readUIntBE(at, 3))
    if (answer[at + 3] === GOAWAY) return true;
  return false;
}

/** What an HTTP/2 client sends for these requests, up to its connection's end. */
async function recorded(url: URL, talk: (base: string) => Promise<void>): Promise<Buffer> {
  const sent: Buffer[] = [];
  const proxy = createServer((socket) => {
    const server = connect(Number(url.port), url.hostname);
    socket.on('data', (part: Buffer) => sent.push(part));
    socket.pipe(server).pipe(socket);
    for (const each of [socket, server]) each.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  await talk(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  proxy.close();
  return Buffer.concat(sent);
}

async function talked(base: string, headers: Record<string, string>, body: readonly string[]): Promise<void> {
  const session = connectHttp2(base);
  const stream = session.request({ ':method': body.length === 0 ? 'GET' : 'POST', ...headers });
  for (const part of body) stream.write(part);
  stream.end();
  stream.resume();
  await new Promise((resolve) => stream.once('close', resolve));
  await new Promise<void>((resolve) => session.close(resolve));
}

/** The frames with lengths that add up. */
function withLengths(input: Buffer): Buffer {
  const out = Buffer.from(input);
  for (let at = PREFACE_BYTES; at < out.length;) {
    const left = out.length - at - FRAME_HEAD_BYTES;
    if (left < 0) return out.subarray(0, at);
    const length = Math.min(out.readUIntBE(at, 3), left);
    out.writeUIntBE(length, at, 3);
    at += FRAME_HEAD_BYTES + length;
  }
  return out;
}

/** Frames of HTTP/2: the connection is answered or closed, and the server goes on. */
function http2Frames(): Target {
  const served = new Served();
  let seeds: readonly Buffer[] | undefined;
  return {
    name: 'http2',
    async seeds() {
      const url = await served.url();
      seeds ??= [
        await recorded(url, (base) => talked(base, { ':path': '/info' }, [])),
        await recorded(url, (base) => talked(base, { ':path': '/ksql' }, ['{"ksql":', '"SHOW STREAMS;"}'])),
        await recorded(url, (base) =>
          talked(base, { ':path': '/query-stream', accept: 'application/json' }, ['{"sql":"SELECT * FROM t;"}']),
        ),
        await recorded(url, (base) =>
          talked(base, { ':path': '/inserts-stream' }, ['{"target":"s"}\n', '{"id":1}\n', '{"id":2}\n']),
        ),
      ];
      return seeds;
    },
    async check(input, random) {
      if (HARMFUL.test(input.toString('latin1'))) return;
      const url = await served.url();
      const isWhole = random() < 0.9 && input.length >= PREFACE_BYTES;
      // Most connections begin as they must, or nothing behind it would be read.
      const bytes = isWhole ? withLengths(input) : Buffer.from(input);
      if (isWhole) seeds![0]!.copy(bytes, 0, 0, PREFACE_BYTES);
      const { answer, isOpen } = await exchange(url, Buffer.concat([bytes, PING]), {
        isDone: isAnswered,
        pauseMs: isWhole ? ANSWER_MS : OPEN_MS,
        limitMs: isWhole ? ANSWER_MS : OPEN_MS,
      });
      served.check();
      if (isWhole && isOpen && !isAnswered(answer)) throw new Wrong('the connection is neither answered nor closed');
    },
  };
}

export const HTTP_TARGETS: readonly Target[] = [rest(), connectRest(), http2Frames()];
