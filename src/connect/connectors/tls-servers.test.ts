import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { configOf, type ConfigProblem, type RawConfig } from '../api/config-spec.ts';
import type { SinkPlugin } from '../api/connector.ts';
import { clickhouseSink } from './clickhouse/sink-plugin.ts';
import { elasticsearchSink } from './elasticsearch/sink-plugin.ts';
import { RequestMaker } from './http/request.ts';
import { Service } from './http/service.ts';
import { httpSink } from './http/sink-plugin.ts';
import { mqttSink } from './mqtt/sink-plugin.ts';
import { redisSink } from './redis/sink-plugin.ts';
import { s3Sink } from './s3/sink-plugin.ts';

/** The page that tells users what is checked: its second table lists the connectors without JDBC URLs. */
const PAGE = readFileSync(new URL('../../../docs/guide/connector-tls.md', import.meta.url), 'utf8');
const sample = (name: string): string =>
  fileURLToPath(new URL(`../../../test/data/key-stores/${name}`, import.meta.url));

const CONNECTORS: Readonly<
  Record<string, { readonly plugin: SinkPlugin; readonly settings: (address: string) => RawConfig }>
> = {
  Elasticsearch: { plugin: elasticsearchSink, settings: (url) => ({ 'connection.url': url }) },
  HTTP: { plugin: httpSink, settings: (url) => ({ 'http.api.url': `${url}/x` }) },
  ClickHouse: { plugin: clickhouseSink, settings: (url) => ({ 'connection.url': url }) },
  S3: {
    plugin: s3Sink,
    settings: (url) => ({
      's3.bucket.name': 'bucket',
      'store.url': url,
      'aws.access.key.id': 'id',
      'aws.secret.access.key': 'key',
      's3.part.retries': '0',
      'flush.size': '1',
    }),
  },
  Redis: { plugin: redisSink, settings: (url) => ({ 'redis.uri': url }) },
  MQTT: { plugin: mqttSink, settings: (url) => ({ 'mqtt.server.uri': url }) },
};

const ROWS = PAGE.slice(PAGE.indexOf('| to | encrypted by |'))
  .split('\n')
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
  .filter(([, , checked]) => checked === 'who vouches, and the name')
  .flatMap(([to = '', by = '']) =>
    to.split(', ').flatMap((name) => [...by.matchAll(/`([^`]+)`/g)].map(([, scheme]) => [name, scheme!] as const)),
  );

test('every connector without a URL of JDBC has a row', () => {
  expect(new Set(ROWS.map(([name]) => name))).toEqual(new Set(Object.keys(CONNECTORS)));
});

/** A TLS server that closes a connection after the first data from the client. */
describe('a server of another authority than the public ones', () => {
  const pem = readFileSync(sample('client.pem'));
  /** The names in the certificates of the clients that have sent data; empty for a client without a certificate. */
  let heard: string[] = [];
  const server = createServer({
    cert: pem,
    key: pem,
    passphrase: 'changeit',
    ca: readFileSync(sample('ca.pem')),
    requestCert: true,
    rejectUnauthorized: false,
  });
  // Only data from the client shows that it has accepted the server.
  server.on('secureConnection', (socket: TLSSocket) => {
    const { subject } = socket.getPeerCertificate();
    socket.on('error', () => {});
    socket.once('data', () => {
      heard.push(String(subject?.CN ?? ''));
      socket.destroy();
    });
  });
  let port = 0;
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, done));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => void server.close());
  beforeEach(() => void (heard = []));

  async function look(name: string, scheme: string, more: RawConfig = {}, host = 'localhost'): Promise<string> {
    const { plugin, settings } = CONNECTORS[name]!;
    const raw = { name: 'c', topics: 't', ...settings(`${scheme}${host}:${port}`), ...more };
    if (name === 'HTTP' && (await send(raw))) return '';
    const { probe } = await plugin.load();
    const problems: readonly ConfigProblem[] = await probe!(configOf(plugin.config, raw), {
      env: testEnv(),
      signal: new AbortController().signal,
      refusal: () => undefined,
      schemas: () => undefined,
    });
    return problems.map(({ message }) => message).join('\n');
  }

  /** The HTTP sink sends nothing to a service before it has records. @returns whether the server was accepted */
  async function send(raw: RawConfig): Promise<boolean> {
    const config = configOf(httpSink.config, raw);
    const service = new Service(config, testEnv(), new RequestMaker(config).target);
    await service.send('POST', '/x', {}, undefined, new AbortController().signal).catch(() => {});
    service.close();
    return heard.length > 0;
  }

  const TRUST = { 'ssl.truststore.location': sample('ca.pem') };
  const OWN = { 'ssl.keystore.location': sample('client.p12'), 'ssl.keystore.password': 'changeit' };
  const ANY_NAME = { 'ssl.endpoint.identification.algorithm': '' };

  test.each(ROWS)('%s by %s: nobody vouches for it, so nothing is said to it', async (name, scheme) => {
    expect(await look(name, scheme)).toMatch(/certificate|self.signed|unable to verify/i);
    expect(heard).toEqual([]);
  });

  const TRUSTING = ROWS.filter(([name]) => name !== 'S3');
  test.each(TRUSTING)('%s by %s: trusted by its authority and name, with a certificate of our own', async (...row) => {
    await look(...row, TRUST);
    expect(heard).toContain('');
    heard = [];
    await look(...row, { 'ssl.truststore.certificates': readFileSync(sample('ca.pem'), 'utf8'), ...OWN });
    expect(heard).toContain('client');
    expect(heard).not.toContain('');
  });

  test.each(TRUSTING)('%s by %s: not under another name, unless names do not count', async (...row) => {
    await look(...row, TRUST, '127.0.0.1');
    expect(heard).toEqual([]);
    await look(...row, { ...TRUST, ...ANY_NAME }, '127.0.0.1');
    expect(heard).not.toEqual([]);
    heard = [];
    // The authority counts nonetheless.
    await look(...row, ANY_NAME, '127.0.0.1');
    expect(heard).toEqual([]);
  });

  test('S3 has no settings for authorities of its own', async () => {
    expect(s3Sink.config.filter((key) => key.name.startsWith('ssl.'))).toEqual([]);
    await look('S3', 'https://', TRUST);
    expect(heard).toEqual([]);
  });

  test('redis.insecure turns off both checks', async () => {
    await look('Redis', 'rediss://', { 'redis.insecure': 'true' }, '127.0.0.1');
    expect(heard).toContain('');
  });
});
