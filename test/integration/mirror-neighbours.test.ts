import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import type { Sluice } from '../../src/main/compose.ts';
import type { Postgres } from '../support/postgres.ts';
import { sluiceBesidePostgres } from '../support/postgres-hooks.ts';
import { queryRows } from '../support/query-rows.ts';

/** Unusual rows, similar to those that were once truncated, lost, or stopped all others. */

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;

sluiceBesidePostgres({}, (site) => {
  ({ postgres, db, sluice } = site);
});

const run = (sql: string) => sluice.engine.execute(sql);
const source = (tables: string, more = '', url = postgres.url): Promise<unknown> =>
  run(
    `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${url}', mode='changes', poll=50, 'table.poll.interval.ms'=200, tables='${tables}'${more});`,
  );
const LETTERS = `'errors.tolerance'='all', 'errors.deadletterqueue.context.headers.enable'='true', 'errors.deadletterqueue.topic.name'='dead'`;
const sink = (sources: string, table: string, more = '', url = postgres.url): Promise<unknown> =>
  run(
    `CREATE SINK CONNECTOR sk WITH (connector='postgres', url='${url}', sources='${sources}', table='${table}', ${LETTERS}${more});`,
  );
/** Appends a stream's rows, without columns that identify their origin. */
const APPEND = `, 'insert.mode'='insert', 'pk.mode'='none'`;
const textsOf = async (table: string, on = db): Promise<string[]> =>
  (await on.query(`SELECT t::text AS row FROM ${table} t ORDER BY 1`)).rows.map((r: { row: string }) => r.row);
const refused = async (): Promise<number> => {
  const found = await sluice.log.admin.describeTopic('dead');
  return found === undefined ? 0 : sluice.log.admin.latestOffset({ topic: 'dead', partition: 0 });
};
/** The number of records in a topic. */
const written = async (topic: string): Promise<number> => {
  const found = (await sluice.log.admin.describeTopic(topic))!;
  const ends = Array.from({ length: found.partitions }, (_, partition) =>
    sluice.log.admin.latestOffset({ topic, partition }),
  );
  return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0);
};
const notes = async (name: string): Promise<string> => JSON.stringify(await run(`DESCRIBE CONNECTOR ${name};`));
async function rows(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}
/** Creates the stream that the sink reads: `columns` in SQL, and VALUES for each row. */
async function stream(columns: string, values: readonly string[]): Promise<void> {
  await run(`CREATE STREAM s (${columns}) WITH (kafka_topic='s', value_format='JSON', partitions=1);`);
  for (const row of values) await run(`INSERT INTO s VALUES (${row});`);
}
/** Mirrors table `t` through a topic and a SQL table to table `back`. */
async function mirror(): Promise<void> {
  await source('t');
  await run(`CREATE TABLE q WITH (key_format='JSON') AS SELECT * FROM pg_t;`);
  await sink('q', 'back');
}
async function settled(count: number): Promise<void> {
  await eventually(async () => (await textsOf('back')).length + (await refused()) >= count).catch(async () => {
    throw new Error(
      `${(await textsOf('back')).length} rows and ${await refused()} refused of ${count}: ${await notes('pg').catch(() => '')} ${await notes('sk')}`,
    );
  });
}
/** Checks that values are unchanged after a round trip. */
async function roundTrip(columns: string, values: readonly string[]): Promise<void> {
  await db.query(`CREATE TABLE t (id int PRIMARY KEY, ${columns}); CREATE TABLE back (LIKE t INCLUDING ALL)`);
  for (const [i, row] of values.entries()) await db.query(`INSERT INTO t VALUES (${i}, ${row})`);
  await mirror();
  await settled(values.length);
  expect(await textsOf('back')).toEqual(await textsOf('t'));
}

describe('a sink writes as INSERT does', () => {
  test('times are rounded to the digits of their column as the database rounds them', async () => {
    const columns = 'id int, a timestamp(0), b time(1), c timestamptz(2)';
    await db.query(`CREATE TABLE back (${columns}); CREATE TABLE plain (${columns})`);
    await db.query(
      `INSERT INTO plain VALUES (1, '2024-01-01 10:00:00.700', '10:00:00.760', '2024-01-01 10:00:00.705Z')`,
    );
    await stream('id INT, a TIMESTAMP, b TIME, c TIMESTAMP', [
      `1, '2024-01-01T10:00:00.700', '10:00:00.760', '2024-01-01T10:00:00.705'`,
    ]);
    await sink('s', 'back', APPEND);
    await settled(1);
    expect(await textsOf('back')).toEqual(await textsOf('plain'));
  });

  test('a decimal is rounded to the column’s scale, and refused where it has too many digits before the point', async () => {
    await db.query('CREATE TABLE back (id int, v numeric(4,2))');
    await stream('id INT, v DECIMAL(9, 3)', ['1, 1.005', '2, 123.456', '3, -99.994']);
    await sink('s', 'back', APPEND);
    await settled(3);
    expect([await textsOf('back'), await refused()]).toEqual([['(1,1.01)', '(3,-99.99)'], 1]);
  });

  test('elements of an array in a domain are not cut', async () => {
    await db.query('CREATE DOMAIN tags AS varchar(3)[]; CREATE TABLE back (id int, v tags)');
    await stream('id INT, v ARRAY<STRING>', [
      `1, ARRAY['abc']`,
      `2, ARRAY['ab','abcd']`,
      `3, CAST(NULL AS ARRAY<STRING>)`,
    ]);
    await sink('s', 'back', APPEND);
    await settled(3);
    expect([await textsOf('back'), await refused()]).toEqual([['(1,{abc})', '(3,)'], 1]);
  });

  test.each([
    ['a label that an enum lacks', `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE back (id int, v mood)`],
    [
      'a row that no partition takes',
      `CREATE TABLE back (id int, v text) PARTITION BY LIST (v); CREATE TABLE p PARTITION OF back FOR VALUES IN ('sad')`,
    ],
    [
      'a constraint that is looked at when the transaction ends',
      `CREATE TABLE ok (v text PRIMARY KEY); INSERT INTO ok VALUES ('sad'); CREATE TABLE back (id int, v text REFERENCES ok DEFERRABLE INITIALLY DEFERRED)`,
    ],
    [
      'what a trigger refuses',
      `CREATE TABLE back (id int, v text); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.v <> 'sad' THEN RAISE EXCEPTION 'not %', new.v; END IF; RETURN new; END $$; CREATE TRIGGER no BEFORE INSERT ON back FOR EACH ROW EXECUTE FUNCTION no()`,
    ],
    [
      'an exclusion constraint',
      `CREATE TABLE back (id int, v text, EXCLUDE USING hash (v WITH =) WHERE (v <> 'sad')); INSERT INTO back VALUES (0, 'glad')`,
    ],
  ])('%s: one record’s error', async (_, ddl) => {
    await db.query(ddl);
    const before = (await textsOf('back')).length;
    await stream('id INT, v STRING', [`1, 'sad'`, `2, 'glad'`, `3, 'sad'`]);
    await sink('s', 'back', APPEND);
    await eventually(async () => (await textsOf('back')).length - before + (await refused()) >= 3);
    expect((await db.query('SELECT id FROM back WHERE id > 0 ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 3 }]);
    expect(await refused()).toBe(1);
  });

  test('a value too large for an index, and a row that row security refuses: their records’ errors', async () => {
    await db.query(`
      CREATE TABLE back (id int, v text); CREATE INDEX ON back (v); ALTER TABLE back ENABLE ROW LEVEL SECURITY;
      CREATE ROLE writer LOGIN PASSWORD 'w'; GRANT USAGE ON SCHEMA public TO writer; GRANT SELECT, INSERT ON back TO writer;
      CREATE POLICY r ON back FOR SELECT USING (true); CREATE POLICY w ON back FOR INSERT WITH CHECK (v <> 'no')`);
    try {
      // Random text, which does not compress.
      const large = Array.from({ length: 3000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1).toString(36)).join('');
      await stream('id INT, v STRING', [`1, 'yes'`, `2, '${large}'`, `3, 'no'`, `4, 'yes'`]);
      await sink('s', 'back', APPEND, postgres.url.replace('postgres:postgres@', 'writer:w@'));
      await settled(4);
      expect([await textsOf('back'), await refused()]).toEqual([['(1,yes)', '(4,yes)'], 2]);
    } finally {
      await run('DROP CONNECTOR sk;').catch(() => {});
      await db.query('DROP OWNED BY writer; DROP ROLE writer');
    }
  });

  test('a row that comes before the one it refers to is not blamed for another', async () => {
    await db.query('CREATE TABLE back (id int PRIMARY KEY, parent int REFERENCES back DEFERRABLE INITIALLY DEFERRED)');
    await stream('id INT, parent INT', ['1, 2', '2, 3', '3, 3', '4, 99']);
    await sink('s', 'back', APPEND);
    await settled(4);
    expect([await textsOf('back'), await refused()]).toEqual([['(1,2)', '(2,3)', '(3,3)'], 1]);
  });

  test('columns that the database makes itself are left to it', async () => {
    await db.query(
      `CREATE TABLE back (n int GENERATED ALWAYS AS IDENTITY, id int, twice int GENERATED ALWAYS AS (id * 2) STORED, note text DEFAULT 'none')`,
    );
    await stream('id INT', ['1', '2']);
    await sink('s', 'back', APPEND);
    await settled(2);
    expect(await textsOf('back')).toEqual(['(1,1,2,none)', '(2,2,4,none)']);
  });

  test.each([
    [
      'a collation that ignores case',
      `CREATE COLLATION ci (provider=icu, locale='und-u-ks-level2', deterministic=false); CREATE TABLE back (k text COLLATE ci PRIMARY KEY, v int)`,
      ['Bob', 'BOB', 'bob'],
    ],
    [
      'macaddr',
      'CREATE TABLE back (k macaddr PRIMARY KEY, v int)',
      ['08:00:2b:01:02:03', '08-00-2b-01-02-03', '08002b:010203'],
    ],
    ['inet', 'CREATE TABLE back (k inet PRIMARY KEY, v int)', ['10.0.0.1', '10.0.0.1/32', '10.0.0.1']],
    ['interval', 'CREATE TABLE back (k interval PRIMARY KEY, v int)', ['1 day', '24:00:00', '24 hours']],
    [
      'jsonb',
      'CREATE TABLE back (k jsonb PRIMARY KEY, v int)',
      ['{"a":1,"b":2}', '{"b": 2, "a": 1}', '{"a":1.0,"b":2}'],
    ],
  ])('keys that %s deems equal, in one batch: the last wins', async (_, ddl, keys) => {
    await db.query(ddl);
    await run(
      `CREATE TABLE s (k STRING PRIMARY KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);`,
    );
    for (const [i, key] of keys.entries()) await run(`INSERT INTO s VALUES ('${key}', ${i});`);
    await sink('s', 'back');
    await eventually(async () => (await db.query('SELECT v FROM back')).rows[0]?.v === 2);
    expect([(await textsOf('back')).length, await refused()]).toEqual([1, 0]);
  });

  test('two tasks that add the same column', async () => {
    await db.query('CREATE TABLE back (id int)');
    await run(
      `CREATE STREAM s (id INT, a INT, b STRING) WITH (kafka_topic='s', value_format='JSON', partitions=4);` +
        Array.from({ length: 40 }, (_, i) => `INSERT INTO s VALUES (${i}, ${i}, 'x');`).join(''),
    );
    await sink('s', 'back', `${APPEND}, 'auto.evolve'=true, 'tasks.max'=4, 'batch.size'=2`);
    await settled(40);
    expect((await textsOf('back')).length).toBe(40);
    expect(await notes('sk')).not.toContain('FAILED');
  });
});

describe('a database with a will of its own', () => {
  test('settings that change how values are written as text', async () => {
    await db.query(`
      ALTER DATABASE postgres SET DateStyle = 'German, DMY'; ALTER DATABASE postgres SET IntervalStyle = 'sql_standard';
      ALTER DATABASE postgres SET bytea_output = 'escape'; ALTER DATABASE postgres SET extra_float_digits = -10;
      ALTER DATABASE postgres SET TimeZone = 'Asia/Kathmandu'; ALTER DATABASE postgres SET xmloption = 'document';
      ALTER DATABASE postgres SET standard_conforming_strings = off; ALTER DATABASE postgres SET array_nulls = off`);
    try {
      await roundTrip(
        'd date, ts timestamp, tz timestamptz, i interval, b bytea, f float8, g float4, x text, n int[], m text[]',
        [
          `'2024-02-03', '2024-02-03 04:05:06.789', '2024-02-03 04:05:06.789+00', '1 year 2 days 03:04:05', '\\x00ff5c', 0.1234567890123456, 0.12345678, E'a\\\\b''c', '{1,2}', '{a,"NULL"}'`,
          `NULL, NULL, NULL, '-1 day', '\\x', 1e300, -0.1, E'\\\\', ARRAY[1,NULL], ARRAY['x',NULL]`,
        ],
      );
    } finally {
      await db.query(`ALTER DATABASE postgres RESET ALL`);
    }
  });

  test('a search path that leads elsewhere, to tables and operators of the same name', async () => {
    await db.query(`
      CREATE SCHEMA other; CREATE TABLE other.t (id int PRIMARY KEY, v text); INSERT INTO other.t VALUES (9, 'wrong');
      CREATE TABLE public.t (id int PRIMARY KEY, v text); INSERT INTO public.t VALUES (1, 'right');
      CREATE FUNCTION other.ne(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
      CREATE OPERATOR other.> (LEFTARG=int, RIGHTARG=int, FUNCTION=other.ne);
      ALTER DATABASE postgres SET search_path = other, public`);
    try {
      await source('public.t');
      await run('CREATE TABLE q AS SELECT * FROM pg_t;');
      await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
      expect(await rows('SELECT * FROM q;')).toEqual([[1, 'right']]);
    } finally {
      await db.query(`ALTER DATABASE postgres RESET ALL; DROP SCHEMA other CASCADE`);
    }
  });

  test('an encoding that lacks letters: read whole, and what it lacks is one record’s error', async () => {
    await db.query(`DROP DATABASE IF EXISTS latin`);
    await db.query(`CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    const url = postgres.url.replace(/[^/]*$/, 'latin');
    const latin = new pg.Client({ connectionString: url });
    await latin.connect();
    try {
      await latin.query(`CREATE TABLE t (id int PRIMARY KEY, "näme" text); INSERT INTO t VALUES (1, 'ä ß')`);
      await source('t', '', url);
      await run('CREATE TABLE q AS SELECT * FROM pg_t;');
      await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
      expect(await rows('SELECT * FROM q;')).toEqual([[1, 'ä ß']]);
      await latin.query('CREATE TABLE back (id int, v text)');
      await stream('id INT, v STRING', [`1, 'ü'`, `2, '€ 5'`, `3, 'é'`]);
      await sink('s', 'back', APPEND, url);
      await eventually(async () => (await textsOf('back', latin)).length + (await refused()) >= 3);
      expect([await textsOf('back', latin), await refused()]).toEqual([['(1,ü)', '(3,é)'], 1]);
    } finally {
      await run('DROP CONNECTOR pg;').catch(() => {});
      await latin.end();
    }
  });

  test('schemas that differ in case alone', async () => {
    await db.query(`
      CREATE SCHEMA "Sales"; CREATE SCHEMA sales;
      CREATE TABLE "Sales".orders (id int PRIMARY KEY); CREATE TABLE sales.orders (id int PRIMARY KEY, v text)`);
    try {
      await expect(source('"Sales".orders,sales.orders')).rejects.toThrow(/Sales.*orders.*sales.*orders/s);
    } finally {
      await db.query('DROP SCHEMA "Sales" CASCADE; DROP SCHEMA sales CASCADE');
    }
  });

  test('partitions of partitions without a key, over restarts', async () => {
    await db.query(`
      CREATE TABLE t (a int, b int) PARTITION BY LIST (a);
      ${[1, 2, 3].map((a) => `CREATE TABLE t${a} PARTITION OF t FOR VALUES IN (${a}) PARTITION BY HASH (b); CREATE TABLE t${a}a PARTITION OF t${a} FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE t${a}b PARTITION OF t${a} FOR VALUES WITH (MODULUS 2, REMAINDER 1);`).join('')}
      INSERT INTO t SELECT n % 3 + 1, n FROM generate_series(1, 600) n`);
    await source('t', `, 'batch.max.rows'=7`);
    for (let i = 0; i < 3; i++) await run('RESTART CONNECTOR pg;');
    await run('CREATE STREAM q AS SELECT * FROM pg_t;');
    const distinct = async (): Promise<number> => new Set((await rows('SELECT b FROM q;')).map((r) => r[0])).size;
    await eventually(async () => (await distinct()) === 600);
  });

  test('an enum that gets a label and a label that gets another name while it is read', async () => {
    await db.query(
      `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int PRIMARY KEY, v mood, l mood[]); INSERT INTO t VALUES (1, 'sad', '{sad}')`,
    );
    await source('t');
    await run('CREATE TABLE q AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
    await db.query(`ALTER TYPE mood ADD VALUE 'glad'`);
    await db.query(
      `ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'; INSERT INTO t VALUES (2, 'glad', '{glad,NULL}'), (3, 'blue', '{}')`,
    );
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 3);
    expect((await rows('SELECT id, v, l FROM q;')).toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [1, 'sad', ['sad']],
      [2, 'glad', ['glad', null]],
      [3, 'blue', []],
    ]);
  });
});

describe('there and back', () => {
  test('types that few people use', () =>
    roundTrip(
      'a int4range, b tstzrange, c point, d box, e tsvector, f pg_lsn, g oid, h "char", i name, j bit(3), k varbit(9), l macaddr8, m jsonpath, n xml, o circle, p timetz, q txid_snapshot, r int8multirange, s cidr, t xid8',
      [
        `'[1,5)', '["2024-01-01 00:00:00+00",)', '(1.5,-2)', '((0,0),(1,1))', '''a'':1 ''b c'':2', '16/B374D848', 4294967295, 'x', 'n', B'101', B'10111', '08:00:2b:01:02:03:04:05', '$.a[*] ? (@ > 1)', '<a b="c">d</a>', '<(0,0),1>', '10:00:00.123456+05:30', '10:20:10,14,15', '{[1,3),[5,7)}', '10.0.0.0/8', '18446744073709551615'`,
        `'empty', 'empty', '(NaN,Infinity)', '((1e300,0),(0,-1))', '', '0/0', 0, '', '', B'000', B'', '00:00:00:00:00:00:00:00', 'strict $', '<a/>', '<(1,2),0>', '24:00:00-15:59:59', '1:1:', '{}', '::/0', '0'`,
      ],
    ));

  test('types that users make', async () => {
    await db.query(`
      CREATE TYPE addr AS (street text, no int); CREATE DOMAIN posint AS int CHECK (value > 0); CREATE DOMAIN list AS int[];
      CREATE DOMAIN money2 AS numeric(12,2); CREATE TYPE r AS RANGE (subtype = float8)`);
    await roundTrip('a addr, b addr[], c posint, d list, e posint[], f money2, g r, h money2[]', [
      `ROW('a "b", c', 1), ARRAY[ROW('x', NULL)::addr, NULL], 1, '{1,NULL}', '{2}', 1234567890.12, '[0.1,2)', '{1.50,NULL}'`,
      `ROW(NULL, NULL), '{}', 2147483647, '{}', '{}', -0.01, 'empty', '{}'`,
    ]);
  });

  test('numerics whose scale is none of the usual', () =>
    roundTrip('a numeric(5,-2), b numeric(2,5), c numeric(38,38), d numeric(1,0), e numeric(38,0), f numeric(3,3)[]', [
      `1234567, 0.00012, 0.${'9'.repeat(38)}, -9, ${'9'.repeat(38)}, '{0.999}'`,
      `-100, -0.00099, -0.${'0'.repeat(37)}1, 0, -1, '{}'`,
    ]));

  test('the last moment of a day, and values at the ends of time', () =>
    roundTrip('a time, b date, c timestamp(3), d time[], e date[]', [
      `'24:00:00', '5874897-12-31', '294276-12-31 23:59:59.999', '{24:00:00,00:00:00}', '{5874897-12-31,"0001-01-01 BC",infinity}'`,
      `'23:59:59.999', '4713-11-24 BC', '4713-11-24 00:00:00 BC', '{}', '{-infinity}'`,
    ]));

  test('keys that are empty, not a number, or negative zero', async () => {
    await db.query(`
      CREATE TABLE t (a text, b float8, v int, PRIMARY KEY (a, b)); CREATE TABLE back (LIKE t INCLUDING ALL);
      INSERT INTO t VALUES ('', 'NaN', 1), ('', '-0', 2), ('', 'Infinity', 3), (' ', 1e-300, 4), (E'\\t', 1.7976931348623157e308, 5)`);
    await mirror();
    await settled(5);
    expect(await textsOf('back')).toEqual(await textsOf('t'));
  });

  test('columns whose names are punctuation, words of SQL, or as long as they may be', async () => {
    const names = [
      'a.b',
      'a"b',
      'a`b',
      '$1',
      'select',
      'ROWKEY',
      'ünï',
      'é'.repeat(31),
      ' ',
      'a->b',
      'x'.repeat(63),
      '%s',
    ];
    const quoted = names.map((n) => `"${n.replaceAll('"', '""')}"`);
    await db.query(
      `CREATE TABLE t ("the id" int PRIMARY KEY, ${quoted.map((n) => `${n} text`).join(', ')}); CREATE TABLE back (LIKE t INCLUDING ALL);
       INSERT INTO t VALUES (1, ${names.map((_, i) => `'v${i}'`).join(', ')})`,
    );
    await mirror();
    await settled(1);
    expect(await textsOf('back')).toEqual(await textsOf('t'));
  });

  test('a field that may be one of two columns is refused with both', async () => {
    await db.query('CREATE TABLE back (id int, "createdAt" text, "createdAT" text)');
    await run(`CREATE STREAM s (id INT, createdat STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);`);
    await expect(sink('s', 'back', APPEND)).rejects.toThrow(/createdat may be any of the columns createdAt, createdAT/);
  });

  test('an element that its type does not hold is its row’s error', async () => {
    await db.query(`
      CREATE TABLE t (id int PRIMARY KEY, v numeric[], j float8[]); CREATE TABLE back (LIKE t INCLUDING ALL);
      INSERT INTO t VALUES (1, '{1.5,NULL}', '{NaN,-Infinity}'), (2, '{1,1e40}', NULL), (3, '{}', '{0.1}'), (4, '{NaN}', '{}')`);
    await source('t', `, ${LETTERS}`);
    await run(`CREATE TABLE q WITH (key_format='JSON') AS SELECT * FROM pg_t;`);
    await sink('q', 'back');
    await settled(4);
    expect((await db.query('SELECT id FROM back ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 3 }]);
    expect((await db.query('SELECT j::text FROM back ORDER BY id')).rows).toEqual([
      { j: '{NaN,-Infinity}' },
      { j: '{0.1}' },
    ]);
    expect(await refused()).toBe(2);
    const told = await notes('pg');
    expect(told).toContain("2 records left out since the tasks began ('errors.tolerance'='all')");
    expect(told).toMatch(/The last: Column .*v.* of table public.t: NaN is no DECIMAL: 'numeric.mapping'='string'/);
  });
});

describe('what is said', () => {
  test('of a primary key that the table lost while it is read', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1)');
    await source('t');
    await run('CREATE TABLE q AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
    expect(await notes('pg')).not.toContain('no longer have a key');
    await db.query('ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (2, 2)');
    await eventually(async () =>
      (await notes('pg')).includes('The rows of topic t no longer have a key: PG_T does not read new ones'),
    );
    // Whichever of its reads sees the change first: this row is written without a key.
    await db.query('INSERT INTO t VALUES (3, 3)');
    await eventually(async () => (await written('t')) === 3);
    await db.query('ALTER TABLE t ADD PRIMARY KEY (id)');
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 3);
    expect(await notes('pg')).toContain('has a primary key again: all its rows are read anew');
  });

  test('of a table that got another name while it is read, until there is one again', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1)');
    await source('t');
    await run('CREATE TABLE q AS SELECT * FROM pg_t;');
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 1);
    await db.query('ALTER TABLE t RENAME TO t2');
    await eventually(async () => (await notes('pg')).includes('Table public.t is gone, dropped or under another name'));
    await db.query('CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t VALUES (2, 2)');
    await eventually(async () => (await rows('SELECT * FROM q;')).length === 2);
    expect(await notes('pg')).not.toContain('is gone');
  });

  test.each([
    ['statements that follow the query', 'SELECT 1 AS a; DROP TABLE t'],
    ['statements that close the bracket around it', 'SELECT 1 AS a) x; DROP TABLE t; SELECT * FROM (SELECT 1'],
  ])('of %s: they are refused, and nothing is done', async (_, query) => {
    await db.query('CREATE TABLE t (id int)');
    await expect(
      run(
        `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${postgres.url}', mode='bulk', 'topic.prefix'='q', query='${query}');`,
      ),
    ).rejects.toThrow(/query/);
    expect(await textsOf('t')).toEqual([]);
  });

  test('of a topic whose name would be too long', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY)');
    await expect(source('t', `, 'topic.prefix'='${'p'.repeat(249)}'`)).rejects.toThrow(
      /has 250 characters, and the name of a topic 249 at most: shorten topic.prefix/,
    );
  });

  test('of a table whose columns only the owner may select', async () => {
    await db.query(`
      CREATE TABLE ok (id int PRIMARY KEY); CREATE TABLE part (id int PRIMARY KEY, secret text);
      CREATE ROLE few LOGIN PASSWORD 'few'; GRANT USAGE ON SCHEMA public TO few; GRANT SELECT ON ok TO few; GRANT SELECT (id) ON part TO few`);
    try {
      const url = postgres.url.replace('postgres:postgres@', 'few:few@');
      const answer = await run(
        `CREATE SOURCE CONNECTOR pg WITH (connector='postgres', url='${url}', mode='changes', poll=50, 'table.poll.interval.ms'='200');`,
      );
      expect(JSON.stringify(answer)).toMatch(
        /Table public.part is not read: the role may not select from it.*"topic":"ok"/,
      );
      // A privilege that is revoked while the table is read: the table still exists and must not be reported as gone.
      await db.query('REVOKE SELECT ON ok FROM few');
      await eventually(async () =>
        (await notes('pg')).includes(
          'Table public.ok is not read: the role may not select from it: GRANT SELECT ON public.ok TO few;',
        ),
      );
      expect(await notes('pg')).not.toContain('is gone, dropped');
      await run('DROP CONNECTOR pg;');
    } finally {
      await db.query('DROP OWNED BY few; DROP ROLE few');
    }
  });
});
