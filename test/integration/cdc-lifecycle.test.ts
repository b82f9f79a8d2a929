import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { eventually } from '../../src/connect/worker/testing/harness.ts';
import { Session } from '../../src/engine/session.ts';
import { type Sluice } from '../../src/main/compose.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { queryRows, refusalOf } from '../support/query-rows.ts';
import { sluiceBesidePostgres } from '../support/postgres-hooks.ts';

/** Change data capture by SQL: the choice of the mode, what is created, reported and removed. */

let postgres: Postgres;
let db: pg.Client;
let sluice: Sluice;

const POSTGRES = { settings: { wal_level: 'logical', max_replication_slots: '3' } };
const properties = { 'ksql.streams.auto.offset.reset': 'earliest' };
sluiceBesidePostgres({ ...POSTGRES, properties }, (site) => {
  ({ postgres, db, sluice } = site);
});

const run = (sql: string) => sluice.engine.execute(sql);
const said = async (sql: string): Promise<string> => JSON.stringify(await run(sql)).replaceAll('\\"', '"');
const refusal = async (sql: string): Promise<string> => {
  const told = await refusalOf(sluice.engine, sql);
  return told.hint === undefined ? told.message : `${told.message}\n${told.hint}`;
};
const rows = async (sql: string): Promise<unknown[][]> => {
  return await queryRows(sluice.engine, sql);
};
const made = async (): Promise<unknown> => ({
  slots: (await db.query('SELECT slot_name FROM pg_replication_slots ORDER BY 1')).rows.map((r) => r.slot_name),
  publications: (await db.query('SELECT pubname FROM pg_publication ORDER BY 1')).rows.map((r) => r.pubname),
});
const source = (name: string, url = postgres.url, more = ''): string =>
  `CREATE SOURCE CONNECTOR ${name} WITH (connector='postgres', url='${url}'${more});`;

describe('the short form', () => {
  test('is change capture where that can be: a mirror that sees deletes, named with what it made; TERMINATE takes it away', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
    const answer = await said(source('shop'));
    expect(answer).toContain(
      'Mode cdc: changes are read from replication slot sluice_shop, publications sluice_shop, sluice_shop_inserts',
    );
    expect(answer).toContain('max_slot_wal_keep_size');
    expect(answer).not.toContain('stay in the tables');
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 2);
    expect(await said('DESCRIBE CONNECTOR shop;')).toContain('Table public.users: its first reading is done, 2 rows');
    expect(await said('SHOW CONNECTORS EXTENDED;')).toContain(
      'SHOP: Table public.users: its first reading is done, 2 rows',
    );
    // A repeated snapshot: rows that were deleted while the stream did not see it get tombstones.
    expect(await refusal('ALTER CONNECTOR shop SNAPSHOT TABLES (userz);')).toContain('Did you mean users?');
    await db.query(`ALTER PUBLICATION sluice_shop DROP TABLE users`);
    await db.query('DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (1000, $$unseen$$)');
    await run('ALTER CONNECTOR shop SNAPSHOT TABLES (users);');
    await eventually(
      async () => JSON.stringify(await rows('SELECT * FROM shop_users;')) === '[[2,"b"],[1000,"unseen"]]',
    );
    await db.query('DELETE FROM users WHERE id = 1000');
    await db.query(`DELETE FROM users WHERE id = 1; UPDATE users SET name = 'B'`);
    await eventually(async () => JSON.stringify(await rows('SELECT * FROM shop_users;')) === '[[2,"B"]]');
    expect(await made()).toEqual({ slots: ['sluice_shop'], publications: ['sluice_shop', 'sluice_shop_inserts'] });
    expect(await said('DROP CONNECTOR shop TERMINATE;')).toContain(
      'Replication slot sluice_shop and its publications are dropped',
    );
    expect(await made()).toEqual({ slots: [], publications: [] });
    expect(await said('SHOW CONNECTORS;')).not.toContain('sluice_shop');
  });

  test('leaves out what has no changes to read, and says it with the cure; the others are read', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'a');
      CREATE UNLOGGED TABLE "Scratch" (id int PRIMARY KEY); INSERT INTO "Scratch" VALUES (1);
      CREATE TEMPORARY TABLE passing (id int PRIMARY KEY);
      CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
      CREATE UNLOGGED TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
      CREATE VIEW seen AS SELECT * FROM users; CREATE MATERIALIZED VIEW kept AS SELECT * FROM users`);
    const scratch =
      'Table public.Scratch is not read: it is UNLOGGED, and Postgres tells no changes of such a table: ALTER TABLE public."Scratch" SET LOGGED;';
    const answer = await said(source('shop', postgres.url, `, 'table.poll.interval.ms'='200'`));
    expect(answer).toContain('Mode cdc: ');
    expect(answer).toContain(scratch);
    expect(answer).toMatch(/Not read, since they are no tables: public\.kept, public\.seen\. .*mode='bulk'/);
    await eventually(async () => JSON.stringify(await rows('SELECT * FROM shop_users;')) === '[[1,"a"]]');
    const told = await said('DESCRIBE CONNECTOR shop;');
    expect(told).toContain(scratch);
    expect(told).toContain('Table public.parts has partitions that are UNLOGGED: changes of their rows are not seen');
    // Once it is logged, the table is read without further messages.
    await db.query('ALTER TABLE "Scratch" SET LOGGED');
    await eventually(async () => (await said('SHOW TABLES;')).includes('SHOP_SCRATCH'));
    await eventually(async () => (await rows('SELECT * FROM shop_scratch;')).length === 1);
    expect(await said('DESCRIBE CONNECTOR shop;')).not.toContain('Scratch is not read');
    // A table that is listed explicitly is refused immediately in this mode, and read in another.
    await db.query('CREATE UNLOGGED TABLE notes (id int PRIMARY KEY)');
    expect(await refusal(source('one', postgres.url, `, tables='notes', prefix='one_', mode='cdc'`))).toContain(
      'Table public.notes cannot be read: it is UNLOGGED',
    );
    const other = await said(source('two', postgres.url, `, tables='notes', prefix='two_'`));
    expect(other).toContain('Mode changes: ');
    expect(other).toContain('it needs another table than public.notes (it is UNLOGGED, and Postgres tells no changes');
    expect(
      await refusal(
        source('three', postgres.url, `, tables='seen', prefix='three_', mode='cdc', 'table.types'='VIEW'`),
      ),
    ).toContain('Table public.seen cannot be read: it is no plain table, and its rows have no changes: a connector of');
    await run('DROP CONNECTOR two TERMINATE;');
    await run('DROP CONNECTOR shop TERMINATE;');
  });

  test('a new table of another owner, which the server refuses to publish, is left out with its reason; the others go on', async () => {
    await db.query(`CREATE ROLE mirrorer LOGIN REPLICATION PASSWORD 'm';
      GRANT CREATE ON DATABASE ${new URL(postgres.url).pathname.slice(1)} TO mirrorer; GRANT CREATE, USAGE ON SCHEMA public TO mirrorer;
      CREATE TABLE users (id int PRIMARY KEY, name text); ALTER TABLE users OWNER TO mirrorer; INSERT INTO users VALUES (1, 'a')`);
    const url = postgres.url.replace('postgres:postgres@', 'mirrorer:m@');
    expect(await said(source('shop', url, `, 'table.poll.interval.ms'='200'`))).toContain('Mode cdc: ');
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    await db.query('CREATE TABLE theirs (id int PRIMARY KEY); GRANT SELECT ON theirs TO mirrorer');
    await eventually(async () =>
      (await said('DESCRIBE CONNECTOR shop;')).includes(
        'Table public.theirs is not read: only its owner may have its changes published: GRANT "postgres" TO "mirrorer";',
      ),
    );
    await db.query(`INSERT INTO users VALUES (2, 'b')`);
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 2);
    await db.query('INSERT INTO theirs VALUES (1); ALTER TABLE theirs OWNER TO mirrorer');
    // Once this is corrected, the table is read without intervention.
    await eventually(async () => (await said('SHOW TABLES;')).includes('SHOP_THEIRS'));
    await eventually(async () => (await rows('SELECT * FROM shop_theirs;')).length === 1);
    expect(await said('DESCRIBE CONNECTOR shop;')).not.toContain('public.theirs is not read');
    await run('DROP CONNECTOR shop TERMINATE;');
    await db.query('DROP TABLE users, theirs; DROP OWNED BY mirrorer; DROP ROLE mirrorer');
  });

  test('is the mode that asks for rows where something is missing, and says what', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'r';
      GRANT SELECT ON users TO reader; GRANT USAGE ON SCHEMA public TO reader`);
    const url = postgres.url.replace('postgres:postgres@', 'reader:r@');
    const answer = await said(source('shop', url));
    expect(answer).toContain('Mode changes: ');
    expect(answer).toContain('ALTER ROLE "reader" REPLICATION;');
    expect(answer).toContain('GRANT CREATE ON DATABASE');
    expect(await made()).toEqual({ slots: [], publications: [] });
    expect(JSON.stringify(await run('DESCRIBE CONNECTOR shop;'))).toContain('"mode":"changes"');
    expect(await refusal(source('other', url, `, prefix='x_', mode='cdc'`))).toContain('it needs ALTER ROLE');
    // The mode is chosen once: it stays when the missing privileges are granted later.
    await db.query(`ALTER ROLE reader SUPERUSER`);
    await run(source('shop', url).replace('CREATE SOURCE', 'CREATE OR REPLACE SOURCE'));
    expect(JSON.stringify(await run('DESCRIBE CONNECTOR shop;'))).toContain('"mode":"changes"');
    await run('DROP CONNECTOR shop TERMINATE;');
    await db.query('DROP OWNED BY reader; DROP ROLE reader');
  });

  test('takes a slot of its own where the name is taken, and none where all are', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY)`);
    await db.query(`SELECT pg_create_logical_replication_slot('sluice_shop', 'pgoutput')`);
    expect(await said(source('shop'))).toContain('replication slot sluice_shop_2');
    await eventually(async () => JSON.stringify(await made()).includes('sluice_shop_2'));
    await db.query(`SELECT pg_create_logical_replication_slot('third', 'pgoutput')`);
    expect(await said(source('late', postgres.url, ", prefix='late_'"))).toContain('all 3 are taken');
  });
});

describe('while a table is read for the first time', () => {
  test('a join waits for its end and says so, a pull query says how much is there', async () => {
    await run(`CREATE STREAM clicks (uid INT KEY, page STRING) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
      INSERT INTO clicks VALUES (5, 'early');`);
    await db.query(
      `CREATE TABLE users (id int PRIMARY KEY, name text); INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 5000) i`,
    );
    // The connector waits for transactions that were open when the table was published.
    const other = await connectTo(postgres);
    await db.query('CREATE TABLE busy (n int)');
    const held = async (): Promise<void> => {
      await other.query('BEGIN');
      await other.query('INSERT INTO busy VALUES (1)');
    };
    await run(source('shop', postgres.url, ", 'table.poll.interval.ms'=200"));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 5000);
    await held();
    await db.query(
      `CREATE TABLE later (id int PRIMARY KEY, name text); INSERT INTO later SELECT i, 'l' || i FROM generate_series(1, 3000) i`,
    );
    await eventually(async () => (await said('SHOW TABLES;')).includes('SHOP_LATER'));
    await run(
      `CREATE STREAM seen AS SELECT c.uid, c.page, l.name FROM clicks c LEFT JOIN shop_later l ON c.uid = l.id;`,
    );
    await run(`INSERT INTO clicks VALUES (6, 'late');`);
    expect(await said('SHOW QUERIES;')).toContain(
      'waits until the tables that it joins have been read: Table public.later',
    );
    const handle = await sluice.engine.query('SELECT * FROM shop_later;', new Session());
    expect(handle.kind === 'PRINT' ? '' : handle.notice?.()).toContain(
      'Not all rows are there yet. Table public.later',
    );
    if (handle.kind !== 'PRINT') await handle.close();
    await other.query('COMMIT');
    await other.end();
    await eventually(
      async () =>
        JSON.stringify(await rows('SELECT * FROM seen;')) ===
        JSON.stringify([
          [5, 'early', 'l5'],
          [6, 'late', 'l6'],
        ]),
    );
    expect(await said('SHOW QUERIES;')).not.toContain('waits until');
  });
});

describe('a table that is altered', () => {
  test('its records have the new columns, and the declared source gets them', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY, name text, old int); INSERT INTO users VALUES (1, 'a', 7)`);
    await run(source('shop'));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    await db.query(`ALTER TABLE users ADD COLUMN city text; INSERT INTO users VALUES (2, 'b', 8, 'Rome');
      ALTER TABLE users DROP COLUMN old; UPDATE users SET city = 'Oslo' WHERE id = 1; ALTER TABLE users RENAME COLUMN id TO uid;
      INSERT INTO users VALUES (3, 'c', 'Bern')`);
    await eventually(
      async () =>
        JSON.stringify(await rows('SELECT id, name, city FROM shop_users;').catch(() => [])) ===
        JSON.stringify([
          [1, 'a', 'Oslo'],
          [2, 'b', 'Rome'],
          [3, 'c', 'Bern'],
        ]),
    );
  });

  test('stops the task where that is asked for, and RESTART goes on', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1)`);
    await run(source('shop', postgres.url, ", 'schema.change.policy'='stop'"));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    await db.query(
      `INSERT INTO users VALUES (2); ALTER TABLE users ADD COLUMN city text; INSERT INTO users VALUES (3, 'Rome')`,
    );
    await eventually(async () => (await said('SHOW CONNECTORS;')).includes('Table public.users was altered'));
    expect((await rows('SELECT * FROM shop_users;')).length).toBe(2);
    await run('RESTART CONNECTOR shop;');
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 3);
  });
});

describe('what a user is told', () => {
  test('nothing of lost columns when rows are deleted; of a table that was dropped while nobody could look', async () => {
    await db.query(`CREATE TABLE members (no int PRIMARY KEY, name text, fee numeric); CREATE TABLE loans (id int PRIMARY KEY, fee numeric);
      INSERT INTO members VALUES (1, 'a', 1), (3, 'c', 2.5); INSERT INTO loans VALUES (1, 2.5);
      DROP ROLE IF EXISTS lib; CREATE ROLE lib SUPERUSER LOGIN PASSWORD 'l'`);
    await run(
      source(
        'lib',
        postgres.url.replace('postgres:postgres@', 'lib:l@'),
        ", mode='cdc', 'table.poll.interval.ms'='200'",
      ),
    );
    await run('CREATE TABLE fees AS SELECT id, fee FROM lib_loans;');
    await eventually(async () => (await rows('SELECT * FROM lib_members;')).length === 2);
    await eventually(async () => (await rows('SELECT * FROM fees;')).length === 1);
    await db.query('DELETE FROM members WHERE no = 3');
    await eventually(async () => (await rows('SELECT * FROM lib_members;')).length === 1);
    expect(await said('SHOW CONNECTORS;')).not.toContain('no longer has');
    // The new type can hold every value, so nothing is reported.
    await db.query(
      'DROP TABLE loans; CREATE TABLE loans (id int PRIMARY KEY, fee numeric(10, 2)); INSERT INTO loans VALUES (2, 0.05)',
    );
    await eventually(async () => (await rows('SELECT * FROM fees WHERE id = 2;')).length === 1);
    for (const statement of ['SHOW CONNECTORS;', 'DESCRIBE CONNECTOR lib;'])
      expect(await said(statement)).not.toMatch(/no longer has|has changed|Query CTAS/);
    await db.query(
      `DROP TABLE loans; ALTER ROLE lib PASSWORD 'other'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lib'`,
    );
    await eventually(async () => (await said('SHOW CONNECTORS;')).includes('password'));
    // After a restart, the connector knows the table only from the records that it wrote.
    await run('RESTART CONNECTOR lib;').catch(() => {});
    await db.query(`ALTER ROLE lib PASSWORD 'l'`);
    for (const statement of ['SHOW CONNECTORS;', 'DESCRIBE CONNECTOR lib;'])
      await eventually(async () => (await said(statement)).includes('Table public.loans is gone'));
    await run('STOP CONNECTOR lib;');
    await run('RESUME CONNECTOR lib;');
    await eventually(async () => (await said('SHOW CONNECTORS;')).includes('Table public.loans is gone'));
    // A sink reads the topic, whose rows no longer change.
    await run(`CREATE SINK CONNECTOR copy WITH (connector='postgres', url='${postgres.url}', sources='lib_loans',
      'table.name.format'='copies');`);
    for (const statement of ['SHOW SINK CONNECTORS;', 'DESCRIBE CONNECTOR copy;'])
      expect(await said(statement)).toMatch(
        /Topic \S*loans gets no more rows of connector LIB: Table public\.loans is gone/i,
      );
    await run('DROP CONNECTOR copy;');
    await run('DROP CONNECTOR lib TERMINATE CASCADE;');
    await db.query('DROP ROLE lib');
  });

  test('a table whose changes Postgres does not tell stops only itself, until it is logged', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
      CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY); INSERT INTO scratch VALUES (7)`);
    const told = await said(source('u', postgres.url, ", mode='cdc', 'table.poll.interval.ms'='200'"));
    expect(told).toContain('Table public.scratch is not read: it is UNLOGGED');
    expect(told).toContain('ALTER TABLE public.scratch SET LOGGED;');
    await eventually(async () => (await rows('SELECT id FROM u_users;')).length === 1);
    expect(await refusal(source('v', postgres.url, ", mode='cdc', prefix='v_', tables='scratch'"))).toMatch(
      /scratch cannot be read: it is UNLOGGED/,
    );
    await db.query('ALTER TABLE scratch SET LOGGED');
    await eventually(async () => (await rows('SELECT id FROM u_scratch;')).length === 1);
    // The warning also appears while a row of another table makes the task fail.
    await db.query(`CREATE UNLOGGED TABLE notes (id int PRIMARY KEY); CREATE TABLE poison (id int PRIMARY KEY, a int[]);
      INSERT INTO poison VALUES (1, '{{1,2},{3,4}}')`);
    await eventually(async () => (await said('DESCRIBE CONNECTOR u;')).includes('several dimensions'));
    expect(await said('DESCRIBE CONNECTOR u;')).toContain('Table public.notes is not read: it is UNLOGGED');
    await run('DROP CONNECTOR u TERMINATE;');
  });

  test('another mode is refused where rows without a key would come twice, with the way', async () => {
    await db.query(`CREATE TABLE log1 (text text); CREATE TABLE users (id int PRIMARY KEY);
      INSERT INTO log1 VALUES ('a'), ('b'); INSERT INTO users VALUES (1), (2)`);
    await run(source('lg', postgres.url, ", mode='changes', poll=50"));
    await eventually(async () => (await rows('SELECT * FROM lg_log1;')).length === 2);
    const change = `ALTER CONNECTOR lg SET (mode='cdc');`;
    const told = await refusal(change);
    expect(told).toContain(
      'Table public.log1 has no primary key, and topic log1 has its rows already, by mode changes',
    );
    expect(told).toContain(`DROP CONNECTOR LG TERMINATE DELETE TOPICS; and CREATE it anew with mode='cdc'`);
    expect(await refusal(source('lg', postgres.url, ", mode='cdc'").replace('CREATE', 'CREATE OR REPLACE'))).toContain(
      'Table public.log1 has no primary key',
    );
    expect(await rows('SELECT * FROM lg_log1;')).toEqual([['a'], ['b']]);
    // Rows with a key replace their earlier versions, so the mode of such tables can change. Setting the same mode
    // again changes nothing.
    await run(`ALTER CONNECTOR lg SET ('table.blacklist'='log1');`);
    await run(change);
    await db.query('DELETE FROM users WHERE id = 1');
    await eventually(async () => JSON.stringify(await rows('SELECT * FROM lg_users;')) === '[[2]]');
    await run('DROP CONNECTOR lg TERMINATE DELETE TOPICS;');
    await run(source('lg', postgres.url, ", mode='cdc'"));
    await eventually(async () => (await rows('SELECT * FROM lg_log1;')).length === 2);
    expect(await refusal(`ALTER CONNECTOR lg SET (mode='changes');`)).toContain('by mode cdc');
    await run('DROP CONNECTOR lg TERMINATE;');
  });
});

describe('what stays', () => {
  test('a plain DROP names it, SHOW CONNECTORS warns of it, the connector made again goes on', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1)`);
    await run(source('shop'));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    const dropped = await said('DROP CONNECTOR shop;');
    expect(dropped).toContain(
      `SELECT pg_drop_replication_slot('sluice_shop'); DROP PUBLICATION IF EXISTS sluice_shop, sluice_shop_inserts;`,
    );
    expect(await said('SHOW CONNECTORS;')).toContain('is read by nobody');
    await db.query('DELETE FROM users');
    await run(source('shop'));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 0);
    expect(await said('SHOW CONNECTORS;')).not.toContain('is read by nobody');
    await run('STOP CONNECTOR shop;');
    expect(await said('SHOW CONNECTORS;')).toContain('is read by nobody while connector SHOP is stopped');
    await run('RESUME CONNECTOR shop;');
    expect(await said('SHOW CONNECTORS;')).not.toContain('is read by nobody');
    await run('DROP CONNECTOR shop;');
    expect(await said('DROP CONNECTOR shop TERMINATE;')).toContain('pg_drop_replication_slot');
    expect(await said('SHOW CONNECTORS;')).not.toContain('is read by nobody');
  });

  test('idle tables hold nothing of the log back while others are written, and the slot is read with least rights', async () => {
    await db.query(`CREATE TABLE quiet (id int PRIMARY KEY); CREATE TABLE busy (id serial, text text); INSERT INTO quiet VALUES (1);
      DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN REPLICATION PASSWORD 'reader'; GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON quiet TO reader;
      CREATE PUBLICATION ours FOR TABLE quiet WITH (publish_via_partition_root = true)`);
    const url = postgres.url.replace(/\/\/[^@]+@/, '//reader:reader@');
    await run(source('shop', url, ", tables='quiet', mode='cdc', 'publication.name'='ours'"));
    await eventually(async () => (await rows('SELECT * FROM shop_quiet;')).length === 1);
    await db.query(`INSERT INTO busy (text) SELECT repeat('x', 1000) FROM generate_series(1, 2000)`);
    const { rows: ends } = await db.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn');
    await eventually(async () => {
      const { rows: slots } = await db.query<{ is_behind: boolean }>(
        `SELECT confirmed_flush_lsn < $1::pg_lsn AS is_behind FROM pg_replication_slots WHERE slot_name = 'sluice_shop'`,
        [ends[0]!.lsn],
      );
      return slots[0]?.is_behind === false;
    }, 30_000);
    expect(await said('SHOW CONNECTORS EXTENDED;')).toMatch(/The database keeps [0-9.]+ [kM]?B of its log/);
    await run('DROP CONNECTOR shop TERMINATE;');
    // What others created is not removed.
    expect(await made()).toEqual({ slots: [], publications: ['ours'] });
    await db.query('DROP OWNED BY reader; DROP ROLE reader');
  });

  test('heartbeats send a statement, whose changes come; one that fails is named, and the rest goes on', async () => {
    await db.query('CREATE TABLE beat (id int PRIMARY KEY, n int); INSERT INTO beat VALUES (1, 0)');
    await run(
      source(
        'shop',
        postgres.url,
        ", mode='cdc', 'heartbeat.interval.ms'='100', 'heartbeat.action.query'='UPDATE beat SET n = n + 1'",
      ),
    );
    const beats = async (): Promise<number> => Number((await rows('SELECT n FROM shop_beat;'))[0]?.[0] ?? 0);
    await eventually(async () => (await beats()) >= 3);
    await run(`ALTER CONNECTOR shop SET ('heartbeat.action.query'='UPDATE nothing SET n = 1');`);
    await eventually(async () => (await said('DESCRIBE CONNECTOR shop;')).includes("'heartbeat.action.query'"));
    await db.query('INSERT INTO beat VALUES (2, 7)');
    await eventually(async () => (await rows('SELECT id FROM shop_beat;')).length === 2);
  });

  test('settings can be changed where a second table has the name of another: it is left out, as at first', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
      DROP SCHEMA IF EXISTS sales CASCADE; CREATE SCHEMA sales; CREATE TABLE sales.users (id int PRIMARY KEY); INSERT INTO sales.users VALUES (2)`);
    await run(source('shop'));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    await run(`ALTER CONNECTOR shop SET ('slot.lost.policy'='snapshot');`);
    await db.query('INSERT INTO users VALUES (3)');
    await eventually(async () => JSON.stringify(await rows('SELECT * FROM shop_users;')) === '[[1],[3]]');
    expect(await said('DESCRIBE CONNECTOR shop;')).toContain('public.users has topic users already');
    await db.query('DROP SCHEMA sales CASCADE');
  });

  test('a slot that is gone, or was read by somebody else, is never gone on with in silence', async () => {
    await db.query(`CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1)`);
    await run(source('shop'));
    await eventually(async () => (await rows('SELECT * FROM shop_users;')).length === 1);
    await run('PAUSE CONNECTOR shop;');
    // A poll in progress ends first.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const free = () =>
      eventually(async () => {
        await db.query(`SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active`);
        return (await db.query('SELECT FROM pg_replication_slots WHERE active')).rowCount === 0;
      });
    await free();
    await db.query('DELETE FROM users; INSERT INTO users VALUES (2)');
    await db.query(`SELECT pg_replication_slot_advance('sluice_shop', pg_current_wal_lsn())`);
    await run('RESUME CONNECTOR shop;');
    await eventually(async () => (await said('SHOW CONNECTORS;')).includes('was read by somebody else'));
    await free();
    await db.query(`SELECT pg_drop_replication_slot('sluice_shop')`);
    await run('RESTART CONNECTOR shop;');
    await eventually(async () => (await said('SHOW CONNECTORS;')).includes('Replication slot sluice_shop is gone'));
    expect(await said('SHOW CONNECTORS;')).toContain('ALTER CONNECTOR');
    await run(`ALTER CONNECTOR shop SET ('slot.lost.policy'='snapshot');`);
    await eventually(async () => JSON.stringify(await rows('SELECT * FROM shop_users;')) === '[[2]]');
  });
});
