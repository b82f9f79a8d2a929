import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOf } from './server-address.ts';

const SAMPLES = path.resolve(import.meta.dirname, '../../test/data/key-stores');
const sample = (name: string): string => path.join(SAMPLES, name);
let server: Server;
let url: string;
let folder: string;
let profiles: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-profiles-'));
  profiles = path.join(folder, 'profiles');
  server = createServer(
    { cert: readFileSync(sample('client.pem')), key: readFileSync(sample('client.pem')), passphrase: 'changeit' },
    (request, response) => {
      const user = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
      response.end(JSON.stringify({ KsqlServerInfo: { version: user, ksqlServiceId: 'x' } }));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    profiles,
    `[prod]
url=${url}
user=me
password=p:w
ssl.truststore.location=${sample('trust.p12')}
ssl.truststore.password=changeit
ssl.endpoint.identification.algorithm=

[bad]
user=x
`,
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

test('a profile names URL, user and certificates', async () => {
  expect((await clientOf('prod', {}, profiles).info()).version).toBe('me:p:w');
  expect((await clientOf('prod', { user: 'you', password: 'z' }, profiles).info()).version).toBe('you:z');
});

test('without its certificates the server is not believed, and the error says so', async () => {
  await expect(clientOf(url).info()).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('a profile without url, and one that is nearly there', () => {
  expect(() => clientOf('bad', {}, profiles)).toThrow('does not say url');
  expect(() => clientOf('prd', {}, profiles)).toThrow('There is no profile prd');
  expect(clientOf('other-host', {}, profiles).url).toBe('http://other-host:8088');
});

test('a user in the URL', () => {
  expect(clientOf('http://a:b@host:1/').url).toBe('http://host:1');
});
