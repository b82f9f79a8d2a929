import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryStore } from '../store/memory-store.ts';
import { testEnv } from '../../test/support/env.ts';
import { AllowedFiles } from './allowed-files.ts';
import { startSluice } from './compose.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-allowed-'));
  await mkdir(path.join(folder, 'in/deep'), { recursive: true });
  await mkdir(path.join(folder, 'inside'));
  await writeFile(path.join(folder, 'secret'), 'x');
  await symlink(path.join(folder, 'secret'), path.join(folder, 'in/link'));
  await symlink(folder, path.join(folder, 'in/up'));
});
afterAll(() => rm(folder, { recursive: true }));

test('files below the configured folders, whether they are there or not', async () => {
  const files = new AllowedFiles([path.join(folder, 'in')], folder, 'the.setting');
  for (const name of ['a', 'deep/a', 'deep/../b', 'not/there/yet'])
    expect(await files.check(path.join(folder, 'in', name))).toBe(path.join(folder, 'in', name));
  expect(await files.check('lines.txt')).toBe(path.join(folder, 'in/lines.txt'));
});

test.each([
  'secret',
  'inside/a',
  'in/../secret',
  'in',
  'in/link',
  'in/up/secret',
  '/etc/passwd',
  '../../etc/passwd',
  '/dev/stdin',
])('not %s', async (name) => {
  const files = new AllowedFiles([path.join(folder, 'in')], folder, 'the.setting');
  const file = name.startsWith('in') || name === 'secret' ? path.join(folder, name) : name;
  await expect(files.check(file)).rejects.toThrow(
    /is not below the folders that connectors may use: .*in \(the\.setting\)/,
  );
});

test('by default the folder files in the data folder, which is made', async () => {
  const files = new AllowedFiles([], path.join(folder, 'data'), 'the.setting');
  expect(await files.check('lines.txt')).toBe(path.join(folder, 'data/files/lines.txt'));
  await writeFile(path.join(folder, 'data/files/lines.txt'), 'x');
  await expect(files.check(path.join(folder, 'data/data.mdb'))).rejects.toThrow('not below');
});

test('a server on its defaults: no connector reads or writes elsewhere, and no reference is looked up there', async () => {
  const sluice = await startSluice({
    properties: {
      'data.dir': path.join(folder, 'data'),
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
    },
    environment: { CONNECT_TOPIC: 'lines' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  try {
    const create = async (settings: Record<string, string>): Promise<string> => {
      const answer = await fetch(new URL('/connectors', sluice.connectUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'c', config: { 'connector.class': 'FileStreamSource', topic: 't', ...settings } }),
      });
      return `${answer.status} ${await answer.text()}`;
    };
    const sql = `CREATE SOURCE CONNECTOR c WITH ('connector.class'='FileStreamSource', file='/etc/passwd', topic='t');`;
    await expect(sluice.engine.execute(sql)).rejects.toThrow('/etc/passwd is not below the folders');
    expect(await create({ file: '/etc/passwd' })).toMatch(/^400 .*connect\.allowed\.paths/);
    expect(await create({ file: '/tmp/x', 'connector.class': 'FileStreamSink', topics: 't' })).toMatch(
      /^400 .*not below/,
    );
    for (const url of ['jdbc:sqlite:/etc/x.db', 'file:/etc/x.db?mode=ro', '/etc/x.db'])
      expect(
        await create({
          'connector.class': 'sluice.connect.SqliteSourceConnector',
          'connection.url': url,
          mode: 'bulk',
          'topic.prefix': '',
        }),
      ).toMatch(/^400 .*x\.db is not below/);
    expect(await create({ file: 'a', topic: '${file:/etc/passwd:root}' })).toMatch(/^400 .*not below/);
    expect(await create({ file: 'a', topic: '${dir:/etc:hostname}' })).toMatch(/^400 .*not below/);
    expect(await create({ file: 'a', topic: '${env:HOME}' })).toMatch(
      /^400 .*environment variable HOME .*connect\.allowed\.environment/,
    );
    expect(await create({ file: 'a', topic: '${vault:secret:x}' })).toMatch(/^400 .*no vault is configured/);
    await writeFile(path.join(folder, 'data/files/in.properties'), 'topic=told');
    expect(await create({ file: 'a', topic: '${file:in.properties:topic}' })).toMatch(/^201/);
  } finally {
    await sluice.close();
  }
});
