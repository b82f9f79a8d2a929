import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { workerBesidePostgres } from '../support/postgres-hooks.ts';

/** Change data capture (mode cdc) on a real Postgres. */

let postgres: Postgres;
let db: pg.Client;
let harness: Harness;

workerBesidePostgres({ settings: { wal_level: 'logical' } }, (site) => {
  ({ postgres, db, harness } = site);
});

const base = (more: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': 'sluice.connect.PostgresSourceConnector',
  'connection.url': postgres.url,
  'topic.prefix': 'pg-',
  'table.poll.interval.ms': '300',
  mode: 'cdc',
  ...more,
});

/** The topic as a table: the last value of each key. */
async function mirror(topic: string): Promise<Record<string, unknown>[]> {
  const rows = new Map<string, Record<string, unknown>>();
  for (const { key, value } of await harness.read(topic)) {
    if (value === null) rows.delete(key!.toString('hex'));
    else rows.set(key!.toString('hex'), JSON.parse(value) as Record<string, unknown>);
  }
  return [...rows.values()];
}
const mirrored = (topic: string, expected: unknown[]): Promise<unknown> =>
  eventually(async () => {
    const now = (await mirror(topic)).map((r) => JSON.stringify(r)).toSorted();
    return JSON.stringify(now) === JSON.stringify(expected.map((r) => JSON.stringify(r)).toSorted());
  }).catch(async () => {
    expect(await mirror(topic)).toEqual(expected);
  });

describe('rows and changes', () => {
  test('what is there, then inserts, updates, deletes and changed keys, each once', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text, n numeric(8, 2));
      INSERT INTO users VALUES (1, 'a', 1.5), (2, 'b', NULL), (3, 'c', 3)`);
    await harness.herder.create('shop', base({ 'table.whitelist': 'users' }));
    await mirrored('pg-users', [
      { id: 1, name: 'a', n: 1.5 },
      { id: 2, name: 'b', n: null },
      { id: 3, name: 'c', n: 3 },
    ]);
    await db.query(`INSERT INTO users VALUES (4, 'd', 4)`);
    await db.query(`UPDATE users SET name = 'B' WHERE id = 2`);
    await db.query('DELETE FROM users WHERE id = 1');
    await db.query('UPDATE users SET id = 30 WHERE id = 3');
    await mirrored('pg-users', [
      { id: 2, name: 'B', n: null },
      { id: 4, name: 'd', n: 4 },
      { id: 30, name: 'c', n: 3 },
    ]);
    const records = await harness.read('pg-users');
    expect(records.length).toBe(3 + 1 + 1 + 1 + 2);
    expect(harness.herder.sql.topicSchema('pg-users')).toMatchObject({
      isTable: true,
      key: [{ name: 'id', type: 'INTEGER' }],
    });
    const slots = await db.query('SELECT slot_name, plugin FROM pg_replication_slots');
    expect(slots.rows).toEqual([{ slot_name: 'sluice_shop', plugin: 'pgoutput' }]);
  });

  test('after a restart it goes on where it was, with what was written meanwhile', async () => {
    await db.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
    await harness.herder.create('shop', base({ 'table.whitelist': 'users' }));
    await db.query(`INSERT INTO users SELECT i, 'x' FROM generate_series(1, 50) i`);
    await eventually(async () => (await harness.read('pg-users')).length === 50);
    await harness.herder.close();
    await db.query(`UPDATE users SET name = 'y' WHERE id <= 10; DELETE FROM users WHERE id > 40`);
    await harness.start();
    await eventually(async () => (await harness.read('pg-users')).length === 70);
    expect((await mirror('pg-users')).length).toBe(40);
  });

  test('the application writes all along, whatever identifies the rows of its tables', async () => {
    await db.query(`
      CREATE TABLE plain (id int PRIMARY KEY, v text);
      CREATE TABLE whole (id int PRIMARY KEY, v text); ALTER TABLE whole REPLICA IDENTITY FULL;
      CREATE TABLE byindex (id int PRIMARY KEY, code text NOT NULL UNIQUE, v text); ALTER TABLE byindex REPLICA IDENTITY USING INDEX byindex_code_key;
      CREATE TABLE none (id int PRIMARY KEY, v text); ALTER TABLE none REPLICA IDENTITY NOTHING;
      CREATE TABLE keyless (n int, v text);
      CREATE TABLE keylessfull (n int, v text); ALTER TABLE keylessfull REPLICA IDENTITY FULL;
      CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE, v text);
      CREATE TABLE parted (id int, at date, v text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`);
    const tables = ['plain', 'whole', 'byindex', 'none', 'keyless', 'keylessfull', 'deferred'];
    const writes = async (from: number): Promise<void> => {
      for (const table of tables) {
        const key = table.startsWith('keyless') ? 'n' : 'id';
        for (let i = from; i < from + 3; i++)
          await db.query(
            table === 'byindex'
              ? `INSERT INTO byindex VALUES (${i}, 'c${i}', 'x')`
              : `INSERT INTO ${table} VALUES (${i}, 'x')`,
          );
        await db.query(`UPDATE ${table} SET v = 'y' WHERE ${key} = ${from}`);
        await db.query(`DELETE FROM ${table} WHERE ${key} = ${from + 1}`);
      }
      await db.query(`INSERT INTO parted VALUES (${from}, '2024-05-01', 'x'), (${from + 1}, '2025-05-01', 'x')`);
      await db.query(`UPDATE parted SET at = '2025-06-01' WHERE id = ${from}`);
      await db.query(`DELETE FROM parted WHERE id = ${from + 1}`);
    };
    await writes(0);
    await harness.herder.create('shop', base());
    await writes(10);
    await eventually(async () => (await harness.read('pg-parted')).length >= 1);
    await writes(20);
    const left = async (table: string) => (await db.query(`SELECT * FROM ${table}`)).rows as Record<string, unknown>[];
    for (const table of ['plain', 'whole', 'byindex']) await mirrored(`pg-${table}`, await left(table));
    await mirrored('pg-parted', (await db.query(`SELECT id, at - '1970-01-01'::date AS at, v FROM parted`)).rows);
    // Only new rows arrive.
    const live = (await mirror('pg-none')).filter((r) => (r['id'] as number) >= 20).map((r) => r['v']);
    expect(live).toEqual(['x', 'x', 'x']);
    expect(
      (await harness.read('pg-keyless')).map((r) => JSON.parse(r.value!).n as number).filter((n) => n >= 20),
    ).toEqual([20, 21, 22]);
    expect((await harness.read('pg-keylessfull')).map((r) => JSON.parse(r.value!)).filter((r) => r.n === 20)).toEqual([
      { n: 20, v: 'x' },
      { n: 20, v: 'y' },
    ]);
    const remarks = harness.herder.sql.remarks('shop').join('\n');
    expect(remarks).toContain('ALTER TABLE public.keyless REPLICA IDENTITY FULL');
    expect(remarks).toContain('ALTER TABLE public.none REPLICA IDENTITY DEFAULT');
    expect(remarks).toContain('The key of table public.byindex here is code');
  });

  test('a table that loses its key goes on, and its application writes; new tables are taken in; one that is read again loses what it has no more', async () => {
    await db.query(`CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a VALUES (1, 'x'), (2, 'x')`);
    await harness.herder.create('shop', base());
    await eventually(async () => (await mirror('pg-a')).length === 2);
    await db.query(`CREATE TABLE later (id int PRIMARY KEY); INSERT INTO later VALUES (5)`);
    await mirrored('pg-later', [{ id: 5 }]);
    await db.query(`ALTER TABLE a DROP CONSTRAINT a_pkey`);
    // Until the connector examines the tables again, Postgres refuses updates of this one.
    await eventually(async () => {
      await db.query(`UPDATE a SET v = 'y' WHERE id = 1`);
      return true;
    });
    await db.query(`ALTER TABLE a ADD PRIMARY KEY (id)`);
    await eventually(async () => {
      const { rows } = await db.query(`SELECT pubname FROM pg_publication_tables WHERE tablename = 'a'`);
      return rows[0]?.pubname === 'sluice_shop';
    });
    await harness.herder.setTarget('shop', 'STOPPED');
    await db.query('DELETE FROM later; INSERT INTO later VALUES (6)');
    await harness.herder.deleteOffsets('shop');
    expect((await db.query('SELECT FROM pg_replication_slots')).rowCount).toBe(0);
    await harness.herder.setTarget('shop', 'RUNNING');
    await mirrored('pg-later', [{ id: 6 }]);
    await mirrored('pg-a', [
      { id: 1, v: 'y' },
      { id: 2, v: 'x' },
    ]);
  });

  test('tables without a key are written as their first reading begins: each row comes once', async () => {
    const tables = Array.from({ length: 16 }, (_, i) => `log_${i}`);
    await db.query(tables.map((t) => `CREATE TABLE ${t} (n int); INSERT INTO ${t} VALUES (0)`).join(';'));
    let stop = false;
    const write = async (from: number): Promise<void> => {
      const writer = await connectTo(postgres);
      for (let n = from; !stop; n++)
        for (const table of tables) if (!stop) await writer.query(`INSERT INTO ${table} VALUES (${n})`);
      await writer.end();
    };
    const writing = [1, 2, 3].map((i) => write(i * 1_000_000));
    const numbers = async (table: string): Promise<number[]> =>
      (await harness.read(`pg-${table}`))
        .map((r) => (JSON.parse(r.value!) as { n: number }).n)
        .toSorted((a, b) => a - b);
    await harness.herder.create('shop', base());
    await eventually(async () => (await Promise.all(tables.map(numbers))).every((found) => found.includes(0)));
    stop = true;
    await Promise.all(writing);
    for (const table of tables) {
      const { rows } = await db.query<{ n: number }>(`SELECT n FROM ${table} ORDER BY n`);
      const expected = rows.map((r) => r.n);
      await eventually(async () => (await numbers(table)).length >= expected.length).catch(() => {});
      expect(await numbers(table)).toEqual(expected);
    }
  });

  test('every type is what the polling modes make of it, read or told; generated columns too, where the server has them', async () => {
    const { rows: versions } = await db.query<{ v: number }>(`SELECT current_setting('server_version_num')::int AS v`);
    const publishesGenerated = versions[0]!.v >= 180_000;
    const columns = `b boolean, i2 smallint, i4 int, f4 real, f8 double precision, n numeric(10, 2), nopen numeric, t text, c char(3), by bytea, d date, ti time,
      ts timestamp, tz timestamptz, u uuid, j jsonb, m mood, p positive, ai int[], at text[], am mood[], iv interval, far date${
        publishesGenerated ? ', g int GENERATED ALWAYS AS (i4 * 2) STORED' : ''
      }`;
    await db.query(`CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN positive AS numeric(6, 1) CHECK (VALUE > 0);
      CREATE TABLE everything (id bigint PRIMARY KEY, ${columns})`);
    const insert = (id: string): Promise<unknown> =>
      db.query(`INSERT INTO everything VALUES (${id}, true, 7, 42, 1.5, 0.1, -12.34, 1.5, 'é"\\n', 'c', '\\x00ff', '2024-02-29', '13:14:15.678',
        '2024-01-01 10:00:00.123456', '2024-01-01 10:00:00+02', '6ecd8c99-4036-403d-bf84-cf8400f67836', '{"a": [1]}', 'happy', 5.5, '{1,NULL,3}', '{"a,b",c}', '{sad}', '1 day', 'infinity')`);
    await insert('9007199254740993');
    await db.query('INSERT INTO everything (id) VALUES (2)');
    await harness.herder.create('told', base());
    await harness.herder.create('asked', base({ mode: 'changes', 'topic.prefix': 'asked-', 'poll.interval.ms': '50' }));
    const texts = async (topic: string): Promise<string[]> =>
      (await harness.read(topic)).map((r) => `${r.key!.toString('hex')} ${r.value}`).toSorted();
    await eventually(async () => (await texts('pg-everything')).length === 2);
    await insert('9007199254740995');
    await db.query('INSERT INTO everything (id) VALUES (3)');
    await eventually(
      async () => (await texts('pg-everything')).length === 4 && (await texts('asked-everything')).length === 4,
    );
    expect(await texts('pg-everything')).toEqual(await texts('asked-everything'));
    if (publishesGenerated) expect((await texts('pg-everything'))[3]).toContain('"g":84');
    const schema = (topic: string) => harness.herder.sql.topicSchema(topic)!;
    expect(schema('pg-everything').value).toEqual(schema('asked-everything').value);
  });

  test('a transaction larger than what is held comes whole, in pieces', async () => {
    await db.query('CREATE TABLE a (id int PRIMARY KEY, v text)');
    await harness.herder.create('shop', base({ 'batch.max.rows': '5000' }));
    await eventually(async () => (await db.query('SELECT FROM pg_replication_slots WHERE active')).rowCount === 1);
    const before = harness.herder.taskTotals('shop')[0]!.records;
    await db.query(`INSERT INTO a SELECT i, 'x' FROM generate_series(1, 30000) i`);
    await eventually(async () => (await harness.read('pg-a')).length === 30_000);
    expect(harness.herder.taskTotals('shop')[0]!.records - before).toBe(30_000);
    expect((await mirror('pg-a')).length).toBe(30_000);
  });

  test('TRUNCATE takes every row back, those after it stay', async () => {
    await db.query(`CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY);
      INSERT INTO a SELECT i, 'x' FROM generate_series(1, 8000) i; INSERT INTO b VALUES (1)`);
    await harness.herder.create('shop', base({ 'topic.creation.default.partitions': '3' }));
    await eventually(async () => (await harness.read('pg-a')).length === 8_000 && (await mirror('pg-b')).length === 1);
    await db.query(
      `BEGIN; INSERT INTO a VALUES (0, 'before'); TRUNCATE a, b; INSERT INTO a VALUES (7, 'after'); COMMIT`,
    );
    await mirrored('pg-a', [{ id: 7, v: 'after' }]);
    await mirrored('pg-b', []);
    expect((await harness.read('pg-a')).length).toBe(8_000 + 1 + 8_001 + 1);
  });

  test('values that were not sent are completed, never by later ones', async () => {
    await db.query(`CREATE TABLE docs (id int PRIMARY KEY, n int, body text); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL;
      CREATE TABLE big (id text PRIMARY KEY, n int); ALTER TABLE big ALTER id SET STORAGE EXTERNAL;
      INSERT INTO docs SELECT i, 0, repeat(i::text, 5000) FROM generate_series(1, 9) i; INSERT INTO big VALUES (repeat('k', 2100), 1)`);
    await harness.herder.create('shop', base());
    await eventually(async () => (await mirror('pg-docs')).length === 9 && (await mirror('pg-big')).length === 1);
    await db.query(`BEGIN; UPDATE docs SET n = 1 WHERE id = 1; SAVEPOINT s; UPDATE docs SET n = 2 WHERE id = 2; COMMIT;
      UPDATE big SET n = 2`);
    const pause = harness.herder.setTarget('shop', 'PAUSED');
    await pause;
    await db.query(`UPDATE docs SET n = 3 WHERE id = 3`);
    await db.query(`UPDATE docs SET n = 4, body = 'short' WHERE id = 3`);
    await db.query(`UPDATE docs SET n = 5 WHERE id = 4`);
    await db.query(`DELETE FROM docs WHERE id = 4`);
    // A later change of the value only: an earlier change of the row must not get its value.
    await db.query(`UPDATE docs SET n = 3 WHERE id = 5`);
    await db.query(`UPDATE docs SET body = repeat('later', 5000) WHERE id = 5`);
    await harness.herder.setTarget('shop', 'RUNNING');
    await mirrored('pg-docs', (await db.query('SELECT * FROM docs')).rows);
    await mirrored('pg-big', (await db.query('SELECT * FROM big')).rows);
    for (const { value } of await harness.read('pg-docs')) {
      const row = value === null ? undefined : (JSON.parse(value) as { id: number; n: number; body: string });
      if (row !== undefined && row.n < 4 && !row.body.startsWith('later'))
        expect(row.body).toBe(String(row.id).repeat(5000));
    }
    const ofFive = (await harness.read('pg-docs')).filter((r) => r.value?.startsWith('{"id":5,') === true);
    expect(ofFive.map((r) => (JSON.parse(r.value!) as { n: number }).n)).toEqual([0, 3]);
  });

  describe('a value that was not sent is never newer than its change', () => {
    interface Doc {
      readonly id: number;
      readonly n: number;
      readonly body: string;
    }
    const LONG = 5000;
    const docs = async (id: number): Promise<(readonly [n: number, body: string])[]> =>
      (await harness.read('pg-docs'))
        .map((r) => JSON.parse(r.value!) as Doc)
        .filter((row) => row.id === id)
        .map(({ n, body }) => [n, body.slice(0, body.length / LONG)] as const);

    /** Makes changes while the connector does not read; it then reads them in chunks of `pieceRows` rows. */
    const changed = async (pieceRows: number, ...changes: readonly string[]): Promise<void> => {
      await db.query(`CREATE TABLE docs (id int PRIMARY KEY, n int, body text); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL;
        INSERT INTO docs SELECT i, 0, repeat('a', ${LONG}) FROM generate_series(1, 2) i`);
      await harness.herder.create('shop', base({ 'batch.max.rows': String(pieceRows) }));
      await eventually(async () => (await mirror('pg-docs')).length === 2);
      await harness.herder.setTarget('shop', 'STOPPED');
      for (const change of changes) await db.query(change);
      await harness.herder.setTarget('shop', 'RUNNING');
      await mirrored('pg-docs', (await db.query('SELECT * FROM docs')).rows);
    };
    const later = `repeat('later', ${LONG})`;

    test('where another transaction gave the row another value since, which has not come yet', async () => {
      await changed(1, 'UPDATE docs SET n = 1 WHERE id = 1', `UPDATE docs SET body = ${later} WHERE id = 1`);
      expect((await docs(1)).filter(([n]) => n === 1).every(([, body]) => body === 'later')).toBe(true);
      // The version from the stream, and no version before it.
      expect(await docs(1)).toEqual([
        [0, 'a'],
        [1, 'later'],
      ]);
    });

    test('where the same transaction did', async () => {
      await changed(
        100,
        `BEGIN; UPDATE docs SET n = 1 WHERE id = 1; UPDATE docs SET body = ${later} WHERE id = 1; COMMIT`,
      );
      expect(await docs(1)).toEqual([
        [0, 'a'],
        [1, 'later'],
      ]);
    });

    test.each([1, 100])(
      'the transaction of a savepoint looks like another one: the row is read again (%i a piece)',
      async (rows) => {
        await changed(
          rows,
          'BEGIN; SAVEPOINT s; UPDATE docs SET n = 1 WHERE id = 1; COMMIT',
          'UPDATE docs SET n = 9 WHERE id = 2',
        );
        expect((await docs(1)).at(-1)).toEqual([1, 'a']);
        await eventually(async () =>
          (await harness.herder.offsets('shop')).every(({ partition }) => partition['rows'] === undefined),
        );
      },
    );

    test('each state of a row has the value of its time, as far as earlier and later changes say it', async () => {
      await changed(
        100,
        'UPDATE docs SET n = 1 WHERE id = 1',
        `UPDATE docs SET n = 2, body = repeat('b', ${LONG}) WHERE id = 1`,
        'UPDATE docs SET n = 3 WHERE id = 1',
        'UPDATE docs SET id = 7, n = 4 WHERE id = 1',
        'UPDATE docs SET n = 5 WHERE id = 7',
        `UPDATE docs SET n = 6, body = repeat('c', ${LONG}) WHERE id = 7`,
        'DELETE FROM docs WHERE id = 2',
        `INSERT INTO docs VALUES (2, 7, repeat('d', ${LONG}))`,
        'UPDATE docs SET n = 8 WHERE id = 2',
      );
      // The value before the first change that contained it is unknown.
      const seen = async (id: number) =>
        (await harness.read('pg-docs'))
          .filter((r) => r.value !== null && (JSON.parse(r.value) as Doc).id === id)
          .map((r) => JSON.parse(r.value!) as Doc)
          .map(({ n, body }) => [n, body[0]]);
      expect(await seen(1)).toEqual([
        [0, 'a'],
        [2, 'b'],
        [3, 'b'],
      ]);
      expect(await seen(7)).toEqual([
        [4, 'b'],
        [5, 'b'],
        [6, 'c'],
      ]);
      expect(await seen(2)).toEqual([
        [0, 'a'],
        [7, 'd'],
        [8, 'd'],
      ]);
    });

    test('a row whose values were completed once keeps them: later changes need no look at the table', async () => {
      await changed(1, 'UPDATE docs SET n = 1 WHERE id = 1');
      await db.query(
        'BEGIN; LOCK TABLE docs IN ACCESS EXCLUSIVE MODE; UPDATE docs SET n = 2 WHERE id = 1; UPDATE docs SET n = 3 WHERE id = 1; COMMIT',
      );
      await db.query(`UPDATE docs SET n = 4 WHERE id = 1; UPDATE docs SET body = ${later} WHERE id = 1`);
      await mirrored('pg-docs', (await db.query('SELECT * FROM docs')).rows);
      expect(await docs(1)).toEqual([
        [0, 'a'],
        [1, 'a'],
        [2, 'a'],
        [3, 'a'],
        [4, 'a'],
        [4, 'later'],
      ]);
    });
  });

  test('the first change of a table that comes while unsent values are asked for is not lost', async () => {
    const tables = Array.from({ length: 8 }, (_, i) => `first_${i}`);
    await db.query(`CREATE TABLE docs (id int PRIMARY KEY, n int, body text); ALTER TABLE docs ALTER body SET STORAGE EXTERNAL;
      INSERT INTO docs VALUES (1, 0, repeat('x', 5000));
      ${tables.map((t) => `CREATE TABLE ${t} (id int PRIMARY KEY, n int); INSERT INTO ${t} VALUES (1, 1);`).join('\n')}`);
    await harness.herder.create('shop', base());
    await eventually(async () =>
      (await Promise.all(tables.map((t) => mirror(`pg-${t}`)))).every((r) => r.length === 1),
    );
    for (const [i, table] of tables.entries())
      await db.query(`UPDATE docs SET n = ${i + 1}; SELECT pg_sleep(0.002); UPDATE ${table} SET n = 2`);
    for (const table of tables) await mirrored(`pg-${table}`, [{ id: 1, n: 2 }]);
  });
});
