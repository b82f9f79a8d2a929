import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { SluiceClient } from '../client/index.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

const EARLIEST = { properties: { 'auto.offset.reset': 'earliest' } };

async function open(properties: Readonly<Record<string, string>>, store = new MemoryStore()): Promise<Sluice> {
  return await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'ksql.connect.url': 'none', ...properties },
    store,
    env: testEnv(),
  });
}

describe('the stream over the processing log', () => {
  let sluice: Sluice;
  let client: SluiceClient;
  beforeAll(async () => {
    sluice = await open({
      'ksql.logging.processing.stream.auto.create': 'true',
      'ksql.logging.processing.rows.include': 'true',
    });
    client = new SluiceClient({ url: sluice.url });
    await client.execute(`
      CREATE STREAM raw (k STRING KEY, v STRING) WITH (kafka_topic='t', format='KAFKA', partitions=1);
      CREATE STREAM typed (k INT KEY, v INT) WITH (kafka_topic='t', key_format='KAFKA', value_format='JSON', wrap_single_value=false);
      SET 'auto.offset.reset'='earliest';
      CREATE STREAM out AS SELECT k, 10 / v AS x FROM typed;`);
    // Four bytes are an INT of the KAFKA format.
    await client.execute(
      "INSERT INTO raw VALUES ('abc', '1'); INSERT INTO raw VALUES ('abcd', 'no number'); INSERT INTO raw VALUES ('abcd', '0');",
    );
  });
  afterAll(async () => await sluice.close());

  const entries = async (where: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    await client.pullQuery(
      `SELECT logger, message->type AS type, message->deserializationError AS d, message->recordProcessingError AS r
       FROM KSQL_PROCESSING_LOG WHERE ${where} EMIT CHANGES LIMIT 1;`,
      EARLIEST,
    );

  test('a key that cannot be read says so, with its bytes', async () => {
    const [entry] = await entries("message->deserializationError->target = 'key'");
    expect(entry).toMatchObject({ TYPE: 0, R: null });
    expect(entry!['D']).toMatchObject({ RECORDB64: Buffer.from('abc').toString('base64'), TOPIC: 't', OFFSET: 0 });
  });

  test('so does a value', async () => {
    const [entry] = await entries("message->deserializationError->target = 'value'");
    expect(entry!['D']).toMatchObject({ RECORDB64: Buffer.from('no number').toString('base64'), OFFSET: 1 });
  });

  test('an expression that fails has its row', async () => {
    const [entry] = await entries('message->recordProcessingError IS NOT NULL');
    expect(entry).toMatchObject({ TYPE: 1, D: null });
    expect((entry!['R'] as Readonly<Record<string, unknown>>)['RECORD']).toContain('0');
    expect((entry!['R'] as Readonly<Record<string, unknown>>)['ERRORMESSAGE']).toContain(
      'Error computing the expression of column X: ',
    );
  });
});

test('without rows.include the log holds no data of records', async () => {
  const sluice = await open({ 'ksql.logging.processing.stream.auto.create': 'true' });
  const client = new SluiceClient({ url: sluice.url });
  await client.execute(`
    CREATE STREAM raw (v STRING) WITH (kafka_topic='t', value_format='KAFKA', partitions=1);
    CREATE STREAM typed (v INT) WITH (kafka_topic='t', value_format='JSON');
    SET 'auto.offset.reset'='earliest';
    CREATE STREAM out AS SELECT * FROM typed;
    INSERT INTO raw VALUES ('secret');`);
  const [entry] = await client.pullQuery('SELECT message FROM KSQL_PROCESSING_LOG EMIT CHANGES LIMIT 1;', EARLIEST);
  expect(JSON.stringify(entry)).toContain('"RECORDB64":null');
  await sluice.close();
});

test('the stream keeps its name and form over a restart; without the setting there is none', async () => {
  const store = new MemoryStore();
  const named = {
    'ksql.logging.processing.stream.auto.create': 'true',
    'ksql.logging.processing.stream.name': 'faults',
  };
  const list = async (sluice: Sluice): Promise<unknown> =>
    (await new SluiceClient({ url: sluice.url }).execute('SHOW STREAMS;'))[0]!['streams'];
  const first = await open(named, store);
  expect(await list(first)).toMatchObject([{ name: 'faults', topic: 'default_ksql_processing_log' }]);
  await first.close();
  const second = await open(named, store);
  expect(await list(second)).toHaveLength(1);
  await second.close();
  const without = await open({});
  expect(await list(without)).toEqual([]);
  await without.close();
});
