import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StatementResult } from '../../src/engine/results.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startConnect, type ConnectServer } from '../support/servers/connect.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';
import { startRegistry, type RegistryServer } from '../support/servers/registry.ts';
import { statementsOf, typeSlowly } from '../e2e/run-blocks.ts';

interface DeadLetterCase {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly value: string;
  readonly recorded: { readonly stage: string; readonly exception: string; readonly message: string };
}

/** The database on Apache Kafka, with a third-party Kafka Connect cluster and schema registry. */
describeWithServers('on a Connect cluster', () => {
  let kafka: KafkaServer;
  let connect: ConnectServer;
  let registry: RegistryServer;
  let postgres: Postgres;
  let sluice: Sluice;
  let database: pg.Client;
  const folder = temporaryFolder('connect-cluster');

  beforeAll(async () => {
    [kafka, postgres, registry] = await Promise.all([
      startKafka({ properties: { 'auto.create.topics.enable': 'true' } }),
      startPostgres({ settings: { wal_level: 'logical' } }),
      startRegistry(),
    ]);
    connect = await startConnect(kafka.bootstrap);
    writeFileSync(`${folder.path}/secrets.key`, randomBytes(32).toString('base64'), { mode: 0o600 });
    sluice = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'data.dir': folder.path,
        'bootstrap.servers': kafka.bootstrap,
        // The first worker in the list is down.
        'ksql.connect.url': `http://127.0.0.1:9,${connect.url}`,
        'ksql.schema.registry.url': registry.url,
        'ksql.streams.auto.offset.reset': 'earliest',
        'ksql.streams.commit.interval.ms': '200',
        'ksql.connect.resolve.secrets': 'secret,env',
        'secrets.key.file': `${folder.path}/secrets.key`,
      },
      environment: { CONNECT_FOLDER: folder.path },
    });
    database = new pg.Client({ connectionString: postgres.url });
    await database.connect();
    await database.query(`
      CREATE TABLE users (id int PRIMARY KEY, name varchar NOT NULL, region text, balance numeric(10,2), active boolean,
        created_at timestamp, updated_at timestamptz);
      INSERT INTO users VALUES
        (1, 'alice', 'north', 12.50, true, '2024-01-01 10:00:00', '2024-01-01 10:00:00+00'),
        (2, 'bob', 'south', -3.10, true, '2024-01-02 10:00:00.123456', '2024-01-02 10:00:00+00'),
        (3, 'carol', 'north', NULL, false, NULL, NULL);
      CREATE TABLE people (id int PRIMARY KEY, name text);
      INSERT INTO people SELECT n, 'person ' || n FROM generate_series(1, 40) n`);
  });
  afterAll(async () => {
    await database?.end();
    await sluice?.close();
    await connect?.remove();
    await Promise.all([registry?.stop(), kafka?.remove(), postgres?.stop()]);
    folder.remove();
  });

  const run = async (text: string): Promise<readonly StatementResult[]> => await sluice.engine.execute(text);
  const one = async (text: string): Promise<Record<string, unknown>> =>
    (await run(text)).at(-1) as unknown as Record<string, unknown>;
  async function refusal(text: string): Promise<string> {
    try {
      await run(text);
    } catch (error) {
      return (error as { readonly error?: Error }).error?.message ?? (error as Error).message;
    }
    throw new Error(`Not refused: ${text}`);
  }
  async function eventually<T>(look: () => Promise<T>, expected: (found: T) => boolean, what = ''): Promise<T> {
    const deadline = Date.now() + 60_000;
    let found: T | undefined;
    let failure: unknown;
    for (;;) {
      try {
        found = await look();
        failure = undefined;
        if (expected(found)) return found;
      } catch (error) {
        failure = error;
      }
      if (Date.now() > deadline)
        throw new Error(`Not within a minute: ${what} ${failure ? String(failure) : JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  async function rows(query: string): Promise<unknown[][]> {
    const handle = await sluice.engine.query(query);
    if (handle.kind === 'PRINT') throw new Error('PRINT gives no rows');
    const found: unknown[][] = [];
    for await (const batch of handle.rows()) for (const row of batch) found.push([...row.values]);
    return found;
  }
  const dbz = (name: string, more: string): string => `CREATE SOURCE CONNECTOR ${name} WITH (
    'connector.class'='io.debezium.connector.postgresql.PostgresConnector',
    'database.hostname'='localhost', 'database.port'='${postgres.port}', 'database.user'='${postgres.user}',
    'database.password'='${postgres.password}', 'database.dbname'='${postgres.database}',
    'plugin.name'='pgoutput', 'publication.autocreate.mode'='filtered', 'slot.name'='${name}', 'publication.name'='${name}',
    ${more});`;

  /** The cluster's settings for the Avro converter of keys or values. */
  const avro = (side: string): string =>
    [
      `'${side}.converter'='io.apicurio.registry.utils.converter.AvroConverter'`,
      `'${side}.converter.apicurio.registry.url'='${registry.apicurioUrl}'`,
      `'${side}.converter.apicurio.registry.auto-register'='true'`,
      `'${side}.converter.apicurio.registry.as-confluent'='true'`,
      `'${side}.converter.apicurio.registry.use-id'='contentId'`,
      `'${side}.converter.apicurio.registry.headers.enabled'='false'`,
      `'${side}.converter.apicurio.registry.artifact-resolver-strategy'='io.apicurio.registry.serde.strategy.TopicIdStrategy'`,
    ].join(', ');

  test('plugins, and their settings', async () => {
    const { plugins } = (await one('SHOW CONNECTOR PLUGINS;')) as { plugins: { className: string; type: string }[] };
    expect(plugins).toContainEqual(
      expect.objectContaining({ className: 'io.debezium.connector.postgresql.PostgresConnector', type: 'source' }),
    );
    const { keys } = (await one(
      "DESCRIBE CONNECTOR PLUGIN 'org.apache.kafka.connect.file.FileStreamSourceConnector';",
    )) as {
      keys: { name: string; type: string }[];
    };
    expect(keys).toContainEqual(expect.objectContaining({ name: 'topic', type: 'STRING', required: true }));
  });

  test('what is wrong with a connector is said before it is made', async () => {
    expect(await refusal("CREATE SOURCE CONNECTOR bad WITH ('connector.class'='FileStreamSource');")).toMatch(
      /Validation error: .*topic - Missing required configuration "topic"/s,
    );
    expect(await refusal("CREATE SOURCE CONNECTOR bad WITH ('connector.class'='io.debezium.Nope');")).toMatch(
      /Failed to find any class that implements Connector and which name matches io\.debezium\.Nope/,
    );
    expect((await one('SHOW CONNECTORS;'))['connectors']).toEqual([]);
  });

  test('life of a connector: create, show, describe, pause, resume, restart, alter, drop', async () => {
    const create = `CREATE SOURCE CONNECTOR IF NOT EXISTS lines WITH ('connector.class'='FileStreamSource',
      'file'='${folder.path}/lines.txt', 'topic'='lines', 'consumer.override.sasl.jaas.config'='hush hush',
      'auth.header'='Bearer hush1', 'aws.access.key.id'='hush2', 'bypass.cache'='shown',
      'note.url'='jdbc:x://u:hush3@h/x?sslpassword=hush4&token=hush5;pwd=hush6');`;
    writeFileSync(`${folder.path}/lines.txt`, 'one\ntwo\n');
    const made = await one(create);
    expect(made).toMatchObject({
      kind: 'connector_info',
      info: { name: 'LINES', type: 'source', config: { 'consumer.override.sasl.jaas.config': '[hidden]' } },
    });
    // Text lines as JSON strings: a stream with a single unwrapped column.
    expect(made['declared']).toEqual([
      {
        topic: 'lines',
        name: 'LINES_LINES',
        note: null,
        statement:
          "CREATE STREAM IF NOT EXISTS LINES_LINES (ROWVAL VARCHAR) WITH (KAFKA_TOPIC='lines', VALUE_FORMAT='JSON', WRAP_SINGLE_VALUE=false, PARTITIONS=1, SOURCED_BY_CONNECTOR='LINES');",
      },
    ]);
    await eventually(
      () => rows('SELECT ROWVAL FROM LINES_LINES;'),
      (r) => JSON.stringify(r) === '[["one"],["two"]]',
    );
    expect(await one(create)).toMatchObject({ kind: 'warning_entity', message: 'Connector LINES already exists' });
    expect(await refusal(create.replace('IF NOT EXISTS', ''))).toMatch(/Connector LINES already exists/);

    const state = async (): Promise<unknown> =>
      ((await one('SHOW SOURCE CONNECTORS;'))['connectors'] as { name: string; state: string }[]).find(
        (c) => c.name === 'LINES',
      )?.state;
    await eventually(state, (s) => s === 'RUNNING (1/1 tasks RUNNING)');
    await one('PAUSE CONNECTOR lines;');
    await eventually(state, (s) => s === 'PAUSED');
    await one('RESUME CONNECTOR lines;');
    await eventually(state, (s) => s === 'RUNNING (1/1 tasks RUNNING)');
    await one('RESTART CONNECTOR lines;');
    await eventually(state, (s) => s === 'RUNNING (1/1 tasks RUNNING)');
    await one('RESTART CONNECTOR lines TASK 0;');
    await eventually(state, (s) => s === 'RUNNING (1/1 tasks RUNNING)');
    expect(await one('RESTART CONNECTOR lines ONLY FAILED;')).toMatchObject({
      message: 'Nothing to restart: nothing of connector LINES has failed',
    });
    await one('STOP CONNECTOR lines;');
    await one('ASSERT CONNECTOR lines STOPPED TIMEOUT 30 SECONDS;');
    const offsets = [{ partition: { filename: `${folder.path}/lines.txt` }, offset: { position: 8 } }];
    expect(await one('SHOW CONNECTOR OFFSETS OF lines;')).toMatchObject({ offsets });
    expect(await one(`ALTER CONNECTOR OFFSETS OF lines SET '${JSON.stringify({ offsets })}';`)).toMatchObject({
      offsets,
    });
    const json = JSON.parse(String((await one('SHOW CREATE CONNECTOR lines AS JSON;'))['text'])) as object;
    expect(json).toMatchObject({
      name: 'LINES',
      config: { topic: 'lines', 'auth.header': '[hidden]' },
      initial_state: 'STOPPED',
    });
    await one(`CREATE CONNECTOR lines2 FROM '${JSON.stringify(json)}';`);
    await one('ASSERT CONNECTOR `lines2` STOPPED TIMEOUT 30 SECONDS;');
    await one('DROP CONNECTOR `lines2`;');
    await one('RESUME CONNECTOR lines;');
    await one('ASSERT CONNECTOR lines RUNNING TIMEOUT 30 SECONDS;');
    await one(`ALTER CONNECTOR lines SET ('batch.size'='20', 'tasks.max'='1');`);
    await one('ALTER CONNECTOR lines RESET (tasks.max);');
    // Otherwise a user who may not see a password could have it sent to their own server.
    expect(await refusal(`ALTER CONNECTOR lines SET ('note.url'='jdbc:x://elsewhere/x');`)).toMatch(
      /auth.header - the stored value stays only while note.url stays as before/,
    );
    await one(`ALTER CONNECTOR lines SET ('auth.header'='[hidden]', 'batch.size'='11');`);
    await one(`ALTER CONNECTOR lines SET ('batch.size'='10');`);
    expect(await refusal(`ALTER CONNECTOR lines SET ('batch.size'='many');`)).toMatch(
      /Invalid value many for configuration batch.size: Not a number of type INT/,
    );
    const described = (await one('DESCRIBE CONNECTOR lines;'))['description'];
    expect(described).toMatchObject({
      name: 'LINES',
      type: 'source',
      config: {
        'batch.size': '10',
        'consumer.override.sasl.jaas.config': '[hidden]',
        'auth.header': '[hidden]',
        'aws.access.key.id': '[hidden]',
        'bypass.cache': 'shown',
        'note.url': 'jdbc:x://u:[hidden]@h/x?sslpassword=[hidden]&token=[hidden];pwd=[hidden]',
      },
      topics: [{ topic: 'lines', source: { name: 'LINES_LINES' } }],
    });
    expect(JSON.stringify([made, described])).not.toMatch(/hush/);
    await one('DROP CONNECTOR lines;');
    expect((await one('SHOW CONNECTORS;'))['connectors']).toEqual([]);
    // The topic and the source offset are kept.
    const again = await one(create);
    expect(again['declared']).toEqual([]);
    await one('DROP CONNECTOR lines TERMINATE;');
    expect((await one('SHOW STREAMS;'))['sources']).not.toContainEqual(
      expect.objectContaining({ name: 'LINES_LINES' }),
    );
    await eventually(
      async () => (await fetch(`${connect.url}/connectors/LINES`)).status,
      (status) => status === 404,
    );
    // After TERMINATE, the connector starts from the beginning, so the topic now contains each line twice.
    await one(create);
    await eventually(
      () => rows('SELECT ROWVAL FROM LINES_LINES;'),
      (r) => r.length === 4,
    );
    await one('DROP CONNECTOR lines TERMINATE;');
    expect(await refusal('DROP CONNECTOR lines;')).toMatch(/Connector LINES not found/);
    expect(await one('DROP CONNECTOR IF EXISTS lines;')).toMatchObject({ kind: 'warning_entity' });
    expect(await refusal('PAUSE CONNECTOR lines;')).toMatch(/Connector LINES not found/);
  });

  test('paused from the first, replaced in place, read again from a place, dropped with what hangs on it', async () => {
    const output = (name: string): string => `${folder.path}/${name}.txt`;
    const written = (name: string): string => (existsSync(output(name)) ? readFileSync(output(name), 'utf8') : '');
    const sink = (name: string): string =>
      `SINK CONNECTOR copy WITH ('connector.class'='FileStreamSink', 'topics'='rest', 'file'='${output(name)}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter', 'key.converter'='org.apache.kafka.connect.storage.StringConverter')`;
    await run('DROP CONNECTOR IF EXISTS copy TERMINATE; DROP STREAM IF EXISTS rest DELETE TOPIC;');
    for (const name of ['first', 'second']) rmSync(output(name), { force: true });
    await run(
      "CREATE STREAM rest (line STRING) WITH (KAFKA_TOPIC='rest', VALUE_FORMAT='KAFKA', PARTITIONS=1); INSERT INTO rest VALUES ('a');",
    );
    await one(`CREATE ${sink('first')} PAUSED;`);
    await one('ASSERT CONNECTOR copy PAUSED TIMEOUT 30 SECONDS;');
    expect(await one('SHOW SINK CONNECTORS EXTENDED;')).toMatchObject({
      connectors: [expect.objectContaining({ name: 'COPY', state: 'PAUSED' })],
    });
    expect(written('first')).toBe('');
    await one('RESUME CONNECTOR copy;');
    await eventually(
      async () => written('first'),
      (text) => text === 'a\n',
      'first',
    );
    // Its offsets are committed, so it continues at the same position in another file.
    await eventually(
      async () => ((await one('SHOW CONNECTOR OFFSETS OF copy;'))['offsets'] as unknown[]).length,
      (count) => count === 1,
      'offsets',
    );
    await one(`CREATE OR REPLACE ${sink('second')};`);
    await one("INSERT INTO rest VALUES ('b');");
    await eventually(
      async () => written('second'),
      (text) => text === 'b\n',
      'second',
    );
    expect(String((await one('SHOW CREATE CONNECTOR copy;'))['text'])).toContain(output('second'));
    await one('ALTER CONNECTOR OFFSETS OF copy SET BEGINNING;');
    await eventually(
      async () => written('second'),
      (text) => text === 'b\na\nb\n',
      'again',
    );
    await one('RESET CONNECTOR OFFSETS OF copy;');
    await eventually(
      async () => written('second'),
      (text) => text === 'b\na\nb\na\nb\n',
      'reset',
    );
    await one("ALTER CONNECTOR OFFSETS OF copy SET TIMESTAMP '2100-01-01';");
    await one("INSERT INTO rest VALUES ('c');");
    await eventually(
      async () => written('second'),
      (text) => text.endsWith('c\n'),
      'behind',
    );
    expect(written('second')).toBe('b\na\nb\na\nb\nc\n');
    await one('ASSERT CONNECTOR copy RUNNING TIMEOUT 30 SECONDS;');
    expect(await one('DESCRIBE CONNECTOR copy EXTENDED;')).toMatchObject({
      description: { name: 'COPY', type: 'sink' },
    });
    await one('DROP CONNECTOR copy;');
    // What depends on a source is dropped with it, including its topics.
    writeFileSync(output('in'), 'one\n');
    await one(
      `CREATE SOURCE CONNECTOR hung WITH ('connector.class'='FileStreamSource', 'file'='${output('in')}', 'topic'='hung');`,
    );
    await run('CREATE STREAM over_hung AS SELECT * FROM hung_hung;');
    expect(await refusal('DROP CONNECTOR hung TERMINATE;')).toContain('OVER_HUNG');
    await one('DROP CONNECTOR hung TERMINATE DELETE TOPICS CASCADE;');
    // The topic of a query that read from it is kept, as with DROP STREAM.
    await eventually(
      async () => [await one('SHOW STREAMS;'), await one('SHOW TOPICS;'), await one('SHOW CONNECTORS;')],
      ([streams, topics, connectors]) =>
        !JSON.stringify(streams).includes('HUNG') &&
        !JSON.stringify(topics).includes('"hung"') &&
        (connectors!['connectors'] as unknown[]).length === 0,
      'what is left',
    );
    await run('DROP TOPIC IF EXISTS OVER_HUNG;');
    await one('DROP STREAM rest DELETE TOPIC;');
  });

  test('secrets that are looked up here: shown as references, in clear in the cluster, given anew when they change', async () => {
    writeFileSync(`${folder.path}/one.txt`, 'uno\n');
    writeFileSync(`${folder.path}/two.txt`, 'dos\n');
    await run('DROP CONNECTOR IF EXISTS hidden TERMINATE DELETE TOPICS; DROP SECRET IF EXISTS input;');
    await one("CREATE SECRET input WITH (name='one');");
    const made = await one(
      "CREATE SOURCE CONNECTOR hidden WITH ('connector.class'='FileStreamSource', 'file'='${env:CONNECT_FOLDER}/${secret:input:name}.txt', 'topic'='hidden');",
    );
    expect(JSON.stringify(made)).toContain('lies in clear');
    expect(made).toMatchObject({ info: { config: { file: '${env:CONNECT_FOLDER}/${secret:input:name}.txt' } } });
    // A worker that is rebalancing answers 500 or 409 for a moment.
    const kept = async (): Promise<Record<string, string>> =>
      (await (await fetch(`${connect.url}/connectors/HIDDEN/config`)).json()) as Record<string, string>;
    await expect.poll(kept).toMatchObject({ file: `${folder.path}/one.txt` });
    await eventually(
      () => rows('SELECT * FROM hidden_hidden;'),
      (r) => JSON.stringify(r) === '[["uno"]]',
    );
    expect(await one('SHOW SECRETS;')).toMatchObject({ secrets: [{ name: 'INPUT', usedBy: ['HIDDEN'] }] });
    expect(await refusal('DROP SECRET input;')).toContain('it is used by HIDDEN');
    expect(JSON.stringify(await one("ALTER SECRET input SET (name='two');"))).toContain(
      'Began anew with the new values',
    );
    await expect.poll(kept).toMatchObject({ file: `${folder.path}/two.txt` });
    await eventually(
      () => rows('SELECT * FROM hidden_hidden;'),
      (r) => JSON.stringify(r) === '[["uno"],["dos"]]',
    );
    await one("ALTER CONNECTOR hidden SET ('batch.size'='7');");
    const described = JSON.stringify(await one('DESCRIBE CONNECTOR hidden;'));
    expect(described).toContain('${secret:input:name}');
    expect(described).not.toContain('two.txt');
    await one('DROP CONNECTOR hidden TERMINATE; DROP SECRET input;');
  });

  test('a failed task is a state, with its trace', async () => {
    await one(
      `CREATE SINK CONNECTOR broken WITH ('connector.class'='FileStreamSink', 'file'='/no/such/folder/x', 'topics'='lines');`,
    );
    await eventually(
      async () =>
        (await one('DESCRIBE CONNECTOR broken;'))['description'] as { tasks: { state: string; trace: string }[] },
      (d) => d.tasks[0]?.state === 'FAILED' && /Couldn't find or create file/.test(d.tasks[0].trace),
    );
    expect((await one('SHOW CONNECTORS;'))['connectors']).toContainEqual(
      expect.objectContaining({ name: 'BROKEN', state: 'WARNING (0/1 tasks RUNNING)' }),
    );
    await one('DROP CONNECTOR broken;');
  });

  test('dead letters are chosen and sent again, each once; their headers are those that our worker writes', async () => {
    const cases = JSON.parse(
      readFileSync(new URL('../data/dead-letters/cases.json', import.meta.url), 'utf8'),
    ) as DeadLetterCase[];
    const producer = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    for (const { name, settings, key, value } of cases) {
      const messages = Array.from({ length: name === 'cast' ? 3 : 1 }, () => ({ key, value }));
      await producer.send({ topic: `bad-${name}`, messages });
      const config = {
        'connector.class': 'FileStreamSink',
        file: `${folder.path}/bad-${name}.txt`,
        topics: `bad-${name}`,
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'aside',
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
        ...settings,
      };
      await one(`CREATE SINK CONNECTOR \`bad-${name}\` FROM '${JSON.stringify({ config })}';`);
    }
    await producer.disconnect();
    type Letter = { originalOffset: number; stage: string; errorClass: string; error: string };
    const letters = async (name: string, where = ''): Promise<readonly Letter[]> =>
      (await one(`SHOW DEAD LETTERS OF \`bad-${name}\` ${where};`))['letters'] as Letter[];
    for (const { name, recorded } of cases) {
      const [letter] = await eventually(
        () => letters(name),
        (found) => found.length === (name === 'cast' ? 3 : 1),
        name,
      );
      expect(letter).toMatchObject({ stage: recorded.stage, errorClass: recorded.exception });
      expect(letter!.error.startsWith(recorded.message), letter!.error).toBe(true);
    }
    const retry = async (where: string): Promise<unknown> =>
      (await one(`RETRY DEAD LETTERS OF \`bad-cast\` ${where};`))['message'];
    expect(await retry('WHERE original_offset = 1')).toBe('Sent 1 dead letter of bad-cast again, to bad-cast');
    const again = await eventually(
      () => letters('cast', 'WHERE NOT retried'),
      (found) => found.length === 3,
    );
    expect(again.map((l) => l.originalOffset)).toEqual([0, 2, 3]);
    expect(await retry('WHERE original_offset = 1')).toContain('WHERE chooses none');
    for (const { name } of cases) await one(`DROP CONNECTOR \`bad-${name}\` TERMINATE;`);
  });

  // Under a name of its own: a Connect worker keeps the topics of an earlier connector of the same name for a while.
  test('what its connectors do is data: tables, events, alerts, logs; validation makes nothing', async () => {
    await one(
      `CREATE STREAM alerts AS SELECT connector, task, detail FROM connector_events WHERE event='STATE' AND state='FAILED' EMIT CHANGES;`,
    );
    const settings = `WITH ('connector.class'='FileStreamSource', 'file'='${folder.path}/data.txt', 'topic'='data')`;
    writeFileSync(`${folder.path}/data.txt`, 'one\n');
    expect(await one(`VALIDATE SOURCE CONNECTOR data ${settings};`)).toMatchObject({
      kind: 'connector_validation',
      isValid: true,
      config: { topic: 'data' },
      settings: expect.arrayContaining([{ name: 'topic', visible: true, recommended: [] }]) as unknown,
    });
    expect(
      await one(`VALIDATE SOURCE CONNECTOR data ${settings.replace("'topic'", "'tasks.max'='x', 'topic'")};`),
    ).toMatchObject({
      isValid: false,
      problems: [expect.stringContaining('tasks.max')],
    });
    const explained = await one(`EXPLAIN CREATE SOURCE CONNECTOR data ${settings};`);
    expect(explained).toMatchObject({
      kind: 'connector_difference',
      exists: false,
      topics: [],
    });
    expect(explained['changes']).toContainEqual({ name: 'topic', from: null, to: 'data' });
    await one(`CREATE SOURCE CONNECTOR data ${settings};`);
    await one(
      `CREATE SINK CONNECTOR unlucky WITH ('connector.class'='FileStreamSink', 'file'='/no/such/folder/x', 'topics'='data');`,
    );
    await eventually(
      () => rows('SELECT name, state, running, failed, topics FROM connectors;'),
      (found) =>
        JSON.stringify(found.toSorted((a, b) => String(a).localeCompare(String(b)))) ===
        JSON.stringify([
          ['DATA', 'RUNNING', 1, 0, ['data']],
          ['UNLUCKY', 'WARNING', 0, 1, ['data']],
        ]),
      'CONNECTORS',
    );
    await eventually(
      () => rows("SELECT connector, task, detail FROM alerts WHERE task IS NOT NULL AND connector = 'UNLUCKY';"),
      (found) => found.length > 0 && /find or create file/.test(String(found[0]![2])),
      'alerts',
    );
    expect(await rows("SELECT state FROM connector_tasks WHERE connector = 'DATA' AND task = 0;")).toEqual([
      ['RUNNING'],
    ]);
    expect(await one("CREATE STREAM mine FROM CONNECTOR data TOPIC 'data';")).toMatchObject({
      declared: [{ topic: 'data', name: 'MINE' }],
    });
    await eventually(
      () => rows('SELECT * FROM mine;'),
      (found) => found.length === 1,
    );
    expect(await (await fetch(`${sluice.url}/connectors/data/topics/data/schema`)).json()).toMatchObject({
      connector: 'DATA',
      valueFormat: 'JSON',
      columns: [{ type: 'VARCHAR', isKey: false }],
    });
    await one('DROP CONNECTOR unlucky; DROP CONNECTOR data TERMINATE;');
    await eventually(
      () => rows('SELECT name FROM connectors;'),
      (found) => found.length === 0,
    );
    const { lines } = (await one('SHOW LOGS OF unlucky;')) as { lines: { event: string }[] };
    expect(lines.map((l) => l.event)).toEqual(expect.arrayContaining(['CREATED', 'STATE', 'DELETED']));
    await one('DROP STREAM mine; DROP STREAM alerts;');
  });

  test('users of Postgres as a table, by Debezium: snapshot, update, delete, decimals and times', async () => {
    const made = await one(
      dbz(
        'pg',
        `'topic.prefix'='dbz', 'table.include.list'='public.users',
         'key.converter'='org.apache.kafka.connect.json.JsonConverter', 'key.converter.schemas.enable'='true',
         'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='true'`,
      ),
    );
    expect(made).toMatchObject({ info: { config: { 'database.password': '[hidden]' } } });
    expect(made['declared']).toEqual([
      {
        topic: 'dbz.public.users',
        name: 'PG_USERS',
        note: null,
        statement:
          'CREATE TABLE IF NOT EXISTS PG_USERS (ID INTEGER PRIMARY KEY, NAME STRING, REGION STRING, BALANCE DECIMAL(10, 2), ' +
          'ACTIVE BOOLEAN, CREATED_AT TIMESTAMP, UPDATED_AT TIMESTAMP) ' +
          "WITH (KAFKA_TOPIC='dbz.public.users', KEY_FORMAT='CONNECT_JSON', VALUE_FORMAT='CONNECT_JSON', PARTITIONS=1, SOURCED_BY_CONNECTOR='PG');",
      },
    ]);
    await run('CREATE TABLE users_now AS SELECT * FROM pg_users;');
    const now = (): Promise<unknown[][]> => rows('SELECT * FROM users_now;');
    const text = (found: unknown[][]): string =>
      JSON.stringify(
        found.toSorted((a, b) => Number(a[0]) - Number(b[0])),
        (_k, v: unknown) => (typeof v === 'bigint' ? `${v}` : v),
      );
    const alice = '[1,"alice","north","1250",true,1704103200000,1704103200000]';
    const bob = '[2,"bob","south","-310",true,1704189600123,1704189600000]';
    const carol = '[3,"carol","north",null,false,null,null]';
    await eventually(now, (found) => text(found) === `[${alice},${bob},${carol}]`, 'snapshot');
    await database.query("UPDATE users SET region = 'west', balance = 100 WHERE id = 3");
    await database.query('DELETE FROM users WHERE id = 2');
    await database.query("INSERT INTO users VALUES (4, 'dave', 'south', 1, true, NULL, NULL)");
    const carolWest = '[3,"carol","west","10000",false,null,null]';
    const dave = '[4,"dave","south","100",true,null,null]';
    await eventually(now, (found) => text(found) === `[${alice},${carolWest},${dave}]`, 'changes');
  });

  test('a second reader of one replication slot is refused; a source that writes nothing says why', async () => {
    const settings = `'topic.prefix'='second', 'table.include.list'='public.nobody'`;
    expect(await refusal(dbz('pg2', settings).replace("'slot.name'='pg2'", "'slot.name'='pg'"))).toMatch(
      /slot.name - Connector PG reads replication slot pg of this server.*'slot.name'='pg2', 'publication.name'='pg2'/,
    );
    const noted = async (statement: string): Promise<unknown> => {
      const { declared, warnings } = await one(statement);
      expect(declared).toEqual([]);
      return warnings;
    };
    expect(await noted(dbz('pg2', settings))).toEqual([
      expect.stringMatching(/^PG2 was created, and has failed: .*Unable to create filtered publication pg2/),
    ]);
    await one('DROP CONNECTOR pg2;');
    writeFileSync(`${folder.path}/empty.txt`, '');
    expect(
      await noted(
        `CREATE SOURCE CONNECTOR idle WITH ('connector.class'='FileStreamSource', 'file'='${folder.path}/empty.txt', 'topic'='idle');`,
      ),
    ).toEqual(['IDLE was created, and has written no records yet. Its topics are declared when they come.']);
    await one('DROP CONNECTOR idle;');
    expect(await refusal(`CREATE SOURCE CONNECTOR pg3 WITH (connector='postgres', url='${postgres.url}');`)).toMatch(
      /contains no connector type/,
    );
  });

  test('a password that is wrong by now, though Connect says RUNNING: DESCRIBE tells it, and ALTER mends it', async () => {
    await database.query("CREATE ROLE dbz LOGIN SUPERUSER PASSWORD 'first'");
    const statement = dbz('pw', `'topic.prefix'='pw', 'table.include.list'='public.users'`)
      .replace(`'database.user'='${postgres.user}'`, "'database.user'='dbz'")
      .replace(`'database.password'='${postgres.password}'`, "'database.password'='first'");
    await one(statement);
    const sessions = async (): Promise<number> =>
      (await database.query("SELECT 1 FROM pg_stat_replication WHERE usename = 'dbz'")).rows.length;
    await eventually(sessions, (count) => count === 1, 'it streams');
    const told = async (): Promise<string> => JSON.stringify(await one('DESCRIBE CONNECTOR pw;'));
    expect(await told()).not.toContain('refused by now');
    await database.query("ALTER ROLE dbz PASSWORD 'second'");
    await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbz'");
    const refused = await eventually(told, (text) => text.includes('refused by now'), 'told');
    expect(refused).toMatch(/settings are refused by now, whatever its tasks say: .*password authentication failed/);
    expect(refused).toMatch(/ALTER CONNECTOR PW SET \('database\.user'='…', 'database\.password'='…'\)/);
    expect(refused).not.toContain('first');
    const status = (await (await fetch(`${connect.url}/connectors/PW/status`)).json()) as {
      connector: { state: string };
    };
    expect(status.connector.state).toBe('RUNNING');
    await one("ALTER CONNECTOR pw SET ('database.password'='second');");
    await eventually(sessions, (count) => count === 1, 'it streams again');
    await eventually(told, (text) => !text.includes('refused by now'), 'no longer told');
    await one('DROP CONNECTOR pw;');
    await database.query(
      "SELECT pg_drop_replication_slot('pw') FROM pg_replication_slots WHERE slot_name = 'pw' AND NOT active",
    );
    await database.query('DROP PUBLICATION IF EXISTS pw');
  });

  test('the main job: users from Postgres, joined with a stream, counted by window, back into Postgres', async () => {
    await run(`
      CREATE STREAM pageviews (userid INT, page STRING, viewed TIMESTAMP)
        WITH (KAFKA_TOPIC='pageviews', VALUE_FORMAT='JSON', PARTITIONS=1, TIMESTAMP='viewed');
      CREATE STREAM enriched WITH (VALUE_FORMAT='JSON') AS
        SELECT p.userid AS userid, p.page AS page, u.region AS region FROM pageviews p JOIN pg_users u ON p.userid = u.id;
      CREATE TABLE pageviews_by_region WITH (VALUE_FORMAT='CONNECT_JSON') AS
        SELECT region, AS_VALUE(region) AS region_name, WINDOWSTART AS window_start, COUNT(*) AS views
        FROM enriched WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY region;
    `);
    expect(
      await refusal(`CREATE SINK CONNECTOR wrong WITH ('connector.class'='io.debezium.connector.jdbc.JdbcSinkConnector',
        'sources'='enriched', 'connection.url'='${postgres.jdbcUrl}');`),
    ).toMatch(/ENRICHED is written as JSON, without a schema.*VALUE_FORMAT='CONNECT_JSON'/s);
    expect(
      await refusal(`CREATE SINK CONNECTOR wrong WITH ('connector.class'='io.debezium.connector.jdbc.JdbcSinkConnector',
        'sources'='pageviews_by_region', 'primary.key.mode'='record_key', 'connection.url'='${postgres.jdbcUrl}');`),
    ).toMatch(/key of PAGEVIEWS_BY_REGION is windowed/);
    const sink =
      await one(`CREATE SINK CONNECTOR out WITH ('connector.class'='io.debezium.connector.jdbc.JdbcSinkConnector',
      'sources'='pageviews_by_region', 'connection.url'='${postgres.jdbcUrl}', 'connection.username'='${postgres.user}',
      'connection.password'='${postgres.password}', 'collection.name.format'='region_views', 'insert.mode'='upsert',
      'primary.key.mode'='record_value', 'primary.key.fields'='REGION_NAME,WINDOW_START', 'schema.evolution'='basic');`);
    expect(sink).toMatchObject({
      info: {
        type: 'sink',
        config: {
          topics: 'PAGEVIEWS_BY_REGION',
          'connection.password': '[hidden]',
          'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
          'value.converter.schemas.enable': 'true',
        },
      },
    });
    // Views with timestamps earlier than the users' are joined in timestamp order, unless the users are in the table by
    // then.
    await sluice.caughtUp();
    const producer = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const hour = 3_600_000;
    // In the past, because brokers refuse timestamps more than an hour in the future.
    const start = Math.floor(Date.now() / hour) * hour - 5 * hour;
    const expected = new Map<string, number>();
    const messages: { key: null; value: string }[] = [];
    const regions: Record<number, string> = { 1: 'north', 3: 'west', 4: 'south' };
    for (let i = 0; i < 300; i++) {
      const userid = (i % 5) + 1;
      const viewed = start + Math.floor(i / 100) * hour + i;
      messages.push({ key: null, value: JSON.stringify({ userid, page: `/p${i}`, viewed }) });
      const region = regions[userid];
      if (region === undefined) continue;
      const group = `${region} ${Math.floor(viewed / hour) * hour}`;
      expected.set(group, (expected.get(group) ?? 0) + 1);
    }
    await producer.send({ topic: 'pageviews', messages });
    await producer.disconnect();
    await eventually(
      async () =>
        (
          await database.query<{ group: string; views: string }>(
            `SELECT region_name || ' ' || window_start AS "group", views FROM region_views`,
          )
        ).rows,
      (found) => found.length === expected.size && found.every((r) => expected.get(r.group) === Number(r.views)),
      `in Postgres: ${JSON.stringify([...expected])}`,
    );
    await one('DROP CONNECTOR out TERMINATE;');
  });

  test('other ways to write the same rows: the worker’s schemaless JSON, unwrapped, AVRO', async () => {
    const unwrap = `'transforms'='unwrap', 'transforms.unwrap.type'='io.debezium.transforms.ExtractNewRecordState'`;
    const statementOf = async (name: string, more: string): Promise<string> => {
      const made = await one(dbz(name, `'topic.prefix'='${name}', 'table.include.list'='public.users', ${more}`));
      const [declared] = made['declared'] as { statement: string; note: string | null }[];
      return `${declared?.statement}${declared?.note ?? ''}`;
    };
    const query = async (name: string, columns: string): Promise<void> => {
      await run(`CREATE TABLE ${name}_now AS SELECT ${columns} FROM ${name}_users;`);
      await database.query(
        "INSERT INTO users VALUES (9, 'zoe', 'east', 7.25, true, '2024-01-01 10:00:00', '2024-01-01 10:00:00+00')",
      );
      const shown = async (): Promise<string> =>
        JSON.stringify(
          (await rows(`SELECT * FROM ${name}_now;`)).find((row) => Number(row[0]) === 9),
          (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v),
        );
      await eventually(shown, (text) => text === '[9,"zoe","725",1704103200000]', `insert of ${name}`);
      await database.query('DELETE FROM users WHERE id = 9');
      await eventually(shown, (text) => text === undefined, `delete of ${name}`);
      await run(`DROP CONNECTOR ${name};`);
    };

    // Columns that the user declares: decimals and times are understood even without a schema.
    expect(await statementOf('bare', `'sql.declare'='false'`)).toBe('undefined');
    await run(`CREATE TABLE bare_users (id INT PRIMARY KEY, name STRING, balance DECIMAL(10, 2), created_at TIMESTAMP)
      WITH (KAFKA_TOPIC='bare.public.users', FORMAT='CONNECT_JSON', VALUE_TIME_UNIT='MICROS', PARTITIONS=1);`);
    await query('bare', 'id, name, balance, created_at');

    expect(
      await statementOf('flat', `${unwrap}, 'decimal.handling.mode'='double', 'time.precision.mode'='connect'`),
    ).toMatch(
      /^CREATE TABLE IF NOT EXISTS FLAT_USERS \(ID BIGINT PRIMARY KEY, NAME VARCHAR, REGION VARCHAR, BALANCE DOUBLE, ACTIVE BOOLEAN, CREATED_AT BIGINT, UPDATED_AT VARCHAR\) WITH \(.*KEY_FORMAT='CONNECT_JSON', VALUE_FORMAT='JSON'.*The types are guessed/s,
    );
    await query('flat', 'id, name, CAST(balance AS DECIMAL(10, 2)) AS balance, created_at');

    expect(await statementOf('av', `${unwrap}, ${avro('value')}, 'time.precision.mode'='connect'`)).toMatch(
      /^CREATE TABLE IF NOT EXISTS AV_USERS \(ID BIGINT PRIMARY KEY, NAME STRING, REGION STRING, BALANCE DECIMAL\(10, 2\), ACTIVE BOOLEAN, CREATED_AT TIMESTAMP, UPDATED_AT TIMESTAMP\) WITH \(.*VALUE_FORMAT='AVRO'/,
    );
    await query('av', 'id, name, balance, created_at');

    // Change events with keys, from the registry.
    expect(await statementOf('ev', `${avro('key')}, ${avro('value')}`)).toBe(
      'CREATE TABLE IF NOT EXISTS EV_USERS (ID INTEGER PRIMARY KEY, NAME STRING, REGION STRING, BALANCE DECIMAL(10, 2), ACTIVE BOOLEAN, ' +
        'CREATED_AT TIMESTAMP, UPDATED_AT TIMESTAMP) ' +
        "WITH (KAFKA_TOPIC='ev.public.users', KEY_FORMAT='AVRO', VALUE_FORMAT='AVRO', PARTITIONS=1, SOURCED_BY_CONNECTOR='EV');",
    );
    await query('ev', 'id, name, balance, created_at');
  });

  test('change events in AVRO: keys of two columns, a reserved word, updates; the event itself as a stream', async () => {
    await database.query(`
      CREATE TABLE lines (shop int, line bigint, "group" text, price numeric(12,4), big numeric, day date, at time, seen timestamptz,
        PRIMARY KEY (shop, line));
      INSERT INTO lines VALUES
        (1, 10, 'a', 1.5, 12345678901234567890.125, '2024-03-01', '10:15:30.123456', '2024-01-01 10:00:00.5+02'),
        (1, 11, 'b', -0.0001, 2, NULL, NULL, NULL), (2, 10, 'c', NULL, NULL, NULL, NULL, NULL)`);
    const made = await one(
      dbz(
        'two',
        `'topic.prefix'='two', 'table.include.list'='public.lines', 'topic.creation.default.partitions'='2',
         'topic.creation.default.replication.factor'='1', ${avro('key')}, ${avro('value')}`,
      ),
    );
    expect(made['declared']).toMatchObject([
      {
        statement:
          'CREATE TABLE IF NOT EXISTS TWO_LINES (SHOP INTEGER PRIMARY KEY, LINE BIGINT PRIMARY KEY, `GROUP` STRING, PRICE DECIMAL(12, 4), ' +
          'BIG STRUCT<`SCALE` INTEGER, `VALUE` BYTES>, DAY DATE, AT TIME, SEEN TIMESTAMP) ' +
          "WITH (KAFKA_TOPIC='two.public.lines', KEY_FORMAT='AVRO', VALUE_FORMAT='AVRO', PARTITIONS=2, SOURCED_BY_CONNECTOR='TWO');",
      },
    ]);
    await run(`
      CREATE TABLE lines_of (shop INT PRIMARY KEY, line BIGINT PRIMARY KEY, \`GROUP\` STRING, price DECIMAL(12, 4), big DECIMAL(30, 3),
        day DATE, at TIME, seen TIMESTAMP) WITH (KAFKA_TOPIC='two.public.lines', FORMAT='AVRO');
      CREATE TABLE lines_now AS SELECT * FROM lines_of;
      CREATE STREAM lines_events WITH (KAFKA_TOPIC='two.public.lines', VALUE_FORMAT='AVRO');`);
    const now = async (): Promise<string> =>
      (await rows('SELECT * FROM lines_now;'))
        .map((row) => JSON.stringify(row, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v)))
        .toSorted()
        .join();
    const first = '[1,10,"a","15000","12345678901234567890125",19783,36930123,1704096000500]';
    await eventually(
      now,
      (text) => text === `${first},[1,11,"b","-1","2000",null,null,null],[2,10,"c",null,null,null,null,null]`,
      'snapshot',
    );
    await database.query(`UPDATE lines SET "group" = 'B', price = 7 WHERE line = 11; DELETE FROM lines WHERE shop = 2`);
    await eventually(now, (text) => text === `${first},[1,11,"B","70000","2000",null,null,null]`, 'changes');
    await eventually(
      async () =>
        (await rows('SELECT op, after->price FROM lines_events;')).map((row) => row.map(String).join(' ')).toSorted(),
      (found) => JSON.stringify(found) === '["d null","r -1","r 15000","r null","u 70000"]',
      'the events',
    );
    await run('DROP CONNECTOR two;');
  });

  test('several partitions: a join with keys that Debezium wrote meets every user', async () => {
    await run(
      dbz(
        'wide',
        `'topic.prefix'='wide', 'table.include.list'='public.people', 'topic.creation.default.partitions'='3',
         'topic.creation.default.replication.factor'='1',
         'key.converter'='org.apache.kafka.connect.json.JsonConverter', 'key.converter.schemas.enable'='true',
         'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='true'`,
      ),
    );
    await run(`
      CREATE STREAM visits (person INT KEY, page STRING) WITH (KAFKA_TOPIC='visits', VALUE_FORMAT='JSON', PARTITIONS=3);
      CREATE STREAM named AS SELECT v.person AS person, p.name AS name, v.page AS page FROM visits v JOIN wide_people p ON v.person = p.id;
    `);
    await sluice.caughtUp();
    // The users are repartitioned by the stream's key through another topic, which takes some time.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await sluice.caughtUp();
    for (let i = 1; i <= 40; i++) await run(`INSERT INTO visits (person, page) VALUES (${i}, '/');`);
    await eventually(
      async () => (await rows('SELECT person, name FROM named;')).map((row) => `${String(row[0])} ${String(row[1])}`),
      (found) =>
        new Set(found).size === 40 &&
        found.every((text) => text === `${Number.parseInt(text, 10)} person ${Number.parseInt(text, 10)}`),
      'all 40',
    );
    await run('DROP CONNECTOR wide;');
  });

  test.each(['AVRO', 'PROTOBUF', 'JSON_SR'])('%s by the registry: written, registered, read back', async (format) => {
    const name = `typed_${format}`;
    // Apicurio 2.6 recognizes a JSON Schema only if it has properties, which that of an unwrapped key does not.
    const formats = format === 'JSON_SR' ? "KEY_FORMAT='KAFKA', VALUE_FORMAT='JSON_SR'" : `FORMAT='${format}'`;
    await run(`
      CREATE STREAM ${name} (id INT KEY, name STRING, amount DECIMAL(10, 2), at TIMESTAMP, tags ARRAY<STRING>, m MAP<STRING, INT>)
        WITH (KAFKA_TOPIC='${name}', ${formats}, PARTITIONS=1);
      INSERT INTO ${name} VALUES (1, 'a', 12.50, '2024-01-01T10:00:00', ARRAY['x', 'y'], MAP('k' := 7));
    `);
    const subjects = (await (await fetch(`${registry.url}/subjects`)).json()) as string[];
    expect(subjects).toContain(`${name}-value`);
    expect(subjects.includes(`${name}-key`)).toBe(format !== 'JSON_SR');
    // Columns from the registry.
    await run(
      `CREATE STREAM ${name}_again ${format === 'JSON_SR' ? '(id INT KEY)' : ''} WITH (KAFKA_TOPIC='${name}', ${formats});`,
    );
    const [row] = await eventually(
      () => rows(`SELECT NAME, AMOUNT, TAGS FROM ${name}_again;`),
      (r) => r.length === 1,
    );
    expect(row).toEqual(['a', 1250n, ['x', 'y']]);
    await run(`CREATE STREAM ${name}_copy AS SELECT * FROM ${name} WHERE amount > 1;`);
    await eventually(
      () => rows(`SELECT NAME FROM ${name}_copy;`),
      (r) => r.length === 1,
      `a query over ${format}`,
    );
  });

  test('a table by AVRO into Postgres, through the converter that the cluster has; deletes as well', async () => {
    await run(`
      CREATE TABLE balances WITH (KEY_FORMAT='CONNECT_JSON', VALUE_FORMAT='AVRO') AS SELECT id, name, balance, updated_at FROM pg_users;
    `);
    const sink =
      await one(`CREATE SINK CONNECTOR avro_out WITH ('connector.class'='io.debezium.connector.jdbc.JdbcSinkConnector',
      'sources'='balances', 'connection.url'='${postgres.jdbcUrl}', 'connection.username'='${postgres.user}',
      'connection.password'='${postgres.password}', 'collection.name.format'='balances', 'insert.mode'='upsert',
      'delete.enabled'='true', 'primary.key.mode'='record_key', 'schema.evolution'='basic');`);
    expect(sink).toMatchObject({
      info: { config: { 'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter' } },
    });
    const found = async (): Promise<string> =>
      JSON.stringify(
        (await database.query('SELECT id, name, balance::text AS balance FROM balances ORDER BY id')).rows,
      );
    await eventually(
      found,
      (text) =>
        text ===
        '[{"id":1,"name":"alice","balance":"12.50"},{"id":3,"name":"carol","balance":"100.00"},{"id":4,"name":"dave","balance":"1.00"}]',
    );
    await database.query('DELETE FROM users WHERE id = 4');
    await eventually(found, (text) => !text.includes('dave'));
    await one('DROP CONNECTOR avro_out;');
  });

  test('the worker in the server writes to Kafka as well, beside a cluster that is named, and registers at the other registry', async () => {
    const other = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'data.dir': `${folder.path}/other`,
        'ksql.service.id': 'other_',
        'secrets.key.file': `${folder.path}/secrets.key`,
        'bootstrap.servers': kafka.bootstrap,
        'ksql.schema.registry.url': registry.url,
        'ksql.streams.auto.offset.reset': 'earliest',
      },
    });
    try {
      const [made] = await other.engine.execute(
        "CREATE SOURCE CONNECTOR views WITH (connector='datagen', data='pageviews', topic='made_views', rate='50');",
      );
      expect(made).toMatchObject({ kind: 'connector_info', declared: [{ topic: 'made_views' }] });
      const { name } = (made as unknown as { declared: { name: string }[] }).declared[0]!;
      await other.engine.execute(
        `CREATE STREAM made_avro WITH (VALUE_FORMAT='AVRO') AS SELECT * FROM ${name} PARTITION BY userid;`,
      );
      await eventually(
        async () => (await (await fetch(`${registry.url}/subjects`)).json()) as string[],
        (subjects) => subjects.includes('MADE_AVRO-value'),
      );
      await run(`CREATE STREAM made_avro (userid STRING KEY) WITH (KAFKA_TOPIC='MADE_AVRO', VALUE_FORMAT='AVRO');`);
      await eventually(
        () => rows('SELECT pageid FROM made_avro;'),
        (found) => found.length > 20,
      );
      await other.engine.execute('DROP CONNECTOR views;');

      await other.engine.execute(`CREATE CONNECT CLUSTER java WITH (url='${connect.url}');`);
      writeFileSync(`${folder.path}/far.txt`, 'far away\n');
      const [far] = await other.engine.execute(
        `CREATE SOURCE CONNECTOR far WITH ('connector.class'='FileStreamSource', 'file'='${folder.path}/far.txt', 'topic'='far') IN CLUSTER java;`,
      );
      expect(far).toMatchObject({ kind: 'connector_info', declared: [{ topic: 'far', name: 'FAR_FAR' }] });
      const [there] = await other.engine.execute('SHOW CONNECTORS IN CLUSTER java;');
      expect(there).toMatchObject({ connectors: expect.arrayContaining([expect.objectContaining({ name: 'FAR' })]) });
      const [here] = await other.engine.execute('SHOW CONNECTORS;');
      expect(here).toMatchObject({ connectors: [] });
      await other.engine.execute('DROP CONNECTOR far TERMINATE IN CLUSTER java;');
    } finally {
      await other.close();
    }
  });

  test('a record that names a schema which nobody registered is waited for, and said so; who looks goes on', async () => {
    await run(`
      CREATE STREAM poisoned (id INT KEY, name STRING) WITH (KAFKA_TOPIC='poisoned', KEY_FORMAT='KAFKA', VALUE_FORMAT='AVRO', PARTITIONS=1);
      INSERT INTO poisoned VALUES (1, 'before');
      CREATE STREAM healthy AS SELECT * FROM poisoned;`);
    const producer = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await producer.send({
      topic: 'poisoned',
      messages: [{ key: Buffer.from([0, 0, 0, 2]), value: Buffer.from([0, 0, 1, 0xe2, 0x40, 2, 2, 65]) }],
    });
    await producer.disconnect();
    await run("INSERT INTO poisoned VALUES (3, 'after');");
    const [id] = [...sluice.engine.catalog.queries.values()].filter((q) => q.sink === 'HEALTHY').map((q) => q.id);
    await eventually(
      async () => sluice.engine.services.queries.status(id!)!,
      ({ status, errors }) =>
        status === 'ERROR' && /123456.*poisoned/s.test(errors.map((e) => e.errorMessage).join('\n')),
    );
    expect(await rows('SELECT name FROM healthy;')).toEqual([['before']]);
    expect(await rows('SELECT name FROM poisoned;')).toEqual([['before'], ['after']]);
    await run('DROP STREAM healthy; DROP STREAM poisoned DELETE TOPIC;');
  });

  test('Connect goes away and comes back: statements say so, and nothing is missed', async () => {
    await connect.kill();
    expect(await refusal('SHOW CONNECTORS;')).toMatch(/No Kafka Connect worker answers: .*ECONNREFUSED/);
    await database.query("INSERT INTO users VALUES (11, 'while away', 'west', 1, true, NULL, NULL)");
    await connect.start();
    await eventually(
      () => rows('SELECT name FROM users_now WHERE id = 11;'),
      (found) => JSON.stringify(found) === '[["while away"]]',
    );
    await eventually(
      async () => (await one('SHOW CONNECTORS;'))['connectors'] as { name: string; state: string }[],
      (found) => found.find((c) => c.name === 'PG')?.state === 'RUNNING (1/1 tasks RUNNING)',
    );
  });

  test('DROP ... TERMINATE names the queries that still read its sources', async () => {
    expect(await refusal('DROP CONNECTOR pg TERMINATE;')).toMatch(/Cannot terminate connector PG: .*CTAS_USERS_NOW/s);
    await one('DROP CONNECTOR pg;');
  });

  test('the blocks of docs/operate/connect-cluster.md, typed as they stand on a server of its own', async () => {
    const shop = await startPostgres({
      database: 'shop',
      user: 'me',
      password: 'secret',
      settings: { wal_level: 'logical' },
    });
    const data = temporaryFolder('cluster-page');
    const server = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'data.dir': data.path,
        'bootstrap.servers': kafka.bootstrap,
        'ksql.connect.url': connect.url,
        'ksql.service.id': 'page_',
      },
    });
    const client = new pg.Client({ connectionString: shop.url });
    try {
      await client.connect();
      await client.query(
        `CREATE TABLE users (id int PRIMARY KEY, name text, region text, balance numeric(10,2), created_at timestamp);
         INSERT INTO users VALUES (1, 'alice', 'north', 12.50, '2024-01-01 10:00:00')`,
      );
      // Other tests have used the page's names in the same Kafka and Connect cluster.
      const changes: readonly (readonly [string, string])[] = [
        ["'database.port'='5432'", `'database.port'='${shop.port}'`],
        ['localhost:5432', `localhost:${shop.port}`],
        ['CONNECTOR pg ', 'CONNECTOR page '],
        ["'topic.prefix'='dbz'", "'topic.prefix'='page'"],
        ['pg_users', 'page_users'],
        ['CONNECTOR out ', 'CONNECTOR page_out '],
        ['pageviews', 'page_views'],
        ['enriched', 'page_enriched'],
      ];
      const statements = statementsOf(readFileSync('docs/operate/connect-cluster.md', 'utf8')).map((statement) =>
        changes.reduce((text, [from, to]) => text.replaceAll(from, to), statement),
      );
      const screens = await typeSlowly(server.url, statements);
      const shown = screens.join('\n');
      expect(shown).toContain('CREATE TABLE IF NOT EXISTS PAGE_USERS (ID INTEGER PRIMARY KEY');
      expect(shown).toContain('Created connector PAGE_OUT');
      expect(shown).not.toMatch(/error|does not exist|WARNING/i);
      await eventually(
        async () =>
          (await client.query('SELECT region_name, views FROM region_views').catch(() => ({ rows: [] }))).rows,
        (rows) => JSON.stringify(rows) === '[{"region_name":"north","views":"1"}]',
        'what the page counts, in Postgres',
      );
      // The statements that the page gives below the blocks.
      const [made, users] = await typeSlowly(server.url, [
        'CREATE TABLE users AS SELECT * FROM page_users;',
        'SELECT * FROM users WHERE id = 1;',
        'DROP CONNECTOR page_out;',
        'DROP CONNECTOR page;',
      ]);
      expect(made).toContain('Created query');
      expect(users).toMatch(/1 │ alice │ north/);
    } finally {
      await client.end();
      await server.close();
      data.remove();
      await shop.stop();
    }
  });
});
