import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { KafkaCheck } from '../support/kafka-check.ts';
import { sleep } from '../support/server-process.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

describeWithServers('two servers of one service on Apache Kafka', () => {
  let kafka: KafkaServer;
  let check: KafkaCheck;
  let folder: ReturnType<typeof temporaryFolder>;
  let round = 0;
  const running: Sluice[] = [];

  beforeAll(async () => {
    kafka = await startKafka();
  });
  beforeEach(() => {
    round++;
    folder = temporaryFolder('command-log');
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
        'data.dir': `${folder.path}/${running.length}`,
        'ksql.service.id': `log${round}_`,
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'ksql.connect.url': 'none',
        'log.level': 'silent',
        ...properties,
      },
    });
    running.push(sluice);
    return sluice;
  }

  /** The complete catalog, and the position up to which the command topic was read. */
  function catalogOf({ engine }: Sluice): unknown {
    const { sources, queries, types } = engine.catalog;
    return JSON.parse(
      JSON.stringify({
        newest: engine.services.commands.newest,
        sources: [...sources],
        queries: [...queries],
        types: [...types],
      }),
    );
  }

  async function agree(...servers: readonly Sluice[]): Promise<void> {
    const newest = Math.max(...servers.map((s) => s.engine.services.commands.newest));
    for (
      const deadline = Date.now() + 90_000;
      servers.some((s) => s.engine.services.commands.newest < newest);
      await sleep(20)
    )
      if (Date.now() > deadline) throw new Error('A server does not follow the command topic');
    for (const server of servers.slice(1)) expect(catalogOf(server)).toEqual(catalogOf(servers[0]!));
  }

  const outcome = async (sluice: Sluice, text: string): Promise<string> => {
    try {
      const result = (await sluice.engine.execute(text)).at(-1) as unknown as { kind: string; message: string };
      return `${result.kind}: ${result.message}`;
    } catch (error) {
      return `refused: ${(error as { error: Error }).error.message}`;
    }
  };

  test('20 CREATE STREAMs on each at the same time: all 40 exist on both, on a third that comes later, and once on the topic', async () => {
    const [a, b] = [await start(), await start()];
    const names = ['A', 'B'].flatMap((server) => Array.from({ length: 20 }, (_, i) => `${server}_${i}`));
    const done = await Promise.all(
      names.map((name) =>
        outcome(
          name.startsWith('A') ? a : b,
          `CREATE STREAM ${name} (id INT KEY, v STRING) WITH (KAFKA_TOPIC='t${round}_${name}', VALUE_FORMAT='JSON', PARTITIONS=1);`,
        ),
      ),
    );
    expect(new Set(done)).toEqual(new Set(['currentStatus: Stream created']));
    await agree(a, b);
    expect([...a.engine.catalog.sources.keys()].filter((name) => /^[AB]_/.test(name)).toSorted()).toEqual(
      names.toSorted(),
    );
    // The commands conflicted: some plans were out of date when they were read, and no server applied those.
    const { topic } = a.engine.services.commands;
    const records = await check.read(topic, (seen) => seen.length >= 41);
    expect(records.length).toBeGreaterThan(40);
    await agree(a, b, await start());
  });

  test('queries that are planned at the same time have numbers of their own', async () => {
    const [a, b] = [await start(), await start()];
    await a.engine.execute(
      `CREATE STREAM s (id INT KEY, v STRING) WITH (KAFKA_TOPIC='q${round}', VALUE_FORMAT='JSON', PARTITIONS=1);
       CREATE STREAM t (id INT KEY, v STRING) WITH (KAFKA_TOPIC='q${round}_out', VALUE_FORMAT='JSON', PARTITIONS=1);`,
    );
    // What one server has confirmed is known to the other.
    expect(await outcome(b, "INSERT INTO s VALUES (1, 'x');")).toMatch(/^none/);
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, i) => outcome(i % 2 === 0 ? a : b, 'INSERT INTO t SELECT * FROM s;')),
    );
    expect(new Set(made).size).toBe(6);
    await agree(a, b);
    expect(a.engine.catalog.queries.size).toBe(6);
  });

  test('one name on both: one is made, the other refused; IF NOT EXISTS is content', async () => {
    const [a, b] = [await start(), await start()];
    for (let i = 0; i < 5; i++) {
      const create = (ifNotExists: string): string =>
        `CREATE STREAM ${ifNotExists} s${i} (id INT KEY) WITH (KAFKA_TOPIC='n${round}_${i}', VALUE_FORMAT='JSON', PARTITIONS=1);`;
      const done = await Promise.all([outcome(a, create('')), outcome(b, create(''))]);
      expect(done.toSorted()).toEqual([
        'currentStatus: Stream created',
        expect.stringMatching(/^refused: .*A stream with the same name already exists/),
      ]);
      const again = await Promise.all([outcome(a, `DROP STREAM s${i};`), outcome(b, create('IF NOT EXISTS'))]);
      expect(again[0]).toMatch(/was dropped/);
      expect(again[1]).toMatch(/Stream created|already exists/);
      await agree(a, b);
    }
  });

  test('schemas: what one server registers the other knows; both register at once, and each record is read where it is met', async () => {
    const earliest = { 'ksql.streams.auto.offset.reset': 'earliest' };
    const [a, b] = [await start(earliest), await start(earliest)];
    const topics = Array.from({ length: 6 }, (_, i) => `avro${round}_${i}`);
    const made = await Promise.all(
      topics.map((topic, i) =>
        outcome(
          i % 2 === 0 ? a : b,
          `CREATE STREAM s${i} (k INT KEY, v${i} STRING) WITH (KAFKA_TOPIC='${topic}', VALUE_FORMAT='AVRO', PARTITIONS=2);`,
        ),
      ),
    );
    expect(new Set(made)).toEqual(new Set(['currentStatus: Stream created']));
    await agree(a, b);
    // Written through the server that did not register the schema, read by queries with tasks on both servers.
    expect(await outcome(b, `CREATE STREAM out AS SELECT k, v0 FROM s0 EMIT CHANGES;`)).toMatch(/^currentStatus/);
    for (let k = 0; k < 20; k++)
      expect(await outcome(k % 2 === 0 ? a : b, `INSERT INTO s0 VALUES (${k}, 'x${k}');`)).toMatch(/^none/);
    const out = await check.read('OUT', (seen) => seen.length >= 20, { timeoutMs: 60_000 });
    expect(out.length).toBe(20);
    const ids = new Set<number>();
    for (const topic of topics) {
      const found = await Promise.all([a, b].map((sluice) => sluice.registry!.latest(`${topic}-value`)));
      expect(found[0]).toEqual(found[1]);
      ids.add(found[0]!.id);
    }
    expect(ids.size).toBe(6);
    expect(await check.admin.listTopics()).not.toContain('_schemas');
    // A third server that starts later, and one with another service id, which has its own schemas.
    expect((await (await start()).registry!.subjects()).length).toBe((await a.registry!.subjects()).length);
    expect(await (await start({ 'ksql.service.id': `other${round}_` })).registry!.subjects()).toEqual([]);
  });

  test('schemas of a service that is older than the topic of its own: goes on with them, and never writes beside a registry of another kind', async () => {
    const event = (subject: string, id: number): { key: string; value: string } => ({
      key: JSON.stringify({ type: 'schema', subject }),
      value: JSON.stringify({
        type: 'schema',
        subject,
        version: 1,
        id,
        schema: { schemaType: 'AVRO', schema: '"string"' },
      }),
    });
    await check.createTopic('_schemas', 1);
    await check.createTopic(`_confluent-ksql-log${round}__command_topic`, 1, { 'retention.ms': '-1' });
    await check.send('_schemas', [event('old-value', 7)]);
    const older = await start();
    expect(await older.registry!.latest('old-value')).toMatchObject({ id: 7 });
    await older.registry!.register('new-value', { schemaType: 'AVRO', schema: '"long"' });
    expect((await check.read('_schemas', (seen) => seen.length >= 2)).length).toBe(2);
    await older.close();
    running.splice(running.indexOf(older), 1);
    // A Confluent registry starts to use the topic.
    await check.send('_schemas', [
      {
        key: '{"keytype":"SCHEMA","subject":"c-value","version":1,"magic":1}',
        value: '{"subject":"c-value","version":1,"id":1,"schema":"\\"int\\"","deleted":false}',
      },
    ]);
    for (let i = 0; i < 2; i++) {
      const beside = await start();
      expect(await beside.registry!.subjects()).toEqual(['new-value', 'old-value']);
      expect(await beside.registry!.latest('old-value')).toMatchObject({ id: 7 });
      expect(await beside.registry!.register(`more${i}-value`, { schemaType: 'AVRO', schema: '"bytes"' })).toBe(9);
      await beside.registry!.deleteSubject(`more${i}-value`);
      await beside.registry!.deleteSubject(`more${i}-value`, true);
    }
    expect((await check.read('_schemas', (seen) => seen.length >= 3)).length).toBe(3);
    await check.admin.deleteTopics({ topics: ['_schemas'] });
  });
});
