import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { testEnv } from '../support/env.ts';
import { KafkaCheck } from '../support/kafka-check.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

/** A current time, because the broker deletes records by event time. */
const T0 = Date.now() - 300_000;

describeWithServers('where queries begin on Apache Kafka, on defaults', () => {
  let kafka: KafkaServer;
  let check: KafkaCheck;
  let folder: ReturnType<typeof temporaryFolder>;
  let sluice: Sluice;

  beforeAll(async () => {
    kafka = await startKafka({});
  });
  beforeEach(() => {
    folder = temporaryFolder('beginnings');
    check = new KafkaCheck(kafka.bootstrap);
  });
  afterEach(async () => {
    await sluice.close();
    folder.remove();
    await check.close();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  async function start(service: string): Promise<void> {
    sluice = await startSluice({
      properties: {
        'bootstrap.servers': kafka.bootstrap,
        'data.dir': folder.path,
        'ksql.service.id': service,
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'log.level': 'silent',
      },
    });
  }

  const send = (topic: string, key: string, value: object, timestamp: number): Promise<void> =>
    check.send(topic, [{ key, value: JSON.stringify(value), timestamp }]);

  async function values(topic: string, count: number): Promise<unknown[]> {
    const seen = await check.read(topic, (records) => records.length >= count, { timeoutMs: 60_000 });
    return seen.map((r) => JSON.parse(r.value!) as unknown);
  }

  test('a stream begins at its end, its table at its beginning; a restart goes on; out of range, each as it began', async () => {
    await start('begin1_');
    await check.createTopic('t1', 1);
    await check.createTopic('s1', 1);
    await send('t1', 'a', { v: 1 }, T0 + 1000);
    await send('s1', 'a', { x: 99 }, T0 + 1001);
    await sluice.engine.execute(`
      CREATE TABLE t (k VARCHAR PRIMARY KEY, v INT) WITH (kafka_topic='t1', value_format='JSON');
      CREATE STREAM s (k VARCHAR KEY, x INT) WITH (kafka_topic='s1', value_format='JSON');
      CREATE STREAM j WITH (kafka_topic='j1') AS SELECT s.k, s.x, t.v FROM s LEFT JOIN t ON s.k = t.k;`);
    await sluice.caughtUp();
    await send('s1', 'a', { x: 100 }, T0 + 1002);
    expect(await values('j1', 1)).toEqual([{ X: 100, V: 1 }]);
    await sluice.close();

    await send('t1', 'a', { v: 2 }, T0 + 1003);
    await send('s1', 'a', { x: 101 }, T0 + 1004);
    await start('begin1_');
    expect(await values('j1', 2)).toEqual([
      { X: 100, V: 1 },
      { X: 101, V: 2 },
    ]);
    await sluice.caughtUp();
    await sluice.close();

    for (let n = 3; n <= 5; n++) {
      await send('t1', 'a', { v: n }, T0 + 1000 + 2 * n);
      await send('s1', 'a', { x: 100 + n }, T0 + 1001 + 2 * n);
    }
    const log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
    await log.admin.deleteRecords({ topic: 't1', partition: 0 }, 3);
    await log.admin.deleteRecords({ topic: 's1', partition: 0 }, 4);
    await log.close();
    await start('begin1_');
    await sluice.caughtUp();
    await send('s1', 'a', { x: 200 }, T0 + 2000);
    expect((await values('j1', 3)).slice(2)).toEqual([{ X: 200, V: 5 }]);
  });

  test('a table with read times is read before the stream, push queries show tables from their beginning', async () => {
    await start('begin2_');
    await check.createTopic('t2', 1);
    await check.createTopic('s2', 1);
    await send('s2', 'a', { x: 1 }, T0);
    for (let n = 1; n <= 20; n++) await send('t2', 'a', { v: n, wide: 'x'.repeat(200_000) }, Date.now());
    await sluice.engine.execute(`
      CREATE TABLE t (k VARCHAR PRIMARY KEY, v INT) WITH (kafka_topic='t2', value_format='JSON', sourced_by_connector='c');
      CREATE STREAM s (k VARCHAR KEY, x INT) WITH (kafka_topic='s2', value_format='JSON');
      SET 'auto.offset.reset'='earliest';
      CREATE STREAM j WITH (kafka_topic='j2') AS SELECT s.k, s.x, t.v FROM s LEFT JOIN t ON s.k = t.k;`);
    expect(await values('j2', 1)).toEqual([{ X: 1, V: 20 }]);
    const handle = await sluice.engine.query('SELECT v FROM t EMIT CHANGES LIMIT 20;');
    const rows: unknown[] = [];
    if (handle.kind === 'PUSH') for await (const batch of handle.rows()) rows.push(...batch.map((r) => r.values[0]));
    expect(rows).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});
