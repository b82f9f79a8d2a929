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
  for (let i = 0; i < 12_000; i++) {
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
  // Simulates a crash in the middle: topics and groups are never deleted.
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

const CONNECTOR = `
  CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='pageviews', topic='gen', rate=50);
  CREATE SOURCE CONNECTOR other WITH (connector='datagen', data='pageviews', topic='other', rate=50);`;
const DROP = 'DROP CONNECTOR gen TERMINATE DELETE TOPICS;';

const never = (): Promise<never> => new Promise(() => {});

async function generating(store: MemoryStore): Promise<Sluice> {
  const sluice = await start(store);
  await sluice.engine.execute(CONNECTOR);
  await until(async () => sluice.engine.catalog.source('GEN_GEN') !== undefined);
  return sluice;
}

async function connectorsOf(sluice: Sluice): Promise<readonly string[]> {
  return Object.keys(await sluice.engine.services.connect!.list());
}

test.each([
  [
    'before its offsets are gone',
    (sluice: Sluice) => Object.assign(sluice.engine.services.connect!, { deleteOffsets: never }),
  ],
  ['before its topics are gone', (sluice: Sluice) => Object.assign(sluice.log.admin, { deleteTopic: never })],
])('a DROP CONNECTOR that ends with the server %s is finished by the next start', async (_when, breakOff) => {
  const store = new MemoryStore();
  const first = await generating(store);
  breakOff(first);
  void first.engine.execute(DROP).catch(() => undefined);
  await until(async () => first.engine.outcome('connector/GEN/drop') !== undefined);
  if (_when.includes('topics')) await until(async () => first.engine.catalog.source('GEN_GEN') === undefined);
  const second = await start(store);
  await until(async () => !(await namesOf(second)).includes('gen'));
  expect(await connectorsOf(second)).toEqual(['OTHER']);
  expect([...second.engine.catalog.sources.keys()].filter((name) => name === 'GEN_GEN')).toEqual([]);
  expect(await namesOf(second)).toContain('other');

  // A new object with the same name is not affected by the unfinished drop.
  await second.engine.execute(CONNECTOR.split(';')[0]! + ';');
  await until(async () => second.engine.catalog.source('GEN_GEN') !== undefined);
  await second.close();
  const third = await start(store);
  await third.engine.execute('SHOW STREAMS;');
  expect([...(await connectorsOf(third))].toSorted()).toEqual(['GEN', 'OTHER']);
  expect(await namesOf(third)).toContain('gen');
});

test('a DROP CONNECTOR that was refused, or has failed, is not tried again', async () => {
  const store = new MemoryStore();
  const first = await generating(store);
  const { connect } = first.engine.services;
  const delivered = connect!.deleteOffsets.bind(connect);
  Object.assign(connect!, { deleteOffsets: () => Promise.reject(new Error('not now')) });
  await expect(first.engine.execute(DROP)).rejects.toThrow('not now');
  Object.assign(connect!, { deleteOffsets: delivered });
  await first.close();
  const second = await start(store);
  await second.engine.execute('SHOW STREAMS;');
  expect(await connectorsOf(second)).toContain('GEN');
  expect(await namesOf(second)).toContain('gen');
});
