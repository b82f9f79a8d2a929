import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { must } from '../../../base/assert.ts';
import { connect } from './connection.ts';
import { parseConnectionUrl } from './url.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-pg-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What a client sends to a server that requests a cleartext password, and the error that the client gets. */
async function sentTo(url: (port: number) => string): Promise<{ readonly sent: string; readonly told: string }> {
  let sent = '';
  const server = createServer((socket) => {
    let isAsked = false;
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      sent += piece.toString('latin1');
      if (isAsked) {
        socket.end();
        return;
      }
      isAsked = true;
      // AuthenticationCleartextPassword.
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const target = parseConnectionUrl(url((server.address() as AddressInfo).port));
  if (typeof target === 'string') throw new Error(target);
  const told = await connect(target, { name: 'test' }).then(
    () => 'connected',
    (error: unknown) => String(error),
  );
  await new Promise((resolve) => void server.close(resolve));
  return { sent, told };
}

test("nothing of the server's environment goes to a host that a URL names", async () => {
  const passwords = path.join(folder, 'pgpass');
  writeFileSync(passwords, '*:*:*:*:secret-of-file\n', { mode: 0o600 });
  vi.stubEnv('PGPASSFILE', passwords);
  for (const name of ['USER', 'OPTIONS', 'APPNAME', 'DATABASE', 'CLIENT_ENCODING', 'REPLICATION', 'HOST', 'BINARY'])
    vi.stubEnv(`PG${name}`, `secret-of-${name}`);
  for (const isSet of [true, false]) {
    // If the variable is not set, the file is read.
    vi.stubEnv('PGPASSWORD', isSet ? 'secret-of-PASSWORD' : undefined);
    for (const login of ['u@', '']) {
      const { sent, told } = await sentTo((port) => `postgres://${login}127.0.0.1:${port}/db?sslmode=disable`);
      expect(sent).toContain('database\0db\0');
      expect(sent).not.toContain('secret');
      expect(told).not.toContain('connected');
    }
  }
});

test('what the URL says does', async () => {
  vi.stubEnv('PGPASSWORD', 'secret');
  const { sent } = await sentTo((port) => `postgres://ann:own@127.0.0.1:${port}/db?sslmode=disable`);
  expect(sent).toContain('user\0ann\0');
  expect(must(sent.split('p\0\0\0').at(-1), 'the password')).toContain('own\0');
});
