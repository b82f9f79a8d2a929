import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServerProcess, sleep } from '../support/server-process.ts';

/** The product guarantees some seconds; a server that waits for something that hangs would never end. */
const STOP_MS = 60_000;
const ROWS = 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-stop-'));
/** Accepts connections and never responds, like a database that hangs. */
let silent: Server;
const held: Socket[] = [];

beforeAll(async () => {
  silent = createServer((socket) => void held.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const ask = `const socket = (await import('node:net')).connect(${port}, '127.0.0.1');
    await new Promise((resolve) => socket.once('data', resolve));`;
  writeFileSync(
    path.join(folder, 'hangs.mjs'),
    ['source', 'sink']
      .map(
        (type) => `export const ${type} = {
          className: 'example.Hangs${type}', type: '${type}', config: [],
          load: async () => ({
            createConnector: () => ({ async start() {}, async taskConfigs() { return [{}]; }, async stop() { ${ask} } }),
            createTask: () => ({ async start() {}, async poll() { ${ask} }, async put() { ${ask} }, async stop() { ${ask} } }),
          }),
        };`,
      )
      .join('\n'),
  );
});

afterAll(() => {
  for (const socket of held) socket.destroy();
  silent.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startedServer(name: string): Promise<ServerProcess> {
  const server = await ServerProcess.create(path.join(folder, name), {
    'plugin.path': folder,
    'ksql.streams.auto.offset.reset': 'earliest',
    'ksql.max.push.queries': '200',
  });
  await server.start();
  return server;
}

/**
 * Sends rows for as long as the server accepts them; resolves to the number of acknowledged rows once the server is
 * gone.
 */
async function insertUntilGone(server: ServerProcess, onAck: () => void): Promise<number> {
  let acked = 0;
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    acked += piece.toString().split('"ok"').length - 1;
    if (acked > 0) onAck();
  });
  let isGone = false;
  const gone = new Promise<void>((resolve) => void socket.once('close', resolve)).then(() => void (isGone = true));
  socket.write('POST /inserts-stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = (text: string): boolean => socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
  chunk('{"target":"ROWS"}\n');
  for (let n = 0; !isGone;) {
    let text = '';
    for (let i = 0; i < 50; i++, n++) text += `{"ID":${n},"V":"w"}\n`;
    if (!chunk(text)) await Promise.race([new Promise((resolve) => void socket.once('drain', resolve)), gone]);
    else await sleep(0);
  }
  return acked;
}

test('SIGTERM is done in seconds, whatever is under way, and nothing acknowledged is lost', async () => {
  const server = await startedServer('busy');
  await server.execute(
    `CREATE STREAM rows (id INT, v STRING) WITH (kafka_topic='rows', value_format='JSON', partitions=1);
     CREATE STREAM many (id INT, v STRING) WITH (kafka_topic='many', value_format='JSON', partitions=4);`,
  );
  const rows = Array.from({ length: ROWS }, (_, n) => `{"ID":${n},"V":"v${n % 1000}"}`);
  const loaded = await fetch(`${server.url}/inserts-stream`, {
    method: 'POST',
    body: `{"target":"MANY"}\n${rows.join('\n')}`,
  });
  await loaded.arrayBuffer();
  await server.execute(
    `CREATE SOURCE CONNECTOR hanging WITH ('connector.class'='example.Hangssource');
     CREATE SINK CONNECTOR hanging_too WITH ('connector.class'='example.Hangssink', 'topics'='many');`,
  );
  for (let i = 0; i < 4; i++)
    await server.execute(`CREATE TABLE t${i} AS SELECT v, COUNT(*) AS n, MAX(id) AS m FROM many GROUP BY v;`);
  for (let i = 0; i < 100; i++) {
    const reader = connect(server.port, '127.0.0.1');
    reader.on('error', () => undefined).pause();
    const text = JSON.stringify({
      sql: i % 2 === 0 ? 'SELECT * FROM many EMIT CHANGES;' : 'SELECT * FROM t1 EMIT CHANGES;',
    });
    reader.write(`POST /query-stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  }
  let isAcked = (): void => undefined;
  const firstAck = new Promise<void>((resolve) => (isAcked = resolve));
  const inserting = insertUntilGone(server, () => isAcked());
  await firstAck;
  while (held.length < 2) await sleep(20);
  const begunMs = performance.now();
  server.signal('SIGTERM');
  expect(await server.exit()).toBe(0);
  expect(performance.now() - begunMs).toBeLessThan(STOP_MS);
  expect(server.output).toContain('left to the next start, which goes on from the last commits: connectors');
  const acked = await inserting;
  expect(acked).toBeGreaterThan(0);

  await server.start();
  const [[stored]] = (await server.rows('SELECT COUNT(*) FROM rows;')) as [[number]];
  expect(stored).toBeGreaterThanOrEqual(acked);
  // Each row counts once, whenever the queries were stopped.
  for (let i = 0; ; i++) {
    const [[sum]] = (await server.rows('SELECT SUM(n) FROM t0;')) as [[number]];
    if (sum === ROWS) break;
    expect(sum ?? 0).toBeLessThan(ROWS);
    expect(i).toBeLessThan(2000);
    await sleep(50);
  }
  await server.kill();
});

test.each(['SIGTERM', 'SIGINT'] as const)('a second %s ends it at once', async (signal) => {
  const server = await startedServer(`second-${signal}`);
  const before = held.length;
  await server.execute("CREATE SOURCE CONNECTOR hanging WITH ('connector.class'='example.Hangssource');");
  while (held.length === before) await sleep(20);
  server.signal(signal);
  // The server is closing and accepts no more connections.
  while ((await fetch(`${server.url}/chc/ready`).catch(() => undefined))?.status === 200) await sleep(5);
  server.signal(signal);
  // After the first signal alone, it would have waited for the connector and exited with 0.
  expect(await server.exit()).toBe(signal === 'SIGTERM' ? 143 : 130);
});

test('SIGTERM with nothing under way leaves nothing', async () => {
  const server = await startedServer('idle');
  server.signal('SIGTERM');
  expect(await server.exit()).toBe(0);
  expect(server.output).not.toContain('left to the next start');
});
