import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverConfig } from '../config/server-config.ts';
import { httpSender } from '../host/http-send.ts';
import { tlsSettings } from './tls-settings.ts';

const sample = (name: string): string => fileURLToPath(new URL(`../../test/data/key-stores/${name}`, import.meta.url));

describe('a server that asks for a certificate', () => {
  const pem = readFileSync(sample('client.pem'));
  const server = createServer(
    { cert: pem, key: pem, passphrase: 'changeit', ca: readFileSync(sample('ca.pem')), requestCert: true },
    (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
  );
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => server.close());

  const get = (properties: Record<string, string>) =>
    httpSender(tlsSettings(serverConfig(properties), 'ksql.connect.'))({
      method: 'GET',
      url,
      headers: {},
      timeoutMs: 5000,
    });
  const keys = {
    'ksql.connect.ssl.keystore.location': sample('client.jks'),
    'ksql.connect.ssl.keystore.password': 'changeit',
    'ksql.connect.ssl.key.password': 'keypass',
  };
  const trust = { 'ssl.truststore.location': sample('trust.p12'), 'ssl.truststore.password': 'changeit' };

  test('sees that of the key store under the prefix; the trust store is the one for all', async () => {
    expect((await get({ ...keys, ...trust })).text).toBe('client');
  });

  test('is refused without a trust store, and refuses a client without a key', async () => {
    await expect(get(keys)).rejects.toThrow(/self-signed certificate/);
    await expect(get(trust)).rejects.toThrow(/certificate required|ECONNRESET/);
  });

  test('a wrong password is the fault of the property that was given', () => {
    const wrong = { ...keys, ...trust, 'ksql.connect.ssl.keystore.password': 'no' };
    expect(() => tlsSettings(serverConfig(wrong), 'ksql.connect.')).toThrow(
      'Invalid value for ksql.connect.ssl.keystore.password: the password is wrong, or the store was changed',
    );
  });
});
