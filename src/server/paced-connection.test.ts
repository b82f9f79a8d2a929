import { createHash } from 'node:crypto';
import { Agent, request as askHttp1 } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { frameOf, HTTP2_START } from '../../test/support/http2-frames.ts';
import { listen, type HttpHandler, type Listener } from './listener.ts';

let listener: Listener;
const opened: Socket[] = [];
/** How often a state is looked at, in ms. */
const EAGER = { interval: 1 };
/** The clock of the listener, in ms: only handlers let it go on. */
let now: number;
/** All turns that were asked for. */
let waiting: (() => void)[];
const giveTurns = (): void => {
  for (const go of waiting.splice(0)) go();
};

beforeEach(() => {
  now = 0;
  waiting = [];
});

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  giveTurns();
  await listener.close();
});

/** A listener that this machine has flooded once: what connects from now on is served in slices. */
async function start(handler: HttpHandler, before: () => Promise<unknown> = async () => undefined): Promise<void> {
  const { timers, clock } = nodeEnv(SILENT_LOGGER);
  const flooded: string[] = [];
  listener = await listen(
    '127.0.0.1',
    0,
    (request, response, socket) => {
      if (request.url === '/flood') response.end('hello');
      else return handler(request, response, socket);
    },
    {
      onFault: (error) => {
        throw error;
      },
      env: {
        clock: { ...clock, monotonicMs: () => now },
        timers: { ...timers, turn: () => new Promise((resolve) => void waiting.push(resolve)) },
      },
      headersTimeoutMs: 3_600_000,
      maxConnections: 100,
      maxConnectionsPerClient: 100,
      onFlood: (client) => flooded.push(client),
    },
  );
  await before();
  const flood = send('GET /flood HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
  await new Promise<void>((resolve) => flood.once('close', () => resolve()));
  expect(flooded).toEqual(['this machine']);
}

function send(bytes: Buffer | string): Socket {
  const socket = connect(listener.port, '127.0.0.1', () => socket.write(bytes));
  socket.on('error', () => undefined).resume();
  opened.push(socket);
  return socket;
}

/** GET / with indexed header fields, and an authority of a hundred bytes (RFC 7541 appendix A). */
const REQUEST = Buffer.concat([Buffer.from([0x82, 0x86, 0x84, 0x01, 100]), Buffer.alloc(100, 'a')]);
const streams = (count: number): Buffer =>
  Buffer.concat([HTTP2_START, ...Array.from({ length: count }, (_, i) => frameOf(1, 5, 2 * i + 1, REQUEST))]);
const pipelined = (count: number): string => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count);

/** Requests one after the other on one connection. */
function client(): (path: string) => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (path) =>
    new Promise((resolve, reject) => {
      const asked = askHttp1({ port: listener.port, host: '127.0.0.1', path, agent }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode!));
        opened.push(answer.socket);
      });
      asked.on('error', reject).end();
    });
}

/** Gives turns until a state is reached. @returns how many */
async function turnsUntil(isReached: () => boolean): Promise<number> {
  for (let turns = 0; ; turns++) {
    if (isReached()) return turns;
    await expect.poll(() => waiting.length > 0 || isReached(), EAGER).toBe(true);
    giveTurns();
    // All that one turn allows is done in it.
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }
}

test.each([
  ['pipelines requests', () => pipelined(2000)],
  ['opens stream after stream', () => streams(500)],
])('a client that flooded and again %s takes turns, and others are served before its next', async (_name, flood) => {
  let floods = 0;
  const other = client();
  await start(
    (request, response) => {
      if (request.url === '/') {
        floods++;
        now += 1;
      }
      response.end(Buffer.from('hello'));
    },
    () => other('/other'),
  );
  send(flood());
  await turnsUntil(() => floods > 0);
  expect(floods).toBeLessThan(30);
  const before = floods;
  for (let i = 0; i < 20; i++) expect(await other('/other')).toBe(200);
  expect(floods).toBe(before);
  // A slice that takes more than a millisecond is followed by a smaller one, of 256 bytes at least.
  const perTurn: number[] = [];
  for (let i = 0; i < 12; i++) {
    const had = floods;
    await turnsUntil(() => floods > had);
    perTurn.push(floods - had);
  }
  expect(Math.max(...perTurn.slice(4))).toBeLessThanOrEqual(20);
});

test('of connections that flood and connect again as fast as they can, a few requests are begun in a turn', async () => {
  let floods = 0;
  await start((_, response) => {
    floods++;
    now += 1;
    response.end(Buffer.from('hello'));
  });
  for (let i = 0; i < 50; i++) {
    const again = (): void => {
      const socket = send(streams(500));
      socket.once('data', () => socket.destroy());
      socket.once('close', () => opened.length < 500 && again());
    };
    again();
  }
  for (let i = 0; i < 60; i++) {
    const had = floods;
    await turnsUntil(() => floods > had);
    expect(floods - had).toBeLessThan(20);
  }
});

test('a client that uses little has its turn before those who flood from the same address', async () => {
  const quiet = client();
  let isAnswered = false;
  await start((request, response) => {
    if (request.url === '/') now += 1;
    response.end(Buffer.from('hello'));
  });
  const ask = async (): Promise<void> => {
    isAnswered = false;
    expect(await quiet('/quiet')).toBe(200);
    isAnswered = true;
  };
  void ask();
  await turnsUntil(() => isAnswered);
  now += 1000;
  for (let i = 0; i < 50; i++) send(streams(500));
  await turnsUntil(() => now > 1100);
  void ask();
  // Two turns of those who flood may pass until its request is here, whatever waits.
  expect(await turnsUntil(() => isAnswered)).toBeLessThan(10);
});

test('pipelined requests are read while few wait for their answers, and all are answered', async () => {
  const unanswered: (() => void)[] = [];
  let begun = 0;
  let most = 0;
  await start((_, response) => {
    begun++;
    now += 0.2;
    unanswered.push(() => response.end('hello'));
    most = Math.max(most, unanswered.length);
  });
  send(pipelined(1000));
  while (begun < 1000) {
    await expect
      .poll(() => {
        giveTurns();
        return unanswered.length;
      }, EAGER)
      .toBeGreaterThanOrEqual(Math.min(10, 1000 - begun + unanswered.length));
    for (const answer of unanswered.splice(0)) answer();
  }
  // What was in the slice that reached the limit is read as well.
  expect(most).toBeLessThan(50);
});

test.each(['HTTP/1.1', 'HTTP/2'])(
  'what is sent over %s arrives whole and in order, whatever its size',
  async (version) => {
    const body = Buffer.alloc(3 << 20);
    for (let i = 0; i < body.length; i += 4) body.writeUInt32BE(i, i);
    const wanted = createHash('sha1').update(body).digest('hex');
    await start((request, response) => {
      const hash = createHash('sha1');
      let pieces = 0;
      request.on('data', (bytes: Buffer) => {
        hash.update(bytes);
        now += 0.1;
        // A handler that cannot go on for a while.
        if (++pieces % 7 !== 0) return;
        request.pause();
        setImmediate(() => request.resume());
      });
      request.on('end', () => response.end(Buffer.from(hash.digest('hex'))));
    });
    // All take their turns here.
    const turns = setInterval(giveTurns, 1);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const read = (piece: Buffer): void => void (text += piece.toString());
      if (version === 'HTTP/1.1') {
        const asked = askHttp1({ port: listener.port, host: '127.0.0.1', method: 'POST', agent: false }, (response) =>
          response.on('data', read).on('end', () => resolve(text)),
        );
        asked.on('error', reject).end(body);
      } else {
        const session = connectHttp2(`http://127.0.0.1:${listener.port}`);
        const asked = session.request({ ':method': 'POST' });
        asked.on('data', read).on('error', reject);
        asked.on('end', () => {
          session.destroy();
          resolve(text);
        });
        asked.end(body);
      }
    });
    clearInterval(turns);
    expect(answer).toBe(wanted);
  },
);

test('a client that has sent all and says so gets its answers', async () => {
  await start((_, response) => void response.end('hello'));
  const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
  opened.push(socket);
  let text = '';
  socket.on('data', (piece) => (text += piece.toString()));
  const ended = new Promise<void>((resolve) => socket.once('end', () => resolve()));
  // More than one slice.
  socket.end(pipelined(300));
  const turns = setInterval(giveTurns, 1);
  await ended;
  clearInterval(turns);
  expect(text.split('hello')).toHaveLength(301);
});
