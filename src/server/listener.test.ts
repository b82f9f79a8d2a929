import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { frameOf, HTTP2_START } from '../../test/support/http2-frames.ts';
import { listen, type HttpHandler, type Listener, type ListenOptions } from './listener.ts';

let listener: Listener;
let refusals: (string | undefined)[] = [];
let floods: string[] = [];
afterEach(() => listener.close());

async function start({
  headersTimeoutMs = 200,
  maxConnections = 100,
  maxConnectionsPerClient = 100,
  handler = (_, response) => void response.end('hello'),
  env = nodeEnv(SILENT_LOGGER),
  tls,
}: Partial<Pick<ListenOptions, 'headersTimeoutMs' | 'maxConnections' | 'maxConnectionsPerClient' | 'env' | 'tls'>> & {
  readonly handler?: HttpHandler;
} = {}): Promise<void> {
  refusals = [];
  floods = [];
  listener = await listen('127.0.0.1', 0, handler, {
    onFault: () => undefined,
    onUpgrade: (_, socket) => socket.end(),
    env,
    tls,
    headersTimeoutMs,
    maxConnections,
    maxConnectionsPerClient,
    onRefused: (client) => refusals.push(client),
    onFlood: (client) => floods.push(client),
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
  expect(floods).toEqual(['this machine']);
});

test('the streams of an HTTP/2 connection are a hundred at most', async () => {
  await start({ handler: (_, response) => void response.writeHead(200) });
  const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
  await new Promise<void>((resolve) => session.once('remoteSettings', () => resolve()));
  expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  session.destroy();
});

/** Opens streams and resets them. @returns whether the connection is open when the server has seen them all */
function reset(count: number): Promise<boolean> {
  // POST / with indexed header fields (RFC 7541 appendix A), and CANCEL.
  const stream = (id: number): Buffer =>
    Buffer.concat([
      frameOf(1, 4, id, Buffer.from([0x83, 0x86, 0x84, 0x01, 1, 0x61])),
      frameOf(3, 0, id, Buffer.from([0, 0, 0, 8])),
    ]);
  const ping = (flags: number, letter: string): Buffer => frameOf(6, flags, 0, Buffer.alloc(8, letter));
  return new Promise((resolve) => {
    const socket = connect(listener.port, '127.0.0.1', () =>
      socket.write(
        Buffer.concat([HTTP2_START, ...Array.from({ length: count }, (_, i) => stream(2 * i + 1)), ping(0, 'a')]),
      ),
    );
    let seen: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      seen = Buffer.concat([seen, bytes]);
      // The first is answered before its resets are counted.
      if (seen.includes(ping(1, 'b'))) {
        resolve(true);
        socket.destroy();
      } else if (seen.includes(ping(1, 'a'))) socket.write(ping(0, 'b'));
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(false));
  });
}

test('a connection that resets one request after the other is closed, and its client remembered', async () => {
  await start({ handler: () => undefined });
  expect(await reset(100)).toBe(true);
  expect(floods).toEqual([]);
  expect(await reset(200)).toBe(false);
  expect(floods).toEqual(['this machine']);
  // That it does so again is no news.
  expect(await reset(200)).toBe(false);
  expect(floods).toEqual(['this machine']);
});

describe('TLS', () => {
  const pem = readFileSync(path.resolve(import.meta.dirname, '../../test/data/key-stores/client.pem'));
  const tls = { key: pem, cert: pem, passphrase: 'changeit' };
  const client = (options: ConnectionOptions = {}): TLSSocket => {
    const socket = connectTls({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('error', () => undefined);
    return socket;
  };

  test('handshakes take turns: no work is done for one before its turn, however many there are', async () => {
    let now = 0;
    const turns: (() => void)[] = [];
    const { timers, clock } = nodeEnv(SILENT_LOGGER);
    await start({
      headersTimeoutMs: NEVER,
      tls,
      env: {
        // Each look at the clock costs two: a handshake takes as long.
        clock: { ...clock, monotonicMs: () => (now += 2) },
        timers: { ...timers, turn: () => new Promise((resolve) => void turns.push(resolve)) },
      },
    });
    const clients = Array.from({ length: 20 }, () => client());
    let secure = 0;
    for (const socket of clients) socket.once('secureConnect', () => secure++);
    let given = 0;
    for (; secure < 20; given++) {
      const before = secure;
      await expect.poll(() => turns.length > 0 || secure > before).toBe(true);
      turns.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(secure - before).toBeLessThanOrEqual(4);
    }
    expect(given).toBeGreaterThanOrEqual(7);
    for (const socket of clients) socket.destroy();
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a part of a hello', Buffer.from([22, 3, 1, 1, 0, 1, 0, 0, 252, 3])],
    ['clear text', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ])('a client that sends %s is not waited for', async (_name, bytes) => {
    await start({ tls });
    const socket = connect(listener.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined).resume();
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  });

  test('a client that renegotiates again and again is cut off', async () => {
    await start({ tls, headersTimeoutMs: NEVER });
    const socket = client({ maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] });
    await new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    let renegotiated = 0;
    const again = (): void => {
      socket.renegotiate({}, (error) => {
        if (error === null) renegotiated++;
        if (!socket.destroyed) again();
      });
    };
    again();
    await closed;
    expect(renegotiated).toBeLessThanOrEqual(4);
  });
});

describe('an HTTP/2 connection on which nothing happens', () => {
  /** Minutes pass in milliseconds. */
  const { clock, timers } = nodeEnv(SILENT_LOGGER);
  const env = { clock, timers: { ...timers, after: (ms: number, task: () => void) => timers.after(ms / 1000, task) } };

  test.each([
    [
      'headers that cannot be decoded',
      frameOf(1, 5, 1, Buffer.from([0x82, 0x84, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    ],
    ['data on a stream that was never opened', frameOf(0, 1, 3, Buffer.from([0]))],
  ])('is closed after %s', async (_name, bad) => {
    await start({ headersTimeoutMs: NEVER, env });
    await new Promise<void>((resolve) => {
      const socket = connect(listener.port, '127.0.0.1', () => socket.write(Buffer.concat([HTTP2_START, bad])));
      socket.on('error', () => undefined).resume();
      socket.once('close', () => resolve());
    });
  });

  test('stays where its client is there', async () => {
    await start({ headersTimeoutMs: NEVER, env });
    const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
    let pings = 0;
    session.on('ping', () => pings++);
    await expect.poll(() => pings).toBeGreaterThan(3);
    const stream = session.request({ ':path': '/' });
    let answer = '';
    for await (const part of stream) answer += String(part);
    expect(answer).toBe('hello');
    session.destroy();
  });
});
