import { connect as connectHttp2, type ClientHttp2Stream } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENT_LOGGER, type LogFields } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/** The size of a row, in bytes, and the number of rows: far more than the kernel and the server buffer for a client. */
const ROW = 50_000;
const ROWS = 400;
const STALLED_MS = 400;
/** The id of the last row, which must not match the same digits in a time of PRINT. */
const LAST = new RegExp(String.raw`(?:\[|key: )${ROWS - 1},`);
const SELECT = 'SELECT * FROM big EMIT CHANGES;';

let sluice: Sluice;
let port: number;
const warnings: { readonly message: string; readonly fields: LogFields | undefined }[] = [];

beforeAll(async () => {
  const logger = {
    ...SILENT_LOGGER,
    warn: (message: string, fields?: LogFields) => void warnings.push({ message, fields }),
  };
  sluice = await startSluice({
    env: nodeEnv({ ...logger, child: () => logger }),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
      'ksql.query.push.max.buffered.bytes': '1000000',
      'ksql.query.reader.stalled.timeout.ms': String(STALLED_MS),
    },
  });
  port = Number(new URL(sluice.url).port);
  await sluice.engine.execute(
    "CREATE STREAM big (id INT KEY, v STRING) WITH (kafka_topic='big', value_format='JSON', partitions=1);",
  );
  const rows = Array.from({ length: ROWS }, (_, id) => `{"ID":${id},"V":"${'x'.repeat(ROW)}"}\n`);
  const answer = await fetch(`${sluice.url}/inserts-stream`, {
    method: 'POST',
    body: `{"target":"BIG"}\n${rows.join('')}`,
  });
  expect((await answer.text()).split('"ok"')).toHaveLength(ROWS + 1);
});

afterAll(async () => await sluice?.close());

/** A client that reads only on request. */
interface Reader {
  readonly socket: { pause(): unknown; resume(): unknown };
  /** Everything it has read, without the `x`s. */
  readonly text: () => string;
  readonly bytes: () => number;
  readonly closed: Promise<void>;
  end(): void;
}

function readerOf(socket: Socket | ClientHttp2Stream): Reader {
  let text = '';
  let bytes = 0;
  socket.on('data', (piece: Buffer) => {
    bytes += piece.length;
    text += piece.toString().replaceAll('x', '');
  });
  socket.on('error', () => undefined);
  // Without the chunk frames of HTTP/1.1, which begin at arbitrary positions.
  return {
    socket,
    bytes: () => bytes,
    text: () => text.replaceAll(/\r\n[0-9a-f]+\r\n/g, ''),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    end: () => void socket.destroy(),
  };
}

function http1(request: string): Reader {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  return readerOf(socket);
}

const post = (path: string, body: object): string => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
};

function http2(path: string, body: object): Reader {
  const session = connectHttp2(sluice.url);
  session.on('error', () => undefined);
  const stream = session.request({ ':method': 'POST', ':path': path });
  stream.end(JSON.stringify(body));
  stream.once('close', () => session.close());
  return readerOf(stream);
}

const webSocket = (sql: string): Reader =>
  http1(
    `GET /ws/query?request=${encodeURIComponent(JSON.stringify({ ksql: sql }))} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );

const OPENERS: readonly [string, () => Reader][] = [
  ['/query-stream over HTTP/1.1', () => http1(post('/query-stream', { sql: SELECT }))],
  ['/query-stream over HTTP/2', () => http2('/query-stream', { sql: SELECT })],
  ['/query', () => http1(post('/query', { ksql: SELECT }))],
  ['/ws/query', () => webSocket(SELECT)],
  ['PRINT', () => http1(post('/query', { ksql: 'PRINT big FROM BEGINNING;' }))],
  ['a pull query', () => http1(post('/query-stream', { sql: 'SELECT * FROM big;' }))],
];

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !holds(); i++) await sleep(10);
  expect(holds()).toBe(true);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const dropped = async (): Promise<number> =>
  Number(/^sluice_stalled_readers_total (\d+)/m.exec(await (await fetch(`${sluice.url}/metrics`)).text())![1]);

describe('a client that reads nothing', () => {
  test.each(OPENERS)('is told why and cut: %s', async (_name, open) => {
    const before = await dropped();
    const seen = warnings.length;
    const reader = open();
    reader.socket.pause();
    await until(() => warnings.length > seen);
    expect(await dropped()).toBe(before + 1);
    expect(warnings.at(-1)!.message).toContain('taken nothing');
    await until(() => sluice.engine.services.pushQueries().length === 0);
    // The data that was already in transit still arrives, and ends with the reason.
    reader.socket.resume();
    await until(() => reader.text().includes(`taken nothing of this answer for ${STALLED_MS} ms`));
    reader.end();
    await reader.closed;
  });

  test('takes no memory beyond its bounds, however many there are', async () => {
    globalThis.gc?.();
    const before = held();
    const seen = warnings.length;
    const readers = Array.from({ length: 20 }, (_, i) => OPENERS[i % 5]![1]());
    for (const { socket } of readers) socket.pause();
    let most = 0;
    while (warnings.length < seen + readers.length) {
      await sleep(5);
      most = Math.max(most, held() - before);
    }
    for (const reader of readers) reader.end();
    await Promise.all(readers.map(({ closed }) => closed));
    // 20 times all rows would be 400 MB. The records of a poll, their text and connection buffers count as well.
    expect(most).toBeLessThan(200_000_000);
  });
});

/** The memory of objects, texts and buffers, in bytes. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('clients that read slowly get everything', async () => {
  // Far more than a busy machine takes between two reads of a client in the server's own thread.
  const patienceMs = 6000;
  await sluice.engine.execute(`ALTER SYSTEM 'ksql.query.reader.stalled.timeout.ms'='${patienceMs}';`);
  const seen = warnings.length;
  const begunMs = performance.now();
  // So slowly that it takes longer than the time limit in total, but without a pause as long as the limit.
  const readSlowly = async (reader: Reader): Promise<void> => {
    while (!LAST.test(reader.text()) && warnings.length === seen) {
      const before = reader.bytes();
      reader.socket.resume();
      // The kernel reports free buffer space in steps, so a few KB would have no effect.
      for (let i = 0; i < 20 && reader.bytes() < before + 1_000_000; i++) await sleep(2);
      reader.socket.pause();
      await sleep(600);
    }
    expect(performance.now() - begunMs).toBeGreaterThan(patienceMs);
    reader.end();
    await reader.closed;
  };
  await Promise.all(OPENERS.slice(0, 5).map(([, open]) => readSlowly(open())));
  expect(warnings.slice(seen)).toEqual([]);
  await until(() => sluice.engine.services.pushQueries().length === 0);
});

test('events: what waits is the last of each kind', async () => {
  const seen = warnings.length;
  const reader = http1('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => reader.text().includes('event:'));
  expect(warnings.length).toBe(seen);
  reader.end();
  await reader.closed;
});
