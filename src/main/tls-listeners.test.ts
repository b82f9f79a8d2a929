import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { Agent, request } from 'node:https';
import { request as clearRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import forge from 'node-forge';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SILENT_LOGGER, type Logger } from '../base/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { Http2Transport } from '../host/http2-transport.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';
import { waitFor } from '../../test/support/wait-for.ts';

/**
 * Keys for localhost, signed by one authority (make.sh there): for the server, and in these tests for clients as well.
 */
const STORES = path.resolve(import.meta.dirname, '../../test/data/key-stores');
const store = (name: string): string => path.join(STORES, name);
const CA = readFileSync(store('ca.pem'));
/** The certificate and key of CN=client. */
const PEM = readFileSync(store('client.pem'));
const CLIENT: ConnectionOptions = { cert: PEM, key: PEM, passphrase: 'changeit' };

let folder: string;
let running: Sluice[] = [];
let errors: string[] = [];

const logger: Logger = { ...SILENT_LOGGER, error: (line) => void errors.push(line), child: () => logger };

beforeEach(() => {
  errors = [];
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-tls-'));
});

afterEach(async () => {
  for (const sluice of running) await sluice.close();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(properties: Readonly<Record<string, string>>): Promise<Sluice> {
  const sluice = await startSluice({
    env: nodeEnv(logger),
    store: new MemoryStore(),
    properties: {
      'data.dir': path.join(folder, 'data'),
      listeners: 'https://localhost:0',
      'connect.listeners': 'https://localhost:0',
      'schema.registry.listeners': 'https://localhost:0',
      'ssl.keystore.location': store('client.jks'),
      'ssl.keystore.password': 'changeit',
      'ssl.key.password': 'keypass',
      'listeners.reload.interval.ms': '30',
      ...properties,
    },
  });
  running.push(sluice);
  return sluice;
}

/** The status of a GET; the error's code when there is no response. */
function ask(url: string, options: ConnectionOptions & { readonly headers?: Record<string, string> } = {}) {
  return new Promise<number | string>((resolve) => {
    const sent = request(url, { ca: CA, agent: false, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });
}

/** A connection after its handshake; the error's code when it fails. */
function shake(url: string, options: ConnectionOptions = {}): Promise<TLSSocket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port: Number(new URL(url).port), ca: CA, ...options });
    socket.on('secureConnect', () => resolve(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** A self-signed certificate with an arbitrary name, which no authority has signed. */
function selfSigned(name: string): ConnectionOptions {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const privateKey = forge.pki.privateKeyFromPem(pair.privateKey);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = '01';
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.sign(privateKey, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}

const urls = (sluice: Sluice): readonly string[] => [
  `${sluice.url}/info`,
  `${sluice.connectUrl}/connectors`,
  `${sluice.registryUrl}/subjects`,
];

test.each([
  ['PKCS #12', { 'ssl.keystore.location': store('client.p12'), 'ssl.key.password': 'changeit' }],
  [
    'JKS',
    {
      'ssl.keystore.location': store('client.jks'),
      'ssl.keystore.password': 'changeit',
      'ssl.key.password': 'keypass',
    },
  ],
  ['PEM', { 'ssl.keystore.location': store('client.pem'), 'ssl.key.password': 'changeit', 'ssl.keystore.type': 'PEM' }],
])('every listener speaks TLS, with a key store in %s', async (_, properties) => {
  const sluice = await start(properties);
  for (const url of urls(sluice)) {
    expect(url).toMatch(/^https:/);
    expect(await ask(url)).toBe(200);
    // A request without TLS is rejected.
    const clear = new Promise((resolve) => {
      const sent = clearRequest(url.replace('https:', 'http:'), { agent: false }, (answer) =>
        resolve(answer.statusCode),
      );
      sent.on('error', () => resolve('none')).end();
    });
    expect(await clear).toBe('none');
  }
});

test('HTTP/2 is agreed upon, HTTP/1.1 otherwise', async () => {
  const { url } = await start({});
  for (const [offered, agreed] of [
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1'], 'http/1.1'],
  ] as const) {
    const socket = (await shake(url, { ALPNProtocols: [...offered] })) as TLSSocket;
    expect(socket.alpnProtocol).toBe(agreed);
    socket.destroy();
  }
  const session: ClientHttp2Session = connectHttp2(url, { ca: CA });
  const status = await new Promise((resolve) => {
    session.request({ ':path': '/info' }).on('response', (head) => resolve(head[':status']));
  });
  expect(status).toBe(200);
  session.destroy();
});

test('rows go in and out: the client over HTTP/2, a WebSocket', async () => {
  const { url } = await start({});
  const transport = new Http2Transport({ ca: CA });
  const client = new SluiceClient({ url, transport });
  await client.execute(
    "CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);",
  );
  await client.execute('INSERT INTO s VALUES (1, 2);');
  const socket = new WebSocket(
    `${url.replace('https', 'wss')}/ws/query?request=${encodeURIComponent(
      JSON.stringify({
        ksql: 'SELECT * FROM s EMIT CHANGES LIMIT 1;',
        streamsProperties: { 'auto.offset.reset': 'earliest' },
      }),
    )}`,
    { ca: CA },
  );
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data as Buffer)));
  await new Promise((resolve) => socket.on('close', resolve));
  expect(frames.join('')).toContain('[1,2]');
  transport.close();
});

test('versions and cipher suites are those of the settings', async () => {
  const { url } = await start({
    'ssl.enabled.protocols': 'TLSv1.2',
    'ssl.cipher.suites': 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  });
  const socket = (await shake(url)) as TLSSocket;
  expect([socket.getProtocol(), socket.getCipher().standardName]).toEqual([
    'TLSv1.2',
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  ]);
  socket.destroy();
  expect(await shake(url, { minVersion: 'TLSv1.3' })).toMatch(/PROTOCOL_VERSION/);
  expect(await shake(url, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' })).toMatch(/HANDSHAKE/);
});

test.each([
  [{ 'ssl.keystore.location': '' }, 'ssl.keystore.location'],
  [{ 'ssl.cipher.suites': 'TLS_NULL' }, 'ssl.cipher.suites'],
  [{ 'ssl.enabled.protocols': 'SSLv3' }, 'ssl.enabled.protocols'],
  [{ 'ssl.client.authentication': 'MAYBE' }, 'ssl.client.authentication'],
  // The system's authorities would accept the holder of any site's certificate.
  [{ 'ssl.client.authentication': 'REQUIRED' }, 'ssl.truststore.location'],
  [{ 'ssl.keystore.pasword': 'x' }, 'ssl.keystore.password'],
  [{ 'authentication.metod': 'BASIC' }, 'authentication.method'],
  [{ 'authentication.role.a': 'see' }, 'authentication.method'],
])('a setting that does not fit ends the start: %o', async (properties, named) => {
  const error = await start(properties as unknown as Record<string, string>).then(
    () => undefined,
    (fault: Error) => fault,
  );
  expect(String(error)).toContain(named);
});

describe('certificates of clients', () => {
  const trust = { 'ssl.truststore.location': store('trust.jks'), 'ssl.truststore.password': 'changeit' };

  test('are required', async () => {
    const sluice = await start({ ...trust, 'ssl.client.authentication': 'REQUIRED' });
    for (const url of urls(sluice)) {
      expect(await ask(url, CLIENT)).toBe(200);
      expect(await ask(url)).not.toBe(200);
    }
  });

  test('make a user, with the roles of the file, on every listener and version of HTTP', async () => {
    const realm = path.join(folder, 'users');
    writeFileSync(realm, 'client: CERTIFICATE,reader\nann: pw,admin\n');
    const sluice = await start({
      ...trust,
      'ssl.client.authentication': 'REQUESTED',
      'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/L',
      'authentication.method': 'BASIC,CERTIFICATE',
      'authentication.realm': realm,
    });
    for (const url of urls(sluice)) {
      expect(await ask(url)).toBe(401);
      expect(await ask(url, CLIENT)).toBe(200);
      expect(await ask(url, { headers: { authorization: `Basic ${btoa('ann:pw')}` } })).toBe(200);
      // A valid certificate does not compensate for a wrong password.
      const wrong = { authorization: `Basic ${btoa('ann:x')}` };
      expect(await ask(url, { ...CLIENT, headers: wrong })).toBe(401);
    }
    const transport = new Http2Transport({ ca: CA, ...CLIENT });
    const client = new SluiceClient({ url: sluice.url, transport });
    expect(await client.execute('SHOW STREAMS;')).toHaveLength(1);
    await expect(client.execute('DROP STREAM x;')).rejects.toThrow(/User client may not do this/);
    transport.close();
  });

  test('of an authority that is not ours make nobody', async () => {
    const realm = path.join(folder, 'users');
    writeFileSync(realm, 'client: CERTIFICATE,admin\n');
    const sluice = await start({
      ...trust,
      'ssl.client.authentication': 'REQUESTED',
      'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/L',
      'authentication.method': 'CERTIFICATE',
      'authentication.realm': realm,
    });
    expect(await ask(`${sluice.url}/info`, CLIENT)).toBe(200);
    expect(await ask(`${sluice.url}/info`, selfSigned('client'))).toBe(401);
  });
});

test('keys, certificates and users are renewed when their files change, and connections go on', async () => {
  const keys = path.join(folder, 'keys');
  const realm = path.join(folder, 'users');
  copyFileSync(store('client.p12'), keys);
  writeFileSync(realm, 'ann: first,admin\n');
  const { url } = await start({
    'ssl.keystore.location': keys,
    'ssl.key.password': 'changeit',
    'authentication.method': 'BASIC',
    'authentication.realm': realm,
  });
  const basic = (password: string) => ({ headers: { authorization: `Basic ${btoa(`ann:${password}`)}` } });
  const fingerprint = async (): Promise<string> => {
    const socket = (await shake(url)) as TLSSocket;
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const before = await fingerprint();
  // A session from before the change, as a client keeps it to shorten the next handshake.
  const session = await new Promise<Buffer>((resolve) => {
    const socket = connect({ host: 'localhost', port: Number(new URL(url).port), ca: CA, maxVersion: 'TLSv1.2' });
    socket.on('session', (ticket) => {
      socket.destroy();
      resolve(ticket);
    });
  });
  const isResumed = async (): Promise<boolean> => {
    const socket = (await shake(url, { session, maxVersion: 'TLSv1.2' })) as TLSSocket;
    const isReused = socket.isSessionReused();
    socket.destroy();
    return isReused;
  };
  expect(await isResumed()).toBe(true);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: CA });
  const overOneConnection = (): Promise<{ status: number; reused: boolean }> =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/info`, { agent, ...basic('first') }, (answer) => {
        answer.resume().on('end', () => resolve({ status: answer.statusCode!, reused: sent.reusedSocket }));
      });
      sent.on('error', reject).end();
    });
  expect(await overOneConnection()).toEqual({ status: 200, reused: false });

  copyFileSync(store('client-legacy.p12'), keys);
  await waitFor(async () => expect(await fingerprint()).not.toBe(before));
  expect(await overOneConnection()).toEqual({ status: 200, reused: true });
  expect(await isResumed()).toBe(false);

  // A file that cannot be read changes nothing.
  const after = await fingerprint();
  writeFileSync(keys, 'no key store');
  writeFileSync(realm, 'ann first\n');
  await waitFor(() => expect(errors.filter((line) => line.includes('cannot be read')).length).toBe(4));
  expect(await fingerprint()).toBe(after);
  expect(await ask(`${url}/info`, basic('first'))).toBe(200);

  writeFileSync(realm, 'ann: second,admin\n');
  await waitFor(async () => expect(await ask(`${url}/info`, basic('second'))).toBe(200));
  expect(await ask(`${url}/info`, basic('first'))).toBe(401);
  agent.destroy();
});

test('one setting may have several addresses', async () => {
  const sluice = await start({ listeners: 'http://127.0.0.1:0,https://localhost:0' });
  expect(sluice.url).toMatch(/^http:/);
});
