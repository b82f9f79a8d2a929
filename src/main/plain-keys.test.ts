import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import type { Sluice } from './compose.ts';
import { queryRows } from '../../test/support/query-rows.ts';

/* SQL reads keys and values that are not structs, as JsonConverter writes them together with their schema. */

let sluice: Sluice;
let client: SluiceClient;
const folder = mkdtempSync(path.join(tmpdir(), 'plain-keys-'));
const JSON_WITH_SCHEMA = (side: string): string =>
  `'${side}.converter'='org.apache.kafka.connect.json.JsonConverter', '${side}.converter.schemas.enable'='true'`;

beforeAll(async () => {
  ({ sluice, client } = await memoryServer({
    'connect.allowed.paths': folder,
    'ksql.streams.auto.offset.reset': 'earliest',
  }));
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

const rows = async (sql: string): Promise<unknown[][]> => {
  return await queryRows(sluice.engine, sql);
};

test('a plain key with its schema', async () => {
  await client.execute(
    `CREATE SOURCE CONNECTOR views WITH (connector='datagen', data='pageviews', topic='pageviews', rate=1000, 'iterations'='3', ${JSON_WITH_SCHEMA('key')}, ${JSON_WITH_SCHEMA('value')});`,
  );
  await client.execute("CREATE STREAM v FROM CONNECTOR views TOPIC 'pageviews';");
  await expect.poll(async () => (await rows('SELECT viewtime, userid FROM v;')).length).toBe(3);
  for (const [time, user] of (await rows('SELECT viewtime, userid FROM v;')) as [number, string][]) {
    expect(Number(time)).toBeGreaterThan(0);
    expect(user).toMatch(/^User_\d$/);
  }
});

test('a plain value with its schema', async () => {
  writeFileSync(path.join(folder, 'in.txt'), 'one\ntwo\n');
  await client.execute(
    `CREATE SOURCE CONNECTOR lines WITH ('connector.class'='FileStreamSource', 'file'='${path.join(folder, 'in.txt')}', 'topic'='lines', ${JSON_WITH_SCHEMA('value')});
     CREATE STREAM l FROM CONNECTOR lines;`,
  );
  await expect.poll(async () => await rows('SELECT * FROM l;')).toEqual([['one'], ['two']]);
});
