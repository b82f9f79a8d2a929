import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-strangers-'));
let sluice: Sluice;

beforeAll(async () => {
  const users = path.join(folder, 'users');
  writeFileSync(users, 'ann: right,admin\nbob: right,admin\n', { mode: 0o600 });
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'authentication.method': 'BASIC',
      'authentication.realm': users,
      'authentication.roles': '**',
    },
  });
});

afterAll(async () => {
  await sluice?.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(['connectors', 'info'])('a stranger is refused before the body is there: /%s', async (route) => {
  const { hostname, port } = new URL(route === 'info' ? sluice.url : sluice.connectUrl!);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /${route} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{`);
  const answer = await new Promise<string>((resolve) => socket.once('data', (piece) => resolve(piece.toString())));
  socket.destroy();
  expect(answer).toContain('401 Unauthorized');
});

test('wrong passwords in a row are answered 429 with Retry-After, of that user alone', async () => {
  const ask = async (user: string, password: string): Promise<Response> =>
    await fetch(`${sluice.url}/info`, {
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
    });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await ask('ann', 'wrong')).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401]);
  const refused = await ask('ann', 'right');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask('bob', 'right')).status).toBe(200);
});
