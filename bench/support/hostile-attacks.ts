import { gzipSync } from 'node:zlib';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { frameOf, HTTP2_START } from '../../test/support/http2-frames.ts';
import { HOSTILE_STATEMENTS } from '../../test/support/hostile-statements.ts';
import { sleep } from '../../test/support/server-process.ts';

/** The results of an attack: the number of responses by kind. */
export type Outcomes = Record<string, number>;
/** Ends at `untilMs` (performance.now) and leaves no open connection. */
export type Attack = (target: Target, untilMs: number) => Promise<Outcomes>;

export interface Target {
  readonly url: string;
  readonly port: number;
  /** Of a listener with TLS. */
  readonly tlsPort: number;
  readonly connectUrl: string;
}

const HOST = '127.0.0.1';

function count(outcomes: Outcomes, what: string): void {
  outcomes[what] = (outcomes[what] ?? 0) + 1;
}

const isOver = (untilMs: number): boolean => performance.now() >= untilMs;

function open(port: number, sockets: Set<Socket>, outcomes: Outcomes): Socket {
  const socket = connectTcp(port, HOST);
  sockets.add(socket);
  socket.on('connect', () => count(outcomes, 'connected'));
  socket.on('error', (error: NodeJS.ErrnoException) => count(outcomes, error.code ?? 'error'));
  socket.on('close', () => {
    sockets.delete(socket);
    count(outcomes, 'closed');
  });
  return socket;
}

/** @param say sends the data of each of `many` sockets, repeatedly if desired */
async function withSockets(
  port: number,
  many: number,
  untilMs: number,
  outcomes: Outcomes,
  say: (socket: Socket) => void,
): Promise<void> {
  const sockets = new Set<Socket>();
  for (let i = 0; i < many && !isOver(untilMs); i++) {
    const socket = open(port, sockets, outcomes);
    socket.on('connect', () => say(socket));
    // As fast as the listener's queue accepts them.
    if (i % 100 === 99) await sleep(5);
  }
  while (!isOver(untilMs)) await sleep(100);
  for (const socket of sockets) socket.destroy();
}

/** Repeats `once` in `beside` concurrent loops. */
async function repeated(untilMs: number, beside: number, once: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: beside }, async () => {
      while (!isOver(untilMs)) await once();
    }),
  );
}

async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string>,
  until: number,
): Promise<string> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())));
  try {
    const answer = await fetch(url, { method: 'POST', body: body as string, headers, signal });
    const text = await answer.text();
    const code = /"code":"([A-Z_]+)"/.exec(text)?.[1];
    return `${answer.status}${code === undefined ? '' : ` ${code}`}`;
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return cause?.code ?? name;
  }
}

const head = (path: string, more: string): string => `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n\r\n`;

/** 29 statements from the list at any time. */
const statements: Attack = async ({ url }, untilMs) => {
  const outcomes: Outcomes = {};
  const all = Object.values(HOSTILE_STATEMENTS);
  let next = 0;
  await repeated(untilMs, 29, async () => {
    const { path, body } = all[next++ % all.length]!();
    count(outcomes, await post(url + path, body, {}, untilMs));
  });
  return outcomes;
};

/** Clients that slowly send a header or a body byte by byte. */
const slowClients: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  const drip = (text: string) => (socket: Socket) => {
    socket.write(text);
    const timer = setInterval(() => socket.write('x'), 500);
    socket.on('close', () => clearInterval(timer));
  };
  await Promise.all([
    withSockets(port, 300, untilMs, outcomes, drip('GET /info HTTP/1.1\r\nX-Slow: ')),
    withSockets(port, 300, untilMs, outcomes, drip(head('/ksql', 'Content-Length: 4000000'))),
    withSockets(port, 300, untilMs, outcomes, drip(head('/inserts-stream', 'Content-Length: 4000000'))),
  ]);
  return outcomes;
};

const halfOpen: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  await withSockets(port, 1500, untilMs, outcomes, () => undefined);
  return outcomes;
};

/** More connections than the server accepts (by default 10,000), each with a request, kept open. */
const connections: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  await withSockets(port, 10_200, untilMs, outcomes, (socket) =>
    socket.write('GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  return outcomes;
};

/** Bodies that are announced as very large, or that never end. */
const largeBodies: Attack = async ({ url, connectUrl }, untilMs) => {
  const outcomes: Outcomes = {};
  const large = Buffer.alloc(40 << 20, ' ');
  const paths = [
    `${url}/ksql`,
    `${url}/query-stream`,
    `${url}/inserts-stream`,
    `${url}/close-query`,
    `${connectUrl}/connectors`,
  ];
  let next = 0;
  await repeated(untilMs, 8, async () =>
    count(outcomes, await post(paths[next++ % paths.length]!, large, {}, untilMs)),
  );
  return outcomes;
};

const bomb = gzipSync(Buffer.alloc(100 << 20));

/** Compressed zeros, a thousandth of their uncompressed size, with different Content-Encodings. */
const compressedBombs: Attack = async ({ url, connectUrl }, untilMs) => {
  const outcomes: Outcomes = {};
  let next = 0;
  await repeated(untilMs, 8, async () => {
    const path = [`${url}/ksql`, `${url}/query-stream`, `${url}/inserts-stream`, `${connectUrl}/connectors`][
      next++ % 4
    ]!;
    const headers = { 'content-encoding': ['gzip', 'deflate', 'gzip, gzip'][next % 3]! };
    count(outcomes, await post(path, bomb, headers, untilMs));
    await sleep(20);
  });
  return outcomes;
};

/** WebSockets with push queries that read nothing, and that send frames and pings as fast as they are accepted. */
const webSockets: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  const request = encodeURIComponent(JSON.stringify({ ksql: 'SELECT * FROM h EMIT CHANGES;' }));
  const open = new Set<WebSocket>();
  const frame = Buffer.alloc(60_000, 'x');
  const one = async (): Promise<void> => {
    const client = new WebSocket(`ws://${HOST}:${port}/ws/query?request=${request}`);
    open.add(client);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    client.on('error', () => undefined);
    client.on('open', () => count(outcomes, 'open'));
    client.on('close', (code) => {
      open.delete(client);
      count(outcomes, `closed ${code}`);
    });
    client.once('open', () => {
      const flood = setInterval(() => {
        for (let i = 0; i < 20 && client.bufferedAmount < 1 << 20 && client.readyState === client.OPEN; i++) {
          client.send(i % 10 === 0 ? Buffer.alloc(70_000) : frame);
          client.ping();
        }
      }, 10);
      client.once('close', () => clearInterval(flood));
    });
    await Promise.race([closed, sleep(Math.max(0, untilMs - performance.now()))]);
    await sleep(20);
  };
  await repeated(untilMs, 100, one);
  for (const client of open) client.terminate();
  return outcomes;
};

/** HTTP/2: streams that are opened and reset, pings, endless headers. */
const http2Floods: Attack = async ({ url, port }, untilMs) => {
  const outcomes: Outcomes = {};
  const session = (): ClientHttp2Session => {
    const made = connectHttp2(url);
    made.on('error', (error: NodeJS.ErrnoException) => count(outcomes, error.code ?? 'error'));
    made.on('goaway', (code) => count(outcomes, `goaway ${code}`));
    return made;
  };
  const resets = repeated(untilMs, 4, async () => {
    const made = session();
    for (let i = 0; i < 2000 && !made.destroyed && !isOver(untilMs); i++) {
      const stream = made.request({ ':method': 'POST', ':path': '/query-stream' });
      stream.on('error', () => undefined);
      stream.close(8);
      if (i % 100 === 99) await sleep(1);
    }
    count(outcomes, 'reset sessions');
    made.destroy();
    await sleep(10);
  });
  const pings = repeated(untilMs, 2, async () => {
    const made = session();
    for (let i = 0; i < 20_000 && !made.destroyed && !isOver(untilMs); i++) {
      if (!made.ping(() => undefined)) await sleep(1);
      if (i % 50 === 49) await sleep(1);
    }
    count(outcomes, 'ping sessions');
    made.destroy();
    await sleep(10);
  });
  // RFC 9113 6.10: HEADERS without END_HEADERS, followed by endless CONTINUATION frames.
  const field = Buffer.concat([Buffer.from([0x00, 0x01, 0x61, 0x7f, 0x00]), Buffer.alloc(127, 'a')]);
  const more = frameOf(9, 0, 1, Buffer.concat(Array.from({ length: 100 }, () => field)));
  const endless = withSockets(port, 50, untilMs, outcomes, (socket) => {
    socket.write(HTTP2_START);
    socket.write(frameOf(1, 0, 1, Buffer.from([0x83, 0x86, 0x84])));
    const timer = setInterval(() => {
      for (let i = 0; i < 20 && socket.writableLength < 1 << 20; i++) socket.write(more);
    }, 10);
    socket.on('close', () => clearInterval(timer));
  });
  await Promise.all([resets, pings, endless]);
  return outcomes;
};

/** HTTP/1.1: as many requests as a connection takes, without a look at the answers. */
const pipelinedRequests: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  const many = Buffer.from('GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(500));
  await withSockets(port, 8, untilMs, outcomes, (socket) => {
    socket.resume();
    const timer = setInterval(() => {
      for (let i = 0; i < 8 && socket.writableLength < 1 << 18; i++) socket.write(many);
    }, 5);
    socket.on('close', () => clearInterval(timer));
  });
  return outcomes;
};

/** HTTP/2 without a client that keeps its rules: streams one after the other, unknown frames, updates of windows. */
const http2Frames: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  const opening = Buffer.concat([
    Buffer.from([0x83, 0x86, 0x04, 13]),
    Buffer.from('/query-stream'),
    Buffer.from([0x01, 9]),
    Buffer.from('localhost'),
  ]);
  const kinds: readonly ((n: number) => Buffer)[] = [
    (n) => frameOf(1, 4, 2 * n + 1, opening),
    (n) => Buffer.concat([frameOf(1, 4, 2 * n + 1, opening), frameOf(3, 0, 2 * n + 1, Buffer.from([0, 0, 0, 8]))]),
    () => frameOf(0x77, 0, 0, Buffer.from('x')),
    () => frameOf(8, 0, 0, Buffer.from([0, 0, 0, 1])),
  ];
  let next = 0;
  await repeated(untilMs, 8, async () => {
    const frame = kinds[next++ % kinds.length]!;
    const sockets = new Set<Socket>();
    const socket = open(port, sockets, outcomes);
    socket.resume();
    socket.write(HTTP2_START);
    for (let n = 0; !isOver(untilMs) && sockets.has(socket); await sleep(5))
      for (let i = 0; i < 8 && socket.writableLength < 1 << 18; i++)
        socket.write(Buffer.concat(Array.from({ length: 500 }, () => frame(n++))));
    socket.destroy();
  });
  return outcomes;
};

/**
 * TLS: handshakes one after the other on 200 connections, 500 that stop after the first byte of theirs, and
 * renegotiation without end.
 */
const handshakes: Attack = async ({ tlsPort }, untilMs) => {
  const outcomes: Outcomes = {};
  const shake = (maxVersion: 'TLSv1.2' | 'TLSv1.3', whenSecure: (socket: ReturnType<typeof connectTls>) => void) =>
    new Promise<void>((resolve) => {
      const socket = connectTls({ port: tlsPort, host: HOST, rejectUnauthorized: false, maxVersion });
      socket.setTimeout(Math.max(1, untilMs - performance.now()), () => socket.destroy());
      socket.on('error', (error: NodeJS.ErrnoException) => count(outcomes, error.code ?? 'error'));
      socket.once('close', () => resolve());
      socket.once('secureConnect', () => {
        count(outcomes, 'handshakes');
        whenSecure(socket);
      });
    });
  await Promise.all([
    repeated(untilMs, 200, async () => await shake('TLSv1.3', (socket) => socket.destroy())),
    withSockets(tlsPort, 500, untilMs, outcomes, (socket) => socket.write(Buffer.from([22, 3]))),
    repeated(untilMs, 8, async () => {
      await shake('TLSv1.2', (socket) => {
        const again = (): void => {
          socket.renegotiate({}, (error) => {
            if (error === null) count(outcomes, 'renegotiations');
            if (!socket.destroyed) again();
          });
        };
        again();
      });
    }),
  ]);
  return outcomes;
};

/** Push queries whose clients read nothing while rows arrive. */
const slowReaders: Attack = async ({ port, url }, untilMs) => {
  const outcomes: Outcomes = {};
  const body = JSON.stringify({
    sql: `SELECT k, LPAD(a, 50000, 'x') AS x FROM h EMIT CHANGES;`,
    properties: { 'auto.offset.reset': 'earliest' },
  });
  const rows = `{"target":"H"}\n${'{"K":"r","A":"b"}\n'.repeat(200)}`;
  const writing = repeated(untilMs, 1, async () => {
    count(outcomes, `rows ${await post(`${url}/inserts-stream`, rows, {}, untilMs)}`);
    await sleep(500);
  });
  await withSockets(port, 95, untilMs, outcomes, (socket) => {
    socket.pause();
    socket.write(head('/query-stream', `Content-Length: ${body.length}`) + body);
  });
  await writing;
  return outcomes;
};

/** Creates and drops as many persistent queries as possible, and starts more push queries than permitted. */
const manyQueries: Attack = async ({ url, port }, untilMs) => {
  const outcomes: Outcomes = {};
  const say = async (ksql: string): Promise<void> =>
    count(outcomes, await post(`${url}/ksql`, JSON.stringify({ ksql }), {}, untilMs));
  const body = JSON.stringify({ sql: 'SELECT * FROM s EMIT CHANGES;' });
  const pushes = withSockets(port, 400, untilMs, outcomes, (socket) =>
    socket.write(head('/query-stream', `Content-Length: ${body.length}`) + body),
  );
  let n = 0;
  await repeated(untilMs, 4, async () => {
    const name = `mq${n++}`;
    await say(`CREATE STREAM ${name} AS SELECT k, a FROM h WHERE k LIKE '%${n}' EMIT CHANGES;`);
    if (n % 3 === 0) await say(`DROP STREAM IF EXISTS mq${Math.max(0, n - 30)} DELETE TOPIC;`);
  });
  await pushes;
  // Clean up for the next attack.
  for (let i = 0; i < n; i++)
    await post(
      `${url}/ksql`,
      JSON.stringify({ ksql: `DROP STREAM IF EXISTS mq${i} DELETE TOPIC;` }),
      {},
      untilMs + 60_000,
    );
  return outcomes;
};

/** Pseudo-random bytes, some of them after the start of a valid HTTP message. */
const noise: Attack = async ({ port }, untilMs) => {
  const outcomes: Outcomes = {};
  const heads = [
    'GET / HTTP/1.1\r\n',
    'POST /ksql HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01',
    '',
  ];
  let n = 0;
  await repeated(untilMs, 50, async () => {
    const sockets = new Set<Socket>();
    const socket = open(port, sockets, outcomes);
    const bytes = Buffer.alloc(2000);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2_654_435_761 + n * 40_503) >>> 7;
    socket.write(heads[n++ % heads.length]!);
    socket.write(bytes);
    socket.resume();
    await sleep(50);
    socket.destroy();
  });
  return outcomes;
};

/** All attacks by the name under which results are reported. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'nothing (for comparison)': async (_, untilMs) => {
    while (!isOver(untilMs)) await sleep(100);
    return {};
  },
  '29 hostile statements at a time': statements,
  'slow clients': slowClients,
  '1,500 half-open connections': halfOpen,
  '10,200 connections': connections,
  'bodies of 40 MB': largeBodies,
  'compressed bombs': compressedBombs,
  'WebSocket floods': webSockets,
  'HTTP/2 floods': http2Floods,
  'HTTP/2 frames without end': http2Frames,
  'pipelined requests': pipelinedRequests,
  'TLS handshakes': handshakes,
  'push queries that nobody reads': slowReaders,
  'many queries': manyQueries,
  'whatever bytes': noise,
};
