import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
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

  /** Waits until a table contains these rows. @throws Error with the present rows when it does not in time */
  async function holds(table: string, expected: readonly (readonly unknown[])[]): Promise<void> {
    const rows = async (): Promise<unknown[][]> => {
      const handle = await sluice.engine.query(`SELECT * FROM ${table};`);
      if (handle.kind === 'PRINT') throw new Error('no rows');
      const found: unknown[][] = [];
      for await (const batch of handle.rows()) for (const row of batch) found.push([...row.values]);
      return found.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    };
    await vi.waitFor(async () => expect(await rows()).toEqual(expected), { timeout: 30_000, interval: 200 });
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

  test('tables declared over rows that are there: joins by a foreign key, aggregations and a stream that comes later see them all', async () => {
    await start('begin3_');
    for (const topic of ['orders3', 'users3', 'visits3']) await check.createTopic(topic, 1);
    const users = { ada: 'Ada', bob: 'Bob' };
    for (const [n, [id, name]] of Object.entries(users).entries()) await send('users3', id, { name }, T0 + n);
    // The orders are older than the users whom they refer to: rows of a table join regardless of their time.
    for (let n = 1; n <= 4; n++) await send('orders3', `o${n}`, { who: n < 4 ? 'ada' : 'bob', v: n }, T0 - 1000 + n);
    await send('visits3', 'ada', { page: '/before' }, T0 + 10);
    const statements = [
      `CREATE TABLE orders (id VARCHAR PRIMARY KEY, who VARCHAR, v INT) WITH (kafka_topic='orders3', value_format='JSON');`,
      `CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR) WITH (kafka_topic='users3', value_format='JSON');`,
      `CREATE STREAM visits (who VARCHAR KEY, page VARCHAR) WITH (kafka_topic='visits3', value_format='JSON');`,
      `CREATE TABLE named WITH (kafka_topic='named3') AS SELECT o.id, u.name, o.v FROM orders o JOIN users u ON o.who = u.id;`,
      `CREATE TABLE sums WITH (kafka_topic='sums3') AS SELECT who, COUNT(*) AS n, SUM(v) AS total FROM orders GROUP BY who;`,
      `CREATE STREAM seen WITH (kafka_topic='seen3') AS SELECT v.who, v.page, u.name FROM visits v LEFT JOIN users u ON v.who = u.id;`,
    ];
    for (const statement of statements) {
      await sluice.engine.execute(statement);
      // As when a person types them: each query runs and has read the existing records before the next one is created.
      await sluice.caughtUp();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await holds('named', [
      ['o1', 'Ada', 1],
      ['o2', 'Ada', 2],
      ['o3', 'Ada', 3],
      ['o4', 'Bob', 4],
    ]);
    await holds('sums', [
      ['ada', 3, 6],
      ['bob', 1, 4],
    ]);
    await sluice.engine.execute(`INSERT INTO visits (who, page) VALUES ('ada', '/after');`);
    // A stream is read from its end.
    expect(await values('seen3', 1)).toEqual([{ PAGE: '/after', NAME: 'Ada' }]);

    // Later changes of either side, and of the reference between them.
    await sluice.engine.execute(`
      INSERT INTO users VALUES ('ada', 'Ada L.');
      INSERT INTO orders VALUES ('o2', 'bob', 20);`);
    await holds('named', [
      ['o1', 'Ada L.', 1],
      ['o2', 'Bob', 20],
      ['o3', 'Ada L.', 3],
      ['o4', 'Bob', 4],
    ]);
    await holds('sums', [
      ['ada', 2, 4],
      ['bob', 2, 24],
    ]);
  });
});
