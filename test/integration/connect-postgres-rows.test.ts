import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { changesConfig, workerBesidePostgres } from '../support/postgres-hooks.ts';

// Every row of a table arrives, whatever other rows the table contains.

let postgres: Postgres;
let db: pg.Client;
let harness: Harness;

workerBesidePostgres({ settings: { restore_command: '/bin/false' } }, (site) => {
  ({ postgres, db, harness } = site);
});

const config = (more: Record<string, string> = {}) => changesConfig(postgres, more);

const rows = async (topic: string): Promise<Record<string, unknown>[]> =>
  (await harness.read(topic)).map((r) => JSON.parse(r.value!) as Record<string, unknown>);
const ids = async (topic: string): Promise<unknown[]> =>
  (await rows(topic)).map((v) => v['id']).sort((a, b) => Number(a) - Number(b));
const failure = (name: string) => harness.failure(name);

describe('a place of a row', () => {
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

  test.each([
    [
      'partitions without a key',
      'CREATE TABLE t (id int, x text) PARTITION BY HASH (id)',
      'PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER $i)',
    ],
    ['tables that inherit, without a key', 'CREATE TABLE t (id int, x text)', '() INHERITS (t)'],
    ['tables that inherit from one with a key', 'CREATE TABLE t (id int PRIMARY KEY, x text)', '() INHERITS (t)'],
  ])('%s: no row is lost over restarts in the middle', async (_, table, part) => {
    const parts = upTo(3).map((i) => `CREATE TABLE t${i} ${part.replace('$i', String(i))};`);
    await db.query(`${table}; ${parts.join(' ')}`);
    for (const i of upTo(3)) {
      const target = table.includes('PARTITION') ? 't' : `t${i}`;
      await db.query(`INSERT INTO ${target} SELECT i, 'v' FROM generate_series(0, 2999) i WHERE i % 3 = ${i}`);
    }
    await harness.herder.create('c', config({ 'table.whitelist': 't', 'batch.max.rows': '7' }));
    for (let i = 0; i < 8; i++) {
      await eventually(async () => (await harness.read('pg-t')).length > i * 200);
      harness.herder.restart('c', true, false);
    }
    await eventually(async () => new Set(await ids('pg-t')).size === 3000);
    expect(await ids('pg-t')).toEqual(upTo(3000));
  });

  test('a table that gets its first heir while it is read: rows may come twice, none is left out', async () => {
    await db.query(`CREATE TABLE t (id int); INSERT INTO t SELECT i FROM generate_series(0, 1999) i`);
    await harness.herder.create('c', config({ 'table.whitelist': 't', 'batch.max.rows': '7' }));
    await eventually(async () => (await harness.read('pg-t')).length > 50);
    await harness.herder.setTarget('c', 'STOPPED');
    await db.query(`CREATE TABLE heir () INHERITS (t); INSERT INTO heir SELECT i FROM generate_series(2000, 2099) i`);
    await harness.herder.setTarget('c', 'RUNNING');
    await eventually(async () => new Set(await ids('pg-t')).size === 2100);
  });
});

describe('one row never stops the others', () => {
  test.each([
    [
      'that cannot be read',
      "INSERT INTO t (id, a) VALUES (2, '{{1,2},{3,4}}')",
      /Column "a" of table public.t: .*several dimensions.*row id=2/,
    ],
    [
      'too large for its topic',
      "INSERT INTO t (id, x) VALUES (2, repeat('x', 2000000))",
      /record of 2000\d+ bytes \(key 2\).*max.message.bytes is 1048588/,
    ],
  ])('a row %s: that record is refused', async (_, insert, message) => {
    await db.query(
      `CREATE TABLE t (id int PRIMARY KEY, a int[], x text); INSERT INTO t (id) VALUES (1); ${insert}; INSERT INTO t (id) VALUES (3)`,
    );
    await harness.herder.create('strict', config({ 'topic.prefix': 'strict-' }));
    expect(await failure('strict')).toMatch(message);
    await harness.herder.create(
      'tolerant',
      config({
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.context.headers.enable': 'true',
      }),
    );
    await eventually(async () => (await harness.read('pg-t')).length === 2);
    expect(await ids('pg-t')).toEqual([1, 3]);
    // The dead letter has the row, or its key, and the reason. It is written in the same transaction as the rows after
    // it.
    const [letter] = await harness.read('dead');
    expect([letter!.value, letter!.key?.readInt32BE()]).toContainEqual(
      letter!.value === null ? 2 : '{"id":"2","a":"{{1,2},{3,4}}","x":null}',
    );
    expect(letter!.headers?.['__connect.errors.exception.message']).toMatch(message);
    await db.query('INSERT INTO t (id) VALUES (4)');
    await eventually(async () => (await harness.read('pg-t')).length === 3);
    expect(harness.herder.status('tolerant').tasks[0]!.state).toBe('RUNNING');
    // The same when the refused row is the last of its pass: the offset is after it.
    await db.query(insert.replaceAll('(2,', '(9,'));
    await db.query('INSERT INTO t (id) VALUES (10)');
    await eventually(async () => (await ids('pg-t')).includes(10));
    expect(await ids('pg-t')).toEqual([1, 3, 4, 10]);
  });

  test('rows that are large, but not too large, are not refused for standing together', async () => {
    await db.query(
      `CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, repeat('x', 700000) FROM generate_series(1, 5) i`,
    );
    await harness.herder.create('c', config());
    await eventually(async () => (await harness.read('pg-t')).length === 5);
  });
});

describe('a position is of one server', () => {
  const sourceOffset = async (name: string): Promise<Record<string, unknown>> =>
    (await harness.rest('GET', `/connectors/${name}/offsets`)).body.offsets[0].offset;
  const readAll = (topic: string, want: number[]) =>
    eventually(async () => JSON.stringify(await ids(topic)) === JSON.stringify(want));

  test('another database: its tables are read from their beginning, and that is said', async () => {
    await db.query('DROP DATABASE IF EXISTS elsewhere');
    await db.query('CREATE DATABASE elsewhere');
    const other = await connectTo({ ...postgres, url: postgres.url.replace(/[^/]+$/, 'elsewhere') });
    await other.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7)');
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
    try {
      await harness.herder.create('c', config());
      await readAll('pg-t', [1, 2]);
      const moved = config({ 'connection.url': postgres.jdbcUrl.replace(/[^/]+$/, 'elsewhere') });
      await harness.rest('PUT', '/connectors/c/config', moved);
      await readAll('pg-t', [1, 2, 7]);
      expect(harness.herder.sql.remarks('c')).toEqual([
        expect.stringMatching(/^Table public.t is read from its beginning: the position is of another database/),
      ]);
      await other.query('INSERT INTO t VALUES (8)');
      await readAll('pg-t', [1, 2, 7, 8]);
      await harness.rest('PUT', '/connectors/c/config', config({ 'server.change.policy': 'fail' }));
      expect(await failure('c')).toContain(
        "Table public.t cannot be read on: the position is of another database. 'server.change.policy'='restart' reads it",
      );
    } finally {
      await other.end();
      await harness.herder.delete('c');
    }
  });

  test('a position ahead of the server, as after a restored backup', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)');
    await harness.herder.create('c', config());
    await readAll('pg-t', [1]);
    await harness.herder.setTarget('c', 'STOPPED');
    const { server } = await sourceOffset('c');
    expect(server).toMatch(/^\d+\/\d+\/\d+$/);
    const partition = { protocol: '1', table: 'public.t' };
    const altered = await harness.rest('PATCH', '/connectors/c/offsets', {
      offsets: [{ partition, offset: { xmin: '99999999', server } }],
    });
    expect(altered.status).toBe(200);
    await harness.herder.setTarget('c', 'RUNNING');
    await readAll('pg-t', [1, 1]);
    expect(harness.herder.sql.remarks('c')[0]).toContain('the position, transaction 99999999, is ahead of the server');
  });

  test('another timeline; a restart of the server is none', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)');
    await harness.herder.create('c', config());
    await readAll('pg-t', [1]);
    await harness.herder.setTarget('c', 'STOPPED');
    await db.end();
    await postgres.restart();
    await harness.herder.setTarget('c', 'RUNNING');
    db = await connectTo(postgres);
    await db.query('INSERT INTO t VALUES (2)');
    await readAll('pg-t', [1, 2]);
    await harness.herder.setTarget('c', 'STOPPED');
    await db.end();
    await postgres.halt();
    writeFileSync(path.join(postgres.folder, 'data', 'recovery.signal'), '');
    await postgres.resume();
    await harness.herder.setTarget('c', 'RUNNING');
    await readAll('pg-t', [1, 1, 2, 2]);
    expect(harness.herder.sql.remarks('c')[0]).toContain('another timeline of the cluster');
    db = await connectTo(postgres);
  });
});

describe('a value', () => {
  const json = {
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'true',
  };
  const remarks = (name: string): string => harness.herder.sql.remarks(name).join('\n');

  /** Some values of a type, including its limits. */
  const VALUES: Readonly<Record<string, readonly string[]>> = {
    date: [
      '4713-01-01 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '1969-12-31',
      '9999-12-31',
      '10000-01-01',
      '5874897-12-31',
      'infinity',
      '-infinity',
    ],
    'timestamp(3)': [
      '4713-01-01 00:00:00 BC',
      '0001-12-31 23:59:59.999 BC',
      '1500-02-28 12:00:00.001',
      '1969-12-31 23:59:59.999',
      '9999-12-31 23:59:59.999',
      '294276-12-31 23:59:59.999',
      'infinity',
      '-infinity',
    ],
    'timestamptz(3)': [
      '4713-01-01 00:00:00+00 BC',
      '0044-03-15 00:00:00.5+00 BC',
      '294276-12-31 23:59:59.999+00',
      'infinity',
      '-infinity',
    ],
    numeric: ['0', '-1', '99999999999999999999.999999999999999999', '0.000000000000000001'],
    'numeric(40, 2)': ['12345678901234567890123456789012345678.12'],
    bigint: ['9223372036854775807', '-9223372036854775808', '9007199254740993'],
    real: ['3.4028235e+38', '1.1754944e-38', '0.1'],
    'double precision': ['1.7976931348623157e+308', '5e-324', '0.1'],
    text: ['', 'é\u{1f600}', 'a,b"{}\\', 'NULL'],
    bytea: ['\\x', '\\x00ff'],
    'mood[]': ['{sad,NULL,"very happy"}', '{}'],
    'inet[]': ['{10.0.0.0/8,::1}'],
    'interval[]': ['{"1 day",NULL}'],
    'citext[]': ['{Bob,bob}'],
    uuid: ['6ecd8c99-4036-403d-bf84-cf8400f67836'],
    jsonb: ['{"a": [1, null, "x"]}'],
    interval: ['1 year 2 mons -3 days 04:05:06.789'],
  };

  test('goes from a table by a topic to a table as it was, to the ends of its type', async () => {
    await db.query("CREATE TYPE mood AS ENUM ('sad', 'very happy')");
    const hasCitext = await db.query('CREATE EXTENSION citext').then(
      () => true,
      () => false,
    );
    const types = Object.keys(VALUES).filter((t) => hasCitext || !t.startsWith('citext'));
    const columns = types.map((t, i) => `c${i} ${t}`).join(', ');
    await db.query(
      `CREATE TABLE t (id int PRIMARY KEY, ${columns}); CREATE TABLE copy (id int PRIMARY KEY, ${columns})`,
    );
    const count = Math.max(...types.map((t) => VALUES[t]!.length));
    for (let row = 0; row < count; row++)
      await db.query(
        `INSERT INTO t VALUES (${row}, ${types.map((t, i) => `$${i + 1}::${t}`).join(', ')})`,
        types.map((t) => VALUES[t]![row] ?? null),
      );
    await harness.herder.create('in', config({ 'table.whitelist': 't', ...json }));
    await harness.herder.create('out', {
      'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
      'connection.url': postgres.jdbcUrl,
      'connection.user': postgres.user,
      'connection.password': postgres.password,
      topics: 'pg-t',
      'table.name.format': 'copy',
      'insert.mode': 'upsert',
      'pk.mode': 'record_value',
      'pk.fields': 'id',
      ...json,
    });
    const same = async (): Promise<boolean> => {
      const { rows: found } = await db.query('SELECT (SELECT count(*) FROM copy)::int AS n');
      return found[0].n === count;
    };
    await eventually(same).catch(() => {});
    expect(harness.herder.status('in').tasks[0]!.trace).toBeUndefined();
    expect(harness.herder.status('out').tasks[0]!.trace).toBeUndefined();
    const textsOf = async (table: string) =>
      (
        await db.query(
          `SELECT id, ${types.map((t, i) => (t === 'numeric' ? `trim_scale(c${i})::text AS c${i}` : `c${i}::text`)).join(', ')} FROM ${table} ORDER BY id`,
        )
      ).rows;
    expect(await textsOf('copy')).toEqual(await textsOf('t'));
    expect(remarks('in')).toContain('Column "c0" of table public.t: infinity is read as the end of its type');
    const declared = Object.fromEntries(harness.herder.sql.topicSchema('pg-t')!.value.map((c) => [c.name, c.type]));
    for (const [i, type] of types.entries())
      if (type.endsWith('[]')) expect([type, declared[`c${i}`]]).toEqual([type, 'ARRAY<STRING>']);
  });

  test.each([
    [
      'numeric',
      '123456789012345678901234567890',
      /Column "v" of table public\.t: 1234\d+ has 30 digits before the point, and DECIMAL\(38, 18\), .* has 20: 'numeric\.mapping'='string' .*'errors\.tolerance'='all' .*\(row id=1\)/,
    ],
    ['numeric', '1e-30', /has 30 digits after the point, and DECIMAL has 18 here: 'numeric\.mapping'='string'/],
    ['numeric', 'NaN', /NaN is no DECIMAL: 'numeric\.mapping'='string'/],
  ])('%s %s is its row’s error, and no other value', async (type, value, message) => {
    await db.query(`CREATE TABLE t (id int PRIMARY KEY, v ${type}); INSERT INTO t VALUES (1, '${value}'), (2, '1')`);
    await harness.herder.create('strict', config({ 'topic.prefix': 'strict-' }));
    expect(await failure('strict')).toMatch(message);
    await harness.herder.create('tolerant', config({ 'errors.tolerance': 'all' }));
    await eventually(async () => (await ids('pg-t')).join() === '2');
    await harness.herder.create('text', config({ 'topic.prefix': 'text-', 'numeric.mapping': 'string' }));
    await eventually(async () => (await harness.read('text-t')).length === 2);
    expect(Number((await rows('text-t'))[0]!['v'])).toBe(Number(value));
  });

  test('what a type cannot hold of its values is said once of each column', async () => {
    await db.query(`
      CREATE TABLE t (id int PRIMARY KEY, fine timestamp, coarse timestamptz(3), zoned timestamptz, clock time, list int[], plain int[]);
      INSERT INTO t SELECT n, '2024-01-01 10:00:00.123456', '2024-01-01 10:00:00.123Z', '2024-01-01 10:00:00.123456Z', '10:00:00.123456', '[2:3]={7,8}', '{7,8}'
        FROM generate_series(1, 3) n;
      INSERT INTO t VALUES (4, '-infinity', NULL, '290000-01-01 10:00:00.000001Z', '10:00', '{}', NULL)`);
    await harness.herder.create('in', config());
    await eventually(async () => (await harness.read('pg-t')).length === 4);
    const told = remarks('in').split('\n');
    const losing = told.filter((text) => /microseconds|number 1/.test(text)).map((text) => /"(\w+)"/.exec(text)![1]);
    expect(new Set(losing)).toEqual(new Set(['clock', 'fine', 'list', 'zoned']));
    expect(told.join()).toContain(
      `Column "fine" of table public.t: its times have microseconds, and TIMESTAMP holds milliseconds: the rest is left out, and a sink writes back what it got. 'timestamp.granularity'='micros_string'`,
    );
    expect(told.join()).toMatch(/Column "list" of table public.t: it has arrays whose first element is not number 1/);
    await harness.herder.create('all', config({ 'topic.prefix': 'all-', 'timestamp.granularity': 'micros_string' }));
    await eventually(async () => (await harness.read('all-t')).length === 4);
    expect(
      remarks('all')
        .split('\n')
        .filter((text) => text.includes('TIMESTAMP')),
    ).toEqual([]);
  });

  test('infinity.mapping; one such row stops no other, in NOT NULL columns neither', async () => {
    await db.query(
      `CREATE TABLE t (id int PRIMARY KEY, d date NOT NULL, at timestamptz NOT NULL); INSERT INTO t VALUES (1, 'infinity', '-infinity'), (2, '2024-01-01', '2024-01-01Z');
       CREATE TABLE u (id int PRIMARY KEY, d date); INSERT INTO u VALUES (1, 'infinity')`,
    );
    await harness.herder.create('e', config({ 'topic.prefix': 'e-' }));
    await eventually(async () => (await harness.read('e-t')).length === 2);
    expect(await rows('e-t')).toMatchObject([
      { id: 1, d: 2_147_483_647 },
      { id: 2, d: 19_723 },
    ]);
    await harness.herder.create('n', config({ 'infinity.mapping': 'null', 'errors.tolerance': 'all' }));
    await eventually(async () => (await rows('pg-u'))[0]?.['d'] === null);
    await eventually(async () => (await ids('pg-t')).includes(2));
    await harness.herder.create('f', config({ 'topic.prefix': 'f-', 'infinity.mapping': 'fail' }));
    expect(await failure('f')).toMatch(/Column "d" of table public.t: infinity: 'infinity.mapping'/);
  });
});

describe('a query', () => {
  const query = (text: string, more: Record<string, string> = {}) => config({ query: text, mode: 'bulk', ...more });
  const problemsOf = async (given: Record<string, string>): Promise<string[]> =>
    (await harness.herder.settings.validate({ name: 'x', ...given })).configs.flatMap((c) => c.value.errors);

  test('is checked as a table is', async () => {
    const text = 'SELECT gen_random_uuid() AS u, 1 AS n, now() AS t';
    const of = (mode: string, more: Record<string, string>) => problemsOf(query(text, { mode, ...more }));
    expect(await of('incrementing', { 'incrementing.column.name': 'u' })).toEqual([
      expect.stringContaining('the column of the query is no number'),
    ]);
    expect(await of('timestamp', { 'timestamp.column.name': 'n' })).toEqual([
      expect.stringContaining('the column of the query is no timestamp'),
    ]);
    expect(await of('incrementing', { 'incrementing.column.name': 'n' })).toEqual([]);
    expect(await problemsOf(query('SELECT 1 AS a, 2 AS a'))).toEqual([
      expect.stringContaining('more than one column a: give them names of their own with AS'),
    ]);
  });

  test('may end in a comment', async () => {
    await harness.herder.create(
      'c',
      query('SELECT 1 AS id -- the first', { mode: 'incrementing', 'incrementing.column.name': 'id' }),
    );
    await eventually(async () => (await harness.read('pg-')).length === 1);
  });
});
