import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemorySchemaRegistry } from '../../src/formats/schema-registry/memory-registry.ts';
import { createRegistryHandler } from '../../src/formats/schema-registry/rest.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { temporaryFolder } from '../support/servers/java.ts';

/**
 * Connect and a schema registry with authentication and TLS, with their own certificates. The peers are small servers
 * of this test.
 */
describe('guarded URLs', () => {
  const folder = temporaryFolder('guarded');
  const seen: { path: string; authorization: string | undefined; team: string | undefined }[] = [];
  const servers: Server[] = [];
  const registry = new MemorySchemaRegistry();
  const handle = createRegistryHandler(registry);
  let connectUrl = '';
  let registryUrl = '';
  let sluice: Sluice | undefined;

  beforeAll(async () => {
    const made = spawnSync(
      'openssl',
      (
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost ' +
        '-addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem'
      ).split(' '),
      { cwd: folder.path, encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`openssl: ${made.error?.message ?? made.stderr}`);
    const tls = {
      key: readFileSync(`${folder.path}/key.pem`),
      cert: readFileSync(`${folder.path}/cert.pem`),
    };
    const open = async (server: Server): Promise<string> => {
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
      return `localhost:${(server.address() as { port: number }).port}`;
    };
    const body = async (request: IncomingMessage): Promise<string> => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      return text;
    };
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    const connect: RequestListener = (request, response) => {
      const { authorization } = request.headers;
      seen.push({ path: request.url!, authorization, team: request.headers['x-team'] as string | undefined });
      const allowed = authorization === basic('connie:pa:ss');
      response.writeHead(allowed ? 200 : 401, { 'Content-Type': 'application/json' });
      response.end(allowed ? '{}' : '{"error_code":401,"message":"User cannot access the resource."}');
    };
    connectUrl = `https://${await open(createSecureServer(tls, connect) as unknown as Server)}`;
    registryUrl = `https://${await open(
      createSecureServer(tls, (request, response) => {
        void (async () => {
          const text = await body(request);
          if (request.headers.authorization !== basic('reggie:secret')) {
            response.writeHead(401, { 'Content-Type': 'application/json' });
            response.end('{"error_code":401,"message":"Unauthorized"}');
            return;
          }
          const answer = await handle(request.method!, request.url!, text === '' ? undefined : JSON.parse(text));
          response.writeHead(answer.status, { 'Content-Type': 'application/vnd.schemaregistry.v1+json' });
          response.end(JSON.stringify(answer.body));
        })();
      }) as unknown as Server,
    )}`;
  });
  afterAll(async () => {
    await sluice?.close();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    folder.remove();
  });

  async function start(properties: Readonly<Record<string, string>>): Promise<Sluice> {
    await sluice?.close();
    sluice = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'data.dir': `${folder.path}/data${Math.random()}`,
        ...properties,
      },
    });
    return sluice;
  }
  async function refusal(server: Sluice, text: string): Promise<Error> {
    return await server.engine.execute(text).then(
      () => {
        throw new Error(`Not refused: ${text}`);
      },
      (error: unknown) => (error as { readonly error?: Error }).error ?? (error as Error),
    );
  }

  test('Connect: credentials from a file that may change, headers, certificates', async () => {
    const file = `${folder.path}/connect.properties`;
    writeFileSync(file, 'username=connie\npassword=old\n');
    const server = await start({
      'ksql.connect.url': connectUrl,
      'ksql.connect.basic.auth.credentials.source': 'FILE',
      'ksql.connect.basic.auth.credentials.file': file,
      'ksql.connect.request.headers.X-Team': 'blue',
      'ksql.connect.ssl.truststore.location': `${folder.path}/cert.pem`,
      'ksql.connect.ssl.truststore.type': 'PEM',
    });
    expect((await refusal(server, 'SHOW CONNECTORS;')).message).toBe(
      'Failed to list connectors: Kafka Connect refused the credentials (HTTP status 401): User cannot access the resource.',
    );
    writeFileSync(file, 'username=connie\npassword=pa:ss\n');
    expect(await server.engine.execute('SHOW CONNECTORS;')).toMatchObject([{ connectors: [] }]);
    // The worker's health is requested at the same time.
    expect(seen).toContainEqual(
      expect.objectContaining({ path: '/connectors?expand=info&expand=status', team: 'blue' }),
    );
  });

  test('Connect: a certificate that nobody vouches for, and nobody at all', async () => {
    const server = await start({ 'ksql.connect.url': `${connectUrl},http://localhost:9` });
    const error = await refusal(server, 'SHOW CONNECTORS;');
    expect(error.message).toMatch(
      /^Failed to list connectors: No Kafka Connect worker answers: https:\/\/localhost:\d+: self[- ]signed certificate; http:\/\/localhost:9: .*ECONNREFUSED/,
    );
    expect(error).toMatchObject({ code: 'CONNECT_UNAVAILABLE', hint: expect.stringContaining('ksql.connect.url') });
  });

  test('no Connect at all', async () => {
    const server = await start({ 'ksql.connect.url': 'none' });
    expect((await refusal(server, 'SHOW CONNECTORS;')).message).toBe('No Kafka Connect worker is configured');
    await expect(
      startSluice({
        properties: {
          'data.dir': `${folder.path}/x`,
          listeners: 'http://127.0.0.1:0',
          'ksql.connect.url': 'ftp://x',
        },
      }),
    ).rejects.toThrow('ksql.connect.url holds "ftp://x", which is not an http or https URL');
  });

  test('registry: credentials, certificates, its words', async () => {
    const settings = {
      'ksql.schema.registry.url': registryUrl,
      'ksql.schema.registry.ssl.truststore.location': `${folder.path}/cert.pem`,
      'ksql.schema.registry.ssl.truststore.type': 'PEM',
    };
    const create = `CREATE STREAM s (id INT KEY, name STRING) WITH (KAFKA_TOPIC='s', KEY_FORMAT='KAFKA', VALUE_FORMAT='AVRO', PARTITIONS=1);`;
    const stranger = await start({ ...settings, 'ksql.schema.registry.basic.auth.user.info': 'reggie:wrong' });
    expect((await refusal(stranger, create)).message).toBe('The schema registry refused the credentials: Unauthorized');
    const server = await start({ ...settings, 'ksql.schema.registry.basic.auth.user.info': 'reggie:secret' });
    await server.engine.execute(`${create} INSERT INTO s VALUES (1, 'a');`);
    expect(await registry.subjects()).toEqual(['s-value']);
    const gone = await start({ 'ksql.schema.registry.url': 'http://localhost:9' });
    expect((await refusal(gone, create)).message).toMatch(
      /^The schema registry at http:\/\/localhost:9 does not answer: /,
    );
  });
});
