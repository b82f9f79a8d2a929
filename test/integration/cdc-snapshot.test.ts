import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { type Sluice } from '../../src/main/compose.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { queryRows, refusalOf } from '../support/query-rows.ts';
import { sluiceBesidePostgres } from '../support/postgres-hooks.ts';

/** Snapshots that SQL requests while the stream is read: repeated, partial, paused and ended. */

let postgres: Postgres;
let db: pg.Client;
let other: pg.Client;
let sluice: Sluice;

const properties = { 'ksql.streams.auto.offset.reset': 'earliest', 'connect.allowed.paths': tmpdir() };
sluiceBesidePostgres({ settings: { wal_level: 'logical' }, properties }, (site) => {
  ({ postgres, db, sluice } = site);
});
beforeEach(async () => {
  other = await connectTo(postgres);
});
afterEach(async () => {
  await other.end();
  await run('DROP CONNECTOR IF EXISTS shop TERMINATE;');
});

const run = (sql: string) => sluice.engine.execute(sql);
const said = async (sql: string): Promise<string> => JSON.stringify(await run(sql)).replaceAll('\\"', '"');
const refusal = async (sql: string): Promise<string> => (await refusalOf(sluice.engine, sql)).message;
const rows = async (sql: string): Promise<unknown[][]> => {
  return (await queryRows(sluice.engine, sql)).toSorted((a, b) => Number(a[0]) - Number(b[0]));
};
const become = async (sql: string, expected: unknown[][]): Promise<void> => {
  await eventually(async () => JSON.stringify(await rows(sql)) === JSON.stringify(expected)).catch(async () =>
    expect(await rows(sql)).toEqual(expected),
  );
};
const shop = (more: string): string =>
  `CREATE SOURCE CONNECTOR shop WITH (connector='postgres', url='${postgres.url}', mode='cdc'${more});`;
const create = (more = ''): Promise<unknown> => run(shop(more));

test('a table is read again: what it has no more is taken back; with a condition those rows alone, and nothing is', async () => {
  // For a table without a replica identity, neither updates nor deletes are captured.
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); ALTER TABLE users REPLICA IDENTITY NOTHING;
    INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c')`);
  await create();
  await become('SELECT * FROM shop_users;', [
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ]);
  await db.query(`UPDATE users SET name = name || '!'; DELETE FROM users WHERE id = 1`);
  expect(await said(`ALTER CONNECTOR shop SNAPSHOT TABLES (users) WHERE 'id < 3 -- the first ones';`)).toContain(
    'no row is taken back',
  );
  await become('SELECT * FROM shop_users;', [
    [1, 'a'],
    [2, 'b!'],
    [3, 'c'],
  ]);
  await run('ALTER CONNECTOR shop SNAPSHOT TABLES (users);');
  await become('SELECT * FROM shop_users;', [
    [2, 'b!'],
    [3, 'c!'],
  ]);
  await run(`ALTER CONNECTOR shop SNAPSHOT TABLES (users) WHERE 'no_such_column = 1';`);
  await eventually(async () => (await said('DESCRIBE CONNECTOR shop;')).includes('no_such_column'));
});

test('a first reading has the rows of a statement of the user, changes come of all', async () => {
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE logs (n int);
    INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 5) i; INSERT INTO logs VALUES (1), (2)`);
  await create(
    `, 'snapshot.select.statement.overrides'='public.users,logs',
       'snapshot.select.statement.overrides.public.users'='SELECT * FROM users WHERE id > 3 -- new ones',
       'snapshot.select.statement.overrides.public.logs'='SELECT * FROM logs WHERE n > 1;'`,
  );
  await become('SELECT * FROM shop_users;', [
    [4, 'u4'],
    [5, 'u5'],
  ]);
  await db.query(`UPDATE users SET name = 'new' WHERE id = 1`);
  await become('SELECT * FROM shop_users;', [
    [1, 'new'],
    [4, 'u4'],
    [5, 'u5'],
  ]);
  expect(await said('DESCRIBE CONNECTOR shop EXTENDED;').catch(() => '')).not.toContain('FAILED');
});

test('a reading is held, goes on, and is ended, while changes come', async () => {
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE busy (n int);
    INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
  // The table is read when the transactions have ended that were open when it was published.
  await create(`, 'table.poll.interval.ms'='200'`);
  await become('SELECT * FROM shop_users;', [
    [1, 'a'],
    [2, 'b'],
  ]);
  await other.query('BEGIN; INSERT INTO busy VALUES (1)');
  await db.query(`CREATE TABLE later (id int PRIMARY KEY, name text); INSERT INTO later VALUES (1, 'x'), (2, 'y')`);
  await eventually(async () => (await said('SHOW TABLES;')).includes('SHOP_LATER'));
  expect(await said('ALTER CONNECTOR shop PAUSE SNAPSHOT;')).toContain('SHOP holds the reading of public.later');
  await other.query('COMMIT');
  await db.query(`INSERT INTO later VALUES (3, 'z')`);
  await become('SELECT * FROM shop_later;', [[3, 'z']]);
  expect(await said('DESCRIBE CONNECTOR shop;')).toContain('Table public.later: its reading is held at 0 rows');
  expect(await refusal('ALTER CONNECTOR shop PAUSE SNAPSHOT;')).toContain('no reading that is under way');
  await run('ALTER CONNECTOR shop RESUME SNAPSHOT TABLES (later);');
  await become('SELECT * FROM shop_later;', [
    [1, 'x'],
    [2, 'y'],
    [3, 'z'],
  ]);
  expect(await refusal('ALTER CONNECTOR shop RESUME SNAPSHOT;')).toContain('no reading that is held');

  await other.query('BEGIN; INSERT INTO busy VALUES (1)');
  await db.query(`CREATE TABLE last (id int PRIMARY KEY, name text); INSERT INTO last VALUES (1, 'x'), (2, 'y')`);
  await eventually(async () => (await said('SHOW TABLES;')).includes('SHOP_LAST'));
  expect(await said('ALTER CONNECTOR shop STOP SNAPSHOT;')).toContain('rows that were not read are missing');
  await other.query('COMMIT');
  await db.query(`UPDATE last SET name = 'changed' WHERE id = 2`);
  await become('SELECT * FROM shop_last;', [[2, 'changed']]);
  expect(await refusal('ALTER CONNECTOR shop STOP SNAPSHOT;')).toContain('no reading that is under way');
});

test('columns are left out, masked, hashed and cut, in rows that were there and in changes alike', async () => {
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text, mail text NOT NULL, born date, card text, note varchar(9), big text);
    INSERT INTO users VALUES (1, 'Ann', 'ann@a.io', '1990-01-01', '4111', 'a note', repeat('b', 3000)), (2, NULL, 'b@b.io', NULL, NULL, NULL, NULL)`);
  const hash = (text: string): string => createHash('sha256').update('salt').update(text).digest('hex');
  await create(`, 'column.exclude.list'='public.users.(born|big|id)', 'column.mask.with.3.chars'='public.users.name',
    'column.mask.hash.v2.SHA-256.with.salt.salt'='.*\\.mail', 'column.truncate.to.2.chars'='public\\.users\\.(note|card)'`);
  await become('SELECT * FROM shop_users;', [
    [1, '***', hash('ann@a.io'), '41', 'a '],
    [2, '***', hash('b@b.io'), null, null],
  ]);
  await db.query(`UPDATE users SET note = 'other' WHERE id = 1; INSERT INTO users VALUES (3, 'Cy', 'c@c.io', now(), '1234', 'n', 'x');
    UPDATE users SET id = 20 WHERE id = 2`);
  await become('SELECT * FROM shop_users;', [
    [1, '***', hash('ann@a.io'), '41', 'ot'],
    [3, '***', hash('c@c.io'), '12', 'n'],
    [20, '***', hash('b@b.io'), null, null],
  ]);
  await db.query(`CREATE TABLE others (id int PRIMARY KEY, age int)`);
  await run(
    `CREATE SOURCE CONNECTOR o WITH (connector='postgres', url='${postgres.url}', tables='others', mode='cdc', 'column.mask.with.3.chars'='public.others.age');`,
  );
  await eventually(async () =>
    (await said('DESCRIBE CONNECTOR o;')).includes(
      'Column age of table public.others cannot be masked or cut: only texts can',
    ),
  );
  await run('DROP CONNECTOR o TERMINATE;');
});

test(
  'a table without a key is there once, though its reading is ended before its first rows are written',
  { retry: 0 },
  async () => {
    // The table is read only after the lock is released; queries of the reader before that are answered immediately.
    const gated = `SELECT * FROM lines WHERE CASE WHEN current_setting('transaction_isolation') = 'repeatable read' THEN pg_advisory_xact_lock_shared(7) IS NOT NULL ELSE true END`;
    await db.query('CREATE TABLE lines (n int); INSERT INTO lines VALUES (1); SELECT pg_advisory_lock(7)');
    await create(
      `, 'snapshot.select.statement.overrides'='lines', 'snapshot.select.statement.overrides.lines'='${gated.replaceAll("'", "''")}'`,
    );
    const waits = async (): Promise<boolean> =>
      (await other.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount === 1;
    await eventually(waits);
    await other.query('INSERT INTO lines VALUES (2)');
    const { rows: places } = await other.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at');
    const sent = `SELECT FROM pg_stat_replication WHERE sent_lsn >= '${places[0]!.at}'`;
    await eventually(async () => (await other.query(sent)).rowCount === 1);
    // Records that were sent may still be on their way to the log.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await run('RESTART CONNECTOR shop;');
    await eventually(waits);
    await db.query('SELECT pg_advisory_unlock(7)');
    await become('SELECT * FROM shop_lines;', [[1], [2]]);
    await other.query('INSERT INTO lines VALUES (3)');
    await become('SELECT * FROM shop_lines;', [[1], [2], [3]]);
  },
);

test('signals in a table have others read again, in part, held and ended; nothing that stands there stops the connector', async () => {
  // For a table without a replica identity, neither updates nor deletes are captured.
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); ALTER TABLE users REPLICA IDENTITY NOTHING;
    INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c'); CREATE TABLE signals (id text PRIMARY KEY, type text, data text)`);
  const signal = (...signals: (readonly [type: string, data?: unknown])[]): Promise<unknown> =>
    db.query(
      `INSERT INTO signals SELECT gen_random_uuid(), type, data FROM json_to_recordset($1) AS s (type text, data text)`,
      [
        JSON.stringify(
          signals.map(([type, data]) => ({ type, data: typeof data === 'object' ? JSON.stringify(data) : data })),
        ),
      ],
    );
  const users = { 'data-collections': ['public.us.*'] };
  const where = (filter: string): unknown => ({
    ...users,
    'additional-conditions': [{ 'data-collection': 'public.users', filter }],
  });
  await create(", 'signal.data.collection'='public.signals'");
  await become('SELECT * FROM shop_users;', [
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ]);
  await db.query(`UPDATE users SET name = name || '!'; DELETE FROM users WHERE id = 1`);
  await signal(['execute-snapshot', where('id = 2 -- that one')]);
  await become('SELECT * FROM shop_users;', [
    [1, 'a'],
    [2, 'b!'],
    [3, 'c'],
  ]);
  await signal(
    ['execute-snapshot', 'no object'],
    ['execute-snapshot', where('id = 1\n) w; DROP TABLE users; --')],
    ['execute-snapshot', where('no_such_column = 1')],
    ['execute-snapshot', { 'data-collections': ['(('] }],
    ['execute-snapshot', { 'data-collections': 'users' }],
    ['dance'],
    ['execute-snapshot', users],
    ['pause-snapshot'],
  );
  await eventually(async () => /"paused"|held/.test(await said('DESCRIBE CONNECTOR shop;')));
  expect(await said('DESCRIBE CONNECTOR shop;')).toContain('dance');
  await signal(['resume-snapshot']);
  await become('SELECT * FROM shop_users;', [
    [2, 'b!'],
    [3, 'c!'],
  ]);
  await db.query(`UPDATE users SET name = 'later'`);
  await signal(['execute-snapshot', users], ['stop-snapshot', users]);
  await db.query(`INSERT INTO users VALUES (9, 'new')`);
  await become('SELECT * FROM shop_users;', [
    [2, 'b!'],
    [3, 'c!'],
    [9, 'new'],
  ]);
});

test('signals in a topic and in a file: each is done once, those of other connectors are not, and the file is emptied', async () => {
  await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); ALTER TABLE users REPLICA IDENTITY NOTHING;
    INSERT INTO users VALUES (1, 'a')`);
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-signals-'));
  const file = path.join(folder, 'signals.txt');
  const again = '{"data-collections": ["public.users"]}';
  const line = `${JSON.stringify({ id: '1', type: 'execute-snapshot', data: JSON.parse(again) as unknown })}\n`;
  const renamed = (name: string) => db.query('UPDATE users SET name = $1', [name]);
  try {
    expect(await refusal(shop(", 'signal.enabled.channels'='jmx'"))).toContain('there is no JMX here');
    expect(await refusal(shop(", 'signal.enabled.channels'='file'"))).toContain('channel file needs it');
    await run(`CREATE STREAM signals (connector STRING KEY, type STRING, data STRING)
      WITH (kafka_topic='asked', partitions=1, key_format='KAFKA', value_format='JSON');`);
    await create(
      `, 'signal.enabled.channels'='kafka,file', 'signal.kafka.topic'='asked', 'signal.file'='${file}', 'signal.poll.interval.ms'='50'`,
    );
    await become('SELECT * FROM shop_users;', [[1, 'a']]);
    await renamed('by file');
    appendFileSync(file, line);
    await become('SELECT * FROM shop_users;', [[1, 'by file']]);
    await eventually(async () => readFileSync(file, 'utf8') === '');
    // The same signal again, and a line that is not a signal.
    await renamed('by file, again');
    appendFileSync(file, `no signal\n${line}`);
    await become('SELECT * FROM shop_users;', [[1, 'by file, again']]);
    expect(await said('DESCRIBE CONNECTOR shop;')).toContain('is no signal, and left out: no signal');
    await renamed('by another');
    await run(`INSERT INTO signals VALUES ('other', 'execute-snapshot', '${again}');`);
    await run(`INSERT INTO signals VALUES ('SHOP', 'log', '{"message": "hello"}');`);
    await run('RESTART CONNECTOR shop;');
    await db.query(`INSERT INTO users VALUES (2, 'b')`);
    await become('SELECT * FROM shop_users;', [
      [1, 'by file, again'],
      [2, 'b'],
    ]);
    await renamed('by topic');
    await run(`INSERT INTO signals VALUES ('shop', 'execute-snapshot', '${again}');`);
    await become('SELECT * FROM shop_users;', [
      [1, 'by topic'],
      [2, 'by topic'],
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
