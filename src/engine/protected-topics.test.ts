import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../log/embedded/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';

let sluice: Sluice;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
});

afterAll(async () => {
  await sluice.close();
});

const TOPICS = [
  'connect-configs',
  'connect-offsets',
  'connect-status',
  '_schemas',
  '_confluent-ksql-default__command_topic',
];

test('the topics are there, and hold what is not for all', async () => {
  const names = (await sluice.log.admin.listTopics()).map((t) => t.name);
  expect(names).toEqual(expect.arrayContaining(['_schemas', '_confluent-ksql-default__command_topic']));
  expect(names.some((name) => name.startsWith('connect-'))).toBe(true);
});

test.each(TOPICS)('no statement reads or writes %s', async (topic) => {
  const refused = { message: expect.stringContaining(`Topic '${topic}' is not for statements`) as string };
  const refuse = async (statement: string): Promise<void> => {
    await expect(sluice.engine.execute(statement)).rejects.toMatchObject({ error: refused });
  };
  await refuse(`CREATE STREAM c (v STRING) WITH (kafka_topic='${topic}', value_format='KAFKA', partitions=1);`);
  await refuse(
    `CREATE TABLE c (k STRING PRIMARY KEY, v STRING) WITH (kafka_topic='${topic}', value_format='KAFKA', partitions=1);`,
  );
  await refuse(
    `CREATE STREAM s (v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
     CREATE STREAM c WITH (kafka_topic='${topic}') AS SELECT * FROM s;`,
  );
});

test('PRINT shows none of them', async () => {
  await expect(sluice.engine.query("PRINT '_schemas' FROM BEGINNING LIMIT 1;")).rejects.toMatchObject({
    error: { message: expect.stringContaining('is not for statements') as string },
  });
});
