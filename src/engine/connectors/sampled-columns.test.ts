import { afterEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { queryRows, refusalOf } from '../../../test/support/query-rows.ts';

let sluice: Sluice | undefined;
afterEach(async () => {
  await sluice?.close();
});

async function start(records: readonly (readonly [string | null, string | null])[]): Promise<Sluice> {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  await sluice.log.admin.createTopic({ name: 'dbz', partitions: 1, replicas: 1 });
  const writer = await sluice.log.createWriter({});
  const batch = new BatchBuilder();
  for (const [key, value] of records)
    batch.add(1, key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value));
  if (records.length > 0) writer.append('dbz', 0, batch.finish(), true);
  await writer.commit();
  await writer.close();
  return sluice;
}

async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice!.engine, sql);
}

async function refusal(sql: string): Promise<string> {
  return (await refusalOf(sluice!.engine, sql)).message;
}

test('a table over change events, with no word about its columns', async () => {
  const event = (op: string, before: string, after: string): string =>
    `{"before":${before},"after":${after},"source":{"db":"x"},"op":"${op}","ts_ms":1,"transaction":null}`;
  const server = await start([
    ['{"id":1}', event('r', 'null', '{"id":1,"name":"alice"}')],
    ['{"id":2}', event('r', 'null', '{"id":2,"name":"bob"}')],
    ['{"id":1}', event('u', 'null', '{"id":1,"name":"alma"}')],
    ['{"id":2}', event('d', '{"id":2,"name":""}', 'null')],
    ['{"id":2}', null],
  ]);
  await server.engine.execute(`
    CREATE TABLE users WITH (KAFKA_TOPIC='dbz', VALUE_FORMAT='CONNECT_JSON');
    CREATE TABLE now AS SELECT * FROM users;`);
  expect(server.engine.catalog.source('USERS')!.schema.key).toMatchObject([{ name: 'ID', type: { kind: 'BIGINT' } }]);
  await server.caughtUp();
  expect(await rows('SELECT * FROM now;')).toEqual([[1, 'alma']]);
});

test('what the records do not tell is asked of the user', async () => {
  await start([]);
  const create = (kind: string): string =>
    `CREATE ${kind} users WITH (KAFKA_TOPIC='dbz', VALUE_FORMAT='CONNECT_JSON');`;
  expect(await refusal(create('TABLE'))).toBe('Cannot tell the columns of USERS: topic dbz has no records yet');
  await sluice!.close();
  await start([[null, '{"a":1}']]);
  expect(await refusal(create('TABLE'))).toBe(
    'Cannot tell the columns of USERS: the records of topic dbz have no key, which a table needs',
  );
  await sluice!.engine.execute(create('STREAM'));
  expect(await rows('SELECT a FROM users;')).toEqual([[1]]);
  await sluice!.close();
  await start([[null, 'no json']]);
  expect(await refusal(create('STREAM'))).toBe(
    'Cannot tell the columns of USERS: the records of topic dbz are not JSON',
  );
});
