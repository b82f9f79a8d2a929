import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { listen, type Listener } from './listener.ts';

let listener: Listener;
let refusals = 0;
afterEach(() => listener.close());

async function start(maxConnections = 100): Promise<void> {
  listener = await listen('127.0.0.1', 0, (_, response) => void response.end('hello'), {
    onFault: () => undefined,
    onUpgrade: (_, socket) => socket.end(),
    timers: nodeEnv(SILENT_LOGGER).timers,
    headersTimeoutMs: 200,
    maxConnections,
    onRefused: () => refusals++,
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

test('no more connections than the limit', async () => {
  await start(3);
  const whole = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const silent = await Promise.all(
    Array.from(
      { length: 3 },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(listener.port, '127.0.0.1', () => resolve(socket));
        }),
    ),
  );
  expect(await send(whole)).toBe('');
  expect(await send(whole)).toBe('');
  expect(refusals).toBe(1);
  for (const socket of silent) socket.destroy();
  await expect.poll(() => send(whole)).toContain('hello');
});
