import { METHODS } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { threadCpuMs } from '../../test/support/cpu.ts';
import { seededRandom } from '../../test/support/random.ts';
import { freePort } from '../../test/support/free-port.ts';

/**
 * Whatever a client sends, every listener continues to respond. An exception that no handler catches is an unhandled
 * error of the test run and fails it as well. SEED=n sends other requests.
 */
const SEED = Number(process.env['SEED'] ?? 1);
const ROUNDS = Number(process.env['ROUNDS'] ?? 250);

let sluice: Sluice;
let listeners: { readonly name: string; readonly url: URL; readonly alive: string }[];

beforeAll(async () => {
  const registryPort = await freePort();
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'schema.registry.listeners': `http://127.0.0.1:${registryPort}`,
    },
  });
  await sluice.engine.execute(
    "CREATE STREAM s (id INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);",
  );
  listeners = [
    { name: 'ksql', url: new URL(sluice.url), alive: '/info' },
    { name: 'connect', url: new URL(sluice.connectUrl!), alive: '/connectors' },
    { name: 'registry', url: new URL(`http://127.0.0.1:${registryPort}`), alive: '/subjects' },
  ];
});

afterAll(async () => {
  await sluice?.close();
});

const PATHS = [
  '/',
  '/info',
  '/healthcheck',
  '/metrics',
  '/v1/metadata',
  '/v1/metadata/id',
  '/chc/ready',
  '/ksql',
  '/query',
  '/query-stream',
  '/close-query',
  '/inserts-stream',
  '/status',
  '/status/stream/S/create',
  '/is_valid_property/x',
  '/clusterStatus',
  '/heartbeat',
  '/lag',
  '/ws/query',
  '/ws/query?request=%7B%7D',
  '/docs/errors/X',
  '/connectors',
  '/connectors?expand=info',
  '/connectors/a',
  '/connectors/a/config',
  '/connectors/a/tasks/0/status',
  '/connectors/a/offsets',
  '/connectors/a/restart?includeTasks=x',
  '/connector-plugins/FileStreamSource/config/validate',
  '/admin/loggers/root',
  '/subjects',
  '/subjects/a/versions/latest',
  '/schemas/ids/1',
  '/config/a',
  '/mode',
];
const PIECES = [
  '/',
  '//',
  '..',
  '/../',
  '%',
  '%2e%2e',
  '%00',
  '%ff',
  '%2F',
  ':',
  ':x',
  '\\',
  '?',
  '#',
  '*',
  '@',
  'é',
  'http://',
  'http://:',
  '[',
  '~',
];
const BODIES = [
  '',
  'null',
  '[]',
  '1',
  '"x"',
  '{',
  '{}',
  '{"ksql":1}',
  '{"ksql":"SHOW STREAMS;"}',
  '{"ksql":"SELECT * FROM s EMIT CHANGES;"}',
  '{"sql":"SELECT * FROM s EMIT CHANGES;"}',
  '{"sql":"SELECT * FROM s EMIT CHANGES;","properties":[]}',
  '{"sql":";","properties":{"a":{"b":[]}}}',
  '{"ksql":"SHOW STREAMS;","streamsProperties":{"__proto__":1}}',
  '{"ksql":"SHOW STREAMS;","commandSequenceNumber":1e99}',
  '{"queryId":{}}',
  '{"target":"s"}\n{"id":1}\n',
  '{"target":"s"}\n{\n',
  '{"target":{}}\n',
  '{"target":"s"}\n[1]\n{"id":"x"}',
  '\u0000\ufffd',
  '{"name":"a","config":{"connector.class":"FileStreamSource"}}',
  '{"name":{},"config":[]}',
  '{"name":"\\r\\nX: y","config":{"connector.class":"x"}}',
  '{"offsets":[null,1,{"partition":1}]}',
  '{"offsets":{}}',
  '{"level":[]}',
  '{"schema":1}',
  '{"schema":"{","schemaType":"AVRO"}',
  '{"compatibility":{}}',
  `${'['.repeat(5000)}`,
  `{"ksql":"${'('.repeat(3000)}"}`,
];
const HEADERS = [
  'Accept: ;;;,q',
  'Accept: application/json;q=x',
  'Content-Type: text/plain',
  'Expect: 100-continue',
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x',
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Transfer-Encoding: chunked',
  'Content-Length: -1',
  'Content-Length: 99999',
  'Authorization: Basic \x7f',
  'Origin: null',
  'Origin: http://[',
  'X',
  ': x',
  'Host:',
  'Connection: close',
  'Cookie: \xff\xfe',
  'Range: bytes=0-',
  'Forwarded: x',
];

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

function randomTarget(random: Random): string {
  let target = pick(random, PATHS);
  for (let n = Math.floor(random() * 3); n > 0; n--) {
    const at = Math.floor(random() * (target.length + 1));
    target = target.slice(0, at) + pick(random, PIECES) + target.slice(at);
  }
  return random() < 0.1 ? pick(random, ['*', '//', '//:x', 'http://:x/', 'x', '']) : target;
}

/** Sends bytes and reads the response for a moment; resolves when the connection was closed by either side. */
function exchange(url: URL, bytes: Buffer, waitMs: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connectTcp(Number(url.port), url.hostname, () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

async function allAlive(): Promise<void> {
  for (const { url, alive, name } of listeners) {
    expect([name, (await fetch(new URL(alive, url))).status]).toEqual([name, 200]);
  }
}

describe('a request harms nothing but itself', () => {
  test('targets that are no path, over both versions', async () => {
    for (const { url } of listeners) {
      for (const target of ['//', '//:x', '//info', '*', 'http://:x', 'http://elsewhere/nope', '/%', '/ksql/../nope']) {
        const answer = await exchange(
          url,
          Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
          2000,
        );
        expect([target, answer.slice(0, 12)]).toEqual([
          target,
          expect.stringMatching(/^HTTP\/1\.1 (?:[4]\d\d|307|200)/),
        ]);
      }
    }
    const session = connectHttp2(sluice.url);
    for (const path of ['//', '//:x', '*', '/%', '']) {
      const stream = session.request({ ':path': path });
      stream.on('error', () => undefined);
      stream.end();
      await new Promise((resolve) => stream.on('response', resolve).on('close', resolve));
      stream.close();
    }
    session.destroy();
    await allAlive();
  });

  test.each(['ksql', 'connect', 'registry'])('%s: random HTTP/1.1', async (name) => {
    const random = seededRandom(SEED * 31 + name.length);
    const { url } = listeners.find((l) => l.name === name)!;
    const running: Promise<unknown>[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const method =
        random() < 0.6
          ? pick(random, ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
          : pick(random, [...METHODS, 'PRI', 'x', '']);
      const body = Buffer.from(pick(random, BODIES));
      const headers = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, HEADERS));
      if (random() < 0.8 && !headers.some((h) => /length|encoding/i.test(h)))
        headers.push(`Content-Length: ${body.length}`);
      const head = `${method} ${randomTarget(random)} HTTP/1.${pick(random, [1, 1, 1, 0])}\r\nHost: x\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n`;
      let bytes = Buffer.concat([Buffer.from(head, 'latin1'), body]);
      if (random() < 0.2) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      if (random() < 0.1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      running.push(exchange(url, bytes, 20 + random() * 60));
      if (running.length >= 25) await Promise.all(running.splice(0));
    }
    await Promise.all(running);
    await allAlive();
  });

  test('random HTTP/2: streams cut at any time, frames of any kind', async () => {
    const random = seededRandom(SEED * 37);
    for (let round = 0; round < ROUNDS / 10; round++) {
      const session = connectHttp2(sluice.url);
      session.on('error', () => undefined);
      const streams = Array.from({ length: 10 }, () => {
        const stream = session.request({
          ':method': pick(random, ['GET', 'POST', 'POST', 'OPTIONS', 'x']),
          ':path': randomTarget(random),
          accept: pick(random, ['*/*', 'application/json', ';;', 'application/vnd.ksql.v1+json']),
        });
        stream.on('error', () => undefined);
        stream.on('data', () => undefined);
        stream.write(pick(random, BODIES));
        if (random() < 0.7) stream.end();
        return stream;
      });
      await new Promise((resolve) => setTimeout(resolve, random() * 30));
      for (const stream of streams) if (random() < 0.5) stream.close(pick(random, [0, 2, 8]));
      session.destroy();
    }
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    for (let round = 0; round < ROUNDS / 5; round++) {
      const junk = Buffer.from(Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)));
      const frames = Array.from({ length: 3 }, () => {
        const payload = Buffer.from(
          Array.from({ length: Math.floor(random() * 20) }, () => Math.floor(random() * 256)),
        );
        const head = Buffer.from([
          0,
          0,
          payload.length,
          Math.floor(random() * 12),
          Math.floor(random() * 256),
          0,
          0,
          0,
          Math.floor(random() * 4),
        ]);
        return Buffer.concat([head, payload]);
      });
      await exchange(new URL(sluice.url), Buffer.concat([preface, ...(random() < 0.5 ? [junk] : frames)]), 20);
    }
    await allAlive();
  });
});

describe('what would take long to look at is refused before', () => {
  const wide = (n: number): string =>
    JSON.stringify({
      type: 'record',
      name: 'r',
      fields: Array.from({ length: n }, (_, i) => ({ name: `f${i}`, type: 'int' })),
    });
  test.each([
    ['ksql', 'POST', '/ksql', () => '['.repeat(3_000_000), 400, /nested deeper than 100/],
    ['ksql', 'POST', '/ksql', () => `{"ksql":"${'['.repeat(100_000)}\\"","a":{}}`, 400, /ksql|Syntax|characters/],
    [
      'connect',
      'POST',
      '/connectors',
      () =>
        JSON.stringify({
          name: 'x',
          config: Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, 'v'])),
        }),
      400,
      /more names and texts/,
    ],
    ['connect', 'POST', '/connectors', () => '['.repeat(2_000_000), 400, /nested deeper than 100/],
    [
      'connect',
      'PUT',
      '/connectors/x/config',
      () => JSON.stringify(Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, 'v']))),
      400,
      /more than 1000 settings/,
    ],
    [
      'registry',
      'POST',
      '/subjects/w/versions',
      () => JSON.stringify({ schema: wide(50_000) }),
      422,
      /1000000 at most are taken/,
    ],
  ])('%s %s %s', async (name, method, path, body, status, says) => {
    const { url } = listeners.find((one) => one.name === name)!;
    const headers = { 'content-type': 'application/json' };
    const text = body();
    const before = threadCpuMs();
    const answer = await fetch(new URL(path, url), { method, headers, body: text });
    expect(await answer.text()).toMatch(says);
    expect(answer.status).toBe(status);
    // Usually some tenths of a second, although both sides of the request run in this thread.
    expect(threadCpuMs() - before).toBeLessThan(10_000);
  });
});
