import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import type { Sluice } from '../../src/main/compose.ts';
import type { Postgres } from '../support/postgres.ts';
import { sluiceBesidePostgres } from '../support/postgres-hooks.ts';
import { queryRows } from '../support/query-rows.ts';

/** The SQL types of a table's columns, and what becomes of them when the table changes. */

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;

sluiceBesidePostgres({}, (site) => {
  ({ postgres, db, sluice } = site);
});

const run = (sql: string) => sluice.engine.execute(sql);
const source = (more = ''): Promise<unknown> =>
  run(
    `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${postgres.url}', poll=50, 'table.poll.interval.ms'=200${more});`,
  );
async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}
const byFirst = (a: unknown[], b: unknown[]): number => Number(a[0]) - Number(b[0]);
const notes = async (): Promise<string> => {
  const [answer] = await run('DESCRIBE CONNECTOR pg;');
  return JSON.stringify(answer);
};

test('a new column with a DEFAULT: rows of before have NULL, which is told with the statement that reads them again', async () => {
  await db.query("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  await source(`, tables='t', mode='changes'`);
  await eventually(async () => (await rows('SELECT * FROM pg_t;')).length === 2);
  await db.query("ALTER TABLE t ADD COLUMN d int DEFAULT 7; INSERT INTO t VALUES (3, 'c')");
  await eventually(async () => (await rows('SELECT * FROM pg_t;')).length === 3);
  expect(await notes()).toMatch(/Rows that were there before `D` have NULL there.*RESET CONNECTOR OFFSETS OF PG;/);
  await run("CREATE OR REPLACE TABLE pg_t WITH (KAFKA_TOPIC='t');");
  const ds = async () => (await rows('SELECT id, d FROM pg_t;')).toSorted(byFirst);
  expect(await ds()).toEqual([
    [1, null],
    [2, null],
    [3, 7],
  ]);
  await run('RESET CONNECTOR OFFSETS OF PG;');
  await eventually(async () => JSON.stringify(await ds()) === '[[1,7],[2,7],[3,7]]');
  expect(await notes()).not.toContain('Rows that were there before');
});

describe('a column of another type', () => {
  test('is told with the statement that adapts, and never read as a value that it is not', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, v int, d numeric(4,2)); INSERT INTO t VALUES (1, 1, 12.34)');
    await source(`, tables='t'`);
    await run('CREATE TABLE kept AS SELECT id, v, d FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 1);
    await db.query(
      'ALTER TABLE t ALTER v TYPE bigint, ALTER d TYPE numeric(10,4); INSERT INTO t VALUES (2, 3000000000, 123456.7891), (3, 7, 1.25)',
    );
    await eventually(async () => (await rows('SELECT id, v FROM kept;')).length === 2);
    expect((await rows('SELECT id, v FROM kept;')).toSorted(byFirst)).toEqual([
      [1, 1],
      [3, 7],
    ]);
    expect(await notes()).toMatch(
      /Topic t has changed `V` from INTEGER to BIGINT, `D` from DECIMAL\(4, 2\) to DECIMAL\(10, 4\).*CREATE OR REPLACE TABLE PG_T WITH \(KAFKA_TOPIC='t'\)/,
    );
    await run(`CREATE OR REPLACE TABLE pg_t WITH (KAFKA_TOPIC='t');`);
    expect(await notes()).toMatch(
      /Query CTAS_KEPT_\d+ reads `V` as INTEGER.*topic t has `V` as BIGINT.*DROP TABLE KEPT/,
    );
    await run('DROP TABLE kept DELETE TOPIC; CREATE TABLE kept AS SELECT id, v, d FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 3);
    expect((await rows('SELECT id, v, CAST(d AS STRING) FROM kept;')).toSorted(byFirst)).toEqual([
      [1, 1, '12.3400'],
      [2, 3_000_000_000, '123456.7891'],
      [3, 7, '1.2500'],
    ]);
    expect(await notes()).not.toContain('has changed');
  });
});

describe('a key', () => {
  const moments = `('2024-01-01 10:00:00.123456+00', 'a'), ('2024-01-01 10:00:00.123457+00', 'b')`;

  test('of times that differ in microseconds stays two keys, and goes back into a table as it was', async () => {
    await db.query(
      `CREATE TABLE t (at timestamptz, n int, x text, PRIMARY KEY (at, n)); INSERT INTO t SELECT v.at::timestamptz, 1, v.x FROM (VALUES ${moments}) v(at, x);
       CREATE TABLE u (at timestamptz PRIMARY KEY, x text);
       CREATE TABLE one (at timestamp PRIMARY KEY, x text); INSERT INTO one SELECT at, x FROM t`,
    );
    await source(`, tables='t,one'`);
    await run(
      `CREATE SINK CONNECTOR back WITH (connector='postgres', url='${postgres.url}', sources='pg_one', table='u');`,
    );
    await run('CREATE TABLE kept AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 2);
    const told = await notes();
    expect(told).toMatch(
      /"at\\" of table public.one: its times have microseconds: the key holds all of them, as text; in/,
    );
    expect(told).not.toMatch(/and a sink writes back what it got|below a millisecond/);
    expect((await rows('SELECT at, n, x FROM kept;')).map(String).toSorted()).toEqual([
      '2024-01-01 10:00:00.123456+00,1,a',
      '2024-01-01 10:00:00.123457+00,1,b',
    ]);
    await eventually(async () => (await db.query('SELECT FROM u')).rows.length === 2);
    const back = await db.query<{ at: string }>(
      "SELECT to_char(at AT TIME ZONE 'UTC', 'HH24:MI:SS.US') AS at FROM u ORDER BY at",
    );
    expect(back.rows.map((r) => r.at)).toEqual(['10:00:00.123456', '10:00:00.123457']);
  });

  test('of whole milliseconds stays a TIMESTAMP, over restarts too; a finer one later is an error of its row', async () => {
    await db.query(
      `CREATE TABLE t (at timestamptz PRIMARY KEY, x text); INSERT INTO t VALUES ('2024-01-01 10:00:00.123+00', 'a')`,
    );
    await source(`, tables='t', 'errors.tolerance'='all'`);
    await run('CREATE TABLE kept AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 1);
    await db.query(`INSERT INTO t VALUES ${moments}`);
    await run('RESTART CONNECTOR pg;');
    await db.query(`INSERT INTO t VALUES ('2024-01-01 10:00:00.124+00', 'c')`);
    await eventually(async () => (await rows('SELECT * FROM kept;')).length === 2);
    expect((await rows('SELECT CAST(at AS STRING), x FROM kept;')).map(String).toSorted()).toEqual([
      '2024-01-01T10:00:00.123,a',
      '2024-01-01T10:00:00.124,c',
    ]);
  });
});

describe('names', () => {
  test('of tables and columns are found whatever their case where only one is meant', async () => {
    await db.query(
      `CREATE TABLE "Orders" ("Id" int PRIMARY KEY, changed timestamptz NOT NULL); INSERT INTO "Orders" VALUES (1, '2024-01-01');
       CREATE TABLE twice (id int PRIMARY KEY, "ID" int); INSERT INTO twice VALUES (1, 10)`,
    );
    await source(
      `, tables='orders', mode='timestamp+incrementing', 'incrementing.column.name'='ID', 'timestamp.column.name'='CHANGED'`,
    );
    await eventually(async () => (await rows('SELECT * FROM pg_orders;')).length === 1);
    await expect(
      run(
        `CREATE SOURCE CONNECTOR two WITH (connector='postgres', url='${postgres.url}', tables='twice', mode='incrementing', 'incrementing.column.name'='iD');`,
      ),
    ).rejects.toMatchObject({ error: { message: expect.stringContaining('only id, ID') as string } });
    await run(
      `CREATE SOURCE CONNECTOR q WITH (connector='postgres', url='${postgres.url}', prefix='q', query='SELECT id AS n, "ID" AS m FROM twice', mode='incrementing', 'incrementing.column.name'='N', 'quote.sql.identifiers'='never');
       CREATE STREAM q (n INT, m INT) WITH (kafka_topic='q', value_format='JSON', partitions=1);`,
    );
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
  });

  test('of a query are declared, its mode and topic found', async () => {
    await db.query(
      `CREATE TYPE mood AS ENUM ('ok');
       CREATE TABLE o (id serial PRIMARY KEY, amount numeric(10,2), at timestamptz, moods mood[]);
       INSERT INTO o (amount, at, moods) VALUES (1.5, '2024-01-01Z', '{ok}'), (2.5, '2024-01-02Z', NULL)`,
    );
    const create = (name: string, more: string) =>
      run(
        `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${postgres.url}', poll=50, query='SELECT id, amount * 2 AS twice, at, moods FROM o'${more});`,
      );
    const answer = JSON.stringify(await create('whole', `, "key"='id'`));
    expect(answer).toMatch(/Mode bulk: .* takes the place of the one with its id.*incrementing.column.name/);
    expect(answer).toContain(
      "CREATE TABLE IF NOT EXISTS WHOLE (ID INTEGER PRIMARY KEY, TWICE DECIMAL(38, 18), AT TIMESTAMP, MOODS ARRAY<STRING>) WITH (KAFKA_TOPIC='WHOLE'",
    );
    await eventually(async () => (await rows('SELECT * FROM whole;')).length === 2);
    await create('later', `, 'timestamp.column.name'='at', 'incrementing.column.name'='id'`);
    const [described] = JSON.parse(JSON.stringify(await run('SHOW CREATE CONNECTOR later;'))) as unknown[];
    expect(JSON.stringify(described)).toContain("'mode'='timestamp+incrementing'");
    await eventually(async () => (await rows('SELECT * FROM later;')).length === 2);
    // Settings that a query and a list of tables do not have in common are not carried over from one to the other.
    await run(
      `CREATE OR REPLACE SOURCE CONNECTOR later WITH (connector='postgres', url='${postgres.url}', poll=50, query='SELECT id FROM o', 'incrementing.column.name'='id', "key"='id');`,
    );
    await run(
      `CREATE OR REPLACE SOURCE CONNECTOR later WITH (connector='postgres', url='${postgres.url}', poll=50, tables='o', prefix='x');`,
    );
  });

  test('without quotes mean lower case in a sink', async () => {
    await run(
      `CREATE STREAM s ("userName" STRING, n INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
       INSERT INTO s VALUES ('ann', 1);
       CREATE SINK CONNECTOR out WITH (connector='postgres', url='${postgres.url}', sources='s', table='Kafka_S', 'quote.sql.identifiers'='never');`,
    );
    await eventually(
      async () => (await db.query('SELECT username, n FROM kafka_s').catch(() => ({ rows: [] }))).rows.length === 1,
    );
  });
});

describe('NUL', () => {
  test.each([
    ['text', 'STRING', "'a' + CAST(FROM_BYTES(TO_BYTES('AGI=', 'base64'), 'utf8') AS STRING)", 'ab'],
    ['jsonb', 'STRING', `'{"k":"a\\u0000b"}'`, '{"k": "ab"}'],
    ['text[]', 'ARRAY<STRING>', "ARRAY['a' + FROM_BYTES(TO_BYTES('AGI=', 'base64'), 'utf8')]", '{ab}'],
    ['jsonb', 'MAP<STRING, STRING>', "MAP('k' := 'a' + FROM_BYTES(TO_BYTES('AGI=', 'base64'), 'utf8'))", '{"k": "ab"}'],
  ])('in %s of %s is that record’s error, or left out', async (column, type, value, without) => {
    await db.query(
      `CREATE TABLE strict (id int PRIMARY KEY, v ${column}); CREATE TABLE loose (id int PRIMARY KEY, v ${column})`,
    );
    await run(
      `CREATE TABLE t (id INT PRIMARY KEY, v ${type}) WITH (kafka_topic='t', value_format='JSON', partitions=1);
       INSERT INTO t VALUES (1, ${value}); INSERT INTO t VALUES (2, NULL);
       CREATE SINK CONNECTOR a WITH (connector='postgres', url='${postgres.url}', sources='t', table='strict', 'errors.tolerance'='all');
       CREATE SINK CONNECTOR b WITH (connector='postgres', url='${postgres.url}', sources='t', table='loose', 'nul.mapping'='remove');`,
    );
    await eventually(async () => (await db.query('SELECT FROM loose')).rows.length === 2);
    await eventually(async () => (await db.query('SELECT FROM strict')).rows.length === 1);
    const found = await db.query<{ v: string }>('SELECT v::text AS v FROM loose WHERE id = 1');
    expect(found.rows[0]!.v).toBe(without);
    expect((await db.query<{ id: number }>('SELECT id FROM strict')).rows).toEqual([{ id: 2 }]);
  });
});

test('VALIDATE gives columns of types that are read as texts the names that Postgres has for them', async () => {
  await db.query(
    `DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad', 'so so');
     CREATE TABLE t (id int PRIMARY KEY, m mood, ms mood[], i interval, b bit(3), r int4range, p point, x xml, v tsvector)`,
  );
  const [answer] = await run(
    `VALIDATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${postgres.url}', tables='t');`,
  );
  const { topics } = answer as unknown as {
    readonly topics: { readonly columns: { readonly name: string; readonly sourceType: string }[] }[];
  };
  expect(Object.fromEntries(topics[0]!.columns.map((c) => [c.name, c.sourceType]))).toEqual({
    ID: 'int4',
    M: 'mood',
    MS: 'mood[]',
    I: 'interval',
    B: 'bit',
    R: 'int4range',
    P: 'point',
    X: 'xml',
    V: 'tsvector',
  });
});

test('arrays of enums, addresses, citext and intervals are arrays of texts, and go back as they came', async () => {
  await db.query(`CREATE EXTENSION IF NOT EXISTS citext`).catch(() => db.query('CREATE DOMAIN citext AS text'));
  await db.query(
    `DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('sad', 'so so');
     CREATE TABLE t (id int PRIMARY KEY, e mood[], a inet[], c citext[], i interval[]);
     INSERT INTO t VALUES (1, '{sad,"so so",NULL}', '{10.0.0.1,::1/64}', '{Ab,"c,\\"d"}', '{1 day,-2 hours}'), (2, '{}', NULL, NULL, NULL);
     CREATE TABLE u (LIKE t INCLUDING ALL)`,
  );
  await source(`, tables='t'`);
  await run(
    `CREATE SINK CONNECTOR back WITH (connector='postgres', url='${postgres.url}', sources='pg_t', table='u');`,
  );
  await eventually(async () => (await db.query('SELECT FROM u')).rows.length === 2);
  const [description] = await run('DESCRIBE pg_t;');
  expect(JSON.stringify(description)).not.toContain('"name":"E","type":{"kind":"STRING"}');
  expect((await db.query('SELECT FROM (TABLE t EXCEPT TABLE u) d')).rows).toEqual([]);
  expect(await rows('SELECT e[2], a[1], c[2], i[1] FROM pg_t WHERE id = 1;')).toEqual([
    ['so so', '10.0.0.1', 'c,"d', 'P1D'],
  ]);
});

test('arrays of every type are arrays, those of the catalog and of domains too, and go back as they came', async () => {
  const types: Readonly<Record<string, string>> = {
    money: '{$1.50,NULL,-$2.00}',
    int4range: '{"[1,5)",empty,NULL}',
    numrange: '{"[1.5,)"}',
    tstzrange: String.raw`{"[\"2024-01-01 10:00:00.123456+00\",)"}`,
    int8multirange: '{"{[1,3),[5,7)}","{}"}',
    point: '{"(1,2)"}',
    lseg: '{"[(1,2),(3,4)]"}',
    path: '{"((1,2),(3,4))"}',
    polygon: '{"((1,2),(3,4))"}',
    circle: '{"<(1,2),3>"}',
    box: '{(3,4),(1,2);NULL;(7,8),(5,6)}',
    oid: '{1,4294967295}',
    xid: '{7,NULL}',
    xid8: '{18446744073709551615}',
    cid: '{8}',
    tid: '{"(0,1)"}',
    pg_lsn: '{16/B374D848}',
    tsvector: String.raw`{"'a':1 'b c':2"}`,
    tsquery: String.raw`{"'a' & !'b'"}`,
    jsonpath: String.raw`{"$.\"a b\""}`,
    regclass: '{pg_class}',
    regtype: '{integer,"character varying"}',
    int2vector: '{"1 2"}',
    'information_schema.cardinal_number': '{1,2}',
    corners: '{(3,4),(1,2);(7,8),(5,6)}',
    short: '{abc,"d,e"}',
    'bit(3)': '{101,010}',
    'char(3)': '{"a  "}',
    '"char"': '{x,"\\""}',
    macaddr8: '{08:00:2b:01:02:03:04:05}',
  };
  const columns = Object.keys(types).map((type, i) => `c${i} ${type}[]`);
  await db.query(
    `DROP DOMAIN IF EXISTS corners, short; CREATE DOMAIN corners AS box; CREATE DOMAIN short AS varchar(3);
     CREATE TABLE t (id int PRIMARY KEY, ${columns.join(', ')}); CREATE TABLE u (LIKE t INCLUDING ALL);
     INSERT INTO t VALUES (1, ${Object.values(types)
       .map((text) => `'${text.replaceAll("'", "''")}'`)
       .join(', ')});
     INSERT INTO t VALUES (2, ${columns.map(() => "'{}'").join(', ')}); INSERT INTO t VALUES (3)`,
  );
  await source(`, tables='t'`);
  await run(
    `CREATE SINK CONNECTOR back WITH (connector='postgres', url='${postgres.url}', sources='pg_t', table='u');`,
  );
  await eventually(async () => (await db.query('SELECT FROM u')).rows.length === 3);
  const texts = async (table: string) => (await db.query(`SELECT ${table}::text FROM ${table} ORDER BY id`)).rows;
  expect((await texts('u')).map((r) => r.u)).toEqual((await texts('t')).map((r) => r.t));
  expect(await rows(`SELECT ${columns.map((_, i) => `c${i}[1]`).join(', ')} FROM pg_t WHERE id = 1;`)).toEqual([
    ['$1.50', '[1,5)', '[1.5,)', '["2024-01-01 10:00:00.123456+00",)', '{[1,3),[5,7)}', '(1,2)', '[(1,2),(3,4)]']
      .concat(['((1,2),(3,4))', '((1,2),(3,4))', '<(1,2),3>', '(3,4),(1,2)'])
      .map((text): unknown => text)
      .concat([1, 7, '18446744073709551615', '8', '(0,1)', '16/B374D848', "'a':1 'b c':2", "'a' & !'b'", '$."a b"'])
      .concat(['pg_class', 'integer', '1 2', '1', '(3,4),(1,2)', 'abc', '101', 'a  ', 'x', '08:00:2b:01:02:03:04:05']),
  ]);
});

describe('what CREATE says of tables that are not listed', () => {
  const refused = async (more: string): Promise<string> => {
    const error = await source(more).then(
      () => undefined,
      (e: unknown) => e as { error: Error },
    );
    return error!.error.message;
  };

  test('a view names the type that reads it, a pattern of schemas itself', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); CREATE VIEW v AS SELECT * FROM t');
    expect(await refused(`, tables='v', mode='bulk'`)).toMatch(
      /table.types: public.v is a view: 'table.types'='TABLE,VIEW' reads it/,
    );
    await source(`, tables='v', mode='bulk', 'table.types'='TABLE,VIEW'`);
    await run('DROP CONNECTOR pg;');
    expect(await refused(`, tables='t', 'schema.pattern'='shop%'`)).toMatch(
      /Invalid value shop% for configuration schema.pattern: Table public.t/,
    );
  });

  test('a single partition that is named is read alone', async () => {
    await db.query(
      `CREATE TABLE p (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
       CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
       INSERT INTO p VALUES (1), (11)`,
    );
    await source(`, tables='p2'`);
    await eventually(async () => (await rows('SELECT * FROM pg_p2;')).length === 1);
    expect(await rows('SELECT id FROM pg_p2;')).toEqual([[11]]);
  });

  test('columns with names of SQL or that differ in case are declared so that they can be used', async () => {
    await db.query(
      `CREATE TABLE odd (id int PRIMARY KEY, "ID" int, rowtime text, "WindowStart" int, "ROWOFFSET" int, name text, "Name" text);
       INSERT INTO odd VALUES (1, 2, 'r', 3, 4, 'a', 'b'); CREATE TABLE none ()`,
    );
    const [answer] = await run(
      `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${postgres.url}', tables='odd,none', poll=50);`,
    );
    expect(JSON.stringify(answer)).toMatch(/ROWOFFSET of odd cannot be a column of SQL/);
    expect(JSON.stringify(answer)).toMatch(/none has no columns/);
    await eventually(async () => (await rows('SELECT * FROM pg_odd;')).length === 1);
    expect(await rows('SELECT `id`, `ID`, `rowtime`, `WindowStart`, `name`, `Name` FROM pg_odd;')).toEqual([
      [1, 2, 'r', 3, 'a', 'b'],
    ]);
    expect(await notes()).not.toContain('besides');
  });
});
