import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { testEnv } from '../support/env.ts';
import { connectToEmptied, startPostgres, type Postgres } from '../support/postgres.ts';
import { queryRows, refusalOf } from '../support/query-rows.ts';

/** What can safely exist beside a mirrored database: streams, tables, sinks and other connectors of the same server. */

class KeptStore extends MemoryStore {
  override async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** The shortest time for which sink and source are observed together, in ms; a minute for manual runs. */
const TOGETHER_MS = Number(process.env['MIRROR_TOGETHER_MS'] ?? 0);

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;
let store: KeptStore;

const open = (more: Record<string, string> = {}): Promise<Sluice> =>
  startSluice({
    env: testEnv(),
    store,
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
      ...more,
    },
  });

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});
beforeEach(async () => {
  db = await connectToEmptied(postgres);
  store = new KeptStore();
  sluice = await open();
});
afterEach(async () => {
  await sluice.close();
  await db.query('DROP SCHEMA IF EXISTS a, sales, sales2 CASCADE').catch(() => {});
  await db.end().catch(() => {});
});

const run = (sql: string) => sluice.engine.execute(sql);
const warnings = async (sql: string): Promise<string> => (await run(sql)).flatMap((r) => r.warnings).join('\n');
const refusal = async (sql: string): Promise<string> => {
  const told = await refusalOf(sluice.engine, sql);
  return told.hint === undefined ? told.message : `${told.message}\n${told.hint}`;
};
const source = (name: string, more = ''): string =>
  `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${postgres.url}', poll=100, 'table.poll.interval.ms'=200${more});`;
const sink = (name: string, more: string): string =>
  `CREATE SINK CONNECTOR ${name} WITH (connector='postgres', url='${postgres.url}', ${more});`;
const count = async (topic: string): Promise<number> => {
  const partitions = (await sluice.log.admin.describeTopic(topic))?.partitions ?? 0;
  let records = 0;
  for (let partition = 0; partition < partitions; partition++)
    records += await sluice.log.admin.latestOffset({ topic, partition });
  return records;
};
const table = async (sql: string): Promise<unknown[]> => (await db.query(sql)).rows;
const remarks = async (name: string): Promise<string> => warnings(`DESCRIBE CONNECTOR ${name};`);
const rows = async (sql: string): Promise<unknown[][]> => {
  return await queryRows(sluice.engine, sql);
};

describe('a connector writes no topic that is not its own', () => {
  test('a sink and a source of the whole database: nothing goes round', async () => {
    await db.query("CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a')");
    await run(`CREATE TABLE kt (k INT PRIMARY KEY, v INT) WITH (kafka_topic='kt', value_format='JSON', partitions=1);
      INSERT INTO kt VALUES (1, 10);`);
    await run(sink('out', "sources='kt'"));
    await eventually(async () => (await table('SELECT * FROM kt').catch(() => [])).length === 1);
    const said = await warnings(source('shop'));
    expect(said).toContain('Table public.kt is not read: sink connector OUT writes it');
    await run(sink('back', "sources='shop_users'"));
    await eventually(async () => (await table('SELECT * FROM shop_users').catch(() => [])).length === 1);
    await eventually(async () => (await remarks('shop')).includes('Table public.shop_users is not read'));
    await run('INSERT INTO kt VALUES (1, 11);');
    await eventually(async () => JSON.stringify(await table('SELECT * FROM kt')) === '[{"k":1,"v":11}]');
    // A user who arrives through source and sink shows that both have polled all tables and topics since.
    let users = 1;
    for (const until = Date.now() + TOGETHER_MS; users < 4 || Date.now() < until;) {
      users++;
      await db.query(`INSERT INTO users VALUES (${users}, 'b')`);
      await eventually(async () => (await table('SELECT * FROM shop_users')).length === users);
    }
    expect({ kt: await count('kt'), users: await count('users'), again: await count('shop_users') }).toEqual({
      kt: 2,
      users,
      again: 0,
    });
    expect(await table('SELECT * FROM kt')).toEqual([{ k: 1, v: 11 }]);
  });

  test('a sink into the table that its topic is read from is refused', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY)');
    await run(source('shop'));
    expect(await refusal(sink('back', "topics='users'"))).toContain(
      'public.users is where connector SHOP reads the rows of topic users from: written to it, each would go round for ever',
    );
  });

  test('nor when a query, or a source, is the last part of the circle', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await run(source('shop'));
    await run(
      `CREATE TABLE louder (id INT PRIMARY KEY, name STRING) WITH (kafka_topic='loud', value_format='JSON', partitions=1);`,
    );
    await run(sink('back', "sources='louder', table='users'"));
    await run('DROP TABLE louder;');
    const made =
      "CREATE TABLE louder WITH (kafka_topic='loud') AS SELECT id, UCASE(name) AS name FROM shop_users EMIT CHANGES;";
    expect(await refusal(made)).toMatch(
      /public\.users is where connector SHOP reads the rows of topic users from, of which query CTAS_LOUDER_\d+ makes topic loud: .*round for ever\. Sink connector BACK would write it/,
    );
    await run('DROP CONNECTOR shop TERMINATE;');
    await run(
      `CREATE TABLE again (id INT PRIMARY KEY, name STRING) WITH (kafka_topic='users', value_format='JSON', partitions=1);`,
    );
    await run(made.replace('shop_users', 'again'));
    expect(await refusal(source('shop', ", tables='users'"))).toMatch(
      /sink connector BACK writes topic loud to it, which query CTAS_LOUDER_\d+ makes of topic users: read into topic users, each row would go round for ever/,
    );
  });

  test('a sink whose rows its table cannot take is refused when it is made, not at its first row', async () => {
    await db.query('CREATE TABLE kt (k int PRIMARY KEY, v boolean); CREATE TABLE lt (k int, v int)');
    await db.query('CREATE TABLE fits (k bigint PRIMARY KEY, more text DEFAULT 0)');
    await run(`CREATE TABLE kt (k INT PRIMARY KEY, v INT) WITH (kafka_topic='kt', value_format='JSON', partitions=1);`);
    expect(await refusal(sink('out', "sources='kt'"))).toContain(
      'sources - The rows of topic kt do not fit their table: Column "v" of table "kt" has type boolean, which cannot hold the INT32 values',
    );
    expect(await refusal(sink('out', "sources='kt', table='lt'"))).toContain('ALTER TABLE "lt" ADD PRIMARY KEY ("k")');
    expect(await refusal(sink('out', "sources='kt', table='fits', 'auto.evolve'='false'"))).toContain(
      'missing fields ([v])',
    );
    expect(await warnings(sink('out', "sources='kt', table='fits'"))).toBe('');
  });

  test('what a sink wrote is not read when the sink is gone, unless named', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY)');
    await run(`CREATE TABLE kt (k INT PRIMARY KEY, v INT) WITH (kafka_topic='kt', value_format='JSON', partitions=1);
      INSERT INTO kt VALUES (1, 10);`);
    await run(sink('out', "sources='kt', table='results'"));
    await eventually(async () => (await table('SELECT * FROM results').catch(() => [])).length === 1);
    await run('DROP CONNECTOR out;');
    const said = await warnings(source('shop'));
    expect(said).toContain(
      'Table public.results is not read: sink connector OUT, which was dropped, wrote it: named in tables it is read all the same',
    );
    expect(await warnings(source('more', ", tables='results', prefix='m_'"))).not.toContain('is not read');
  });

  test('nor by way of a query, or of transforms that rename the topic', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await run(source('shop'));
    await run('CREATE TABLE louder AS SELECT id, UCASE(name) AS name FROM shop_users EMIT CHANGES;');
    const query = `CTAS_LOUDER_${/CTAS_LOUDER_(\d+)/.exec(JSON.stringify(await run('SHOW QUERIES;')))![1]}`;
    const round =
      /public\.users is where connector SHOP reads the rows of topic users from, of which query (\S+) makes topic LOUDER: written to it, each would go round for ever/;
    const told = await refusal(sink('back', "sources='louder', table='users'"));
    expect(round.exec(told)?.[1], told).toBe(query);
    expect(await refusal(sink('back', "'topics.regex'='LOU.*', 'table.name.format'='users'"))).toMatch(round);
    const routed = (topic: string, from: string, to: string): string =>
      `topics='${topic}', transforms='r', 'transforms.r.type'='org.apache.kafka.connect.transforms.RegexRouter', 'transforms.r.regex'='${from}', 'transforms.r.replacement'='${to}'`;
    expect(await refusal(sink('back', routed('LOUDER', 'LOUDER', 'users')))).toMatch(round);
    await run(sink('fine', routed('LOUDER', 'LOUDER', 'louder')));
    expect(
      await refusal(sink('back', `${routed('users', '(.*)', 'all_$1')}, 'topics.to.tables.mapping'='all_users:users'`)),
    ).toContain('public.users is where connector SHOP reads the rows of topic users from: written to it');
  });

  test("a user's stream keeps its topic: refused with both names, or left out when the table comes later", async () => {
    await run(`CREATE STREAM ks (k INT KEY, v INT) WITH (kafka_topic='ks', value_format='JSON', partitions=1);`);
    await db.query('CREATE TABLE ks (id int PRIMARY KEY)');
    expect(await refusal(source('shop'))).toMatch(
      /The rows of table public\.ks would go to topic ks, but topic ks is that of stream KS\. With a prefix \(prefix='db_'/,
    );
    await run(source('shop', ", prefix='db_'"));
    await db.query('DROP TABLE ks; CREATE TABLE late (id int PRIMARY KEY)');
    await run('DROP CONNECTOR shop;');
    await run(source('shop'));
    await db.query('CREATE TABLE ks (id int PRIMARY KEY); INSERT INTO ks VALUES (1)');
    await eventually(async () =>
      (await remarks('shop')).includes('Table public.ks is not read: topic ks is that of stream KS'),
    );
    expect(await count('ks')).toBe(0);
  });

  test("a query's topic is nobody else's; a topic that is named may have been declared before", async () => {
    await run(`CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
      CREATE STREAM copied WITH (kafka_topic='copied') AS SELECT * FROM s;`);
    expect(
      await refusal(`CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='pageviews', topic='copied');`),
    ).toContain('topic copied is written by query CSAS_COPIED_');
    await run(`CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='pageviews', topic='s');`);
  });

  test('a second connector over the same table is refused; after the first is gone it says what is left', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY)');
    await run(source('shop'));
    expect(await refusal(source('other'))).toContain('connector SHOP writes topic users');
    await run(source('other', ", prefix='o_'"));
    await run('DROP CONNECTOR other TERMINATE DELETE TOPICS;');
    expect(await warnings('DROP CONNECTOR shop;')).toBe(
      'table SHOP_USERS stays, with its topic: DROP TABLE SHOP_USERS;',
    );
    const [created] = await run(source('other'));
    expect(created).toMatchObject({
      declared: [
        {
          name: 'OTHER_USERS',
          note: expect.stringContaining('SHOP_USERS, declared for connector SHOP, is over topic users as well'),
        },
      ],
    });
  });

  test('two tables of one name are told apart, not mixed', async () => {
    await db.query(`CREATE SCHEMA sales; CREATE SCHEMA sales2;
      CREATE TABLE sales.orders (id int PRIMARY KEY, a int); CREATE TABLE sales2.orders (id int PRIMARY KEY, b int);
      INSERT INTO sales.orders VALUES (1, 1); INSERT INTO sales2.orders VALUES (1, 2)`);
    expect(await refusal(source('both', ", tables='sales.orders,sales2.orders'"))).toMatch(
      /Table sales2\.orders cannot be read: sales\.orders has topic orders already/,
    );
    expect(await warnings(source('all_tables'))).toContain(
      'Table sales2.orders is not read: sales.orders has topic orders already',
    );
    await eventually(async () => (await count('orders')) === 1);
    await run(source('second', ", 'schema.pattern'='sales2', prefix='sales2_'"));
    await eventually(async () => (await count('sales2_orders')) === 1);
    // A schema that sorts before the others does not take over the topic.
    await db.query('CREATE SCHEMA a; CREATE TABLE a.orders (id int PRIMARY KEY); INSERT INTO a.orders VALUES (7)');
    await eventually(async () =>
      (await remarks('all_tables')).includes('Table a.orders is not read: sales.orders has topic orders already'),
    );
    expect(await count('orders')).toBe(1);
  });

  test('tables whose names are one in SQL, by case or punctuation, are told apart', async () => {
    await db.query(`CREATE TABLE "T" (id int PRIMARY KEY, a text); CREATE TABLE t (id int PRIMARY KEY, b text); CREATE TABLE "a-b" (id int PRIMARY KEY);
      CREATE TABLE a_b (id int PRIMARY KEY, c int); INSERT INTO "T" VALUES (1, 'upper'); INSERT INTO t VALUES (1, 'lower'); INSERT INTO a_b VALUES (1, 2)`);
    const validate = source('shop').replace('CREATE', 'VALIDATE');
    const namesOf = (found: { readonly topic: string; readonly name: string | null }[]): string =>
      found
        .map(({ topic, name }) => `${topic}=${name}`)
        .toSorted()
        .join(' ');
    const [previewed] = (await run(validate)) as never as { topics: never }[];
    const [created] = (await run(source('shop'))) as never as { declared: never }[];
    const expected = 'T=SHOP_T a-b=SHOP_A_B a_b=SHOP_A_B_2 t=SHOP_T_2';
    expect([namesOf(previewed!.topics), namesOf(created!.declared)]).toEqual([expected, expected]);
    expect(JSON.stringify(created)).toContain('SHOP_T is over topic T, whose name differs from t in case');
    await run('CREATE TABLE upper_ones AS SELECT * FROM shop_t; CREATE TABLE lower_ones AS SELECT * FROM shop_t_2;');
    await eventually(async () => (await rows('SELECT * FROM lower_ones;')).length === 1);
    expect(await rows('SELECT id, b FROM lower_ones;')).toEqual([[1, 'lower']]);
    await eventually(async () => (await rows('SELECT * FROM upper_ones;')).length === 1);
    expect(await rows('SELECT id, a FROM upper_ones;')).toEqual([[1, 'upper']]);
    // A table that is created later also gets a unique name, and the same one again after a restart.
    await db.query(`CREATE TABLE "A_B" (id int PRIMARY KEY); INSERT INTO "A_B" VALUES (5)`);
    await eventually(async () => (await count('A_B')) === 1);
    const [again] = (await run(source('shop').replace('CREATE', 'CREATE OR REPLACE'))) as never as {
      declared: never;
    }[];
    expect(namesOf(again!.declared)).toBe(`A_B=SHOP_A_B_3 ${expected}`);
  });

  test('what cannot be read stops only itself, and is named', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
      CREATE TABLE "bad name" (id int PRIMARY KEY); CREATE TABLE secret (id int PRIMARY KEY); CREATE TABLE "Order" (id int PRIMARY KEY); CREATE TABLE mine (id int PRIMARY KEY, who text);
      GRANT USAGE ON SCHEMA public TO PUBLIC; DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'; GRANT SELECT ON users, "bad name", mine TO guest;
      ALTER TABLE mine ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON mine USING (who = current_user)`);
    const asGuest = (name: string, more: string) =>
      `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${postgres.jdbcUrl}', user='guest', password='guest'${more});`;
    const said = await warnings(asGuest('g', ''));
    expect(said).toContain('Table public.bad name is not read: bad name is no name for a topic');
    expect(said).toContain('Table public.secret is not read: the role may not select from it');
    expect(said).toContain('GRANT SELECT ON public."Order" TO ');
    expect(said).toContain('Table public.mine has row security');
    await eventually(async () => (await count('users')) === 1);
    expect(await remarks('g')).toContain('Table public.secret is not read');
    expect(await remarks('g')).toContain('Table public.mine has row security');
    expect(await refusal(asGuest('h', `, prefix='h_', tables='users,secret'`))).toMatch(
      /tables - .*Table public\.secret cannot be read/,
    );
    expect(await refusal(asGuest('h', `, prefix='h_', tables='"bad name"'`))).toMatch(
      /Table public\.bad name cannot be read: h_bad name is no name/,
    );
  });

  test('a table of key columns alone is a table', async () => {
    await db.query(
      "CREATE TABLE pairs (a int, b text, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES (1, 'y'), (2, 'x')",
    );
    await run(source('shop'));
    await eventually(async () => (await count('pairs')) === 2);
    await run('CREATE TABLE held AS SELECT a, b, AS_VALUE(a) AS copy FROM shop_pairs;');
    await eventually(async () => (await rows('SELECT * FROM held;')).length === 2);
  });

  test('what a connector wrote before stays its own: names, columns and rows are as they were', async () => {
    await db.query("CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a')");
    await run(source('shop'));
    await run("CREATE STREAM by_hand WITH (kafka_topic='users');");
    await eventually(async () => (await count('users')) === 1);
    await sluice.close();
    sluice = await open();
    await db.query("INSERT INTO users VALUES (2, 'b')");
    await eventually(async () => (await count('users')) === 2);
    expect(await remarks('shop')).toBe('');
  });
});

describe('tables over a mirrored topic', () => {
  beforeEach(async () => {
    await db.query(
      "CREATE TABLE users (id int PRIMARY KEY, name text, at timestamptz); INSERT INTO users VALUES (1, 'a', '2024-01-01Z')",
    );
    await run(source('shop'));
    await eventually(async () => (await count('users')) === 1);
  });

  test('are read-only to INSERT, until the connector is gone', async () => {
    expect(await refusal(`INSERT INTO shop_users VALUES (2, 'b', NULL);`)).toMatch(
      /Cannot insert values into table SHOP_USERS: connector SHOP writes topic users.*\nWrite to the table in the database/s,
    );
    await run(`CREATE TABLE own WITH (kafka_topic='users');`);
    expect(await refusal(`INSERT INTO own (id, name) VALUES (2, 'b');`)).toContain('connector SHOP writes topic users');
    await run('DROP CONNECTOR shop;');
    await run(`INSERT INTO own (id, name) VALUES (2, 'b');`);
    expect(await count('users')).toBe(2);
  });

  test('a column that the database got or lost since is told, with the statement that takes it in', async () => {
    // Nothing is wrong: that everything has been read is not reported as a warning.
    expect(await remarks('shop')).toBe('');
    expect(JSON.stringify(await run('DESCRIBE CONNECTOR shop;'))).toContain(
      '"news":["Table public.users: its first reading is done, 1 row"]',
    );
    await db.query('ALTER TABLE users ADD COLUMN phone text');
    await db.query("INSERT INTO users (id, phone) VALUES (7, '123')");
    await eventually(async () => (await remarks('shop')).includes('Topic users has `PHONE` besides'));
    expect(await warnings('SHOW CONNECTORS;')).toContain('Topic users has `PHONE` besides');
    await run("CREATE OR REPLACE TABLE shop_users WITH (KAFKA_TOPIC='users');");
    await eventually(async () => JSON.stringify(await run('DESCRIBE shop_users;')).includes('PHONE'));
  });

  test('a stream over the topic is told that it has events', async () => {
    expect(await warnings(`CREATE STREAM changes WITH (kafka_topic='users');`)).toBe(
      "Topic users mirrors a table: to stream CHANGES every change of a row is an event of its own. CREATE TABLE CHANGES_TABLE WITH (KAFKA_TOPIC='users'); holds one row for each ID",
    );
    expect(await warnings(`CREATE TABLE held WITH (kafka_topic='users');`)).toBe('');
  });

  test('declared columns are checked as strictly as they are read', async () => {
    const declare = (name: string, columns: string): string =>
      `CREATE TABLE ${name} (${columns}) WITH (kafka_topic='users', value_format='JSON');`;
    for (const type of ['BIGINT', 'VARCHAR'])
      expect(await refusal(declare('t', `id ${type} PRIMARY KEY, name VARCHAR`))).toContain(
        'which KAFKA does not read as that',
      );
    expect(await refusal(declare('t', 'id INT PRIMARY KEY, name ARRAY<INT>'))).toContain(
      'which JSON does not read as that',
    );
    expect(await warnings(declare('t0', 'id INT PRIMARY KEY, name VARCHAR, at BIGINT'))).toBe('');
    expect(await warnings(declare('t1', 'id INT PRIMARY KEY, name INT, nmae VARCHAR'))).toMatch(
      /`NAME` is declared INTEGER, and connector SHOP writes STRING: a value that does not fit.*\n`NMAE` is not in topic users .*: it is NULL in every row\. Did you mean/,
    );
  });

  test('TERMINATE says what stays, a new one that it reads again; DROP TOPIC and DELETE TOPICS clean up', async () => {
    expect(await warnings('DROP CONNECTOR shop TERMINATE;')).toBe(
      'Topic users stays with all records: created again, the connector reads its source from the beginning and writes behind them. DROP TOPIC users;',
    );
    expect(await warnings(source('shop'))).toContain('The offsets of an earlier SHOP were forgotten');
    await eventually(async () => (await count('users')) === 2);
    expect(await refusal('DROP TOPIC users;')).toMatch(
      /Cannot drop topic users: table SHOP_USERS is over it; connector SHOP uses it\nDROP TABLE SHOP_USERS; DROP CONNECTOR SHOP;/,
    );
    await run(`CREATE STREAM changes WITH (kafka_topic='users');`);
    expect(await refusal('DROP CONNECTOR shop TERMINATE DELETE TOPICS;')).toMatch(
      /Cannot delete topic users of connector SHOP: stream CHANGES is over it\nDROP STREAM CHANGES; or DROP CONNECTOR SHOP TERMINATE;/,
    );
    await run('DROP STREAM changes;');
    expect(await warnings('DROP CONNECTOR shop TERMINATE DELETE TOPICS;')).toBe('Deleted with it: topic users');
    expect(await sluice.log.admin.describeTopic('users')).toBeUndefined();
    expect(await warnings(source('shop'))).toMatch(
      /^Mode changes: [^\n]*deleted ones stay in the tables here[^\n]*ALTER SYSTEM SET wal_level = 'logical'; and a restart[^\n]*$/,
    );
    await eventually(async () => (await count('users')) === 1);
    await run('DROP CONNECTOR shop TERMINATE;');
    await run('DROP TOPIC users;');
    expect(await refusal('DROP TOPIC users;')).toContain('Topic users does not exist');
    expect(await run('DROP TOPIC IF EXISTS users;')).toMatchObject([{ kind: 'warning_entity' }]);
    expect(await refusal('DROP TOPIC connect-configs;')).toContain("it is the server's own");
    // No trace remains, so the user can create a stream of that name.
    await run(`CREATE STREAM users (a INT) WITH (kafka_topic='users', value_format='JSON', partitions=1);`);
    expect(await rows(`DESCRIBE users;`).catch(() => [])).toEqual([]);
  });
});

describe('one connector, changed', () => {
  test('ALTER and CREATE OR REPLACE need no password again, but for another place', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY)');
    const with_ = (more: string) =>
      `SOURCE CONNECTOR shop WITH (connector='postgres', url='${postgres.jdbcUrl}', user='${postgres.user}', ${more});`;
    await run(`CREATE ${with_(`password='${postgres.password}', tables='users'`)}`);
    await eventually(async () => (await sluice.log.admin.describeTopic('users')) !== undefined);
    await run(`ALTER CONNECTOR shop SET ('poll.interval.ms'='50');`);
    await run(`CREATE OR REPLACE ${with_(`password='[hidden]', tables='users', poll=60`)}`);
    await run(`CREATE OR REPLACE ${with_(`tables='users', poll=70`)}`);
    await db.query('INSERT INTO users VALUES (1)');
    await eventually(async () => (await count('users')) === 1);
    expect(await refusal(`CREATE OR REPLACE ${with_(`tables='users'`).replace('127.0.0.1', 'localhost')}`)).toMatch(
      /asks for a password and none is set|stands for the stored value only while/,
    );
    expect(
      await refusal(
        `CREATE OR REPLACE SINK CONNECTOR shop WITH (connector='postgres', url='${postgres.url}', topics='users');`,
      ),
    ).toContain('Connector SHOP is a source connector');
    expect(await refusal(`CREATE ${with_(`tables='users'`)}`)).toMatch(
      /already exists\nCREATE OR REPLACE SOURCE CONNECTOR/,
    );
  });

  test('a password in the URL is kept too', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1)');
    await run(source('shop'));
    const url = new URL(postgres.url);
    url.password = '';
    await run(
      `CREATE OR REPLACE SOURCE CONNECTOR shop WITH (connector='postgres', url='${url.href}', tables='users');`,
    );
    await run(
      `CREATE OR REPLACE SOURCE CONNECTOR made WITH (connector='postgres', url='${postgres.url}', tables='users', prefix='m_');`,
    );
    await eventually(async () => (await count('m_users')) === 1);
  });
});

test('a sink over AVRO topics chooses the converter that reads them', async () => {
  await run(`CREATE STREAM av (k INT KEY, v INT) WITH (kafka_topic='av', value_format='AVRO', partitions=1);
    INSERT INTO av VALUES (1, 2);`);
  await run(sink('out', "topics='av', 'auto.create'=true"));
  await eventually(async () => (await table('SELECT * FROM av').catch(() => [])).length === 1);
  await run(`CREATE STREAM js (v INT) WITH (kafka_topic='js', value_format='JSON', partitions=1);`);
  expect(await refusal(sink('two', "topics='av,js'"))).toContain(
    'The values of av are AVRO, those of js are of a format without schemas',
  );
});

test("ksql.connect.worker.config gives the worker's converters", async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'sluice-worker-')), 'worker.properties');
  writeFileSync(file, 'group.id=x\nvalue.converter=org.apache.kafka.connect.json.JsonConverter\n');
  await db.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await sluice.close();
  sluice = await open({ 'ksql.connect.worker.config': file });
  await run(source('shop'));
  expect(sluice.engine.services.connect!.embedded!.topicSchema('users')?.valueFormat).toBe('CONNECT_JSON');
});

test("the settings of Confluent's cloud classes are understood", async () => {
  await db.query('CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1)');
  await run(`CREATE SOURCE CONNECTOR cloud WITH ('connector.class'='PostgresSource', 'connection.host'='${postgres.host}', 'connection.port'='${postgres.port}',
    'db.name'='${postgres.database}', 'connection.user'='${postgres.user}', 'connection.password'='${postgres.password}', 'ssl.mode'='disable',
    'kafka.auth.mode'='KAFKA_API_KEY', 'kafka.api.key'='k', 'kafka.api.secret'='s', 'output.data.format'='AVRO', 'topic.prefix'='c_', mode='bulk', 'tasks.max'='1');`);
  await eventually(async () => (await count('c_users')) > 0);
  expect(sluice.engine.services.connect!.embedded!.topicSchema('c_users')?.valueFormat).toBe('AVRO');
  // ALTER changes one part of the address. The stored password is not sent to another address.
  expect(await refusal(`ALTER CONNECTOR cloud SET ('db.name'='template1', 'connection.port'='1');`)).toContain(
    '[hidden]',
  );
  await run(
    `ALTER CONNECTOR cloud SET ('db.name'='template1', 'connection.port'='${postgres.port}', 'connection.password'='${postgres.password}');`,
  );
  expect((await sluice.engine.services.connect!.config('CLOUD'))['connection.url']).toBe(
    `jdbc:postgresql://${postgres.host}:${postgres.port}/template1?sslmode=disable`,
  );
});

test("and in Connect's REST, which gives them back as they were sent", async () => {
  await sluice.close();
  sluice = await open({ 'connect.listeners': 'http://127.0.0.1:0' });
  await db.query('CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1)');
  const config: Record<string, string> = {
    'connector.class': 'PostgresSource',
    'connection.host': postgres.host,
    'connection.port': String(postgres.port),
    'db.name': postgres.database,
    'connection.user': postgres.user,
    'connection.password': postgres.password,
    'output.data.format': 'AVRO',
    'topic.prefix': 'r_',
    mode: 'bulk',
    'tasks.max': '1',
  };
  const call = async (method: string, path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${sluice.connectUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, any> };
  };
  expect(
    await call('PUT', '/connector-plugins/PostgresSource/config/validate', { ...config, name: 'rest' }),
  ).toMatchObject({
    status: 200,
    body: { error_count: 0 },
  });
  expect((await call('PUT', '/connectors/rest/config', { ...config, 'connection.port': '1' })).status).toBe(400);
  const created = await call('POST', '/connectors', { name: 'rest', config });
  expect(created).toMatchObject({ status: 201, body: { config: { ...config, 'connection.password': '[hidden]' } } });
  await eventually(async () => (await count('r_users')) > 0);
  expect(sluice.engine.services.connect!.embedded!.topicSchema('r_users')?.valueFormat).toBe('AVRO');
  const again = { ...config, 'connection.password': '[hidden]', 'topic.prefix': 'q_' };
  expect((await call('PUT', '/connectors/rest/config', again)).status).toBe(200);
  await eventually(async () => (await count('q_users')) > 0);
  await run(`ALTER CONNECTOR \`rest\` SET ('topic.prefix'='p_', 'output.data.format'='JSON');`);
  await eventually(async () => (await count('p_users')) > 0);
  await sluice.close();
  sluice = await open();
  await eventually(async () => JSON.stringify(await run('DESCRIBE CONNECTOR `rest`;')).includes('"RUNNING (1/1'));
});

test('a table declared by hand over a mirrored topic finds the rows of today for events of last year', async () => {
  await db.query("CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ann')");
  await run(source('shop'));
  await eventually(async () => (await count('users')) === 1);
  await run(`DROP TABLE shop_users;
    CREATE TABLE people WITH (kafka_topic='users');
    CREATE STREAM events (id INT KEY, at BIGINT) WITH (kafka_topic='events', value_format='JSON', partitions=1, timestamp='at');
    CREATE STREAM named AS SELECT e.id AS id, p.name AS name FROM events e LEFT JOIN people p ON e.id = p.id;
    INSERT INTO events VALUES (1, 1500000000000);`);
  await sluice.caughtUp();
  await eventually(async () => (await rows('SELECT name FROM named;')).length === 1);
  expect(await rows('SELECT name FROM named;')).toEqual([['Ann']]);
});

test('a sink whose database goes away while it is idle says so, and is well again when it is back', async () => {
  await run(`CREATE TABLE kt (k INT PRIMARY KEY, v INT) WITH (kafka_topic='kt', value_format='JSON', partitions=1);
    INSERT INTO kt VALUES (1, 10);`);
  await run(sink('out', "sources='kt', 'connection.backoff.ms'=100"));
  await run(sink('idle', "topics='nothing', 'connection.backoff.ms'=100"));
  await eventually(async () => (await table('SELECT * FROM kt').catch(() => [])).length === 1);
  const states = async (): Promise<string> => JSON.stringify(await run('SHOW CONNECTORS;'));
  await db.end();
  await postgres.halt(true);
  await eventually(async () => (await states()).match(/WARNING \(0\/1 tasks RUNNING\)/g)?.length === 2);
  // At first, the lost connection is reported.
  await eventually(async () => (await states()).includes('Cannot connect to'));
  expect(JSON.stringify(await run('DESCRIBE CONNECTOR out;'))).toContain('Cannot connect to');
  await postgres.resume();
  await eventually(async () => (await states()).match(/RUNNING \(1\/1 tasks RUNNING\)/g)?.length === 2);
  db = await connectToEmptied(postgres);
  await run('INSERT INTO kt VALUES (2, 20);');
  await eventually(async () => (await table('SELECT * FROM kt').catch(() => [])).length > 0);
});

test('REPLICAS above what there is', async () => {
  expect(
    await warnings(`CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='JSON', partitions=1, replicas=3);`),
  ).toContain('REPLICAS=3 is read as 1');
});

test('a sink over a topic that is not there says so', async () => {
  await run(`CREATE STREAM clicks (a INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);`);
  expect(await warnings(sink('out', "topics='clicsk', 'auto.create'=true"))).toBe(
    'Topic clicsk does not exist: it is read when it comes. Did you mean clicks?',
  );
});
