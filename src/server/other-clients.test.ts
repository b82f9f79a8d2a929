import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Logger } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

/* Behaviour on which third-party clients of ksqlDB rely. */

let sluice: Sluice;
const warnings: string[] = [];

function recordingLogger(): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    error: () => undefined,
    child: () => logger,
  };
  return logger;
}

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(recordingLogger()),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'access.control.allow.origin': 'https://app.example',
    },
  });
  await sluice.engine.execute(
    `CREATE STREAM s (id INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
     CREATE STREAM pageviews (id INT KEY, v STRING) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);`,
  );
});

afterAll(async () => {
  await sluice?.close();
});

const EARLIEST = { 'auto.offset.reset': 'earliest' };
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(sluice.url + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
const insert = (from: number, count: number): Promise<unknown> =>
  sluice.engine.execute(
    Array.from({ length: count }, (_, i) => `INSERT INTO s VALUES (${from + i}, 'v${from + i}');`).join('\n'),
  );

/** The text of a response so far, and a function that waits until it matches. */
function follow(answer: Response): {
  readonly text: () => string;
  until(pattern: RegExp): Promise<string>;
  done: Promise<string>;
} {
  let text = '';
  let wake: () => void = () => undefined;
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const part of answer.body!) {
      text += decoder.decode(part as Uint8Array, { stream: true });
      wake();
    }
    return text;
  })();
  return {
    text: () => text,
    done,
    async until(pattern) {
      while (!pattern.test(text)) await new Promise<void>((resolve) => (wake = resolve));
      return text;
    },
  };
}

describe('push rows are complete lines', () => {
  test.each([
    ['/query', {}, 'ksql'],
    ['/query-stream', { accept: 'application/vnd.ksql.v1+json' }, 'sql'],
    ['/query-stream', { accept: 'application/vnd.ksql.v1+protobuf' }, 'sql'],
  ] as const)(
    '%s %j: a row with its comma and line end when it happens, and a final message',
    async (path, headers, field) => {
      const answer = await post(path, { [field]: 'SELECT id FROM s EMIT CHANGES;' }, headers);
      const body = follow(answer);
      const head = await body.until(/\n/);
      expect(head).toMatch(/^\[\{"header":.*\},\n$/);
      await insert(1, 1);
      const withRow = await body.until(/\n.*\n/);
      expect(withRow.slice(head.length)).toMatch(/^\{"row":\{.*\}\},\n$/);
      const queryId = /"queryId":"([^"]+)"/.exec(head)![1]!;
      expect((await post('/close-query', { queryId })).status).toBe(200);
      const whole = await body.done;
      expect(whole.endsWith('\n{"finalMessage":"Query Completed"}]')).toBe(true);
      expect(JSON.parse(whole)).toHaveLength(3);
    },
  );

  test('LIMIT ends with its message, also before the first row', async () => {
    await insert(1, 2);
    const limited = await post('/query', {
      ksql: 'SELECT id FROM s EMIT CHANGES LIMIT 2;',
      streamsProperties: EARLIEST,
    });
    expect(((await limited.json()) as unknown[]).at(-1)).toEqual({ finalMessage: 'Limit Reached' });
    const none = await post('/query', { ksql: 'SELECT id FROM s EMIT CHANGES LIMIT 0;' });
    expect(((await none.json()) as unknown[]).slice(1)).toEqual([{ finalMessage: 'Limit Reached' }]);
  });

  test('a pull answer has no final message', async () => {
    await sluice.engine.execute('CREATE TABLE counts AS SELECT id, COUNT(*) AS n FROM s GROUP BY id EMIT CHANGES;');
    await sluice.caughtUp();
    const text = await (await post('/query', { ksql: 'SELECT * FROM counts WHERE id = 77;' })).text();
    expect(text).toMatch(/^\[\{"header":\{.*\}\}\]$/);
  });
});

describe('one HTTP/2 DATA frame a row', () => {
  let proxy: Server;
  let session: ClientHttp2Session;
  /** Payloads of the DATA frames that the server sent, in the order in which they were sent. */
  let frames: string[] = [];

  beforeAll(async () => {
    proxy = createServer((down: Socket) => {
      const up = connectTcp(Number(new URL(sluice.url).port), '127.0.0.1');
      down.pipe(up);
      let rest = Buffer.alloc(0);
      up.on('data', (part: Buffer) => {
        down.write(part);
        rest = Buffer.concat([rest, part]);
        while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
          const length = rest.readUIntBE(0, 3);
          if (rest[3] === 0 && length > 0) frames.push(rest.toString('utf8', 9, 9 + length));
          rest = rest.subarray(9 + length);
        }
      });
      for (const socket of [up, down])
        socket.on('error', () => undefined).on('close', () => (up.destroy(), down.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    session = connectHttp2(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  });

  afterAll(() => {
    session.destroy();
    proxy.close();
  });

  async function exchange(path: string, body: string, until: (text: string) => boolean): Promise<string[]> {
    frames = [];
    const stream = session.request({ ':method': 'POST', ':path': path });
    stream.setEncoding('utf8');
    let text = '';
    const reached = new Promise<void>((resolve) => {
      stream.on('data', (part: string) => {
        text += part;
        if (until(text)) resolve();
      });
      stream.on('end', resolve);
    });
    stream.end(body);
    await reached;
    stream.close();
    return frames;
  }

  const lineCount = (text: string): number => text.split('\n').length - 1;

  test('rows that are there at once, below 1,000 a second', async () => {
    await insert(1000, 50);
    const seen = await exchange(
      '/query-stream',
      JSON.stringify({ sql: 'SELECT id FROM s WHERE id >= 1000 EMIT CHANGES;', properties: EARLIEST }),
      (text) => lineCount(text) >= 51,
    );
    expect(seen).toHaveLength(51);
    for (const frame of seen) expect(frame).toMatch(/^[^\n]+\n$/);
  });

  test('the head and the row of a look-up by key, when its plan is made and when it is known', async () => {
    await sluice.engine.execute('CREATE TABLE looked AS SELECT id, COUNT(*) AS n FROM s GROUP BY id EMIT CHANGES;');
    await insert(700, 1);
    await sluice.caughtUp();
    for (const sql of ['SELECT id FROM looked WHERE id = 700;', ' SELECT id FROM looked WHERE id = 700 ']) {
      const seen = await exchange('/query-stream', JSON.stringify({ sql }), (text) => lineCount(text) >= 3);
      expect(seen).toEqual([expect.stringMatching(/^\{"queryId":.*\}\n$/), '[700]\n']);
    }
    expect(await exchange('/query-stream', '{"sql":"SELECT id FROM looked WHERE id = -1;"}', () => false)).toHaveLength(
      1,
    );
    expect(
      await exchange('/query-stream', '{"sql":"SELECT id FROM looked WHERE id = 99999;"}', () => false),
    ).toHaveLength(1);
  });

  test('acknowledgements', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => `{"id":${i}}\n`).join('');
    const seen = await exchange('/inserts-stream', `{"target":"pageviews"}\n${rows}`, (text) => lineCount(text) >= 200);
    expect(seen.map((frame) => JSON.parse(frame) as unknown)).toEqual(
      Array.from({ length: 200 }, (_, seq) => ({ seq, status: 'ok' })),
    );
  });

  test('more than that are joined', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `{"id":${i}}\n`).join('');
    const seen = await exchange(
      '/inserts-stream',
      `{"target":"pageviews"}\n${rows}`,
      (text) => lineCount(text) >= 5000,
    );
    expect(seen.length).toBeLessThan(2500);
    expect(lineCount(seen.join(''))).toBe(5000);
  });
});

describe('/ws/query', () => {
  /** Opens a WebSocket; resolves when it is closed, to all text frames with the code and reason of the close. */
  function open(
    query: string,
    headers: Record<string, string> = {},
  ): Promise<{ frames: any[]; code: number; reason: string }> {
    const socket = new WebSocket(`${sluice.url.replace('http', 'ws')}/ws/query${query}`, { headers });
    const texts: any[] = [];
    socket.on('message', (data: Buffer) => texts.push(JSON.parse(data.toString())));
    return new Promise((resolve, reject) => {
      socket.on('close', (code, reason) => resolve({ frames: texts, code, reason: reason.toString() }));
      socket.on('error', reject);
    });
  }
  const asked = (body: unknown): string => `?version=1&request=${encodeURIComponent(JSON.stringify(body))}`;

  test('columns, rows, end', async () => {
    await insert(1, 2);
    const { frames, code, reason } = await open(
      asked({ ksql: 'SELECT id, v FROM s EMIT CHANGES LIMIT 2;', streamsProperties: EARLIEST }),
    );
    expect(frames[0].map((c: any) => [c.name, c.schema.type])).toEqual([
      ['ID', 'INTEGER'],
      ['V', 'STRING'],
    ]);
    expect(frames.slice(1).map((f) => Object.keys(f)[0])).toEqual(['row', 'row', 'finalMessage']);
    expect([code, reason]).toEqual([1000, 'done']);
  });

  test('a client that leaves ends its query', async () => {
    const socket = new WebSocket(
      `${sluice.url.replace('http', 'ws')}/ws/query${asked({ ksql: 'SELECT * FROM s EMIT CHANGES;' })}`,
    );
    await new Promise((resolve) => socket.once('message', resolve));
    const queries = async (): Promise<number> =>
      ((await sluice.engine.execute('SHOW QUERIES;')) as any)[0].queries.filter((q: any) => q.queryType === 'PUSH')
        .length;
    expect(await queries()).toBe(1);
    socket.terminate();
    while ((await queries()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('what is wrong closes it with the reason', async () => {
    expect(await open('')).toMatchObject({ frames: [], code: 1003, reason: 'missing request parameter' });
    expect((await open('?request=%7B')).reason).toMatch(/^Error parsing request: /);
    const unknown = await open(asked({ ksql: `SELECT * FROM ${'ü'.repeat(200)} EMIT CHANGES;` }));
    expect(unknown.code).toBe(1003);
    expect(Buffer.byteLength(unknown.reason)).toBeLessThanOrEqual(123);
  });

  test('a page of another origin is refused, and so is another path', async () => {
    await expect(open(asked({ ksql: 'SHOW STREAMS;' }), { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(open('/../x')).rejects.toThrow('404');
    expect((await open('', { origin: 'https://app.example' })).code).toBe(1003);
    expect((await open('', { origin: sluice.url })).code).toBe(1003);
  });
});

describe('the small things', () => {
  test('/query-stream ignores properties that nobody knows, with a log line; /query does not', async () => {
    warnings.length = 0;
    const properties = { ...EARLIEST, 'my.client.id': 'x', 'other.one': 1 };
    const answer = await post('/query-stream', { sql: 'SELECT id FROM s EMIT CHANGES LIMIT 1;', properties });
    expect(answer.status).toBe(200);
    await answer.text();
    expect(warnings.filter((w) => w.includes('my.client.id, other.one'))).toHaveLength(1);
    expect(answer.headers.get('warning')).toContain('299 - "Nothing reads the properties my.client.id, other.one.');
    expect(
      (await post('/query', { ksql: 'SELECT id FROM s EMIT CHANGES LIMIT 1;', streamsProperties: properties })).status,
    ).toBe(400);
    expect(
      (await post('/query-stream', { sql: 'SELECT 1 FROM s EMIT CHANGES;', properties: { 'auto.offset.reset': {} } }))
        .status,
    ).toBe(400);
  });

  const KSQLDB = { 'ksql.dialect': 'ksqldb' };

  test.each([
    ['/query-stream', { sql: 'SELECT id FROM s LIMIT 1;', streamsProperties: EARLIEST }, 'calls it properties.'],
    ['/query-stream', { sql: 'SELECT id FROM s LIMIT 1;', propertis: EARLIEST }, 'Did you mean properties?'],
    [
      '/query-stream',
      { sql: 'SELECT id FROM s LIMIT 1;', properties: { 'auto.ofset.reset': 'earliest' } },
      'auto.ofset.reset: did you mean auto.offset.reset?',
    ],
    ['/query', { ksql: 'SELECT id FROM s LIMIT 1;', properties: EARLIEST }, 'calls it streamsProperties.'],
    ['/ksql', { ksql: 'SHOW STREAMS;', streamProperties: EARLIEST }, 'Did you mean streamsProperties?'],
    ['/ksql', { ksql: 'SHOW STREAMS;', sessionVariable: { a: 'b' } }, 'Did you mean sessionVariables?'],
    ['/close-query', { query_id: 'q' }, 'calls it queryId.'],
    ['/inserts-stream', { traget: 's' }, 'Did you mean target?'],
    ['/inserts-stream', { target: 's', propertys: EARLIEST }, 'Did you mean properties?'],
  ])('%s refuses a body with a misspelled field, in this dialect: %j', async (path, body, told) => {
    const answer = await post(path, body);
    const { message, code } = (await answer.json()) as { message: string; code: string };
    expect([answer.status, code]).toEqual([400, 'BAD_REQUEST']);
    expect(message).toContain(told);
  });

  test.each([
    ['/query-stream', { sql: 'SELECT id FROM s LIMIT 1;', streamsProperties: KSQLDB }, 'calls it properties'],
    ['/query-stream', { sql: 'SELECT id FROM s LIMIT 1;', properties: EARLIEST, streamsProperties: {} }, 'properties'],
    ['/query-stream', { sql: 'SELECT id FROM s LIMIT 1;', streamsProperties: {} }, 'calls it properties'],
    ['/ksql', { ksql: 'SHOW STREAMS;', streamProperties: {}, streamsProperties: KSQLDB }, 'Did you mean streams'],
    ['/ksql', { ksql: "SET 'auto.offset.reset'='earliest';", 'grüße"': 1 }, 'reads no field gr??e. It reads ksql'],
  ])('%s answers a body with a field that nobody reads, and says so: %j', async (path, body, told) => {
    warnings.length = 0;
    const answer = await post(path, body);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(answer.headers.get('warning')).toContain(told);
    expect(warnings).toHaveLength(1);
    if ('ksql' in body && body.ksql === 'SHOW STREAMS;')
      expect((JSON.parse(text) as { warnings: { message: string }[] }[])[0]?.warnings[0]?.message).toContain(told);
  });

  test('/status takes names without back-quotes', async () => {
    for (const name of ['PAGEVIEWS', 'pageviews', '%60PAGEVIEWS%60'])
      expect([name, (await fetch(`${sluice.url}/status/stream/${name}/create`)).status]).toEqual([name, 200]);
    expect((await fetch(`${sluice.url}/status/stream/NOPE/create`)).status).toBe(404);
  });

  test('/inserts-stream on HTTP/1.1, also with an Upgrade to h2c, row by row', async () => {
    const out = request(`${sluice.url}/inserts-stream`, {
      method: 'POST',
      headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' },
    });
    out.write('{"target":"pageviews"}\n{"id":1}\n');
    const answer = await new Promise<import('node:http').IncomingMessage>((resolve) => out.once('response', resolve));
    expect(answer.statusCode).toBe(200);
    answer.setEncoding('utf8');
    const parts = answer[Symbol.asyncIterator]() as AsyncIterator<string>;
    expect((await parts.next()).value).toBe('{"seq":0,"status":"ok"}\n');
    out.end('{"id":2}\n');
    expect((await parts.next()).value).toBe('{"seq":1,"status":"ok"}\n');
    expect((await parts.next()).done).toBe(true);
    const array = await post('/inserts-stream', '{"target":"pageviews"}\n{"id":1}\n{"id":2}\n', {
      accept: 'application/json',
    });
    expect(await array.json()).toEqual([
      { seq: 0, status: 'ok' },
      { seq: 1, status: 'ok' },
    ]);
    expect(
      await (await post('/inserts-stream', '{"target":"pageviews"}\n', { accept: 'application/json' })).text(),
    ).toBe('[]');
  });

  test.each([
    [
      { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' },
      'GET',
      '/info',
      undefined,
    ],
    [{ connection: 'Upgrade', upgrade: 'h2c' }, 'POST', '/ksql', '{"ksql":"SHOW STREAMS;"}'],
    [{ connection: 'Upgrade', upgrade: 'websocket' }, 'GET', '/info', undefined],
  ])('an Upgrade that is not ours is ignored: %j %s %s', async (headers, method, path, body) => {
    const answer = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(sluice.url + path, { method, headers })
        .once('response', resolve)
        .once('error', reject)
        .end(body);
    });
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });

  test('CORS: an origin that is named, with credentials; Vary on every answer', async () => {
    const ours = await fetch(`${sluice.url}/info`, { headers: { origin: 'https://app.example' } });
    expect(Object.fromEntries(ours.headers)).toMatchObject({
      vary: 'Origin',
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
    });
    const other = await fetch(`${sluice.url}/info`, { headers: { origin: 'https://other.example' } });
    expect([other.status, other.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const none = await fetch(`${sluice.url}/info`);
    expect([none.headers.get('vary'), none.headers.get('access-control-allow-origin')]).toEqual(['Origin', null]);
    const preflight = await fetch(`${sluice.url}/ksql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'GET, POST, HEAD, OPTIONS',
    ]);
  });
});
