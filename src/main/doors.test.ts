import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '../base/env.ts';
import { CONFIG_KEYS } from '../config/keys.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { NO_AUDIT } from '../base/audit.ts';
import { serverConfig } from '../config/server-config.ts';
import { Closers } from './closers.ts';
import { startSluice, type Sluice } from './compose.ts';
import { openDoor } from './doors.ts';

let folder: string;
let running: Sluice[] = [];
let warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-doors-'));
  warnings = [];
});

afterEach(async () => {
  for (const sluice of running) await sluice.close();
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

function logger(): Logger {
  const self: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    error: () => undefined,
    child: () => self,
  };
  return self;
}

async function start(properties: Record<string, string> = {}, store?: MemoryStore): Promise<Sluice> {
  const sluice = await startSluice({
    env: nodeEnv(logger()),
    ...(store && { store }),
    properties: {
      'data.dir': path.join(folder, 'data'),
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      ...properties,
    },
  });
  running.push(sluice);
  return sluice;
}

function ask(url: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on('error', reject)
      .end(body);
  });
}

test('nothing is open to other machines by default', () => {
  for (const name of ['listeners', 'connect.listeners'])
    expect(CONFIG_KEYS.find((key) => key.name === name)?.default).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test.each(['listeners', 'connect.listeners', 'schema.registry.listeners'])(
  '%s on all addresses needs users, or a setting, which is said at every start',
  async (setting) => {
    const open = { [setting]: 'http://0.0.0.0:0' };
    await expect(start(open, new MemoryStore())).rejects.toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('listeners.unprotected.enable') as string,
    });
    expect(warnings).toEqual([]);
    await start({ ...open, 'listeners.unprotected.enable': 'true' }, new MemoryStore());
    expect(warnings).toEqual([expect.stringContaining(setting)]);
    const realm = path.join(folder, 'users');
    writeFileSync(realm, 'me: secret,admin\n');
    const users = { ...open, 'authentication.method': 'BASIC', 'authentication.realm': realm };
    await expect(start(users, new MemoryStore())).rejects.toMatchObject({
      message: expect.stringContaining('there is no TLS') as string,
      hint: expect.stringContaining('listeners.cleartext.enable') as string,
    });
    expect(warnings).toHaveLength(1);
    await start({ ...users, 'listeners.cleartext.enable': 'true' }, new MemoryStore());
    expect(warnings).toEqual([warnings[0], expect.stringContaining('there is no TLS')]);
  },
);

test('users are asked for on the worker’s port as well', async () => {
  const realm = path.join(folder, 'users');
  writeFileSync(realm, 'me: secret,admin\n');
  const sluice = await start({ 'authentication.method': 'BASIC', 'authentication.realm': realm }, new MemoryStore());
  const me = { authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` };
  expect(await ask(`${sluice.connectUrl}/connectors`, {})).toBe(401);
  expect(await ask(`${sluice.connectUrl}/connectors`, me)).toBe(200);
});

test('pages of other sites change nothing, on both ports', async () => {
  const sluice = await start({}, new MemoryStore());
  const connector = JSON.stringify({
    name: 'planted',
    config: { 'connector.class': 'FileStreamSource', file: '/etc/passwd', topic: 't' },
  });
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    { host: 'evil.example' },
  ] as Record<string, string>[]) {
    const sql = "CREATE STREAM planted (a INT) WITH (kafka_topic='planted', value_format='JSON', partitions=1);";
    expect(await ask(`${sluice.url}/ksql`, headers, 'POST', JSON.stringify({ ksql: sql }))).toBe(403);
    const json = { ...headers, 'content-type': 'application/json' };
    expect(await ask(`${sluice.connectUrl}/connectors`, json, 'POST', connector)).toBe(403);
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    const socket = { ...headers, ...upgrade, 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    expect(await ask(`${sluice.url}/ws/query?request=x`, socket)).toBe(403);
  }
  expect(await (await fetch(`${sluice.connectUrl}/connectors`)).json()).toEqual([]);
  expect(sluice.engine.services.catalog.current.source('PLANTED')).toBeUndefined();
});

test('a port that is taken is found before the data folder is opened', async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
  });
  try {
    for (const setting of ['listeners', 'connect.listeners', 'schema.registry.listeners']) {
      await expect(start({ [setting]: `http://127.0.0.1:${port}` })).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining(`Port ${port} is taken`) as string,
      });
      expect(readdirSync(path.join(folder, 'data'))).toEqual([]);
    }
  } finally {
    other.close();
  }
});

test('a second server in the same folder harms nothing: the first goes on', async () => {
  const first = await start();
  await first.engine.execute(
    "CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);",
  );
  await expect(start()).rejects.toMatchObject({
    message: expect.stringContaining(`is open by process ${process.pid}`) as string,
    hint: expect.stringContaining(first.url) as string,
  });
  await first.engine.execute('INSERT INTO s VALUES (1, 2);');
});

test('files of the data folder are their owner’s alone', async () => {
  await start();
  const data = path.join(folder, 'data');
  const entries = readdirSync(data, { recursive: true, encoding: 'utf8' });
  expect(entries).toContain(path.join('log', 'data.mdb'));
  for (const name of ['', ...entries]) expect(statSync(path.join(data, name)).mode & 0o077).toBe(0);
});

test('while the server starts a browser that asks is told to ask again', async () => {
  const env = nodeEnv(logger());
  const closers = new Closers(env);
  const door = await openDoor(serverConfig({}), env, closers, {
    setting: 'listeners',
    addresses: ['http://127.0.0.1:0'],
    webSockets: false,
    users: undefined,
    audit: NO_AUDIT,
    tls: { get: () => undefined, readFile: () => Buffer.alloc(0) },
  });
  try {
    const [page, program] = await Promise.all(
      ['text/html,application/xhtml+xml', '*/*'].map((accept) =>
        fetch(`${door!.url}/console`, { headers: { accept } }),
      ),
    );
    expect([page!.status, page!.headers.get('refresh')]).toEqual([503, '1']);
    expect([program!.status, program!.headers.get('refresh')]).toEqual([503, null]);
  } finally {
    await closers.closeAll();
  }
});
