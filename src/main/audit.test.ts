import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/** A value that must never occur in an audit log, wherever it was sent. */
const SECRET = 'xyzzy-5ecret';

let folder: string;
let file: string;
let sluice: Sluice;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-audit-'));
  file = path.join(folder, 'logs', 'audit.log');
  const realm = path.join(folder, 'users');
  writeFileSync(realm, `ann: ${SECRET},admin\nbob: ${SECRET},reader\n`);
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      'data.dir': path.join(folder, 'data'),
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'schema.registry.listeners': 'http://127.0.0.1:0',
      'authentication.method': 'BASIC',
      'authentication.realm': realm,
      'audit.log.file': file,
    },
  });
});

afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, url: string, user: string, body: unknown, password = SECRET): Promise<number> {
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Basic ${btoa(`${user}:${password}`)}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  await answer.text();
  return answer.status;
}

const ksql = (user: string, sql: string, more: object = {}): Promise<number> =>
  send('POST', `${sluice.url}/ksql`, user, { ksql: sql, ...more });

/** The lines since the last call, without timestamps. */
let seen = 0;
function lines(): readonly Readonly<Record<string, unknown>>[] {
  const all = readFileSync(file, 'utf8').trimEnd().split('\n');
  const fresh = all.slice(seen).map((line) => JSON.parse(line) as Record<string, unknown>);
  seen = all.length;
  for (const line of fresh) expect(line).toMatchObject({ msg: 'audit', from: '127.0.0.1', time: expect.any(String) });
  return fresh.map(({ user, action, target, outcome, count, code }) =>
    JSON.parse(JSON.stringify({ user, action, target, outcome, count, code })),
  );
}

test('who changed what is a line, whatever the way; who looked is none', async () => {
  const create = "CREATE STREAM s (id INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);";
  await ksql('ann', create);
  await ksql('ann', 'SHOW STREAMS; DESCRIBE s; EXPLAIN SELECT * FROM s EMIT CHANGES;');
  await ksql('ann', `INSERT INTO s VALUES (1, '${SECRET}'); INSERT INTO s VALUES (2, '${SECRET}');`);
  await ksql('ann', create);
  await ksql('bob', 'SHOW STREAMS; DROP STREAM s;');
  await send('POST', `${sluice.url}/inserts-stream`, 'ann', `{"target":"s"}\n{"id":1,"v":"${SECRET}"}\n`);
  await send('POST', `${sluice.url}/ksql/terminate`, 'bob', {});
  await send('POST', `${sluice.registryUrl}/subjects/a/versions`, 'ann', { schema: '"string"' });
  await send('GET', `${sluice.registryUrl}/subjects`, 'bob', undefined);
  await send('DELETE', `${sluice.registryUrl}/subjects/a`, 'bob', undefined);
  await send('PUT', `${sluice.connectUrl}/connectors/c/config`, 'bob', { 'connection.password': SECRET });
  await send('DELETE', `${sluice.connectUrl}/connectors/c`, 'ann', undefined);
  await send('GET', `${sluice.url}/info`, 'ann', undefined, 'wrong');
  const by = (user: string | null, action: string, outcome: string, more: object = {}) => ({
    user,
    action,
    outcome,
    ...more,
  });
  expect(lines()).toEqual([
    by('ann', 'CreateSource', 'done', { target: 'S' }),
    by('ann', 'InsertValues', 'done', { target: 'S', count: 2 }),
    by('ann', 'CreateSource', 'failed', { target: 'S', code: expect.any(String) }),
    by('bob', 'DropSource', 'denied', { target: 'S' }),
    by('ann', 'POST /inserts-stream', 'done', { target: 'S', count: 1 }),
    by('bob', 'POST /ksql/terminate', 'denied'),
    by('ann', 'POST /subjects/:subject/versions', 'done', { target: 'a' }),
    by('bob', 'DELETE /subjects/:subject', 'denied', { target: 'a' }),
    by('bob', 'PUT /connectors/:name/config', 'denied', { target: 'c' }),
    by('ann', 'DELETE /connectors/:name', 'failed', { target: 'c' }),
    by(null, 'authenticate', 'denied', { target: 'listeners' }),
  ]);
});

test('no secret is in it, wherever one was sent', async () => {
  const config = {
    'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
    'connection.url': `jdbc:postgresql://me:${SECRET}@127.0.0.1:1/x`,
    'connection.password': SECRET,
    [`odd.${SECRET}`]: SECRET,
  };
  const pairs = Object.entries(config).map(([name, value]) => `'${name}'='${value}'`);
  await ksql('ann', `CREATE SOURCE CONNECTOR c1 WITH (${pairs.join(', ')});`);
  await ksql('ann', `ALTER CONNECTOR c1 SET ('connection.password'='${SECRET}');`);
  await ksql('ann', `CREATE STREAM t AS SELECT '${SECRET}' AS a FROM s EMIT CHANGES;`);
  await ksql('ann', `ALTER SYSTEM 'ssl.keystore.password'='${SECRET}';`);
  await ksql('ann', `INSERT INTO s (id, v) VALUES ('${SECRET}', 1);`);
  await ksql('ann', `DROP STREAM '${SECRET}';`);
  await ksql('ann', 'INSERT INTO s VALUES (1, ${pw});', { sessionVariables: { pw: `'${SECRET}'` } });
  await ksql('ann', "SET 'a'='b';", { streamsProperties: { 'sasl.jaas.config': SECRET } });
  await send('POST', `${sluice.url}/ksql`, 'ann', `{"ksql": "${SECRET}`);
  await send('POST', `${sluice.url}/inserts-stream`, 'ann', `{"target":"s"}\n{"id":"${SECRET}"}\n`);
  await send('POST', `${sluice.connectUrl}/connectors`, 'ann', { name: 'c2', config });
  await send('POST', `${sluice.connectUrl}/connectors`, 'bob', { name: 'c3', config });
  await send('PUT', `${sluice.connectUrl}/connectors/c2/config`, 'ann', config);
  await send('PATCH', `${sluice.connectUrl}/connectors/c2/config`, 'bob', config);
  await send('PUT', `${sluice.connectUrl}/admin/loggers/root`, 'ann', { level: SECRET });
  await send('GET', `${sluice.url}/info`, SECRET, undefined, 'wrong');
  await send('GET', `${sluice.url}/info?access_token=${SECRET}`, 'ann', undefined, SECRET);
  expect(lines().length).toBeGreaterThan(8);
  expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
});

test('its file is its owner’s alone', () => {
  expect(statSync(file).mode & 0o077).toBe(0);
});
