import { afterEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

const open: Sluice[] = [];

async function start(store: MemoryStore): Promise<Sluice> {
  const sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store,
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  open.push(sluice);
  return sluice;
}

afterEach(async () => {
  for (const sluice of open.splice(0).toReversed()) await sluice.close(200);
});

const namesOf = async (sluice: Sluice): Promise<readonly string[]> =>
  (await sluice.log.admin.listTopics()).map(({ name }) => name);

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen');
}

const MADE = `
  CREATE STREAM s (k INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
  CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;
  CREATE STREAM avro (k INT KEY, v STRING) WITH (kafka_topic='avro', value_format='AVRO', partitions=1);
  INSERT INTO s VALUES (1, 'a');
  INSERT INTO avro VALUES (1, 'a');`;

test('a DROP that was accepted is finished by the next start, and no topic of the same name made since', async () => {
  const store = new MemoryStore();
  const first = await start(store);
  await first.engine.execute(MADE);
  await first.caughtUp();
  const isOfQuery = (name: string): boolean => name.includes('query_CTAS_T');
  expect((await namesOf(first)).filter(isOfQuery)).not.toEqual([]);
  // As if it died in the middle: topics and groups are never deleted.
  Object.assign(first.log.admin, {
    deleteTopic: () => new Promise(() => {}),
    deleteGroup: () => new Promise(() => {}),
  });
  const dropping = [
    first.engine.execute('DROP TABLE t DELETE TOPIC;'),
    until(async () => first.engine.catalog.source('T') === undefined),
  ];
  await dropping[1];
  const second = await start(store);
  await until(async () => {
    const names = await namesOf(second);
    return !names.includes('T') && !names.some(isOfQuery);
  });
  expect((await second.log.admin.listGroups()).filter(isOfQuery)).toEqual([]);
  expect(await namesOf(second)).toEqual(expect.arrayContaining(['s', 'avro']));

  await second.engine.execute('DROP STREAM avro DELETE TOPIC;');
  expect(await namesOf(second)).not.toContain('avro');
  expect(await second.registry!.subjects()).not.toContain('avro-value');
  await second.engine.execute(`
    CREATE STREAM avro (k INT KEY, v STRING) WITH (kafka_topic='avro', value_format='AVRO', partitions=1);
    INSERT INTO avro VALUES (2, 'b');`);
  await second.close();

  const third = await start(store);
  await third.engine.execute("SET 'auto.offset.reset'='earliest';");
  expect(await namesOf(third)).toContain('avro');
  expect(await third.registry!.subjects()).toContain('avro-value');
  expect(await third.log.admin.latestOffset({ topic: 'avro', partition: 0 })).toBe(1);
});
