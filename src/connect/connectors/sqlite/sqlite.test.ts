import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JSON_CONVERTER } from '../../../../test/support/converters.ts';
import { noteKey, noteRow, NOTES } from '../../../../test/support/jdbc-notes.ts';
import { sinkSuite } from '../../../../test/support/sink-suite.ts';
import { sourceSuite } from '../../../../test/support/source-suite.ts';
import { eventually, Harness } from '../../worker/testing/harness.ts';
import { sqliteDriver, type SqliteDatabase } from './driver.ts';
import { openFile as connectTo } from './connection.ts';
import type { Dialect } from '../database/dialect.ts';
import { sourceImplementation } from '../database/source.ts';
import { inProcessClient } from '../../worker/in-process-client.ts';
import { SQLITE } from './dialect.ts';
import { sqliteSource } from './source-plugin.ts';
import { sourcesDefaults } from '../database/sink-rules.ts';
import { parseSqliteUrl, type SqliteTarget } from './url.ts';

interface File {
  readonly path: string;
  readonly db: SqliteDatabase;
  close(): Promise<void>;
}

/** A database file and another program's connection to it. */
async function openFile(): Promise<File> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sqlite-'));
  const file = path.join(folder, 'app.db');
  const db = (await sqliteDriver()).open(file, 2000);
  return {
    path: file,
    db,
    close: async () => {
      db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

sourceSuite('sqlite', async () => {
  const { path: file, db, close } = await openFile();
  db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  return {
    config: {
      'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
      'connection.url': `jdbc:sqlite:${file}`,
      mode: 'incrementing',
      'topic.prefix': 'db-',
      'table.whitelist': 'notes',
      'poll.interval.ms': '20',
    },
    topic: 'db-notes',
    write: async (texts) => {
      const insert = db.prepare('INSERT INTO notes (body) VALUES (?)');
      db.exec('BEGIN IMMEDIATE');
      for (const text of texts) insert.run([text]);
      db.exec('COMMIT');
    },
    textOf: (value) => (JSON.parse(value) as { body: string }).body,
    wrong: [
      { change: { 'connection.url': 'jdbc:sqlite:/nowhere/there.db' }, names: 'connection.url' },
      { change: { 'connection.url': `jdbc:sqlite:${file}.not` }, names: 'connection.url' },
      { change: { 'connection.url': 'jdbc:sqlite::memory:' }, names: 'connection.url' },
      { change: { 'table.whitelist': 'note' }, names: 'table.whitelist' },
      { change: { mode: 'sometimes' }, names: 'mode' },
      { change: { 'incrementing.column.name': 'body' }, names: 'incrementing.column.name' },
    ],
    offsets: {
      partition: { protocol: '1', table: 'notes' },
      good: { incrementing: 7 },
      bad: { incrementing: 'junk' },
    },
    close,
  };
});

const { record } = NOTES;

sinkSuite('sqlite', async () => {
  const { path: file, db, close } = await openFile();
  return {
    ...NOTES,
    config: {
      'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
      'connection.url': `jdbc:sqlite:${file}`,
      ...NOTES.config,
    },
    read: async () => [...db.prepare('SELECT body FROM notes ORDER BY id').rows([])].map(([body]) => body as string),
    wrong: [
      { change: { 'connection.url': 'jdbc:sqlite:/nowhere/there.db' }, names: 'connection.url' },
      // To SQLite, these names are the same table.
      { change: { topics: 'Notes,other,NOTES', 'table.name.format': '${topic}' }, names: 'topics' },
      ...NOTES.wrong,
    ],
    close,
  };
});

describe('sqlite', () => {
  let file: File;
  let harness: Harness;
  beforeEach(async () => {
    file = await openFile();
    harness = await new Harness().start();
  });
  afterEach(async () => {
    await harness.close();
    await file.close();
  });
  const reads = (more: Record<string, string>) => ({
    'connector.class': 'sluice.connect.SqliteSourceConnector',
    'connection.url': file.path,
    'poll.interval.ms': '20',
    ...more,
  });
  const values = async (topic: string): Promise<unknown[]> =>
    (await harness.read(topic)).map((r) => JSON.parse(r.value!) as unknown);
  const come = (topic: string, expected: readonly unknown[]) =>
    eventually(async () => {
      expect(await values(topic)).toEqual(expected);
      return true;
    });

  test('values are what their columns declare, however SQLite keeps them', async () => {
    file.db.exec(`
      CREATE TABLE v (id INTEGER PRIMARY KEY, ok BOOLEAN, n BIGINT, x REAL, d DECIMAL(8, 2), day DATE, at DATETIME, t TIME, b BLOB, j JSON, u);
      INSERT INTO v VALUES
        (1, 1, 9223372036854775807, 1, 12.5, '2024-02-29', '2024-02-29 10:00:00', '23:59:58', x'0102', '{"a":1}', 7),
        (2, 'false', '5', 0.1, '3', 1709200800000, '2024-02-29T10:00:00.123+02:00', NULL, 'ab', 12, x'ff'),
        (3, NULL, NULL, NULL, NULL, NULL, 2460370.25, NULL, NULL, NULL, NULL);`);
    await harness.herder.create('c', reads({ mode: 'bulk' }));
    await come('v', [
      expect.objectContaining({ ok: true, x: 1, d: 12.5, t: 86_398_000, b: 'AQI=', j: '{"a":1}', u: '7' }),
      expect.objectContaining({ ok: false, n: 5, x: 0.1, d: 3, b: 'YWI=', j: '12', u: 'ff' }),
      expect.objectContaining({ ok: null, n: null, at: Date.UTC(2024, 1, 29, 18) }),
    ]);
    const [first, second] = (await harness.read('v')).map((r) => r.value!);
    expect(first).toContain('"n":9223372036854775807');
    expect(JSON.parse(first!)).toMatchObject({ day: 19_782, at: Date.UTC(2024, 1, 29, 10) });
    expect(JSON.parse(second!)).toMatchObject({ day: 19_782, at: Date.UTC(2024, 1, 29, 8, 0, 0, 123) });
    expect(harness.herder.sql.topicSchema('v')).toMatchObject({ isTable: true });
  });

  test('a value that its type does not hold is its row’s error', async () => {
    file.db.exec(`CREATE TABLE v (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO v VALUES (1, 1), (2, 'two'), (3, 3)`);
    await harness.herder.create('c', reads({ mode: 'incrementing' }));
    const trace = await eventually(() => harness.herder.status('c').tasks[0]?.trace);
    expect(trace).toMatch(/Column "n" of table v: two is no integer.*\(row id=2\)/);
    await harness.herder.delete('c');
    await harness.herder.create('d', reads({ mode: 'incrementing', 'errors.tolerance': 'all' }));
    await come('v', [
      { id: 1, n: 1 },
      { id: 3, n: 3 },
    ]);
  });

  test('a row whose primary key is NULL, which SQLite allows, is its own error: a table of SQL would not have it', async () => {
    file.db.exec(
      `CREATE TABLE v (a TEXT, b INT, x INT, PRIMARY KEY (a, b)); INSERT INTO v VALUES ('k', 1, 1), (NULL, 1, 2), ('k', NULL, 3), ('k', NULL, 4), ('k', 2, 5)`,
    );
    await harness.herder.create('c', reads({ mode: 'bulk' }));
    const trace = await eventually(() => harness.herder.status('c').tasks[0]?.trace);
    expect(trace).toMatch(/Column "a" of table v: it is NULL, and a row of a table needs a key.*\(row a=NULL, b=1\)/);
    await harness.herder.delete('c');
    const letters = { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' };
    await harness.herder.create('d', reads({ mode: 'bulk', ...letters }));
    await come('v', [
      { a: 'k', b: 1, x: 1 },
      { a: 'k', b: 2, x: 5 },
    ]);
    expect(await harness.read('dead')).toHaveLength(3);
  });

  test('each way in which a file refuses a row is that record’s error; keys that it deems equal are one, the last', async () => {
    file.db.exec(`
      CREATE TABLE strict (id INTEGER PRIMARY KEY, body TEXT NOT NULL CHECK (length(body) <= 3)) STRICT;
      CREATE TRIGGER no BEFORE INSERT ON strict WHEN new.body = 'no' BEGIN SELECT RAISE(ABORT, 'not so'); END;
      CREATE TABLE alike (body TEXT COLLATE NOCASE PRIMARY KEY, id INTEGER)`);
    await harness.write('t', [
      record(1, 'abc'),
      record(2, 'abcd'),
      record(3, 'no'),
      [noteKey(4), noteRow(4, null)],
      record(5, 'x'),
    ]);
    await harness.write('u', [record(1, 'Bob'), record(2, 'bob'), record(3, 'BOB')]);
    const writes = (topic: string, table: string, more: Record<string, string>) => ({
      'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
      'connection.url': `jdbc:sqlite:${file.path}`,
      topics: topic,
      'table.name.format': table,
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'insert.mode': 'upsert',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
      ...more,
    });
    await harness.herder.create('s', writes('t', 'strict', { 'pk.mode': 'record_key' }));
    await harness.herder.create('w', writes('u', 'alike', { 'pk.mode': 'record_value', 'pk.fields': 'body' }));
    await eventually(async () => (await harness.read('dead')).length === 3);
    await eventually(() => [...file.db.prepare('SELECT id FROM alike').rows([])].flat().join() === '3');
    expect([...file.db.prepare('SELECT body FROM strict ORDER BY id').rows([])].flat()).toEqual(['abc', 'x']);
  });

  test('bulk: all rows again when the file was written, and not before', async () => {
    file.db.exec(`CREATE TABLE v (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO v VALUES (1, 'a')`);
    await harness.herder.create('c', reads({ mode: 'bulk' }));
    await come('v', [{ id: 1, x: 'a' }]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await values('v')).toHaveLength(1);
    file.db.exec(`UPDATE v SET x = 'b'`);
    await come('v', [
      { id: 1, x: 'a' },
      { id: 1, x: 'b' },
    ]);
  });

  test.each([
    ['texts', `'2024-01-01 10:00:00'`, `'2024-01-02T10:00:00.5Z'`],
    ['ms', '1704103200000', '1704189600500'],
    ['Julian days', `julianday('2024-01-01 10:00:00')`, `julianday('2024-01-02 10:00:00.5')`],
  ])('modes by timestamp compare %s', async (_, early, late) => {
    // A reader that fetches row by row does not block writers.
    file.db.exec(
      `PRAGMA journal_mode = WAL; CREATE TABLE v (id INTEGER PRIMARY KEY, at TIMESTAMP NOT NULL); INSERT INTO v VALUES (2, ${early}), (1, ${early})`,
    );
    const config = reads({ mode: 'timestamp', 'timestamp.column.name': 'at', 'batch.max.rows': '1' });
    await harness.herder.create('c', config);
    const ids = async () => (await values('v')).map((v) => (v as { id: number }).id);
    await eventually(async () => {
      expect(await ids()).toEqual([1, 2]);
      return true;
    });
    file.db.exec(`INSERT INTO v VALUES (0, ${late}); UPDATE v SET at = ${late} WHERE id = 2`);
    await eventually(async () => {
      expect(await ids()).toEqual([1, 2, 0, 2]);
      return true;
    });
    const [offset] = await harness.herder.offsets('c');
    expect(offset!.offset).toMatchObject({ timestamp: Date.UTC(2024, 0, 2, 10, 0, 0, 500), after: ['2'] });
  });

  test('a query, whose expressions are what their values are', async () => {
    file.db.exec(`CREATE TABLE v (id INTEGER PRIMARY KEY, x INTEGER); INSERT INTO v VALUES (1, 3), (2, 4)`);
    const query = `SELECT id, x * 1.5 AS half, 'n' || x AS name, count(*) OVER () AS total FROM v`;
    await harness.herder.create(
      'c',
      reads({ mode: 'incrementing', 'incrementing.column.name': 'id', query, 'topic.prefix': 'q' }),
    );
    await come('q', [
      { id: 1, half: 4.5, name: 'n3', total: 2 },
      { id: 2, half: 6, name: 'n4', total: 2 },
    ]);
  });

  test('a query’s columns are known before its first row; a key that is unique makes a table', async () => {
    file.db.exec(`CREATE TABLE v (id INTEGER PRIMARY KEY, x INTEGER); INSERT INTO v VALUES (1, 3), (2, 3)`);
    const declared = async (name: string, more: Record<string, string>) => {
      const query = 'SELECT id, x AS half FROM v';
      await harness.herder.create(name, reads({ mode: 'bulk', query, 'topic.prefix': name, ...more }));
      const [declaration] = await harness.herder.sql.sourceDeclarations(name, 10_000);
      return declaration;
    };
    const columns = { name: 'P_P', value: [{ name: 'id' }, { name: 'half' }], isTable: false, declare: true };
    expect(await declared('p', {})).toMatchObject(columns);
    expect(await declared('unique', { key: 'ID' })).toMatchObject({ key: [{ name: 'id' }], isTable: true });
    expect(await declared('twice', { key: 'half' })).toMatchObject({
      key: [{ name: 'half' }],
      isTable: false,
      note: expect.stringContaining('not unique') as string,
    });
    // Also after the task has read its first rows.
    await come('unique', expect.arrayContaining([{ id: 1, half: 3 }]) as never);
    const [after] = await harness.herder.sql.sourceDeclarations('unique', 0);
    expect(after).toMatchObject({ isTable: true });
  });

  test('a source makes and changes nothing', async () => {
    const missing = reads({ mode: 'bulk', 'connection.url': `${file.path}.not` });
    await expect(harness.herder.create('c', missing)).rejects.toThrow(/cannot open: ENOENT/);
    expect(existsSync(`${file.path}.not`)).toBe(false);
    const target = parseSqliteUrl(file.path);
    const connection = await connectTo(target as SqliteTarget, 'read');
    expect(() => connection.database.exec('CREATE TABLE made (x)')).toThrow(/readonly/);
    await connection.end();
  });

  test('columns that are added are followed', async () => {
    file.db.exec(`CREATE TABLE v (id INTEGER PRIMARY KEY); INSERT INTO v VALUES (1)`);
    await harness.herder.create('c', reads({ mode: 'incrementing' }));
    await come('v', [{ id: 1 }]);
    file.db.exec(`ALTER TABLE v ADD COLUMN x TEXT; INSERT INTO v VALUES (2, 'b')`);
    await come('v', [{ id: 1 }, { id: 2, x: 'b' }]);
  });

  test('another program’s lock is waited for, by source and sink', async () => {
    file.db.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)');
    await harness.write('t', [record(1, 'a')]);
    const config = { topics: 't', 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'table.name.format': 'notes' };
    const sink = {
      'connector.class': 'SqliteSinkConnector',
      'key.converter': JSON_CONVERTER,
      'value.converter': JSON_CONVERTER,
    };
    await harness.herder.create('s', { ...reads(config), ...sink, 'connection.url': `sqlite:${file.path}` });
    await eventually(() => harness.herder.status('s').tasks[0]?.state === 'RUNNING');
    await eventually(() => [...file.db.prepare('SELECT * FROM notes').rows([])].length === 1);
    file.db.exec('BEGIN EXCLUSIVE');
    await harness.write('t', [record(2, 'b')]);
    expect(await eventually(() => harness.herder.status('s').tasks[0]?.trace)).toMatch(/locked.*another program/);
    file.db.exec('COMMIT');
    await eventually(() => [...file.db.prepare('SELECT * FROM notes').rows([])].length === 2);
    await eventually(() => harness.herder.status('s').tasks[0]?.trace === undefined);
  });

  test('connections of this server that write one file take turns', async () => {
    file.db.exec('CREATE TABLE v (x)');
    const target = parseSqliteUrl(file.path) as SqliteTarget;
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => connectTo(target, 'write')));
    await first!.begin();
    const done: string[] = [];
    const others = [second!, third!].map(async (connection, i) => {
      await connection.begin();
      await connection.query('INSERT INTO v VALUES (?)', [i]);
      // A connection that is closed during its transaction also ends its turn.
      if (i === 0) await connection.end();
      else await connection.commit();
      done.push(String(i));
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done).toEqual([]);
    await first!.rollback();
    await Promise.all(others);
    expect([...file.db.prepare('SELECT x FROM v').rows([])]).toEqual([[1n]]);
    for (const connection of [first!, third!]) await connection.end();
  });

  test('topics of an expression whose tables are one to SQLite: the task says so, no row is overwritten', async () => {
    await harness.write('Notes', [record(1, 'of Notes')]);
    await harness.write('NOTES', [record(1, 'of NOTES')]);
    await harness.herder.create('s', {
      'connector.class': 'SqliteSinkConnector',
      'connection.url': file.path,
      'topics.regex': '(?i)notes',
      'key.converter': JSON_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'insert.mode': 'upsert',
      'pk.mode': 'record_key',
      'auto.create': 'true',
    });
    const failed = await eventually(() => {
      const [task] = harness.herder.status('s').tasks;
      return task?.state === 'FAILED' && task;
    });
    expect(failed.trace).toMatch(/this database does not tell (Notes and NOTES|NOTES and Notes) apart/);
  });

  test('every type is written, and comes back as it was', async () => {
    const logical = (name: string) => ({ name: `org.apache.kafka.connect.data.${name}`, version: 1 });
    const field = (name: string, type: string, more: object = {}) => ({ field: name, type, optional: true, ...more });
    const decimal = (precision: string) => ({
      ...logical('Decimal'),
      parameters: { scale: '2', 'connect.decimal.precision': precision },
    });
    const fields = [
      field('id', 'int32', { optional: false }),
      field('b', 'boolean'),
      field('i8', 'int64'),
      field('f8', 'double'),
      field('s', 'string'),
      field('y', 'bytes'),
      field('n', 'bytes', decimal('10')),
      field('wide', 'bytes', decimal('38')),
      field('d', 'int32', logical('Date')),
      field('ti', 'int32', logical('Time')),
      field('ts', 'int64', logical('Timestamp')),
      field('a', 'array', { items: { type: 'string', optional: true } }),
    ];
    const payload = {
      id: 1,
      b: true,
      i8: 1_234_567_890_123,
      f8: 1.5,
      s: 'q"\'é',
      y: 'AP8=',
      n: '/so=',
      wide: 'ASNFZ4mrze8BI0U=',
      d: 19_782,
      ti: 47_655_678,
      ts: 1_704_103_200_123,
      a: ['x', null],
    };
    const value = JSON.stringify({ schema: { type: 'struct', optional: false, fields }, payload });
    await harness.write('t', [[null, value]]);
    await harness.herder.create('s', {
      'connector.class': 'SqliteSinkConnector',
      'connection.url': file.path,
      topics: 't',
      'key.converter': JSON_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'pk.mode': 'record_value',
      'pk.fields': 'id',
      'auto.create': 'true',
    });
    const [row] = await eventually(() => {
      const all = [...file.db.prepare('SELECT * FROM t').rows([])];
      return all.length === 1 && all;
    });
    expect(row!.map((v) => (v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v))).toEqual([
      1n,
      1n,
      1_234_567_890_123n,
      1.5,
      'q"\'é',
      '00ff',
      -3.1,
      '13758811736298474.04' === row![7] ? row![7] : expect.stringMatching(/^\d+\.\d\d$/),
      '2024-02-29',
      '13:14:15.678',
      '2024-01-01 10:00:00.123',
      '["x",null]',
    ]);
    await harness.herder.create('c', reads({ mode: 'bulk', 'topic.prefix': 'back-', 'table.whitelist': 't' }));
    await eventually(async () => (await values('back-t')).length === 1);
    expect((await values('back-t'))[0]).toMatchObject({
      b: true,
      n: -3.1,
      d: 19_782,
      ti: 47_655_678,
      ts: 1_704_103_200_123,
    });
  });

  test('topics that topics.regex finds, and that are one table here, are refused by each task that meets one', async () => {
    file.db.exec('CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT)');
    const field = (name: string, type: string) => ({ field: name, type, optional: false });
    const schema = { type: 'struct', optional: false, fields: [field('id', 'int32'), field('v', 'string')] };
    const record = (id: number, v: string) => [null, JSON.stringify({ schema, payload: { id, v } })] as const;
    await harness.write('T', [record(1, 'upper')]);
    await harness.write('t', [record(1, 'lower')]);
    await harness.herder.create('s', {
      'connector.class': 'SqliteSinkConnector',
      'connection.url': file.path,
      'topics.regex': '[Tt]',
      'tasks.max': '2',
      'key.converter': JSON_CONVERTER,
      'value.converter': JSON_CONVERTER,
      'pk.mode': 'record_value',
      'pk.fields': 'id',
      'insert.mode': 'upsert',
      'auto.create': 'true',
    });
    const tasks = await eventually(() => {
      const found = harness.herder.status('s').tasks;
      return found.length === 2 && found.every((t) => t.state === 'FAILED') && found;
    });
    for (const { trace } of tasks)
      expect(trace).toMatch(
        /Topics T and t would be written to one table.*topics\.to\.tables\.mapping=t:another_table/,
      );
    expect([...file.db.prepare("SELECT count(*) FROM sqlite_master WHERE name IN ('T', 't')").rows([])]).toEqual([
      [0n],
    ]);
  });
});

test('SQL sources whose names differ in case alone keep them: one table is not meant', () => {
  const of = (name: string) => ({ topic: name, name, hasKey: true, isTable: true });
  const mapping = (...names: string[]) => sourcesDefaults(names.map(of), {})['topics.to.tables.mapping'];
  expect(mapping('T', 'OTHER', 't')).toBe('T:T,OTHER:other,t:t');
});

test('paths and URLs', () => {
  const file = path.resolve('a b.db');
  for (const url of [
    'jdbc:sqlite:a b.db',
    'sqlite:a b.db',
    'a b.db',
    'file:a%20b.db',
    'jdbc:sqlite:a b.db?cache=shared',
  ])
    expect(parseSqliteUrl(url)).toEqual({ file, database: 'a b.db' });
  expect(parseSqliteUrl('sqlite:///data/x.db')).toMatchObject({ file: '/data/x.db' });
  for (const url of ['', 'jdbc:sqlite:', ':memory:', 'jdbc:sqlite::memory:', 'jdbc:postgresql://h/d'])
    expect(typeof parseSqliteUrl(url)).toBe('string');
});

test('a query whose mode is chosen, checked and created is looked at over one connection', async () => {
  const file = await openFile();
  file.db.exec("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes VALUES (1, 'a')");
  const asked: string[] = [];
  const counted: Dialect = {
    ...SQLITE,
    connect: async (target, options) => {
      asked.push(options.name);
      return await SQLITE.connect(target, options);
    },
  };
  const className = 'test.CountedSource';
  const load = async () => sourceImplementation(counted);
  const plugin = { ...sqliteSource, name: 'counted-source', className, aliases: [], isFor: undefined, load };
  const harness = await new Harness({ connectors: [plugin] }).start();
  try {
    const written = { 'connector.class': className, 'connection.url': file.path, query: 'SELECT id, body FROM notes' };
    const { settings } = await harness.herder.sql.choose('q', written);
    const config = { ...written, ...settings, name: 'q' };
    const client = inProcessClient(harness.herder);
    await client.validate(className, config);
    await client.create('q', config);
    expect(asked.filter((name) => name === 'sluice-validate')).toHaveLength(1);
  } finally {
    await harness.close();
    await file.close();
  }
});
