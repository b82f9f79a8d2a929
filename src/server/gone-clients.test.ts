import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { startSluice, type Sluice } from '../main/compose.ts';
import { MemoryStore } from '../store/memory-store.ts';

let sluice: Sluice;
const errors: string[] = [];

beforeAll(async () => {
  const logger = { ...SILENT_LOGGER, error: (message: string) => void errors.push(message) };
  sluice = await startSluice({
    env: nodeEnv({ ...logger, child: () => logger }),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
  });
  await sluice.engine.execute("CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);");
});
afterAll(async () => await sluice.close());

/** Otherwise hostile clients could fill the disk with log lines. */
test.each(['/ksql', '/query-stream', '/inserts-stream', '/connectors'])(
  'a client that goes in the middle of its request to %s writes no line into the log',
  async (path) => {
    const port = Number(new URL((path === '/connectors' && sluice.connectUrl) || sluice.url).port);
    for (let i = 0; i < 5; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{"target":"S"}\n{"V":1}\n{"`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    }
    // A request after them that is answered.
    await expect.poll(async () => (await fetch(`${sluice.url}/info`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(errors).toEqual([]);
  },
);

test.each(['/ksql', '/query-stream', '/inserts-stream', '/connectors'])(
  'neither does one that resets a stream of HTTP/2 in the middle of its request to %s',
  async (path) => {
    const session = connectHttp2((path === '/connectors' && sluice.connectUrl) || sluice.url);
    for (let i = 0; i < 5; i++) {
      const stream = session.request({ ':method': 'POST', ':path': path });
      stream.on('error', () => undefined);
      stream.write('{"target":"S"}\n{"V":1}\n{"');
      // The server has the beginning, and then the reset.
      await new Promise<void>((resolve) => session.ping(() => resolve()));
      stream.close(8);
      await new Promise<void>((resolve) => session.ping(() => resolve()));
    }
    const whole = session.request({ ':method': 'GET', ':path': '/' });
    whole.resume();
    await once(whole, 'end');
    session.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(errors).toEqual([]);
  },
);
