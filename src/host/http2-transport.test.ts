import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Http2Transport } from './http2-transport.ts';

test('more requests at a time than a server accepts on a connection go over others', async () => {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { maxConcurrentStreams: 100 } });
  server.on('session', (session) => sessions.add(session));
  // Like a push query: the response begins and does not end.
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    stream.write(Buffer.from('row'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const transport = new Http2Transport();
  const abort = new AbortController();
  const rows: string[] = [];
  const queries = Array.from({ length: 250 }, async () => {
    const { body } = await transport.request({ method: 'GET', url, headers: {}, signal: abort.signal });
    for await (const piece of body) rows.push(piece);
  });
  await expect.poll(() => rows.length).toBe(250);
  expect(sessions.size).toBe(3);
  abort.abort();
  await Promise.allSettled(queries);
  // The connections have room for requests again.
  const last = await transport.request({ method: 'GET', url, headers: {} });
  for await (const piece of last.body) {
    expect(piece).toBe('row');
    break;
  }
  expect(sessions.size).toBe(3);
  transport.close();
  for (const session of sessions) session.destroy();
  server.close();
});
