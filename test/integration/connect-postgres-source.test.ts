import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { Portal } from '../../src/connect/connectors/postgres/portal.ts';
import { INT64_MAX } from '../../src/types/int64.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { changesConfig, workerBesidePostgres } from '../support/postgres-hooks.ts';

let postgres: Postgres;
let db: pg.Client;
let harness: Harness;

workerBesidePostgres({ database: 'my-db', password: 'p@ss/word' }, (site) => {
  ({ postgres, db, harness } = site);
});

const base = (more: Record<string, string> = {}) => changesConfig(postgres, more);

const values = async (topic: string): Promise<Record<string, unknown>[]> =>
  (await harness.read(topic)).map((r) => JSON.parse(r.value!) as Record<string, unknown>);
const ids = async (topic: string): Promise<unknown[]> => (await values(topic)).map((v) => v['id']);
const running = (name: string) => eventually(() => harness.herder.status(name).tasks[0]?.state === 'RUNNING');
const failure = (name: string) => harness.failure(name);
const problemsOf = async (config: Record<string, string>): Promise<string[]> => {
  const infos = await harness.herder.settings.validate({ name: 'x', ...config });
  return infos.configs.flatMap((c) => c.value.errors.map((e) => `${c.value.name}: ${e}`));
};

describe('types and keys', () => {
  test('every type gets through, and the key is the primary key', async () => {
    await db.query(`
      CREATE TYPE mood AS ENUM ('sad', 'happy');
      CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE TABLE everything (
        id bigint PRIMARY KEY, b boolean, i2 smallint, i4 int NOT NULL, f4 real, f8 double precision, n numeric(10, 2), n0 numeric(5), nopen numeric,
        t text, v varchar(10), c char(3), by bytea, d date, ti time, ts timestamp, tz timestamptz, u uuid, j jsonb, m mood, p positive,
        ai int[], at text[], iv interval);
      INSERT INTO everything VALUES (9007199254740993, true, 7, 42, 1.5, 0.1, -12.34, 99999, 1.5, 'é"\n', 'v', 'c', '\\x00ff', '2024-02-29', '13:14:15.678',
        '2024-01-01 10:00:00.123456', '2024-01-01 10:00:00+02', '6ecd8c99-4036-403d-bf84-cf8400f67836', '{"a": [1]}', 'happy', 5, '{1,NULL,3}', '{"a,b",c}', '1 day');
      INSERT INTO everything (id, i4) VALUES (2, 0);`);
    await harness.herder.create('all', base({ 'table.whitelist': 'everything' }));
    const [second, first] = await eventually(async () => {
      const read = await harness.read('pg-everything');
      return read.length === 2 && read;
    });
    expect(first!.key).toEqual(Buffer.from('0020000000000001', 'hex'));
    expect(first!.value).toContain('"id":9007199254740993,');
    expect(JSON.parse(first!.value!.replace('9007199254740993', '0'))).toEqual({
      id: 0,
      b: true,
      i2: 7,
      i4: 42,
      f4: 1.5,
      f8: 0.1,
      n: -12.34,
      n0: 99999,
      nopen: 1.5,
      t: 'é"\n',
      v: 'v',
      c: 'c  ',
      by: 'AP8=',
      d: 19782,
      ti: 47_655_678,
      ts: 1_704_103_200_123,
      tz: 1_704_096_000_000,
      u: '6ecd8c99-4036-403d-bf84-cf8400f67836',
      j: '{"a": [1]}',
      m: 'happy',
      p: 5,
      ai: [1, null, 3],
      at: ['a,b', 'c'],
      iv: 'P1D',
    });
    expect(Object.values(JSON.parse(second!.value!)).filter((v) => v !== null)).toEqual([2, 0]);
    const schema = harness.herder.sql.topicSchema('pg-everything')!;
    expect(schema.isTable).toBe(true);
    expect(schema.key).toEqual([{ name: 'id', type: 'BIGINT' }]);
    expect(Object.fromEntries(schema.value.map((c) => [c.name, c.type]))).toMatchObject({
      b: 'BOOLEAN',
      i2: 'INTEGER',
      i4: 'INTEGER',
      f4: 'DOUBLE',
      n: 'DECIMAL(10, 2)',
      n0: 'DECIMAL(5, 0)',
      nopen: 'DECIMAL(38, 18)',
      by: 'BYTES',
      d: 'DATE',
      ti: 'TIME',
      ts: 'TIMESTAMP',
      tz: 'TIMESTAMP',
      ai: 'ARRAY<INTEGER>',
      at: 'ARRAY<STRING>',
      m: 'STRING',
    });
  });

  test('a composite key is a composite key; without a key it is a stream, and says why', async () => {
    await db.query(`CREATE TABLE pairs (v text, b int, a text, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES ('x', 1, 'k');
                    CREATE TABLE loose (n int); INSERT INTO loose VALUES (5), (5);`);
    await harness.herder.create('c', base());
    const [pair] = await eventually(async () => {
      const read = await harness.read('pg-pairs');
      return read.length === 1 && read;
    });
    expect(JSON.parse(pair!.key!.toString())).toEqual({ a: 'k', b: 1 });
    await eventually(async () => (await harness.read('pg-loose')).length === 2);
    expect((await harness.read('pg-loose'))[0]!.key).toBeNull();
    const declarations = await harness.herder.sql.sourceDeclarations('c', 1000);
    expect(declarations).toMatchObject([
      {
        name: 'C_LOOSE',
        isTable: false,
        key: [],
        keyFormat: 'KAFKA',
        note: expect.stringContaining('no primary key'),
      },
      {
        name: 'C_PAIRS',
        isTable: true,
        key: [
          { name: 'a', type: 'STRING' },
          { name: 'b', type: 'INTEGER' },
        ],
        keyFormat: 'JSON',
        note: undefined,
      },
    ]);
  });

  test('numeric.mapping best_fit gives numbers, as the recorded connector did', async () => {
    await db.query(
      'CREATE TABLE t (id int PRIMARY KEY, a numeric(10, 2), b numeric(4), c numeric(30, 5)); INSERT INTO t VALUES (1, 12.5, 7, 1.5)',
    );
    await harness.herder.create('t', base({ 'numeric.mapping': 'best_fit' }));
    await eventually(async () => (await harness.read('pg-t')).length === 1);
    expect(harness.herder.sql.topicSchema('pg-t')!.value.map((c) => c.type)).toEqual([
      'DOUBLE',
      'INTEGER',
      'DECIMAL(30, 5)',
    ]);
  });

  test('key names the column of the key, as ksqlDB has it, whatever the primary key is', async () => {
    await db.query(`CREATE TABLE people (id int PRIMARY KEY, login text NOT NULL UNIQUE, town text); INSERT INTO people VALUES (1, 'ann', 'x');
                    CREATE TABLE loose (login text, town text); INSERT INTO loose VALUES ('bob', 'y');`);
    await harness.herder.create('k', base({ key: 'LOGIN' }));
    const keys = async (topic: string) => (await harness.read(topic)).map((r) => r.key!.toString());
    await eventually(
      async () => (await keys('pg-people')).join() === 'ann' && (await keys('pg-loose')).join() === 'bob',
    );
    expect(harness.herder.sql.topicSchema('pg-people')).toMatchObject({
      isTable: true,
      key: [{ name: 'login', type: 'STRING' }],
    });
    expect(harness.herder.sql.topicSchema('pg-loose')).toMatchObject({
      isTable: false,
      key: [{ name: 'login', type: 'STRING' }],
    });
    expect(await problemsOf(base({ 'topic.prefix': 'o-', key: 'towm' }))).toEqual([
      expect.stringContaining(
        'key: Invalid value towm for configuration key: table public.loose has no such column, only login, town',
      ),
      expect.stringContaining('table public.people has no such column'),
    ]);
  });

  test('columns that a primary key only includes are no part of it', async () => {
    await db.query(`CREATE TABLE t (v text, id int, PRIMARY KEY (id) INCLUDE (v)); INSERT INTO t VALUES ('a', 1)`);
    await harness.herder.create('c', base());
    await eventually(async () => (await harness.read('pg-t')).length === 1);
    expect(harness.herder.sql.topicSchema('pg-t')!.key).toEqual([{ name: 'id', type: 'INTEGER' }]);
  });

  test('an empty table is declared too', async () => {
    await db.query('CREATE TABLE empty (id int PRIMARY KEY, x text)');
    await harness.herder.create('e', base());
    expect(await harness.herder.sql.sourceDeclarations('e', 5000)).toMatchObject([
      { topic: 'pg-empty', isTable: true },
    ]);
    expect(await harness.log.admin.describeTopic('pg-empty')).toMatchObject({
      configs: { 'cleanup.policy': 'compact' },
    });
  });
});

describe('modes', () => {
  test('changes: inserts and updates, each once, without any column; transactions that end late are not lost', async () => {
    await db.query(
      "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 3) i",
    );
    await harness.herder.create('t', base());
    await eventually(async () => (await harness.read('pg-t')).length === 3);
    const slow = await connectTo(postgres);
    await slow.query('BEGIN; INSERT INTO t VALUES (10, $$slow$$)');
    await db.query("INSERT INTO t VALUES (11, 'quick')");
    await slow.query('COMMIT');
    await slow.end();
    await db.query("UPDATE t SET x = 'new' WHERE id = 2");
    await eventually(async () => (await harness.read('pg-t')).length === 6);
    expect((await ids('pg-t')).slice(3).sort((a, b) => Number(a) - Number(b))).toEqual([2, 10, 11]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await harness.read('pg-t')).toHaveLength(6);
    expect((await values('pg-t')).find((v, i) => i >= 3 && v['id'] === 2)).toEqual({ id: 2, x: 'new' });
  });

  test('changes: a rolled back row and a row of a subtransaction', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY)');
    await harness.herder.create('t', base());
    await running('t');
    await db.query(
      'BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; SAVEPOINT u; INSERT INTO t VALUES (3); RELEASE u; COMMIT',
    );
    await eventually(async () => (await harness.read('pg-t')).length === 2);
    expect(await ids('pg-t')).toEqual([1, 3]);
  });

  test('incrementing finds the identity column, reads in order, and goes on after a restart', async () => {
    await db.query(
      "CREATE TABLE t (id serial PRIMARY KEY, x text); INSERT INTO t (x) SELECT 'v' FROM generate_series(1, 25)",
    );
    const config = base({ mode: 'incrementing', 'batch.max.rows': '10' });
    await harness.herder.create('t', config);
    await eventually(async () => (await harness.read('pg-t')).length === 25);
    await eventually(
      async () =>
        JSON.stringify(await harness.herder.offsets('t')) ===
        JSON.stringify([{ partition: { protocol: '1', table: 'public.t' }, offset: { incrementing: 25 } }]),
    );
    await harness.herder.close();
    await db.query("INSERT INTO t (x) VALUES ('later')");
    await harness.start();
    await eventually(async () => (await harness.read('pg-t')).length === 26);
    expect(await ids('pg-t')).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
  });

  test.each(['incrementing', 'changes', 'timestamp'])(
    '%s: a pass whose rows are an exact multiple of the batch size is read once',
    async (mode) => {
      await db.query('CREATE TABLE t (id SERIAL PRIMARY KEY, ts timestamptz NOT NULL DEFAULT clock_timestamp())');
      await db.query('INSERT INTO t SELECT FROM generate_series(1, 3)');
      const more = mode === 'timestamp' ? { 'timestamp.column.name': 'ts' } : {};
      await harness.herder.create('t', base({ mode, 'batch.max.rows': '10', 'poll.interval.ms': '10', ...more }));
      await eventually(async () => (await ids('pg-t')).length === 3);
      await db.query('INSERT INTO t SELECT FROM generate_series(1, 20)');
      await eventually(async () => (await ids('pg-t')).length >= 23);
      // Passes without new rows follow; the inserted row shows where they start.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await db.query('INSERT INTO t SELECT FROM generate_series(1, 1)');
      await eventually(async () => (await ids('pg-t')).includes(24));
      expect(await ids('pg-t')).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    },
  );

  test('timestamp: updates appear; rows of one instant are split by their key and never twice', async () => {
    await db.query(`CREATE TABLE t (id int PRIMARY KEY, x text, updated_at timestamptz NOT NULL DEFAULT now());
                    INSERT INTO t SELECT i, 'v' FROM generate_series(1, 25) i`);
    await harness.herder.create(
      't',
      base({ mode: 'timestamp', 'timestamp.column.name': 'updated_at', 'batch.max.rows': '7' }),
    );
    await eventually(async () => (await harness.read('pg-t')).length === 25);
    await db.query("UPDATE t SET x = 'new', updated_at = now() WHERE id = 3");
    await eventually(async () => (await harness.read('pg-t')).length === 26);
    expect((await values('pg-t'))[25]).toMatchObject({ id: 3, x: 'new' });
    const [offset] = await harness.herder.offsets('t');
    expect(offset!.offset).toMatchObject({
      timestamp: expect.any(Number),
      timestamp_nanos: expect.any(Number),
      after: ['3'],
    });
  });

  test('timestamp.initial=-1: what there was is left out, what comes is read, however long after the beginning', async () => {
    await db.query(`CREATE TABLE t (id serial PRIMARY KEY, ts timestamptz NOT NULL DEFAULT clock_timestamp());
                    INSERT INTO t (ts) SELECT now() - interval '1 hour' FROM generate_series(1, 3)`);
    await harness.herder.create(
      't',
      base({ mode: 'timestamp', 'timestamp.column.name': 'ts', 'timestamp.initial': '-1', 'poll.interval.ms': '10' }),
    );
    await running('t');
    // Passes without new rows.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await db.query('INSERT INTO t SELECT FROM generate_series(1, 2)');
    await eventually(async () => (await ids('pg-t')).length === 2);
    expect(await ids('pg-t')).toEqual([4, 5]);
  });

  test('timestamp without a key keeps rows of one instant together', async () => {
    await db.query(`CREATE TABLE t (id int, ts timestamp NOT NULL); INSERT INTO t SELECT i, '2024-01-01 00:00:00' FROM generate_series(1, 20) i;
                    INSERT INTO t VALUES (21, '2024-01-02')`);
    await harness.herder.create('t', base({ mode: 'timestamp', 'timestamp.column.name': 'ts', 'batch.max.rows': '6' }));
    await eventually(async () => (await harness.read('pg-t')).length === 21);
    expect((await ids('pg-t')).length).toBe(21);
  });

  test('a query of timestamps without a zone heeds db.timezone', async () => {
    await db.query(`CREATE TABLE t (id serial PRIMARY KEY, ts timestamp NOT NULL);
                    INSERT INTO t (ts) VALUES ('2024-07-01 12:00:00'), (now() AT TIME ZONE 'Europe/Berlin')`);
    const config = base({
      mode: 'timestamp',
      'timestamp.column.name': 'ts',
      query: 'SELECT * FROM t',
      'topic.prefix': 'q',
      'db.timezone': 'Europe/Berlin',
    });
    await harness.herder.create('q', config);
    await eventually(async () => (await harness.read('q')).length === 2);
    expect((await values('q'))[0]).toEqual({ id: 1, ts: Date.UTC(2024, 6, 1, 10) });
    await db.query("INSERT INTO t (ts) VALUES (now() AT TIME ZONE 'Europe/Berlin')");
    await eventually(async () => (await harness.read('q')).length === 3);
    expect(await ids('q')).toEqual([1, 2, 3]);
  });

  test('timestamp+incrementing, with two timestamp columns, a zone, and a delay', async () => {
    await db.query(`CREATE TABLE t (id serial PRIMARY KEY, created timestamp NOT NULL, updated timestamp);
                    INSERT INTO t (created, updated) VALUES ('2024-07-01 12:00:00', NULL), ('2024-01-01 12:00:00', '2024-07-01 11:00:00')`);
    await harness.herder.create(
      't',
      base({
        mode: 'timestamp+incrementing',
        'timestamp.column.name': 'updated,created',
        'db.timezone': 'Europe/Berlin',
        'timestamp.delay.interval.ms': '10',
      }),
    );
    await eventually(async () => (await harness.read('pg-t')).length === 2);
    expect((await values('pg-t')).map((v) => [v['id'], v['created']])).toEqual([
      [2, Date.UTC(2024, 0, 1, 11)],
      [1, Date.UTC(2024, 6, 1, 10)],
    ]);
    await db.query("UPDATE t SET updated = '2024-08-01' WHERE id = 2");
    await eventually(async () => (await harness.read('pg-t')).length === 3);
  });

  test('bulk reads everything each time', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
    await harness.herder.create('t', base({ mode: 'bulk' }));
    await eventually(async () => (await harness.read('pg-t')).length >= 6);
    expect((await ids('pg-t')).slice(0, 4)).toEqual([1, 2, 1, 2]);
  });

  test('a query, with suffix, is one topic', async () => {
    await db.query(
      "CREATE TABLE a (id int PRIMARY KEY, x text); CREATE TABLE b (id int, y text); INSERT INTO a VALUES (1, 'x'), (2, 'z'); INSERT INTO b VALUES (1, 'y'), (2, 'w')",
    );
    const config = base({
      mode: 'incrementing',
      'incrementing.column.name': 'id',
      query: 'SELECT a.id, x, y FROM a JOIN b USING (id)',
      'topic.prefix': 'joined',
      'query.suffix': 'LIMIT 1',
    });
    await harness.herder.create('q', config);
    await eventually(async () => (await harness.read('joined')).length === 2);
    expect(await values('joined')).toEqual([
      { id: 1, x: 'x', y: 'y' },
      { id: 2, x: 'z', y: 'w' },
    ]);
    expect(await harness.herder.offsets('q')).toEqual([{ partition: { query: 'query' }, offset: { incrementing: 2 } }]);
  });

  test('tables are dealt out to tasks; new ones are found', async () => {
    await db.query(
      'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY)',
    );
    await harness.herder.create('t', base({ 'tasks.max': '2', 'table.blacklist': 'c' }));
    await eventually(() => harness.herder.status('t').tasks.length === 2);
    expect(harness.herder.taskConfigs('t').map((t) => t.config['tables'])).toEqual(['"public"."a"', '"public"."b"']);
    expect(JSON.stringify(harness.herder.taskConfigs('t'))).not.toContain('p@ss');
    await db.query('CREATE TABLE "D-d" (id int PRIMARY KEY); INSERT INTO "D-d" VALUES (1); INSERT INTO a VALUES (1)');
    await eventually(async () => (await harness.read('pg-D-d')).length === 1);
    await eventually(async () => (await harness.read('pg-a')).length === 1);
  });
});

describe('trouble', () => {
  test('Postgres restarted in the middle: nothing lost, nothing twice', async () => {
    await db.query(
      "CREATE TABLE t (id serial PRIMARY KEY, x text); INSERT INTO t (x) SELECT repeat('x', 100) FROM generate_series(1, 20000)",
    );
    await harness.herder.create(
      't',
      base({ mode: 'incrementing', 'batch.max.rows': '100', 'connection.backoff.ms': '50' }),
    );
    await eventually(async () => (await harness.log.admin.latestOffset({ topic: 'pg-t', partition: 0 })) > 300);
    await postgres.restart(true);
    db = await connectTo(postgres);
    await db.query("INSERT INTO t (x) VALUES ('after')");
    await eventually(async () => (await harness.log.admin.latestOffset({ topic: 'pg-t', partition: 0 })) === 20_001);
    // The sequence skips some numbers after the crash; only the rows matter.
    const stored = (await db.query<{ id: number }>('SELECT id FROM t ORDER BY id')).rows.map((r) => r.id);
    expect(await ids('pg-t')).toEqual(stored);
    expect(harness.herder.status('t').tasks[0]).toMatchObject({ state: 'RUNNING' });
  });

  test('while the database is away the status says so, before the attempts to connect are used up', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY)');
    await harness.herder.create('t', base());
    await running('t');
    await postgres.halt();
    const { trace } = await eventually(() => {
      const task = harness.herder.status('t').tasks[0];
      return task?.trace !== undefined && task;
    });
    expect(trace).toMatch(/Cannot connect to jdbc:postgresql:|terminating connection|Connection terminated/);
    await postgres.resume();
    await eventually(() => harness.herder.status('t').tasks[0]?.trace === undefined);
  });

  test('columns added, dropped and retyped under way', async () => {
    await db.query("CREATE TABLE t (id int PRIMARY KEY, x int NOT NULL, y text); INSERT INTO t VALUES (1, 1, 'a')");
    await harness.herder.create('t', base());
    await eventually(async () => (await harness.read('pg-t')).length === 1);
    await db.query(
      "ALTER TABLE t ADD COLUMN z timestamptz DEFAULT '2024-01-01 00:00:00+00'; INSERT INTO t VALUES (2, 2, 'b')",
    );
    await eventually(async () => (await values('pg-t')).some((v) => v['id'] === 2 && v['z'] === 1_704_067_200_000));
    await db.query('ALTER TABLE t DROP COLUMN y; INSERT INTO t VALUES (3, 3)');
    await eventually(async () => (await values('pg-t')).some((v) => v['id'] === 3 && !('y' in v)));
    await db.query("ALTER TABLE t ALTER COLUMN x TYPE text; INSERT INTO t VALUES (4, 'four')");
    await eventually(async () => (await values('pg-t')).some((v) => v['id'] === 4 && v['x'] === 'four'));
    await db.query('ALTER TABLE t ALTER COLUMN x DROP NOT NULL; INSERT INTO t VALUES (5, NULL)');
    await eventually(async () => (await values('pg-t')).some((v) => v['id'] === 5 && v['x'] === null));
    expect(harness.herder.sql.topicSchema('pg-t')!.value).toEqual([
      { name: 'x', type: 'STRING' },
      { name: 'z', type: 'TIMESTAMP' },
    ]);
    expect(harness.herder.status('t').tasks[0]).toMatchObject({ state: 'RUNNING' });
  });

  test('a table altered between the look at its columns and the reading of its rows', async () => {
    await db.query("CREATE TABLE t (id int PRIMARY KEY, x int, y text); INSERT INTO t VALUES (1, 1, 'a')");
    await harness.herder.create('t', base());
    await eventually(async () => (await harness.read('pg-t')).length === 1);
    const other = await connectTo(postgres);
    await other.query('BEGIN; ALTER TABLE t DROP COLUMN y; INSERT INTO t VALUES (2, 2)');
    // The task's transaction has a snapshot with the column and waits for a lock on the table.
    await eventually(async () => (await db.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount === 1);
    await other.query('COMMIT');
    await other.end();
    await eventually(async () => (await harness.read('pg-t')).length === 2);
    expect((await values('pg-t'))[1]).toEqual({ id: 2, x: 2 });
  });

  test('a reading that is given up early leaves the connection to the next query', async () => {
    // Responses arrive whole or in parts: what is in transit when the portal is closed must not be mistaken for the
    // response to the next request.
    for (let i = 0; i < 300; i++) {
      const portal = new Portal(`SELECT * FROM generate_series(1, ${i % 7})`, [], 3);
      await portal.open(db);
      for (let batch = 0; batch < i % 3; batch++) await portal.next();
      if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      await portal.close();
      expect((await db.query('SELECT $1::int AS i', [i])).rows).toEqual([{ i }]);
    }
  });

  test('the column that the mode reads is dropped', async () => {
    await db.query('CREATE TABLE t (id serial PRIMARY KEY)');
    await harness.herder.create('t', base({ mode: 'incrementing', 'incrementing.column.name': 'id' }));
    await running('t');
    await db.query('ALTER TABLE t ADD COLUMN other int; ALTER TABLE t DROP COLUMN id');
    expect(await failure('t')).toMatch(
      /column "id" does not exist|Column "id" of table public\.t does not exist|has no such column/i,
    );
  });

  test('NULL in an incrementing column', async () => {
    await db.query('CREATE TABLE t (n int); INSERT INTO t VALUES (1), (NULL)');
    const config = base({ mode: 'incrementing', 'incrementing.column.name': 'n' });
    expect(await problemsOf(config)).toEqual([expect.stringMatching(/^incrementing\.column\.name: .*nullable/)]);
    await harness.herder.create('t', { ...config, 'validate.non.null': 'false' });
    expect(await failure('t')).toMatch(/incrementing column "n" of table public\.t is NULL in a row/);
  });
});

describe('validation', () => {
  test('two errors at once, and no attempt to connect', async () => {
    await expect(
      harness.herder.create('x', {
        'connector.class': 'JdbcSourceConnector',
        'topic.prefix': 'x-',
        'poll.interval.ms': 'soon',
      }),
    ).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /contains the following 4 error\(s\):\nMissing required configuration "connection\.url" which has no default value\.\n.*mode: Query mode must be specified.*\nInvalid value soon for configuration poll\.interval\.ms: Not a number of type INT\n/s,
      ),
    });
  });

  test('wrong password, unknown database, nobody there, no Postgres URL', async () => {
    const wrong = await problemsOf(base({ 'connection.password': 'wrong-secret' }));
    expect(wrong).toEqual([
      'connection.password: Invalid value [hidden] for configuration connection.password: password authentication failed for user "postgres"',
    ]);
    expect(await problemsOf(base({ 'connection.url': postgres.jdbcUrl.replace('my-db', 'nope') }))).toEqual([
      expect.stringMatching(/^connection\.url: .*database "nope" does not exist/),
    ]);
    expect(await problemsOf(base({ 'connection.url': 'jdbc:postgresql://127.0.0.1:1/x' }))).toEqual([
      expect.stringMatching(/^connection\.url: .*ECONNREFUSED/),
    ]);
    expect(await problemsOf(base({ 'connection.url': 'jdbc:oracle:thin:root/hush@h:1521/x' }))).toEqual([
      expect.stringMatching(/^connection\.url: .*Not a Postgres URL/),
    ]);
    expect(
      JSON.stringify(await problemsOf(base({ 'connection.url': 'jdbc:oracle:thin:root/hush@h:1521/x' }))),
    ).not.toContain('hush');
  });

  test('an unknown table names the nearest and lists all', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id int PRIMARY KEY)');
    expect(await problemsOf(base({ 'table.whitelist': 'users,order' }))).toEqual([
      'table.whitelist: Invalid value order for configuration table.whitelist: There is no such table in database my-db. Did you mean orders? Its tables are orders, users',
    ]);
  });

  test('a short form is enough', async () => {
    await db.query("CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a')");
    const { inProcessClient } = await import('../../src/connect/worker/in-process-client.ts');
    const client = inProcessClient(harness.herder);
    const { config, problems } = client.embedded!.expandShortForm({
      connector: 'postgres',
      url: postgres.url,
      tables: 'users',
    });
    expect(problems).toEqual([]);
    await client.create('shop', config);
    await eventually(async () => (await harness.read('users')).length === 1);
    expect(await client.embedded!.sourceDeclarations('shop', 1000)).toMatchObject([
      { name: 'SHOP_USERS', declare: true, isTable: true, keyFormat: 'KAFKA', valueFormat: 'JSON' },
    ]);
    const shown = JSON.stringify([
      await client.list(),
      await client.config('shop'),
      harness.herder.taskConfigs('shop'),
    ]);
    expect(shown).not.toContain('p%40ss');
    expect(shown).toContain('[hidden]');
  });
});

describe('settings of the JDBC class', () => {
  test('timestamp.granularity: microseconds are kept', async () => {
    await db.query(`CREATE TABLE times (id int PRIMARY KEY, wall timestamp, instant timestamptz);
                    INSERT INTO times VALUES (1, '2024-01-31 10:00:00.123456', '2024-01-31 10:00:00.000001+00'), (2, NULL, 'infinity');`);
    const expected: Record<string, readonly [unknown, unknown, string]> = {
      connect_logical: [1_706_691_600_123, 1_706_695_200_000, 'TIMESTAMP'],
      micros_long: [1_706_691_600_123_456, 1_706_695_200_000_001, 'BIGINT'],
      micros_string: ['1706691600123456', '1706695200000001', 'STRING'],
      nanos_string: ['1706691600123456000', '1706695200000001000', 'STRING'],
      micros_iso_datetime_string: ['2024-01-31T10:00:00.123456', '2024-01-31T11:00:00.000001', 'STRING'],
      nanos_iso_datetime_string: ['2024-01-31T10:00:00.123456000', '2024-01-31T11:00:00.000001000', 'STRING'],
    };
    const nanos = '"wall":1706691600123456000,"instant":1706695200000001000';
    for (const granularity of [...Object.keys(expected), 'nanos_long']) {
      const settings = {
        'timestamp.granularity': granularity,
        'db.timezone': 'Europe/Paris',
        'topic.prefix': `${granularity}-`,
      };
      await harness.herder.create(granularity, base({ 'table.whitelist': 'times', ...settings }));
      const topic = `${granularity}-times`;
      const [first, second] = await eventually(async () => {
        const read = await harness.read(topic);
        return read.length === 2 && read.map((r) => r.value!);
      });
      expect(JSON.parse(second!)).toEqual({
        id: 2,
        wall: null,
        instant: granularity.endsWith('string') ? 'infinity' : Number(INT64_MAX),
      });
      if (granularity === 'nanos_long') expect(first).toContain(nanos);
      else {
        const [wall, instant, type] = expected[granularity]!;
        expect([granularity, JSON.parse(first!)]).toEqual([granularity, { id: 1, wall, instant }]);
        expect(harness.herder.sql.topicSchema(topic)!.value.find((c) => c.name === 'wall')?.type).toBe(type);
      }
    }
  });

  test('columns by table: timestamp.columns.mapping, incrementing.column.mapping', async () => {
    await db.query(`CREATE TABLE a (n int NOT NULL, made timestamp, changed timestamp NOT NULL); INSERT INTO a VALUES (1, NULL, '2024-01-02');
                    CREATE TABLE b (id int NOT NULL, at timestamptz NOT NULL); INSERT INTO b VALUES (7, '2024-01-01');`);
    const mapped = base({
      name: 'm',
      mode: 'timestamp+incrementing',
      'timestamp.columns.mapping': 'public\\.a:[made|changed],.*b:at',
      'incrementing.column.mapping': 'public.a:n,public.b:[id]',
    });
    expect(await problemsOf(mapped)).toEqual([]);
    await harness.herder.create('m', mapped);
    await eventually(
      async () => (await harness.read('pg-a')).length === 1 && (await harness.read('pg-b')).length === 1,
    );
    await db.query(`UPDATE a SET made = '2024-01-03'; INSERT INTO b VALUES (8, '2024-01-01')`);
    await eventually(
      async () => (await harness.read('pg-a')).length === 2 && (await harness.read('pg-b')).length === 2,
    );
    expect(await problemsOf({ ...mapped, 'timestamp.columns.mapping': 'public.a:[made|changed]' })).toEqual([
      'timestamp.columns.mapping: Invalid value for configuration timestamp.columns.mapping: no entry is for table public.b, and it needs one',
    ]);
    expect(await problemsOf({ ...mapped, 'incrementing.column.mapping': '.*:n,public.b:id' })).toEqual([
      expect.stringContaining('2 entries are for table public.b'),
    ]);
    expect(await problemsOf({ ...mapped, 'timestamp.column.name': 'at' })).toEqual([
      expect.stringContaining('timestamp.column.name is set as well'),
    ]);
    expect((await problemsOf({ ...mapped, 'timestamp.columns.mapping': 'a' }))[0]).toContain('Each entry must be');
  });

  test('query.masked is a query that is not shown; the isolation level is the one asked for', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)');
    const isolation = "current_setting('transaction_isolation') AS isolation";
    const config = base({
      mode: 'bulk',
      'query.masked': `SELECT id, ${isolation} FROM t;`,
      'topic.prefix': 'masked',
      'transaction.isolation.mode': 'serializable',
    });
    await harness.herder.create('q', config);
    const [row] = await eventually(async () => {
      const read = await values('masked');
      return read.length > 0 && read;
    });
    expect(row).toEqual({ id: 1, isolation: 'serializable' });
    expect(harness.herder.config('q')['query.masked']).toBe('[hidden]');
    expect(await problemsOf({ ...config, query: 'SELECT 1' })).toEqual([
      expect.stringMatching(/^query.masked: .*only one counts$/),
    ]);
    expect(await problemsOf({ ...config, 'transaction.isolation.mode': 'SQL_SERVER_SNAPSHOT' })).toHaveLength(1);
    expect(await problemsOf({ ...config, 'jdbc.credentials.provider.class': 'com.example.Vault' })).toHaveLength(1);
  });

  test('query.retry.attempts: a refused statement is tried again so often, then the task fails', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (0)');
    const query = base({ mode: 'bulk', query: 'SELECT 1 / id AS x FROM t', 'topic.prefix': 'x' });
    await harness.herder.create('never', { ...query, 'topic.prefix': 'never' });
    expect(await failure('never')).toContain('division by zero');
    expect(harness.herder.taskTotals('never')[0]!.retries).toBe(0);
    await harness.herder.create('twice', { ...query, 'query.retry.attempts': '2', 'topic.prefix': 'twice' });
    expect(await failure('twice')).toContain('division by zero');
    expect(harness.herder.taskTotals('twice')[0]!.retries).toBe(2);
    await harness.herder.create('ever', { ...query, 'query.retry.attempts': '-1', 'topic.prefix': 'ever' });
    await eventually(() => harness.herder.taskTotals('ever')[0]!.retries > 0);
    await db.query('UPDATE t SET id = 1');
    await eventually(async () => (await harness.read('ever')).length > 0);
    expect(harness.herder.status('ever').tasks[0]!.state).toBe('RUNNING');
  });

  test('max.buffer.size bounds the rows of a batch', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 25)');
    await harness.herder.create('small', base({ 'max.buffer.size': '4', 'poll.linger.ms': '0' }));
    await eventually(async () => (await ids('pg-t')).length === 25);
    expect(await ids('pg-t')).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });
});
