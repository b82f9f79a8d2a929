import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { listen, type HttpHandler, type Listener, type ListenOptions } from './listener.ts';

let listener: Listener;
let refusals: (string | undefined)[] = [];
afterEach(() => listener.close());

async function start({
  headersTimeoutMs = 200,
  maxConnections = 100,
  maxConnectionsPerClient = 100,
  handler = (_, response) => void response.end('hello'),
}: Partial<Pick<ListenOptions, 'headersTimeoutMs' | 'maxConnections' | 'maxConnectionsPerClient'>> & {
  readonly handler?: HttpHandler;
} = {}): Promise<void> {
  refusals = [];
  listener = await listen('127.0.0.1', 0, handler, {
    onFault: () => undefined,
    onUpgrade: (_, socket) => socket.end(),
    timers: nodeEnv(SILENT_LOGGER).timers,
    headersTimeoutMs,
    maxConnections,
    maxConnectionsPerClient,
    onRefused: (client) => refusals.push(client),
  });
}

/** Sends a text on a connection; resolves to the response when the connection is closed. */
function send(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(listener.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (part) => (answer += part.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

test.each([
  ['nothing', ''],
  ['the beginning of a preface', 'PRI * HTT'],
  ['a request line', 'GET / HTTP/1.1\r\n'],
  ['half of the headers', 'GET / HTTP/1.1\r\nHost: x\r\nAcc'],
  ['half of the headers of a WebSocket', 'GET /ws/x HTTP/1.1\r\nUpgrade: webso'],
])(
  'a client that sends %s is not waited for',
  async (_name, text) => {
    await start();
    expect(await send(text)).not.toContain('hello');
  },
  5000,
);

test('a request that is whole is answered, and its connection stays', async () => {
  await start();
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(listener.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.on('data', (part) => {
      text += part.toString();
      if (text.split('hello').length === 2) setTimeout(() => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 600);
      if (text.split('hello').length === 3) socket.destroy();
    });
    socket.on('close', () => resolve(text));
  });
  expect(answer.split('hello')).toHaveLength(3);
});

const WHOLE = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const NEVER = 3_600_000;

/** Opens connections that send a text and stay open. */
async function hold(count: number, text: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++)
    sockets.push(
      await new Promise<Socket>((resolve) => {
        const socket = connect(listener.port, '127.0.0.1', () => socket.write(text, () => resolve(socket)));
        socket.on('error', () => undefined);
      }),
    );
  return sockets;
}

test.each([
  ['nothing', '', 0],
  ['half of the headers', 'POST / HTTP/1.1\r\nHost: x\r\nAcc', 0],
  ['a part of a body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{', 3],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 0],
  ['one request, long ago', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 3],
])('clients that hold all connections and send %s keep nobody out', async (_name, text, begun) => {
  let requests = 0;
  await start({
    headersTimeoutMs: NEVER,
    maxConnections: 3,
    maxConnectionsPerClient: 3,
    handler: (request, response) => {
      requests++;
      request.on('end', () => response.end('hello')).resume();
    },
  });
  const held = await hold(3, text);
  const closed = held.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  for (const socket of held) socket.resume();
  await expect.poll(() => requests).toBe(begun);
  expect(await send(WHOLE)).toContain('hello');
  await Promise.race(closed);
  expect(held.filter((socket) => socket.destroyed || socket.readableEnded)).toHaveLength(1);
  expect(refusals).toEqual([]);
  for (const socket of held) socket.destroy();
});

test('no more connections than the limits, where each is being answered', async () => {
  let waiting: (() => void)[] = [];
  await start({
    headersTimeoutMs: NEVER,
    maxConnections: 9,
    maxConnectionsPerClient: 3,
    handler: (_, response) => void waiting.push(() => response.end('hello')),
  });
  const held = await hold(3, WHOLE);
  await expect.poll(() => waiting.length).toBe(3);
  expect(await send(WHOLE)).toBe('');
  expect(await send(WHOLE)).toBe('');
  expect(refusals).toEqual(['this machine']);
  for (const end of waiting.splice(0)) end();
  for (const socket of held) socket.destroy();
  waiting = [];
  const later = send(WHOLE);
  await expect.poll(() => waiting.length).toBe(1);
  waiting[0]?.();
  expect(await later).toContain('hello');
});

const pipelined = (count: number): string =>
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count - 1) + 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('a hundred pipelined requests are answered; with more that wait the connection is closed, and others are served', async () => {
  let begun = 0;
  await start({
    headersTimeoutMs: 30_000,
    handler: (request, response) => {
      if (request.url === '/') begun++;
      setImmediate(() => response.end('hello'));
    },
  });
  expect((await send(pipelined(100))).split('hello')).toHaveLength(101);
  begun = 0;
  const [flooded, other] = await Promise.all([send(pipelined(5000)), send(pipelined(1))]);
  expect(flooded).not.toContain('hello');
  expect(other).toContain('hello');
  expect(begun).toBe(101);
});

test('the streams of an HTTP/2 connection are a hundred at most', async () => {
  await start({ handler: (_, response) => void response.writeHead(200) });
  const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
  await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
  expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  session.destroy();
});
