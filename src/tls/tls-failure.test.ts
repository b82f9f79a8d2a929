import { createServer } from 'node:net';
import { connect, createServer as createTlsServer, type ConnectionOptions } from 'node:tls';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isTlsFailure } from './tls-failure.ts';

const sample = (name: string): Buffer => readFileSync(new URL(`../../test/data/key-stores/${name}`, import.meta.url));

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** The error with which a client fails at a server. */
async function failureAt(started: Server, options: ConnectionOptions = {}): Promise<Error> {
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return await failureOf((started.address() as AddressInfo).port, options);
}

function failureOf(port: number, options: ConnectionOptions = {}): Promise<Error> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ...options }, () => reject(new Error('It was accepted')));
    socket.on('error', resolve);
  });
}

const ownServer = (): Server => {
  const pem = sample('client.pem');
  return createTlsServer({ cert: pem, key: pem, passphrase: 'changeit' });
};

test('a certificate of an unknown authority', async () => {
  expect(isTlsFailure(await failureAt(ownServer()))).toBe(true);
});

test('a server that does not speak TLS', async () => {
  const plain = createServer((socket) => socket.end('220 plain text\r\n'));
  expect(isTlsFailure(await failureAt(plain))).toBe(true);
});

test('a server without a common version of the protocol', async () => {
  const pem = sample('client.pem');
  const old = createTlsServer({ cert: pem, key: pem, passphrase: 'changeit', maxVersion: 'TLSv1.2' });
  old.on('tlsClientError', () => undefined);
  expect(isTlsFailure(await failureAt(old, { minVersion: 'TLSv1.3', rejectUnauthorized: false }))).toBe(true);
});

test('a server that is not there may be there later', async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  expect(isTlsFailure(await failureOf(port))).toBe(false);
  expect(isTlsFailure(undefined)).toBe(false);
});
