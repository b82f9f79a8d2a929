import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { testEnv } from '../../../../test/support/env.ts';
import { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { Unreachable } from '../internal/http-client.ts';
import { Cluster } from './cluster.ts';

const stores = new URL('../../../../test/data/key-stores/', import.meta.url);
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Seen {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

async function serve(answer: RequestListener = ok, tls?: { key: Buffer; cert: Buffer; passphrase: string }) {
  const seen: Seen[] = [];
  const sockets = new Set<unknown>();
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      const encoding = request.headers['content-encoding'];
      seen.push({ url: request.url!, authorization, encoding, body: Buffer.concat(chunks) });
      answer(request, response);
    });
  };
  const server = (tls === undefined ? createServer(listener) : createSecureServer(tls, listener)) as Server;
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, sockets, server, port: (server.address() as AddressInfo).port };
}

const ok: RequestListener = (_, response) => void response.end('{"ok":true}');

function cluster(settings: Record<string, string>): Cluster {
  const made = new Cluster(Config.of(settings), testEnv());
  closers.push(() => made.close());
  return made;
}

describe('a cluster', () => {
  test('takes hosts in turn over kept connections, and passes by one that is away', async () => {
    const [a, b] = [await serve(), await serve()];
    const both = cluster({ 'connection.url': `localhost:${a.port}, http://localhost:${b.port}/search/` });
    for (let i = 0; i < 6; i++) await both.send('GET', '/x');
    expect([a.seen.map((s) => s.url), b.seen.map((s) => s.url)]).toEqual([
      ['/x', '/x', '/x'],
      ['/search/x', '/search/x', '/search/x'],
    ]);
    expect([a.sockets.size, b.sockets.size]).toEqual([1, 1]);
    a.server.closeAllConnections();
    a.server.close();
    for (let i = 0; i < 4; i++) expect((await both.send('GET', '/y')).body).toEqual({ ok: true });
    expect(b.seen).toHaveLength(7);
  });

  test('of a proxy that has no cluster behind it the next host is asked', async () => {
    const [bad, good] = [await serve((_, response) => void response.writeHead(502).end('<h1>Bad</h1>')), await serve()];
    const both = cluster({ 'connection.url': `localhost:${bad.port},localhost:${good.port}` });
    expect((await both.send('GET', '/')).body).toEqual({ ok: true });
    const alone = cluster({ 'connection.url': `localhost:${bad.port}` });
    await expect(alone.send('GET', '/')).rejects.toThrow(/HTTP 502: Bad/);
  });

  test('nobody there, no answer in time, an answer that breaks off: to be tried again', async () => {
    const mute = await serve(() => {});
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"half":');
      setImmediate(() => response.destroy());
    });
    for (const [settings, reason] of [
      [{ 'connection.url': 'http://localhost:1' }, /ECONNREFUSED/],
      [{ 'connection.url': `localhost:${mute.port}`, 'read.timeout.ms': '50' }, /no answer within 50 ms/],
      [{ 'connection.url': `localhost:${broken.port}` }, /Cannot reach/],
    ] as const) {
      const error = await cluster(settings)
        .send('GET', '/')
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Unreachable);
      expect(error).toBeInstanceOf(RetriableError);
      expect((error as Error).message).toMatch(reason);
    }
  });

  test('user and password, of settings or URL; an API key, encoded or not', async () => {
    const { seen, port } = await serve();
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const of = async (settings: Record<string, string>): Promise<string | undefined> => {
      await cluster({ 'connection.url': `http://localhost:${port}`, ...settings }).send('GET', '/');
      return seen.at(-1)!.authorization;
    };
    expect(await of({})).toBeUndefined();
    expect(await of({ 'connection.username': 'me', 'connection.password': 'p:w' })).toBe(basic('me:p:w'));
    expect(await of({ 'connection.url': `http://you:s%40fe@localhost:${port}` })).toBe(basic('you:s@fe'));
    expect(await of({ 'api.key.value': 'id:key' })).toBe(`ApiKey ${Buffer.from('id:key').toString('base64')}`);
    expect(await of({ 'api.key.value': 'aWQ6a2V5' })).toBe('ApiKey aWQ6a2V5');
    expect(await of({ 'connection.username': 'me', 'connection.password': 'x', 'auth.type': 'NONE' })).toBeUndefined();
  });

  test('sends gzip where it is asked to', async () => {
    const { seen, port } = await serve();
    const lines = '{"index":{}}\n{"x":1}\n'.repeat(100);
    await cluster({ 'connection.url': `localhost:${port}`, 'connection.compression': 'true' }).send(
      'POST',
      '/_bulk',
      lines,
    );
    expect(seen[0]!.encoding).toBe('gzip');
    expect(gunzipSync(seen[0]!.body).toString()).toBe(lines);
  });

  test('https with an authority of its own; one that is not trusted is no matter of waiting', async () => {
    const pem = readFileSync(new URL('client.pem', stores));
    const { port } = await serve(ok, { key: pem, cert: pem, passphrase: 'changeit' });
    const url = { 'connection.url': `https://localhost:${port}` };
    const trusting = {
      'ssl.truststore.location': new URL('trust.jks', stores).pathname,
      'ssl.truststore.password': 'changeit',
    };
    expect((await cluster({ ...url, ...trusting }).send('GET', '/')).body).toEqual({ ok: true });
    const error = await cluster(url)
      .send('GET', '/')
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).not.toBeInstanceOf(RetriableError);
    expect((error as Error).message).toMatch(/certificate/);
    expect(() => cluster({ ...url, 'ssl.truststore.location': '/nowhere.pem' })).toThrow(/ssl.truststore.location/);
  });
});
