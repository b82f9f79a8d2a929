import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from '../main/compose.ts';
import { ScriptFailure } from './script.ts';
import { Session } from './session.ts';
import { queryRows, startedQuery } from '../../test/support/query-rows.ts';

/** A store that outlives the servers opened over it, as a data folder does. */
class KeptStore extends MemoryStore {
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

const open: Sluice[] = [];

async function start(store: MemoryStore = new KeptStore(), properties: Record<string, string> = {}): Promise<Sluice> {
  const sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store,
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'connect.allowed.paths': tmpdir(),
      'ksql.streams.auto.offset.reset': 'earliest',
      ...properties,
    },
  });
  open.push(sluice);
  return sluice;
}

afterEach(async () => {
  for (const sluice of open.splice(0)) await sluice.close();
});

async function rows(sluice: Sluice, sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}

async function failure(run: Promise<unknown>): Promise<ScriptFailure> {
  const error = await run.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ScriptFailure);
  return error as ScriptFailure;
}

const DDL = `CREATE STREAM s (id INT KEY, v BIGINT) WITH (kafka_topic='s', value_format='JSON', partitions=2);
  CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s GROUP BY v EMIT CHANGES;`;

test.each([
  ['SELECT v FROM s WHERE v = "R-1";', "single quotes: 'R-1'."],
  [`SELECT v FROM s WHERE v = "it's";`, "single quotes: 'it''s'."],
  ['SELECT v FROM s WHERE v = Barolo;', 'If a text is meant, it stands in single quotes. '],
  ['INSERT INTO s (v) VALUES ("R-1");', "single quotes: 'R-1'."],
  ["SELECT COALESCE(n, 'none') FROM s;", "COALESCE(CAST(N AS STRING), 'none') is accepted"],
  ['SELECT COALESCE(v, n) FROM s;', 'COALESCE(V, CAST(N AS STRING)) is accepted'],
  ['PAUSE CONNECTOR;', 'PAUSE CONNECTOR name;'],
  ['TERMINATE CONNECTOR;', 'STOP CONNECTOR name;'],
  ["CREATE SINK CONNECTOR c WITH ('connector.class'='FileStreamSink', file='/dev/null');", "sources='a,b' names"],
])('the hint of %s can be followed', async (sql, hint) => {
  const { engine } = await start();
  await engine.execute(`CREATE STREAM s (v STRING, n INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);`);
  const run = sql.startsWith('SELECT') ? engine.query(sql, new Session()) : engine.execute(sql);
  const error = await run.then(
    () => undefined,
    (e: unknown) => (e instanceof ScriptFailure ? e.error : e) as { readonly hint?: string },
  );
  expect(error?.hint).toContain(hint);
});

test('EXPLAIN of a push query marks the key of what it reads, where it is shown under its own name', async () => {
  const { engine } = await start();
  await engine.execute(
    "CREATE STREAM k (id INT KEY, v INT) WITH (kafka_topic='k', value_format='JSON', partitions=1);",
  );
  const roles = async (select: string): Promise<unknown> => {
    const [explained] = await engine.execute(`EXPLAIN SELECT ${select} FROM k EMIT CHANGES;`);
    return explained?.kind === 'queryDescription'
      ? explained.description.columns.map((c) => `${c.name} ${c.role}`)
      : explained;
  };
  expect(await roles('*')).toEqual(['ID KEY', 'V VALUE']);
  expect(await roles('v AS id, id AS x')).toEqual(['ID VALUE', 'X VALUE']);
});

test('DESCRIBE EXTENDED and EXPLAIN say why a record of the query that writes it was lost', async () => {
  const { engine } = await start();
  await engine.execute(`CREATE STREAM s (v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
    CREATE STREAM huge AS SELECT LPAD(v, 2000000, 'x') AS pad FROM s;
    INSERT INTO s VALUES ('a');`);
  const described = async (): Promise<string> =>
    JSON.stringify((await engine.execute('DESCRIBE huge EXTENDED;')).map((r) => r));
  await expect.poll(described).toContain('total-errors: 1');
  expect(await described()).toMatch(/last error: A record of \d+ bytes is larger than .*\(topic s, 0:0\)/);
  const [query] = engine.services.catalog.current.queries.keys();
  const [explained] = await engine.execute(`EXPLAIN ${query!};`);
  expect(explained).toMatchObject({
    description: { errorStats: expect.stringMatching(/^total-errors: 1.*\nlast error: A record of/) },
  });
});

test('rows of a script are written together, up to the first that fails, and before what follows them', async () => {
  const sluice = await start();
  await sluice.engine.execute(DDL);
  const error = await failure(
    sluice.engine.execute(
      `INSERT INTO s VALUES (1, 10); INSERT INTO s VALUES (2, -10); INSERT INTO s VALUES (3, 'x'); INSERT INTO s VALUES (4, 10);`,
    ),
  );
  expect(error.error.message).toContain(`Expected type BIGINT for field \`V\` but got x(STRING)`);
  expect(error.completed).toHaveLength(2);
  expect((await rows(sluice, 'SELECT id, v FROM s;')).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [1, 10],
    [2, -10],
  ]);
  const many = Array.from({ length: 5000 }, (_, i) => `INSERT INTO s VALUES (${i}, ${i % 2});`).join('');
  await sluice.engine.execute(`${many} DROP STREAM IF EXISTS nothing; INSERT INTO s VALUES (7, 7);`);
  await sluice.caughtUp();
  expect(await rows(sluice, 'SELECT v, n FROM t WHERE v = 1;')).toEqual([[1, 2500]]);
});

describe('restart', () => {
  test('sources, queries, offsets and state are there again, and nothing counts twice', async () => {
    const store = new KeptStore();
    const first = await start(store);
    await first.engine.execute(DDL);
    await first.engine.execute(
      'INSERT INTO s VALUES (1, 10); INSERT INTO s VALUES (2, 10); INSERT INTO s VALUES (3, 20);',
    );
    await first.caughtUp();
    await first.close();
    const second = await start(store);
    expect([...second.engine.catalog.sources.keys()]).toEqual(['S', 'T']);
    await second.engine.execute('INSERT INTO s VALUES (4, 10);');
    await second.caughtUp();
    expect(await rows(second, 'SELECT v, n FROM t WHERE v = 10;')).toEqual([[10, 3]]);
    expect(await rows(second, 'SELECT v, n FROM t WHERE v = 20;')).toEqual([[20, 1]]);
  });

  test('ids of queries go on counting; dropped things stay dropped; paused queries stay paused', async () => {
    const store = new KeptStore();
    const first = await start(store);
    await first.engine.execute(`${DDL} DROP TABLE t; CREATE STREAM u AS SELECT * FROM s EMIT CHANGES; PAUSE CSAS_U_1;`);
    await first.close();
    const second = await start(store);
    expect([...second.engine.catalog.sources.keys()]).toEqual(['S', 'U']);
    expect(second.engine.catalog.query('CSAS_U_1')?.state).toBe('PAUSED');
    await second.engine.execute('CREATE STREAM w AS SELECT * FROM s EMIT CHANGES;');
    expect(second.engine.catalog.createdByQuery('W')?.id).toBe('CSAS_W_2');
  });
});

describe('scripts', () => {
  test('an invalid statement leaves the ones before it undone', async () => {
    const { engine } = await start();
    const { error, completed } = await failure(engine.execute(`${DDL} CREATE STREAM bad AS SELECT nope FROM s;`));
    expect(error.code).toBe('STATEMENT');
    expect(completed).toEqual([]);
    expect(engine.catalog.sources.size).toBe(0);
  });

  test('a statement sees what the ones before it in the script will have made', async () => {
    const { engine } = await start();
    const results = await engine.execute(
      `${DDL} CREATE TYPE point AS STRUCT<x INT, y INT>; CREATE STREAM p (at point) WITH (kafka_topic='p', value_format='JSON', partitions=1);`,
    );
    expect(results.map((r) => r.kind)).toEqual(['currentStatus', 'currentStatus', 'currentStatus', 'currentStatus']);
  });

  test('IF NOT EXISTS and IF EXISTS warn and change nothing', async () => {
    const { engine } = await start();
    await engine.execute(DDL);
    const [result] = await engine.execute(
      `CREATE STREAM IF NOT EXISTS s (id INT KEY) WITH (kafka_topic='s', value_format='JSON');`,
    );
    expect(result?.kind).toBe('warning_entity');
    expect((await engine.execute('DROP STREAM IF EXISTS nope;'))[0]?.kind).toBe('warning_entity');
  });

  test('a record to insert has a timestamp that Kafka takes', async () => {
    const { engine } = await start();
    await engine.execute(DDL);
    const inserting = failure(engine.execute('INSERT INTO s (ROWTIME, id, v) VALUES (-1, 1, 10);'));
    expect((await inserting).error.message).toContain('Invalid timestamp: -1. Timestamp should always be non-negative');
  });

  test('a source in use cannot be dropped, and the error names what uses it', async () => {
    const { engine } = await start();
    await engine.execute(DDL);
    const { error } = await failure(engine.execute('DROP STREAM s;'));
    expect(error.message).toContain('The following streams and/or tables read from this source: [T]');
    expect(error.hint).toContain('DROP TABLE T;');
  });

  test('DROP ... DELETE TOPIC deletes the topic, and the name is free again', async () => {
    const { engine } = await start();
    await engine.execute(`${DDL} DROP TABLE t DELETE TOPIC; DROP STREAM s DELETE TOPIC;`);
    const topics = await engine.services.log.admin.listTopics();
    expect(topics.map((t) => t.name).filter((n) => ['s', 'T'].includes(n))).toEqual([]);
    await engine.execute(DDL);
  });
});

describe('connectors', () => {
  test('connector statements and their secrets are not on the command log', async () => {
    const { engine } = await start();
    await engine.execute(
      `CREATE SOURCE CONNECTOR pv WITH (connector='datagen', quickstart='pageviews', topic='pv', 'value.converter.secret.password'='hunter2');`,
    );
    const [list] = await engine.execute('SHOW CONNECTORS;');
    expect(list).toMatchObject({ kind: 'connector_list', connectors: [{ name: 'PV', type: 'source' }] });
    const [described] = await engine.execute('DESCRIBE CONNECTOR pv;');
    expect(JSON.stringify(described)).not.toContain('hunter2');
    expect(engine.services.commands.position).toBe(engine.catalog.sources.size);
  });

  test("unknown settings: refused, warned of or ignored, as the session says; Connect's REST API never asks", async () => {
    const { engine } = await start();
    await engine.execute(`CREATE STREAM t (a INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);`);
    const create = (name: string): string =>
      `CREATE SINK CONNECTOR ${name} WITH ('connector.class'='FileStreamSink', topics='t', fiel='/dev/null', 'producer.override.linger.ms'='1');`;
    expect((await failure(engine.execute(create('a')))).error.message).toBe(
      'Validation error: fiel is not a setting of file-sink. Did you mean file?',
    );
    const [warned] = await engine
      .execute(`SET 'ksql.connect.unknown.settings'='warn'; ${create('a')}`)
      .then((r) => r.slice(1));
    const misspelt = 'fiel is not a setting of file-sink. Did you mean file?';
    expect(warned?.warnings).toContain(misspelt);
    const [ignored] = await engine
      .execute(`SET 'ksql.connect.unknown.settings'='ignore'; ${create('b')}`)
      .then((r) => r.slice(1));
    expect(ignored?.warnings).not.toContain(misspelt);
    const config = { 'connector.class': 'FileStreamSink', topics: 't', fiel: '/dev/null', name: 'c' };
    expect((await engine.services.connect!.validate('FileStreamSink', config)).error_count).toBe(0);
    const without = "CREATE SINK CONNECTOR w WITH ('connector.class'='FileStreamSink', topics='t');";
    expect((await failure(engine.execute(without))).error.message).toBe(
      'Validation error: file is missing: it names the file, for a server has no standard input or output to use.',
    );
    const altered = await failure(engine.execute(`ALTER CONNECTOR b SET ('task.max'='2');`));
    expect(altered.error.message).toBe(
      'Validation error: task.max is not a setting of file-sink. Did you mean tasks.max?',
    );
  });

  test('ALTER CONNECTOR understands what CREATE does: short keys, and the sources of a sink', async () => {
    const { engine } = await start();
    const config = async (name: string) => engine.services.connect!.config(name);
    await engine.execute(`CREATE SOURCE CONNECTOR pv WITH (connector='datagen', data='pageviews', topic='pv');`);
    await engine.execute(`ALTER CONNECTOR pv SET (rate='3');`);
    expect(await config('PV')).toMatchObject({ 'messages.per.second': '3', 'kafka.topic': 'pv' });
    expect(await config('PV')).not.toHaveProperty('rate');
    const { error } = await failure(engine.execute(`ALTER CONNECTOR pv SET (rate='often');`));
    expect(error.message).toContain('Validation error: rate - Invalid value often');

    // New topics are declared and appear in the response; earlier ones do not.
    const [again] = await engine.execute(`ALTER CONNECTOR pv SET (rate='4');`);
    expect(again).toMatchObject({ kind: 'connector_changed', declared: [] });
    const [other] = await engine.execute(`ALTER CONNECTOR pv SET (data='users', topic='people');`);
    expect(other).toMatchObject({ declared: [{ topic: 'people', statement: expect.stringContaining('CREATE ') }] });
    expect(engine.catalog.sourcesOfTopic('people')).toHaveLength(1);

    await engine.execute(`CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', partitions=1, value_format='JSON');
      CREATE STREAM u (k STRING KEY, w DOUBLE) WITH (kafka_topic='u', partitions=1, value_format='JSON');
      CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', file='/dev/null', sources='s');`);
    await engine.execute(`ALTER CONNECTOR out SET (sources='u');`);
    const sink = await config('OUT');
    expect(sink).toMatchObject({ topics: 'u', file: '/dev/null' });
    expect(JSON.parse(sink['value.converter.sources']!)).toEqual({
      u: { format: 'JSON', columns: [{ name: 'W', type: 'DOUBLE' }], wrapped: true },
    });
    // The statement is as a user would write it, and creates the same connector.
    const [shown] = await engine.execute('SHOW CREATE CONNECTOR out;');
    const statement = (shown as unknown as { readonly text: string }).text;
    expect(statement).toMatch(/^CREATE SINK CONNECTOR OUT WITH \(/);
    expect(statement).toContain("'sources'='U'");
    expect(statement).not.toMatch(/converter|'topics'/);
    await engine.execute(statement.replace('CREATE SINK', 'CREATE OR REPLACE SINK'));
    expect(await config('OUT')).toEqual(sink);
    const both = await failure(engine.execute(`ALTER CONNECTOR out SET (sources='s', topics='s');`));
    expect(both.error.message).toContain('Give either sources or topics, not both');
  });

  test('a source into a topic that a stream reads is made, and the stream is named', async () => {
    const { engine } = await start();
    await engine.execute(
      `CREATE STREAM mine (userid STRING) WITH (kafka_topic='t', value_format='JSON', partitions=1);`,
    );
    const made = async (name: string, topic: string): Promise<string> =>
      (
        await engine.execute(
          `CREATE SOURCE CONNECTOR ${name} WITH (connector='datagen', data='users', topic='${topic}');`,
        )
      )
        .flatMap((r) => r.warnings)
        .join('\n');
    expect(await made('a', 't')).toContain('Topic t is that of stream MINE, which reads what this connector writes');
    expect(await made('b', 'elsewhere')).not.toContain('is that of');
    await engine.execute(
      `CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', file='/dev/null', topics='later');`,
    );
    expect(await made('c', 'later')).toContain('Topic later is that of sink connector OUT, which reads');
    // A topic can have only one connector or query that writes it.
    const refused = await failure(
      engine.execute(`CREATE SOURCE CONNECTOR d WITH (connector='datagen', data='users', topic='t');`),
    );
    expect(refused.error.message).toContain('connector A writes topic t. Name another topic');
    await engine.execute(`CREATE TABLE counts AS SELECT userid, COUNT(*) AS n FROM mine GROUP BY userid;`);
    const byQuery = await failure(
      engine.execute(`CREATE SOURCE CONNECTOR d WITH (connector='datagen', data='users', topic='COUNTS');`),
    );
    expect(byQuery.error.message).toContain('topic COUNTS is written by query CTAS_COUNTS_');
  });

  test('a sink whose sources change is told of with the statement that changes them, and what takes that in', async () => {
    const { engine } = await start();
    const said = async (sql: string): Promise<string> =>
      (await engine.execute(sql)).flatMap((r) => r.warnings).join('\n');
    await engine.execute(`
      CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', partitions=1, value_format='JSON');
      CREATE STREAM other (k STRING KEY, v INT) WITH (kafka_topic='other', partitions=1, value_format='JSON');
      CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', file='/dev/null', sources='s');`);
    const cure = `ALTER CONNECTOR OUT SET ('sources'='S');`;
    expect(await said('ALTER STREAM other ADD COLUMN w DOUBLE;')).toBe('');
    expect(await said('ALTER STREAM s ADD COLUMN w DOUBLE;')).toBe(
      `Sink connector OUT has the columns that S had before, and does not write W DOUBLE: ${cure}`,
    );
    expect(await said('SHOW CONNECTORS;')).toContain(cure);
    expect(await said('DESCRIBE CONNECTOR out;')).toContain(cure);
    await engine.execute(cure);
    expect(await said('SHOW CONNECTORS;')).not.toContain(cure);
    // Dropped and created again: other columns under the same name.
    expect(await said('DROP STREAM s;')).toContain('Sink connector OUT reads topic s of S');
    expect(
      await said(`CREATE STREAM s (k STRING KEY, v BIGINT) WITH (kafka_topic='s', value_format='JSON');`),
    ).toContain(`does not write V BIGINT and has NULL for W: ${cure}`);
  });

  test('DROP CONNECTOR ... TERMINATE refuses while a query reads a declared source, then drops it', async () => {
    const { engine } = await start();
    await engine.execute(`CREATE SOURCE CONNECTOR pv WITH (connector='datagen', quickstart='pageviews', topic='pv');`);
    const declared = [...engine.catalog.sources.values()].find((s) => s.createdBy === 'PV');
    expect(declared).toBeDefined();
    await engine.execute(`CREATE STREAM copy AS SELECT * FROM ${declared!.name} EMIT CHANGES;`);
    const { error } = await failure(engine.execute('DROP CONNECTOR pv TERMINATE;'));
    expect(error.message).toContain('CSAS_COPY_0');
    expect((await engine.execute('SHOW CONNECTORS;'))[0]).toMatchObject({ connectors: [{ name: 'PV' }] });
    await engine.execute('DROP STREAM copy;');
    expect((await engine.execute('DROP CONNECTOR pv TERMINATE;'))[0]).toMatchObject({
      kind: 'drop_connector',
      droppedSources: [declared!.name],
    });
    expect(engine.catalog.source(declared!.name)).toBeUndefined();
  });

  test('an unknown class names the nearest and lists the plugins; an unknown connector too', async () => {
    const { engine } = await start();
    const { error } = await failure(
      engine.execute(`CREATE SOURCE CONNECTOR x WITH ('connector.class'='FileStreamSorce', file='/tmp/x', topic='x');`),
    );
    expect(error.message).toContain('available connectors are:');
    expect(error.hint).toContain('FileStreamSource');
    expect((await failure(engine.execute('DROP CONNECTOR nope;'))).error.code).toBe('NOT_FOUND');
    expect((await engine.execute('DROP CONNECTOR IF EXISTS nope;'))[0]?.kind).toBe('warning_entity');
  });
});

describe('push queries', () => {
  test('TERMINATE ends a push query', async () => {
    const { engine } = await start();
    await engine.execute(DDL);
    const handle = await startedQuery(engine, 'SELECT * FROM s EMIT CHANGES;');
    const [shown] = await engine.execute('SHOW QUERIES;');
    expect(shown).toMatchObject({
      kind: 'queries',
      queries: [{ id: 'CTAS_T_0' }, { id: handle.queryId, queryType: 'PUSH' }],
    });
    const [result] = await engine.execute(`TERMINATE ${handle.queryId};`);
    expect(result).toMatchObject({ kind: 'terminate_query', queryId: handle.queryId, wasTerminated: true });
    const rest = handle.rows();
    expect((await rest.next()).done).toBe(true);
  });

  test('the limit of push queries is kept, and closing one makes room', async () => {
    const { engine } = await start(undefined, { 'ksql.max.push.queries': '1' });
    await engine.execute(DDL);
    const first = await engine.query('SELECT * FROM s EMIT CHANGES;');
    expect((await failure(engine.query('SELECT * FROM s EMIT CHANGES;'))).error.code).toBe('TOO_MANY_QUERIES');
    await first.close();
    const second = await engine.query('SELECT * FROM s EMIT CHANGES;');
    await second.close();
  });
});

describe('limits', () => {
  const code = async (run: Promise<unknown>): Promise<string> => (await failure(run)).error.code;
  const PULL = 'SELECT * FROM t WHERE v = 1;';

  test('ksql.query.persistent.active.limit: a script that would pass it does nothing', async () => {
    const { engine } = await start(undefined, { 'ksql.query.persistent.active.limit': '1' });
    await engine.execute(DDL);
    const error = await failure(
      engine.execute('CREATE STREAM x AS SELECT * FROM s; CREATE STREAM y AS SELECT * FROM s;'),
    );
    expect(error.error.message).toContain('Current query count: 1. Limit: 1.');
    expect(engine.catalog.queries.size).toBe(1);
    // A query that replaces another does not add to the count.
    await engine.execute('CREATE OR REPLACE TABLE t AS SELECT v, COUNT(*) AS n FROM s WHERE v > 0 GROUP BY v;');
    await engine.execute('DROP TABLE t; CREATE STREAM x AS SELECT * FROM s;');
    expect(engine.catalog.queries.size).toBe(1);
  });

  test('ksql.query.pull.max.qps counts all pull queries, those of a known plan too', async () => {
    const { engine } = await start(undefined, { 'ksql.query.pull.max.qps': '1' });
    await engine.execute(DDL);
    await rows(open.at(-1)!, PULL);
    expect(await code(engine.query(PULL))).toBe('RATE_LIMIT');
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(await rows(open.at(-1)!, PULL)).toEqual([]);
  });

  test('ksql.query.pull.max.concurrent.requests: the end of one makes room, a refused one holds none', async () => {
    const sluice = await start(undefined, { 'ksql.query.pull.max.concurrent.requests': '1' });
    await sluice.engine.execute(DDL);
    expect(await code(sluice.engine.query('SELECT nothing FROM t;'))).not.toBe('RATE_LIMIT');
    const first = await sluice.engine.query('SELECT * FROM t;');
    expect(await code(sluice.engine.query('SELECT * FROM t;'))).toBe('RATE_LIMIT');
    await first.close();
    expect(await rows(sluice, 'SELECT * FROM t;')).toEqual([]);
    expect(await rows(sluice, 'SELECT * FROM t;')).toEqual([]);
  });

  test('ksql.server.command.topic.rate.limit: statements that change nothing are free', async () => {
    const { engine } = await start(undefined, { 'ksql.server.command.topic.rate.limit': '0.01' });
    await engine.execute("CREATE STREAM s (v BIGINT) WITH (kafka_topic='s', value_format='JSON', partitions=1);");
    await engine.execute('SHOW STREAMS;');
    expect((await failure(engine.execute('CREATE STREAM x AS SELECT * FROM s;'))).error.message).toBe(
      'DDL/DML rate is crossing the configured rate limit of 0.01 statements/second',
    );
  });
});

describe('what a key switches off is refused', () => {
  test.each([
    ['ksql.lambdas.enabled', 'SELECT TRANSFORM(ARRAY[v], x => x + 1) FROM s EMIT CHANGES;'],
    ['ksql.rowpartition.rowoffset.enabled', 'SELECT * FROM s WHERE ROWOFFSET > 1 EMIT CHANGES;'],
  ])('%s', async (key, query) => {
    const { engine } = await start();
    await engine.execute(DDL);
    const run = await engine.query(query);
    await run.close();
    const refused = await failure(engine.query(query, new Session({ [key]: false })));
    expect(refused.error.message).toContain(`is disabled. To enable it, set ${key}=true`);
    const other = await engine.query('SELECT * FROM s EMIT CHANGES;', new Session({ [key]: false }));
    await other.close();
  });
});

test('ksql.sink.partitions of older scripts: by SET, of a request, in the file', async () => {
  const sluice = await start(undefined, { 'ksql.sink.partitions': '5' });
  const count = async (name: string): Promise<number | undefined> =>
    (await sluice.log.admin.describeTopic(name))?.partitions;
  await sluice.engine.execute(`
    CREATE STREAM s (id INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=2);
    CREATE STREAM a AS SELECT * FROM s;
    SET 'ksql.sink.partitions'='3';
    SET 'ksql.sink.replicas'='1';
    SET 'ksql.windowed.session.key.legacy'='false';
    CREATE STREAM b AS SELECT * FROM s;
    UNSET 'ksql.sink.partitions';
    CREATE STREAM c WITH (partitions=1) AS SELECT * FROM s;`);
  await sluice.engine.execute('CREATE STREAM d AS SELECT * FROM s;', new Session({ 'ksql.sink.partitions': 4 }));
  expect([await count('A'), await count('B'), await count('C'), await count('D')]).toEqual([5, 3, 1, 4]);
});

test('a statement that no script may hold is refused before anything of its script is done', async () => {
  const sluice = await start();
  for (const last of ['TERMINATE CLUSTER;', 'SELECT * FROM s;', "PRINT 's';"]) {
    const error = await failure(sluice.engine.execute(`${DDL} ${last}`));
    expect(error.completed, last).toEqual([]);
    expect(error.statementText, last).toBe(last);
  }
  expect(sluice.engine.catalog.source('S')).toBeUndefined();
});
