import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { SluiceError } from '../base/errors.ts';
import { tlsOptions } from './tls-options.ts';

const sample = (name: string): Buffer => readFileSync(new URL(`../../test/data/key-stores/${name}`, import.meta.url));

/** TLS options of the sample files, some of which may be replaced by other bytes. */
function read(properties: Readonly<Record<string, string>>, files: Readonly<Record<string, Buffer>> = {}) {
  return tlsOptions({ get: (name) => properties[name], readFile: (path) => files[path] ?? sample(path) });
}

/** The options `name`: value under `ssl.truststore.` or `ssl.keystore.`; the default password is 'changeit'. */
const store = (side: 'truststore' | 'keystore', location: string, others: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries({ location, password: 'changeit', ...others }).map(([name, value]) => [
      `ssl.${side}.${name}`,
      value,
    ]),
  );

function refusal(properties: Readonly<Record<string, string>>, files: Readonly<Record<string, Buffer>> = {}): string {
  try {
    read(properties, files);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'CONFIG') return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

const CA = new X509Certificate(sample('ca.pem'));

describe('trust stores', () => {
  test.each([
    ['ca.pem'],
    ['trust.jks'],
    ['trust.p12'],
    ['trust-legacy.p12'],
    ['certificates.p12'],
    ['no-mac.p12'],
    ['trust.jks', 'JKS'],
    ['trust.jks', 'pkcs12'],
    ['trust.p12', 'JKS'],
    ['trust.p12', 'PKCS12'],
  ])('%s, type %s', (file, type?: string) => {
    const { ca } = read(store('truststore', file, type === undefined ? {} : { type }));
    expect((ca as string[]).map((one) => new X509Certificate(one).fingerprint256)).toEqual([CA.fingerprint256]);
  });

  test('of a key its own certificate is trusted, not what issued it', () => {
    for (const file of ['client.jks', 'client.p12']) {
      const { ca } = read(store('truststore', file));
      expect((ca as string[]).map((one) => new X509Certificate(one).subject)).toEqual(['CN=client']);
    }
  });

  test.each([['trust.jks'], ['open.p12']])('%s: certificates in clear are read without a password', (file) => {
    expect(read({ 'ssl.truststore.location': file }).ca).toHaveLength(1);
  });
});

describe('key stores', () => {
  const own = { 'ssl.key.password': 'keypass' };
  test.each([
    ['client.pem', 'ec', {}],
    ['client.jks', 'ec', own],
    ['client.p12', 'ec', {}],
    ['client-legacy.p12', 'rsa', {}],
  ])('%s: the key, and its chain from the certificate of the key on', (file, type, more) => {
    const { cert, key, passphrase } = read({ ...store('keystore', file), ...more });
    const chain = (cert as string).match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g)!;
    const [first, ...others] = chain.map((one) => new X509Certificate(one));
    const opened = createPrivateKey(key as string);
    expect(opened.asymmetricKeyType).toBe(type);
    expect(first!.checkPrivateKey(opened)).toBe(true);
    expect(others.map((one) => one.fingerprint256)).toEqual([CA.fingerprint256]);
    expect(passphrase).toBeUndefined();
  });

  test('PEM texts', () => {
    const { cert, key } = read(store('keystore', 'client.p12'));
    const texts = { 'ssl.keystore.certificate.chain': cert as string, 'ssl.keystore.key': key as string };
    expect(read(texts)).toEqual({ cert, key });
  });

  /**
   * The outcome of a handshake in which server and client have the key of one store and trust the certificates of
   * another.
   */
  async function handshake(keys: string, trust: string): Promise<string> {
    const { cert, key } = read({ ...store('keystore', keys), ...own });
    const { ca } = read(store('truststore', 'trust.jks'));
    const server = createServer({ cert, key, ca, requestCert: true }, (socket) =>
      socket.end((socket.getPeerCertificate().subject as { CN: string }).CN),
    );
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const trusted = read(store('truststore', trust));
      const socket = connect({ ...trusted, cert, key, host: '127.0.0.1', port, servername: 'localhost' });
      let seen = '';
      for await (const chunk of socket) seen += String(chunk);
      return seen;
    } finally {
      server.close();
    }
  }

  test.each([
    ['client.jks', 'trust.p12'],
    ['client.p12', 'trust.jks'],
    ['client-legacy.p12', 'trust-legacy.p12'],
    // The server's own certificate, which is not an authority's.
    ['client.p12', 'client.p12'],
  ])('a handshake, both sides checked: %s, trust of %s', async (keys, trust) => {
    expect(await handshake(keys, trust)).toBe('client');
  });

  test('a server whose certificate is not the trusted one of the same authority is refused', async () => {
    await expect(handshake('client.p12', 'client.jks')).rejects.toThrow(/certificate in certificate chain/);
  });
});

describe('refuses', () => {
  const P12 = sample('trust.p12');
  const JKS = sample('trust.jks');
  test.each([
    [
      'a wrong password',
      store('truststore', 'no-mac.p12', { password: 'secret!' }),
      /ssl.truststore.password: the password is wrong/,
    ],
    [
      'a password beyond ASCII',
      store('truststore', 'umlaut.p12', { password: 'schlüssel' }),
      /ssl.truststore.password: .* of ASCII/,
    ],
    [
      'a wrong password',
      store('truststore', 'trust.jks', { password: 'secret!' }),
      /ssl.truststore.password: the password is wrong/,
    ],
    [
      'a wrong password',
      store('truststore', 'trust.p12', { password: 'secret!' }),
      /ssl.truststore.password: the password is wrong/,
    ],
    [
      'a wrong password',
      store('keystore', 'client.p12', { password: 'secret!' }),
      /ssl.keystore.password: the password is wrong/,
    ],
    [
      'a wrong password',
      store('keystore', 'client.pem', { password: 'secret!' }),
      /ssl.keystore.password: the private key cannot/,
    ],
    [
      'the password of another key',
      store('keystore', 'client.jks'),
      /ssl.keystore.password: .* not that of the private key/,
    ],
    [
      'the password of another key',
      { ...store('keystore', 'client.jks'), 'ssl.key.password': 'secret!' },
      /ssl.key.password: .* not that of the private key/,
    ],
    [
      'no password',
      { 'ssl.truststore.location': 'trust.p12' },
      /ssl.truststore.password: the store needs its password/,
    ],
    ['no password', { 'ssl.keystore.location': 'client.jks' }, /ssl.key.password: the private key needs a password/],
    ['no password', { 'ssl.keystore.location': 'client.pem' }, /ssl.key.password: the private key needs a password/],
    [
      'an empty store',
      store('truststore', 'empty.jks'),
      /ssl.truststore.location: no trusted certificate.*keytool -importcert/,
    ],
    ['an empty store', store('truststore', 'empty.p12'), /ssl.truststore.location: no trusted certificate/],
    ['a key store without keys', store('keystore', 'trust.jks'), /ssl.keystore.location: no private key/],
    ['a key store without keys', store('keystore', 'trust.p12'), /ssl.keystore.location: no private key/],
    ['a key store without keys', store('keystore', 'ca.pem'), /ssl.keystore.location: no PEM private key/],
    [
      'an unknown type',
      store('truststore', 'trust.jks', { type: 'BKS' }),
      /ssl.truststore.type: 'BKS' is none of.*keytool/,
    ],
    [
      'a type that it is not',
      store('truststore', 'ca.pem', { type: 'JKS' }),
      /ssl.truststore.type: 'ca.pem' is PEM, not JKS/,
    ],
    [
      'a type that it is not',
      store('keystore', 'client.p12', { type: 'PEM' }),
      /ssl.keystore.type: 'client.p12' is PKCS12/,
    ],
    ['a file that is not there', store('truststore', 'none.jks'), /ssl.truststore.location: cannot read 'none.jks'/],
    [
      'another format',
      store('truststore', 'make.sh'),
      /ssl.truststore.location: 'make.sh' is none of PEM, JKS, PKCS12/,
    ],
    ['a certificate in DER', store('truststore', 'ca.der'), /ssl.truststore.location: not a PKCS #12 store/],
    ['half a store', store('truststore', 'half.p12'), /ssl.truststore.location: not a PKCS #12 store/],
    ['half a store', { 'ssl.truststore.location': 'half.jks' }, /ssl.truststore.location: the JKS store is damaged/],
    ['a chain without a key', { 'ssl.keystore.certificate.chain': String(CA) }, /chain: ssl.keystore.key is missing/],
  ])('%s: %o', (_, properties, message) => {
    const files = {
      'ca.der': CA.raw,
      'half.p12': P12.subarray(0, P12.length >> 1),
      'half.jks': JKS.subarray(0, JKS.length >> 1),
    };
    const text = refusal(properties as Record<string, string>, files);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/secret!|changeit|schlüssel/);
  });

  test('a key and the certificate of another', () => {
    const { key } = read(store('keystore', 'client.p12'));
    expect(refusal({ 'ssl.keystore.certificate.chain': String(CA), 'ssl.keystore.key': key as string })).toMatch(
      /the first certificate is not that of the private key/,
    );
  });
});

test('messages name the property as it was given', () => {
  const properties: Record<string, string> = { 'ksql.connect.ssl.truststore.location': 'none' };
  const get = (name: string): string | undefined => properties[`ksql.connect.${name}`];
  expect(() => tlsOptions({ get, readFile: sample, nameOf: (name) => `ksql.connect.${name}` })).toThrow(
    /^Invalid value for ksql.connect.ssl.truststore.location/,
  );
});
