import { connect, type ClientHttp2Session } from 'node:http2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

let sluice: Sluice;
let h2: ClientHttp2Session;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
  await sluice.engine.execute(`
    CREATE TABLE users (id INT PRIMARY KEY, city STRING) WITH (kafka_topic='users', value_format='JSON', partitions=2);
    INSERT INTO users VALUES (1, 'Rome');
    INSERT INTO users VALUES (2, 'Oslo');
    INSERT INTO users VALUES (3, 'Rome');`);
  h2 = connect(sluice.url);
});

afterAll(async () => {
  h2?.close();
  await sluice?.close();
});

const SQL = 'SELECT city, COUNT(*) AS n FROM users GROUP BY city ORDER BY n DESC;';

async function post(path: string, body: unknown, accept?: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(sluice.url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: accept === undefined ? {} : { accept },
  });
  return { status: answer.status, text: await answer.text() };
}

async function postHttp2(path: string, body: unknown): Promise<{ status: number; text: string }> {
  const stream = h2.request({ ':method': 'POST', ':path': path });
  let status = 0;
  stream.on('response', (headers) => (status = Number(headers[':status'])));
  stream.setEncoding('utf8');
  stream.end(JSON.stringify(body));
  let text = '';
  for await (const part of stream) text += String(part);
  return { status, text };
}

test('/query answers as StreamedRows', async () => {
  const { status, text } = await post('/query', { ksql: SQL });
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual([
    { header: { queryId: expect.any(String), schema: '`CITY` STRING, `N` BIGINT' } },
    { row: { columns: ['Rome', 2] } },
    { row: { columns: ['Oslo', 1] } },
  ]);
});

test('/query-stream answers line by line, on both protocols', async () => {
  for (const answer of [await post('/query-stream', { sql: SQL }), await postHttp2('/query-stream', { sql: SQL })]) {
    const [head, ...rows] = answer.text.trim().split('\n');
    expect(JSON.parse(head!)).toMatchObject({ columnNames: ['CITY', 'N'], columnTypes: ['STRING', 'BIGINT'] });
    expect(rows).toEqual(['["Rome",2]', '["Oslo",1]']);
  }
});

test('an answer without rows is whole as well', async () => {
  const { text } = await post('/query-stream', { sql: 'SELECT * FROM users WHERE id > 9;' });
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse((await post('/query', { ksql: 'SELECT * FROM users LIMIT 0;' })).text)).toHaveLength(1);
});

test('a query that would hold too much is refused with its status, code and the persistent form', async () => {
  const properties = { 'ksql.query.pull.max.memory': '100' };
  for (const answer of [
    await post('/query', { ksql: SQL, streamsProperties: properties }),
    await postHttp2('/query-stream', { sql: SQL, properties }),
  ]) {
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      error_code: 40001,
      message: expect.stringContaining('would have to hold more than 100 bytes'),
    });
    expect(answer.text).toContain('CREATE TABLE ANSWERS AS SELECT');
  }
});

test('the dialect is set for a request alone', async () => {
  const { status, text } = await post('/query', { ksql: SQL, streamsProperties: { 'ksql.dialect': 'ksqldb' } });
  expect(status).toBe(400);
  expect(JSON.parse(text).message).toContain("Syntax error at or near 'ORDER'");
  expect((await post('/query', { ksql: SQL, streamsProperties: { 'ksql.dialect': 'oracle' } })).text).toContain(
    'ksqldb',
  );
});
