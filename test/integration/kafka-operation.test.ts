import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Admin, type AlterClientQuotasOptions } from '@platformatic/kafka';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { renderEntity } from '../../src/cli/render/entities.ts';
import { SluiceClient } from '../../src/client/index.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import type { Entity } from '../../src/wire/entities.ts';
import { testEnv } from '../support/env.ts';
import { byExtent } from '../support/extent.ts';
import { KafkaCheck, type SeenRecord } from '../support/kafka-check.ts';
import { sleep } from '../support/server-process.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

/** The start of event time. It must be recent, because the broker deletes records by event time. */
const T0 = Math.floor(Date.now() / 60_000) * 60_000 - 300_000;

describeWithServers('queries on Apache Kafka', () => {
  let kafka: KafkaServer;
  let check: KafkaCheck;
  let round = 0;
  let folder: ReturnType<typeof temporaryFolder>;
  const running: Sluice[] = [];

  beforeAll(async () => {
    kafka = await startKafka({
      properties: {
        'group.min.session.timeout.ms': '1000',
        // Quotas are measured over one second instead of ten.
        'quota.window.num': '2',
        // Resources without an ACL are open to everybody.
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
      },
    });
  });
  beforeEach(() => {
    round++;
    folder = temporaryFolder('operation');
    check = new KafkaCheck(kafka.bootstrap);
  });
  afterEach(async () => {
    for (const sluice of running.splice(0)) await sluice.close();
    folder.remove();
    await check.close();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  async function start(properties: Readonly<Record<string, string>> = {}): Promise<Sluice> {
    const sluice = await startSluice({
      properties: {
        'bootstrap.servers': kafka.bootstrap,
        'data.dir': folder.path,
        'ksql.service.id': `op${round}_`,
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'log.level': 'silent',
        'ksql.streams.auto.offset.reset': 'earliest',
        'ksql.streams.session.timeout.ms': '3000',
        'ksql.query.retry.backoff.initial.ms': '200',
        'ksql.logging.processing.topic.auto.create': 'true',
        'ksql.logging.processing.topic.name': `log${round}`,
        ...properties,
      },
    });
    running.push(sluice);
    return sluice;
  }

  async function stop(sluice: Sluice): Promise<void> {
    running.splice(running.indexOf(sluice), 1);
    await sluice.close();
  }

  /**
   * The problems that were reported, each once: work whose transaction did not commit (for example that of a member
   * that was too slow) is repeated, and so are its reports.
   */
  async function processingLog(enough: (problems: readonly string[]) => boolean): Promise<readonly string[]> {
    const problems = (records: readonly SeenRecord[]) => [
      ...new Set(records.map((r) => JSON.stringify({ ...(JSON.parse(r.value!) as object), time: undefined }))),
    ];
    return problems(
      await check.read(`log${round}`, (records) => enough(problems(records)), {
        timeoutMs: 60_000,
      }),
    );
  }

  async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 90_000): Promise<void> {
    for (const deadline = Date.now() + timeoutMs; !(await holds()); await sleep(50))
      if (Date.now() > deadline) throw new Error('It did not come true in time');
  }

  async function pull(sluice: Sluice, sql: string): Promise<readonly (readonly unknown[])[]> {
    const handle = await sluice.engine.query(sql);
    if (handle.kind !== 'PULL') throw new Error('not a pull query');
    const rows: (readonly unknown[])[] = [];
    for await (const batch of handle.rows()) rows.push(...batch.map((r) => r.values));
    return rows;
  }

  const status = (sluice: Sluice, id: string) => sluice.engine.services.queries.status(id)!;

  for (const [guarantee, threads] of [
    ['exactly_once_v2', '2'],
    ...byExtent([], [['exactly_once_v2', '1'] as const, ['at_least_once', '1'] as const]),
  ] as const) {
    test(`join, windows, sessions and a foreign-key join agree with a recomputation (${guarantee}, ${threads} threads)`, async () => {
      const sluice = await start({
        'ksql.streams.processing.guarantee': guarantee,
        'ksql.streams.num.stream.threads': threads,
      });
      await check.createTopic(`views${round}`, 4);
      await check.createTopic(`users${round}`, 4);
      await check.createTopic(`regions${round}`, 2);
      const users = Array.from({ length: 50 }, (_, u) => ({
        key: `u${u}`,
        value: JSON.stringify({ region: `r${u % 5}` }),
        timestamp: T0 - 1000,
      }));
      await check.send(`users${round}`, users);
      await check.send(
        `regions${round}`,
        Array.from({ length: 5 }, (_, r) => ({
          key: `r${r}`,
          value: JSON.stringify({ name: `Region ${r}` }),
          timestamp: T0 - 1000,
        })),
      );
      await sluice.engine.execute(`
        CREATE STREAM views (u VARCHAR KEY, page VARCHAR) WITH (kafka_topic='views${round}', value_format='JSON');
        CREATE TABLE users (u VARCHAR PRIMARY KEY, region VARCHAR) WITH (kafka_topic='users${round}', value_format='JSON');
        CREATE TABLE regions (r VARCHAR PRIMARY KEY, name VARCHAR) WITH (kafka_topic='regions${round}', value_format='JSON');
        CREATE STREAM enriched WITH (kafka_topic='enriched${round}') AS
          SELECT v.u AS u, page, region FROM views v LEFT JOIN users u ON v.u = u.u EMIT CHANGES;
        CREATE TABLE per_region WITH (kafka_topic='per_region${round}') AS
          SELECT region, COUNT(*) AS n FROM enriched WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY region EMIT CHANGES;
        CREATE TABLE visits WITH (kafka_topic='visits${round}') AS
          SELECT u, COUNT(*) AS n FROM views WINDOW SESSION (2 SECONDS) GROUP BY u EMIT CHANGES;
        CREATE TABLE named WITH (kafka_topic='named${round}') AS
          SELECT u.u, region, name FROM users u JOIN regions r ON u.region = r.r EMIT CHANGES;`);
      const views = Array.from({ length: 4000 }, (_, i) => ({
        key: `u${(i * 7) % 55}`,
        value: JSON.stringify({ page: `p${i % 10}` }),
        timestamp: T0 + i * 10,
      }));
      for (let i = 0; i < views.length; i += 500) await check.send(`views${round}`, views.slice(i, i + 500));
      await sluice.caughtUp();

      const enriched = await check.read(`enriched${round}`, (seen) => seen.length >= views.length);
      expect(enriched.map((r) => `${r.key!.toString()} ${r.value}`).toSorted()).toEqual(
        views
          .map(({ key, value }) => {
            const u = Number(key.slice(1));
            const region = u < 50 ? `r${u % 5}` : null;
            return `${key} ${JSON.stringify({ PAGE: (JSON.parse(value) as { page: string }).page, REGION: region })}`;
          })
          .toSorted(),
      );
      const expected = new Map<string, number>();
      for (const { key, timestamp } of views) {
        const u = Number(key.slice(1));
        if (u >= 50) continue;
        const id = `r${u % 5} ${Math.floor(timestamp / 10_000) * 10_000}`;
        expected.set(id, (expected.get(id) ?? 0) + 1);
      }
      const counts = await check.read(`per_region${round}`, (seen) => windows(seen).size >= expected.size);
      const statuses = JSON.stringify([...sluice.engine.catalog.queries.keys()].map((q) => [q, status(sluice, q)]));
      const ends = JSON.stringify(await check.admin.fetchTopicOffsets(`per_region${round}`));
      expect(windows(counts), `${ends} ${statuses}`).toEqual(expected);
      // Each user returns every 550 ms: one session per user.
      const sessions = await pull(sluice, 'SELECT u, n FROM visits;');
      expect(sessions.length).toBe(55);
      expect(sessions.reduce((sum, [, n]) => sum + (n as number), 0)).toBe(views.length);
      const named = await check.read(`named${round}`, (seen) => seen.length >= 50);
      expect(new Map(named.map((r) => [r.key!.toString(), (JSON.parse(r.value!) as { NAME: string }).NAME]))).toEqual(
        new Map(users.map((_, u) => [`u${u}`, `Region ${u % 5}`])),
      );
    });
  }

  function windows(seen: readonly SeenRecord[]): Map<string, number> {
    const last = new Map<string, number>();
    for (const { key, value } of seen) {
      const start = Number(key!.readBigInt64BE(key!.length - 8));
      last.set(`${key!.toString('utf8', 0, key!.length - 8)} ${start}`, (JSON.parse(value!) as { N: number }).N);
    }
    return last;
  }

  test('a poison record and one that is too large go to the processing log, and the query goes on', async () => {
    await check.createTopic(`in${round}`, 1, { 'max.message.bytes': '12000000' });
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":"first"}' }]);
    await check.send(`in${round}`, [{ key: 'b', value: '{"v": this is not JSON' }]);
    await check.send(`in${round}`, [{ key: 'c', value: JSON.stringify({ v: 'x'.repeat(10_000_000) }) }]);
    // Just too large for the topic, together with smaller records.
    await check.send(`in${round}`, [
      { key: 'd', value: JSON.stringify({ v: 'y'.repeat(600_000) }) },
      { key: 'e', value: JSON.stringify({ v: 'z'.repeat(1_048_450) }) },
      { key: 'f', value: '{"v":"last"}' },
    ]);
    await sluice.caughtUp();
    const copies = await check.read(`copy${round}`, (seen) => seen.some((r) => r.key!.toString() === 'f'));
    expect(copies.map((r) => r.key!.toString())).toEqual(['a', 'd', 'f']);
    const lines = await processingLog((seen) => seen.length >= 3);
    expect(lines.filter((l) => l.includes('is larger than')).length).toBe(2);
    expect(lines.some((l) => l.includes('deserializer') || l.includes('DESERIALIZATION'))).toBe(true);
    expect(status(sluice, 'CSAS_COPY_0').status).toBe('RUNNING');
  });

  test('a timestamp that a topic of the user does not take: goes to the processing log, and the query goes on; sinks of ours take it', async () => {
    await check.createTopic(`in${round}`, 1, { 'message.timestamp.after.max.ms': '9223372036854775807' });
    await check.createTopic(`copy${round}`, 1);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;
      CREATE STREAM own WITH (kafka_topic='own${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [
      { key: 'a', value: '{"v":"now"}' },
      { key: 'b', value: '{"v":"in two hours"}', timestamp: Date.now() + 7_200_000 },
      { key: 'c', value: '{"v":"now"}' },
    ]);
    await sluice.caughtUp();
    const copies = await check.read(`copy${round}`, (seen) => seen.length >= 2);
    expect(copies.map((r) => r.key!.toString())).toEqual(['a', 'c']);
    const own = await check.read(`own${round}`, (seen) => seen.length >= 3);
    expect(own.map((r) => r.key!.toString())).toEqual(['a', 'b', 'c']);
    const lines = await processingLog((seen) => seen.length >= 1);
    expect(lines.filter((l) => l.includes('message.timestamp.after.max.ms')).length).toBe(1);
    expect(status(sluice, 'CSAS_COPY_0').status).toBe('RUNNING');
  });

  test('a sink that may not be written: in error until it may, and nothing is lost or doubled', async () => {
    await check.createTopic(`in${round}`, 1);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":"1"}' }]);
    await sluice.caughtUp();
    const topic = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: `copy${round}`,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:ANONYMOUS',
      host: '*',
    };
    await check.admin.createAcls({
      acl: [
        { ...topic, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
        { ...topic, operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.DENY },
      ],
    });
    await check.send(`in${round}`, [{ key: 'b', value: '{"v":"2"}' }]);
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'ERROR');
    // A retry is not a recovery.
    const seen = new Set<string>();
    await until(() => {
      seen.add(status(sluice, 'CSAS_COPY_0').status);
      return status(sluice, 'CSAS_COPY_0').errors.length >= 3;
    });
    expect([...seen]).toEqual(['ERROR']);
    for (const error of status(sluice, 'CSAS_COPY_0').errors)
      expect(error).toMatchObject({
        type: 'USER',
        errorMessage: expect.stringMatching(
          new RegExp(`TOPIC_AUTHORIZATION_FAILED.* needs the ACL Write on Topic 'copy${round}'`),
        ),
      });
    const described = await statement(sluice, 'SHOW QUERIES EXTENDED;');
    expect(JSON.stringify(described)).toContain('TOPIC_AUTHORIZATION_FAILED');
    const lines = await processingLog((all) => all.length >= 1);
    expect(lines[0]).toContain('TOPIC_AUTHORIZATION_FAILED');

    await check.admin.deleteAcls({
      filters: [{ ...topic, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }],
    });
    await check.send(`in${round}`, [{ key: 'c', value: '{"v":"3"}' }]);
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING');
    const copies = await check.read(`copy${round}`, (all) => all.length >= 3);
    expect(copies.map((r) => r.key!.toString())).toEqual(['a', 'b', 'c']);
  });

  test('an ACL that is missing is named with operation and resource, and the query runs once it is there', async () => {
    await check.createTopic(`in${round}`, 1);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":"1"}' }]);
    const sluice = await start();
    await sluice.engine.execute(
      `CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');`,
    );
    const group = (n: number): string => `_confluent-ksql-op${round}_query_CSAS_OUT${n}_`;
    const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes;
    const missing = [
      ['Read', 'Topic', TOPIC, `in${round}`],
      ['Read', 'Group', GROUP, '_confluent-ksql-'],
      ['Write', 'TransactionalId', TRANSACTIONAL_ID, '_confluent-ksql-'],
    ] as const;
    for (const [n, [operation, resource, resourceType, name]] of missing.entries()) {
      const acl = {
        resourceType,
        resourceName: name,
        resourcePatternType: name.endsWith('-') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
        principal: 'User:ANONYMOUS',
        host: '*',
      };
      const refused = operation === 'Read' ? AclOperationTypes.READ : AclOperationTypes.WRITE;
      await check.admin.createAcls({
        acl: [
          { ...acl, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
          { ...acl, operation: refused, permissionType: AclPermissionTypes.DENY },
        ],
      });
      const id = (
        (await sluice.engine.execute(`CREATE STREAM out${n} AS SELECT k, v FROM src EMIT CHANGES;`)).at(
          -1,
        ) as unknown as { queryId: string }
      ).queryId;
      const told = `needs the ACL ${operation} on ${resource} '${resource === 'Topic' ? name : group(n)}`;
      await expect
        .poll(
          () =>
            status(sluice, id)
              .errors.map((e) => e.errorMessage)
              .join(' '),
          { timeout: 60_000 },
        )
        .toContain(told);
      await check.admin.deleteAcls({
        filters: [{ ...acl, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }],
      });
      await until(() => status(sluice, id).status === 'RUNNING', 60_000);
      expect((await check.read(`OUT${n}`, (seen) => seen.length >= 1)).length).toBe(1);
    }
  });

  test('a sink that begins to refuse what it took: in error, then record by record', async () => {
    await check.createTopic(`in${round}`, 1);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: JSON.stringify({ v: 'x'.repeat(800) }) }]);
    await sluice.caughtUp();
    await check.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: `copy${round}`,
          configEntries: [{ name: 'max.message.bytes', value: '500' }],
        },
      ],
    });
    await check.send(`in${round}`, [
      { key: 'b', value: '{"v":"small"}' },
      { key: 'c', value: JSON.stringify({ v: 'x'.repeat(800) }) },
      ...Array.from({ length: 20 }, (_, i) => ({ key: `d${i}`, value: JSON.stringify({ v: 'x'.repeat(100) }) })),
    ]);
    await until(() => status(sluice, 'CSAS_COPY_0').errors.length >= 1);
    expect(status(sluice, 'CSAS_COPY_0').errors[0]).toMatchObject({
      type: 'USER',
      errorMessage: expect.stringContaining('MESSAGE_TOO_LARGE'),
    });
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING');
    await sluice.caughtUp();
    const copies = await check.read(`copy${round}`, (all) => all.length >= 22);
    expect(copies.map((r) => r.key!.toString())).toEqual(['a', 'b', ...Array.from({ length: 20 }, (_, i) => `d${i}`)]);
    const lines = await processingLog((all) => all.some((l) => l.includes('is larger than')));
    expect(lines.filter((l) => l.includes('is larger than')).length).toBe(1);
  });

  test('an offset that has expired meanwhile: goes on with the first record that is left', async () => {
    await check.createTopic(`in${round}`, 1);
    const first = await start();
    await first.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":0}' }]);
    await first.caughtUp();
    await stop(first);
    await check.send(
      `in${round}`,
      Array.from({ length: 10 }, (_, i) => ({ key: 'k', value: JSON.stringify({ v: i + 1 }) })),
    );
    const log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
    await log.admin.deleteRecords({ topic: `in${round}`, partition: 0 }, 6);
    await log.close();
    const second = await start();
    await second.caughtUp();
    const copies = await check.read(`copy${round}`, (seen) => seen.length >= 6);
    expect(copies.map((r) => (JSON.parse(r.value!) as { V: number }).V)).toEqual([0, 6, 7, 8, 9, 10]);
  });

  test('a source topic that is deleted: in error, and runs once it is there again', async () => {
    await check.createTopic(`in${round}`, 2);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
    await sluice.caughtUp();
    await check.admin.deleteTopics({ topics: [`in${round}`] });
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'ERROR');
    expect(status(sluice, 'CSAS_COPY_0').errors.at(-1)).toMatchObject({
      type: 'USER',
      errorMessage: expect.stringMatching(new RegExp(`Topic '?in${round}'? does not exist`)),
    });
    await check.createTopic(`in${round}`, 2);
    await check.send(`in${round}`, [{ key: 'b', value: '{"v":2}' }]);
    await check.read(`copy${round}`, (seen) => seen.length >= 2);
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING');
  });

  test('a sink topic that is deleted: said with its name at once, and runs once it is there again', async () => {
    await check.createTopic(`in${round}`, 1);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
    await check.read(`copy${round}`, (seen) => seen.length >= 1);
    await check.admin.deleteTopics({ topics: [`copy${round}`] });
    await check.send(`in${round}`, [{ key: 'b', value: '{"v":2}' }]);
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'ERROR');
    expect(status(sluice, 'CSAS_COPY_0').errors[0]).toMatchObject({
      type: 'USER',
      errorMessage: expect.stringContaining(`Topic 'copy${round}' does not exist`),
    });
    await check.createTopic(`copy${round}`, 1);
    const seen = await check.read(`copy${round}`, (all) => all.length >= 1);
    expect(seen.map((r) => r.key!.toString())).toEqual(['b']);
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING');
  });

  test('a topic that is deleted and made anew under a standing query is read from its beginning, whatever the reset', async () => {
    await check.createTopic(`in${round}`, 1);
    const sluice = await start({ 'ksql.streams.auto.offset.reset': 'latest' });
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;
      CREATE STREAM other WITH (kafka_topic='other${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await sluice.caughtUp();
    const send = (from: number, to: number) =>
      check.send(
        `in${round}`,
        Array.from({ length: to - from }, (_, i) => ({ key: 'k', value: `{"v":${from + i}}` })),
      );
    await send(0, 5);
    await sluice.caughtUp();
    // One server's query is paused and sees neither that the topic is deleted nor that it is recreated; the other
    // server's query fails meanwhile.
    await sluice.engine.execute('PAUSE CSAS_COPY_0;');
    await check.admin.deleteTopics({ topics: [`in${round}`] });
    await until(() => status(sluice, 'CSAS_OTHER_1').status === 'ERROR');
    await check.createTopic(`in${round}`, 1);
    await send(5, 15);
    await sluice.engine.execute('RESUME CSAS_COPY_0;');
    for (const topic of [`copy${round}`, `other${round}`]) {
      const seen = await check.read(topic, (all) => all.length >= 15, { timeoutMs: 60_000 });
      expect([topic, seen.map((r) => (JSON.parse(r.value!) as { V: number }).V)]).toEqual([
        topic,
        Array.from({ length: 15 }, (_, i) => i),
      ]);
    }
  });

  test('a topic that gets more partitions: all of each is read, whatever the reset; kept state says what to do', async () => {
    await check.createTopic(`in${round}`, 2);
    const sluice = await start({
      'ksql.streams.auto.offset.reset': 'latest',
      'ksql.streams.metadata.max.age.ms': '500',
    });
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;
      CREATE TABLE counts WITH (kafka_topic='counts${round}') AS SELECT k, COUNT(*) AS n FROM src GROUP BY k EMIT CHANGES;`);
    await sluice.caughtUp();
    await check.admin.createPartitions({ topicPartitions: [{ topic: `in${round}`, count: 4 }] });
    await check.send(
      `in${round}`,
      Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, value: `{"v":${i}}` })),
    );
    const seen = await check.read(`copy${round}`, (all) => all.length >= 20, { timeoutMs: 60_000 });
    expect(seen.map((r) => (JSON.parse(r.value!) as { V: number }).V).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(status(sluice, 'CSAS_COPY_0').status).toBe('RUNNING');
    await until(() => status(sluice, 'CTAS_COUNTS_1').status === 'ERROR');
    expect(status(sluice, 'CTAS_COUNTS_1').errors.at(-1)!.errorMessage).toMatch(
      /has 2 partitions, and the query needs 4 since its sources have as many now: .* DROP the query and CREATE it anew/,
    );
  });

  test('fenced, or thrown out of its group: no error of the query, which joins again at once', async () => {
    await check.createTopic(`in${round}`, 2);
    // The default retry delay of 15 s: nothing here waits for it.
    const sluice = await start({ 'ksql.query.retry.backoff.initial.ms': '15000' });
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT k, SUM(v) AS s FROM src GROUP BY k EMIT CHANGES;`);
    const states = new Set<string>();
    const sum = async (): Promise<unknown> => {
      states.add(status(sluice, 'CTAS_SUMS_0').status);
      return (await pull(sluice, "SELECT s FROM sums WHERE k='a';").catch(() => []))[0]?.[0];
    };
    const group = `_confluent-ksql-op${round}_query_CTAS_SUMS_0`;
    const client = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
    try {
      for (let i = 1; i <= 8; i++) {
        await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
        await until(async () => (await sum()) === i, 60_000);
        if (i % 2 === 0) {
          const id = `${group}-${sluice.engine.services.shared!.instanceId}`;
          await (await client.createWriter({ transactionalId: id })).close();
        } else {
          const { groups } = await check.admin.describeGroups([group]);
          await removeMembers(
            group,
            groups[0]!.members.map((m) => m.memberId),
          );
        }
      }
    } finally {
      await client.close();
    }
    expect([...states]).toEqual(['RUNNING']);
    expect(status(sluice, 'CTAS_SUMS_0').errors).toEqual([]);
  });

  test('the broker is restarted: RUNNING within seconds of its return, with the delays of errors as they are by default', async () => {
    await check.createTopic(`in${round}`, 1);
    const sluice = await start({ 'ksql.query.retry.backoff.initial.ms': '15000' });
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, v FROM src EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
    await sluice.caughtUp();
    await kafka.stop();
    await sleep(3000);
    await kafka.start();
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":2}' }]);
    await check.read(`copy${round}`, (seen) => seen.length >= 2, { timeoutMs: 60_000 });
    await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING', 5000);
  });

  test('state: only the tail is restored after a clean stop, all of it after a loss; windows as well', async () => {
    await check.createTopic(`in${round}`, 2);
    const first = await start();
    await first.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT k, SUM(v) AS s FROM src GROUP BY k EMIT CHANGES;
      CREATE TABLE wins WITH (kafka_topic='wins${round}') AS
        SELECT k, COUNT(*) AS n FROM src WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS) GROUP BY k EMIT CHANGES;`);
    const send = async (from: number, count: number): Promise<void> =>
      await check.send(
        `in${round}`,
        Array.from({ length: count }, (_, i) => ({
          key: `k${(from + i) % 300}`,
          value: '{"v":1}',
          timestamp: T0 + (from + i) * 10,
        })),
      );
    await send(0, 3000);
    await first.caughtUp();
    const before = [await pull(first, 'SELECT * FROM sums;'), await pull(first, 'SELECT * FROM wins;')];
    await stop(first);

    const second = await start();
    await second.caughtUp();
    expect([await pull(second, 'SELECT * FROM sums;'), await pull(second, 'SELECT * FROM wins;')]).toEqual(before);
    await send(3000, 300);
    await second.caughtUp();
    const after = await pull(second, 'SELECT k, s FROM sums;');
    expect(new Set(after.map(([, s]) => s))).toEqual(new Set([11]));
    const windowsAfter = (await pull(second, 'SELECT * FROM wins;')).map(String).toSorted();
    await stop(second);

    folder.remove();
    folder = temporaryFolder('operation');
    const third = await start();
    await third.caughtUp();
    expect(await pull(third, 'SELECT k, s FROM sums;')).toEqual(after);
    expect((await pull(third, 'SELECT * FROM wins;')).map(String).toSorted()).toEqual(windowsAfter);
    await send(3300, 300);
    await third.caughtUp();
    expect(new Set((await pull(third, 'SELECT s FROM sums;')).map(([s]) => s))).toEqual(new Set([12]));
  });

  for (const threads of byExtent(['2'], ['1', '2'])) {
    test(`a restore says how far it is, to clients and in the console (${threads} threads)`, async () => {
      await check.createTopic(`in${round}`, 2);
      const properties = { 'ksql.streams.num.stream.threads': threads };
      const first = await start(properties);
      await first.engine.execute(`
        CREATE STREAM src (k VARCHAR KEY, v VARCHAR) WITH (kafka_topic='in${round}', value_format='JSON');
        CREATE TABLE latest WITH (kafka_topic='latest${round}') AS
          SELECT k, LATEST_BY_OFFSET(v) AS v FROM src GROUP BY k EMIT CHANGES;`);
      const keys = 20_000;
      for (let i = 0; i < keys; i += 500) {
        await check.send(
          `in${round}`,
          Array.from({ length: 500 }, (_, n) => ({
            key: `k${i + n}`,
            value: JSON.stringify({ v: 'v'.repeat(1000) }),
          })),
        );
      }
      await first.caughtUp();
      const whole = status(first, 'CTAS_LATEST_0');
      expect(whole.restore).toBeUndefined();
      await stop(first);

      folder.remove();
      folder = temporaryFolder('operation');
      const quota = await slowReaders(`sluice-op${round}_`, 3_000_000);
      const second = await start(properties);
      const shown: { readonly entity: Entity; readonly progress: Readonly<Record<string, number>> }[] = [];
      await until(async () => {
        const entity = await statement(second, 'SHOW QUERIES EXTENDED;');
        const [description] = entity['queryDescriptions'] as readonly Readonly<Record<string, unknown>>[];
        const progress = description!['restoreProgress'] as Readonly<Record<string, number>> | undefined;
        if (progress !== undefined) shown.push({ entity, progress });
        return shown.some((s) => s.progress['restoredOffsets']! > 0 && s.progress['share']! < 1);
      });
      const explained = (await statement(second, 'EXPLAIN CTAS_LATEST_0;'))['queryDescription'];
      expect(explained).toHaveProperty('restoreProgress');
      await quota.remove();
      await second.caughtUp();

      const { entity, progress } = shown.at(-1)!;
      // Transaction markers count as offsets.
      expect(progress['totalOffsets']).toBeGreaterThanOrEqual(keys);
      expect(progress['totalOffsets']).toBeLessThan(keys * 1.2);
      expect(progress['share']).toBe(progress['restoredOffsets']! / progress['totalOffsets']!);
      expect(renderEntity(entity, 120)).toMatch(/Restoring +: \d+ % \(\d+ of \d+ changelog offsets\)/);
      const after = await statement(second, 'SHOW QUERIES EXTENDED;');
      expect((after['queryDescriptions'] as readonly object[])[0]).not.toHaveProperty('restoreProgress');
      expect((await pull(second, 'SELECT k FROM latest;')).length).toBe(keys);
    });
  }

  /** Limits a client's read rate on the broker. */
  async function slowReaders(clientId: string, bytesPerSecond: number): Promise<{ remove(): Promise<void> }> {
    const entities = [{ entityType: 'client-id' as const, entityName: clientId }];
    const change = async (op: AlterClientQuotasOptions['entries'][number]['ops'][number]): Promise<void> => {
      const admin = new Admin({ clientId: 'quotas', bootstrapBrokers: [kafka.bootstrap] });
      await admin.alterClientQuotas({ entries: [{ entities, ops: [op] }] });
      await admin.close();
    };
    await change({ key: 'consumer_byte_rate', value: bytesPerSecond, remove: false });
    return { remove: () => change({ key: 'consumer_byte_rate', remove: true }) };
  }

  /** Removes members from their group, as `kafka-consumer-groups --delete-members` does. */
  async function removeMembers(groupId: string, memberIds: readonly string[]): Promise<void> {
    const admin = new Admin({ clientId: 'members', bootstrapBrokers: [kafka.bootstrap] });
    await admin.removeMembersFromConsumerGroup({ groupId, members: memberIds.map((memberId) => ({ memberId })) });
    await admin.close();
  }

  /** Executes a statement over HTTP and returns the only entity of the response. */
  async function statement(sluice: Sluice, ksql: string): Promise<Entity> {
    const answer = await fetch(`${sluice.url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql }) });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as readonly Entity[])[0]!;
  }

  /** User-defined functions, each of which kills its thread once, when its marker file exists. */
  const KILLERS = {
    'an exception that nobody catches': `setTimeout(() => { throw new Error('killed by a function'); });`,
    'its exit': `process.exit(3);`,
  };
  for (const [name, code] of Object.entries(KILLERS).slice(0, byExtent(1, undefined))) {
    test(`a worker thread dies (${name}): another takes its place, and every record counts once`, async () => {
      const marker = path.join(folder.path, 'kill-now');
      const extensions = path.join(folder.path, 'ext');
      mkdirSync(extensions);
      writeFileSync(
        path.join(extensions, 'killer.mjs'),
        `import { isMainThread } from 'node:worker_threads';
         import { existsSync, unlinkSync } from 'node:fs';
         export const killer = {
           kind: 'SCALAR',
           name: 'KILLER',
           category: 'TEST',
           doc: 'The number, unless it kills.',
           signatures: [{
             params: [{ name: 'v', type: { kind: 'BIGINT' }, doc: 'A number.' }],
             returns: { kind: 'BIGINT' },
             evaluate: (v) => {
               let isSeen = !isMainThread && existsSync(${JSON.stringify(marker)});
               // Whoever removes it is the one; rmSync would tell two of them that they have.
               try { if (isSeen) unlinkSync(${JSON.stringify(marker)}); } catch { isSeen = false; }
               if (isSeen) { ${code} }
               return v;
             },
           }],
         };`,
      );
      await check.createTopic(`in${round}`, 4);
      const sluice = await start({
        'ksql.streams.num.stream.threads': '2',
        'ksql.extension.dir': extensions,
      });
      await sluice.engine.execute(`
        CREATE STREAM src (k VARCHAR KEY, v BIGINT) WITH (kafka_topic='in${round}', value_format='JSON');
        CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, KILLER(v) AS v FROM src EMIT CHANGES;
        CREATE TABLE counts WITH (kafka_topic='counts${round}') AS SELECT k, COUNT(*) AS n FROM copy GROUP BY k EMIT CHANGES;`);
      let sent = 0;
      const send = async (): Promise<void> => {
        const records = Array.from({ length: 500 }, () => ({ key: `k${sent % 40}`, value: `{"v":${sent++}}` }));
        await check.send(`in${round}`, records);
      };
      for (let i = 0; i < 4; i++) await send();
      await sluice.caughtUp();
      writeFileSync(marker, '');
      for (let i = 0; i < 4; i++) await send();
      await until(() => status(sluice, 'CSAS_COPY_0').errors.some((e) => e.errorMessage.includes('thread has died')));
      for (let i = 0; i < 4; i++) await send();
      await until(() => status(sluice, 'CSAS_COPY_0').status === 'RUNNING');
      await sluice.caughtUp();

      const copies = await check.read(`copy${round}`, (seen) => seen.length >= sent);
      expect(copies.map((r) => (JSON.parse(r.value!) as { V: number }).V).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: sent }, (_, i) => i),
      );
      expect((await pull(sluice, 'SELECT k, n FROM counts;')).map(([, n]) => n)).toEqual(
        Array.from({ length: 40 }, () => sent / 40),
      );
      const { status: now, errors } = status(sluice, 'CSAS_COPY_0');
      expect(now).toBe('RUNNING');
      expect(errors.filter((e) => e.errorMessage.includes('thread has died')).length).toBe(1);
    });
  }

  test('two servers: a key is answered by the one that has it; the other, and scans, say where to ask', async () => {
    await check.createTopic(`in${round}`, 4);
    const one = await start();
    await one.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT k, SUM(v) AS s FROM src GROUP BY k EMIT CHANGES;`);
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    await check.send(
      `in${round}`,
      keys.map((key, i) => ({ key, value: JSON.stringify({ v: i }) })),
    );
    await one.caughtUp();
    const two = await start({ 'data.dir': path.join(folder.path, 'two') });
    const tasks = (sluice: Sluice): number => status(sluice, 'CTAS_SUMS_0')?.tasks ?? 0;
    await until(() => tasks(one) === 2 && tasks(two) === 2);
    // Each server knows the location of every task.
    const names = [one, two].map(({ url }) => url.replace('http://', ''));
    for (const sluice of [one, two]) {
      const { tasks: places } = await new SluiceClient({ url: sluice.url }).queryTasks('CTAS_SUMS_0');
      expect(places.map((t) => t.id)).toEqual(['0_0', '0_1', '0_2', '0_3']);
      expect(places.map((t) => t.server).toSorted()).toEqual([...names, ...names].toSorted());
      for (const { id, server, isHere, thread, inputs } of places) {
        expect({ isHere, thread, inputs }).toEqual({
          isHere: sluice.url.endsWith(server),
          thread: null,
          inputs: [{ topic: `in${round}`, partition: Number(id.slice(2)) }],
        });
        const owner = server === names[0] ? one : two;
        expect(status(owner, 'CTAS_SUMS_0')?.perTask?.map((t) => t.id)).toContain(id);
      }
    }

    const elsewhere = { name: 'SluiceError', code: 'NOT_READY', hint: expect.stringContaining('_query_CTAS_SUMS_0') };
    const counts = [0, 0];
    for (const [i, key] of keys.entries()) {
      const answers = await Promise.allSettled(
        [one, two].map((sluice) => pull(sluice, `SELECT s FROM sums WHERE k='${key}';`)),
      );
      const found = answers.findIndex((a) => a.status === 'fulfilled');
      expect(answers[found]).toEqual({ status: 'fulfilled', value: [[i]] });
      expect(answers[1 - found]).toMatchObject({ status: 'rejected', reason: elsewhere });
      counts[found]!++;
    }
    expect(counts.every((n) => n > 0)).toBe(true);
    for (const sluice of [one, two]) {
      await expect(pull(sluice, 'SELECT * FROM sums;')).rejects.toMatchObject({
        ...elsewhere,
        message: expect.stringMatching(/this server holds partitions \d and \d of 4\. /),
      });
      await expect(pull(sluice, `SELECT * FROM sums WHERE k > 'k1';`)).rejects.toMatchObject(elsewhere);
    }
    // Over HTTP: a status that clients treat as an error, and no rows of the available keys, not even for a query of
    // many keys.
    const all = keys.map((key) => `'${key}'`).join(', ');
    for (const [route, body] of [
      ['query', { ksql: 'SELECT * FROM sums;' }],
      ['query-stream', { sql: 'SELECT * FROM sums;' }],
      ['query-stream', { sql: `SELECT * FROM sums WHERE k IN (${all});` }],
    ] as const) {
      const answer = await fetch(`${one.url}/${route}`, { method: 'POST', body: JSON.stringify(body) });
      expect(answer.status).toBe(503);
      const text = await answer.text();
      expect(text).toMatch(/this server holds partitions \d and \d of 4/);
      expect(text).not.toContain('"k1"');
    }
    // Missing keys: only the server that has a key's partition answers for it, and the other names that server.
    for (const key of ['nobody-1', 'nobody-2', 'nobody-3', 'nobody-4']) {
      const answers = await Promise.allSettled(
        [one, two].map((sluice) => pull(sluice, `SELECT s FROM sums WHERE k='${key}';`)),
      );
      const found = answers.findIndex((a) => a.status === 'fulfilled');
      expect(answers[found]).toEqual({ status: 'fulfilled', value: [] });
      expect(answers[1 - found]).toMatchObject({
        status: 'rejected',
        reason: { ...elsewhere, message: expect.stringMatching(/the key belongs to partition \d: this server holds/) },
      });
    }
  });

  test('a dropped query leaves no topic, no group and no state', async () => {
    await check.createTopic(`in${round}`, 2);
    const sluice = await start();
    await sluice.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT v, COUNT(*) AS n FROM src GROUP BY v EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
    await sluice.caughtUp();
    const prefix = `_confluent-ksql-op${round}_query_`;
    // The repartition topic, the changelog of the counts, and the changelog of the offsets for tasks without state.
    expect((await check.admin.listTopics()).filter((t) => t.startsWith(prefix)).length).toBe(3);
    await sluice.engine.execute('TERMINATE CTAS_SUMS_0;');
    await until(async () => !(await check.admin.listTopics()).some((t) => t.startsWith(prefix)));
    expect((await check.admin.listGroups()).groups.some((g) => g.groupId.startsWith(prefix))).toBe(false);
    const left = sluice.engine.services.shared!.store.spaces().filter((s) => s.startsWith('CTAS_SUMS_0'));
    expect(left).toEqual([]);
  });

  test('a DROP that a server did not live to finish is finished by another', async () => {
    await check.createTopic(`in${round}`, 2);
    const first = await start();
    await first.engine.execute(`
      CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT v, COUNT(*) AS n FROM src GROUP BY v EMIT CHANGES;`);
    await check.send(`in${round}`, [{ key: 'a', value: '{"v":1}' }]);
    await first.caughtUp();
    const prefix = `_confluent-ksql-op${round}_query_`;
    const isLeft = (topic: string): boolean => topic.startsWith(prefix) || topic === `sums${round}`;
    // As if the server died during the statement: its delete requests never reach the brokers.
    const never = (): Promise<never> => new Promise(() => {});
    Object.assign(first.log.admin, { deleteTopic: never, deleteGroup: never });
    void first.engine.execute('DROP TABLE sums DELETE TOPIC;').catch(() => undefined);
    await until(async () => first.engine.catalog.source('SUMS') === undefined);
    expect((await check.admin.listTopics()).filter(isLeft)).toHaveLength(4);
    running.splice(running.indexOf(first), 1);
    await first.close(500);
    await start({ 'data.dir': path.join(folder.path, 'second') });
    await until(async () => !(await check.admin.listTopics()).some(isLeft));
    await until(async () => !(await check.admin.listGroups()).groups.some((g) => g.groupId.startsWith(prefix)));
    expect(await check.admin.listTopics()).toContain(`in${round}`);
  });

  test('without a broker at the start: waits for it', async () => {
    await kafka.stop();
    const starting = start();
    await sleep(1500);
    await kafka.start();
    const sluice = await starting;
    expect(await sluice.engine.execute('SHOW QUERIES;')).toHaveLength(1);
  });
});
