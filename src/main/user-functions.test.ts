import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SluiceClient } from '../client/index.ts';
import { type Sluice, startSluice } from './compose.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'user-functions-'));
let sluice: Sluice;
let client: SluiceClient;

/** A call with a negative argument blocks the thread forever; each name is barred separately. */
const functions = ['insert', 'pull', 'filter', 'push', 'group'].map(
  (name) => `export const ${name} = {
    kind: 'SCALAR', name: 'may_hold_${name}',
    signatures: [{
      params: [{ name: 'x', type: { kind: 'INTEGER' } }], returns: { kind: 'INTEGER' },
      evaluate: (x) => { while (x < 0); return x; },
    }],
  };`,
);

beforeAll(async () => {
  mkdirSync(path.join(folder, 'ext'));
  writeFileSync(path.join(folder, 'ext', 'hold.mjs'), functions.join('\n'));
  sluice = await startSluice({
    properties: {
      'data.dir': folder,
      listeners: 'http://127.0.0.1:0',
      'ksql.connect.url': 'none',
      'log.level': 'silent',
      'ksql.extension.dir': path.join(folder, 'ext'),
      'ksql.extension.call.max.ms': '500',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  client = new SluiceClient({ url: sluice.url });
  await client.execute(`
    CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', partitions=1, value_format='JSON');
    CREATE TABLE t (k INT PRIMARY KEY, v INT) WITH (kafka_topic='t', partitions=1, value_format='JSON');
    CREATE TABLE q AS SELECT * FROM t;
    INSERT INTO s VALUES (1, 1); INSERT INTO s VALUES (2, -1); INSERT INTO t VALUES (1, -1);`);
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a function that does not come back ends the statement, and the server answers', async () => {
  const hold = (name: string): string => `Function MAY_HOLD_${name} has not come back within 500 ms`;
  await client.execute('INSERT INTO s VALUES (3, MAY_HOLD_INSERT(3));');
  await expect(client.execute('INSERT INTO s VALUES (4, MAY_HOLD_INSERT(-4));')).rejects.toThrow(hold('INSERT'));
  await expect.poll(() => client.pullQuery('SELECT k, v FROM q;')).toHaveLength(1);
  await expect(client.pullQuery('SELECT MAY_HOLD_PULL(v) FROM q;')).rejects.toThrow(hold('PULL'));
  await expect(client.pullQuery('SELECT v FROM q WHERE MAY_HOLD_FILTER(v) = 1;')).rejects.toThrow(hold('FILTER'));
  const rows = async (sql: string): Promise<unknown[]> => {
    const seen: unknown[] = [];
    for await (const row of await client.streamQuery(sql)) seen.push(row);
    return seen;
  };
  await expect(rows('SELECT MAY_HOLD_PUSH(v) FROM s EMIT CHANGES;')).rejects.toThrow(hold('PUSH'));
  await expect(
    rows('SELECT MAY_HOLD_GROUP(v) AS g, COUNT(*) FROM s GROUP BY MAY_HOLD_GROUP(v) EMIT CHANGES;'),
  ).rejects.toThrow(hold('GROUP'));
  // Other calls continue; the function that blocked the thread is refused for a while.
  expect(await client.pullQuery('SELECT k FROM q;')).toHaveLength(1);
  await expect(client.execute('INSERT INTO s VALUES (5, MAY_HOLD_INSERT(5));')).rejects.toThrow(hold('INSERT'));
});
