import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFile, type SqliteConnection } from './connection.ts';
import type { SqliteField } from './column-kind.ts';
import { SQLITE } from './dialect.ts';
import { sqliteDriver, type SqliteDatabase } from './driver.ts';

/** Both a file of the server, and one that does not exist yet. */
let folder: string;
let file: string;
let owner: SqliteDatabase;
let source: SqliteConnection;

const SECRET = 'of-the-server';

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-sqlite-'));
  writeFileSync(path.join(folder, 'secret'), SECRET);
  file = path.join(folder, 'app.db');
  owner = (await sqliteDriver()).open(file, 2000);
  owner.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, doc TEXT, dbstat TEXT);
    INSERT INTO t VALUES (1, 'ada', '{"a":[1,2]}', 'x');
    CREATE VIRTUAL TABLE notes USING fts5(body);
    INSERT INTO notes VALUES ('hello world')`);
  source = await openFile({ file, database: 'app.db' }, 'read');
});
afterEach(async () => {
  await source.end();
  owner.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The rows of a query, by the way of a poll. */
async function read(sql: string, parameters: readonly string[] = []): Promise<unknown[]> {
  const cursor = await source.openCursor(sql, parameters, 100);
  const rows = await cursor.next();
  await cursor.close();
  return Array.from({ length: rows.length }, (_, i) => rows.text(i));
}

describe('a function that leaves the database is refused by its name', () => {
  test.each([
    ['readfile', () => `SELECT readfile('${folder}/secret') AS a`],
    ['readfile', () => `SELECT "ReadFile"('${folder}/secret') AS a`],
    ['readfile', () => `SELECT id FROM t ORDER BY [readfile] /* ( */ ('${folder}/secret')`],
    ['readfile', () => `WITH r(n) AS (SELECT upper(readfile('${folder}/secret'))) SELECT n FROM r`],
    ['writefile', () => `SELECT count(*) FROM t WHERE writefile('${folder}/new', 'x') > 0`],
    ['writefile', () => `SELECT id FROM t LIMIT writefile('${folder}/new', 'x')`],
    ['sha3_query', () => `SELECT hex(sha3_query('SELECT 1')) AS a`],
    ['load_extension', () => `SELECT load_extension('${folder}/x') AS a`],
    ['fts3_tokenizer', () => `SELECT fts3_tokenizer('simple') AS a`],
    ['sqlite_log', () => `SELECT sqlite_log(1, 'x') AS a`],
    ['sqlite3mc_config', () => `SELECT sqlite3mc_config('cipher') AS a`],
  ])('%s: %#', async (name, sql) => {
    // A library that lacks the function says so itself.
    await expect(read(sql())).rejects.toThrow(
      new RegExp(`Function ${name}\\(\\) is not allowed: a query may only use|no such function: "?${name}`, 'i'),
    );
    await expect(source.query(sql())).rejects.toThrow(/is not allowed|no such function/);
    expect(existsSync(path.join(folder, 'new'))).toBe(false);
  });

  test('every function of the library that is not known to be harmless', async () => {
    const named = source.select<{ name: string }>('SELECT DISTINCT name FROM pragma_function_list').map((f) => f.name);
    expect(named).toContain('load_extension');
    for (const name of ['load_extension', 'readfile', 'writefile', 'sqlite_crypt', 'fts5', 'sqlite3mc_codec_data'])
      if (named.includes(name)) await expect(read(`SELECT ${name}(1) AS a`)).rejects.toThrow(`Function ${name}()`);
  });
});

test.each(['fsdir', 'sqlite_dbpage', 'dbstat', 'sqlite_stmt'])('table %s is refused', async (name) => {
  for (const table of [name, `"${name.toUpperCase()}"`, `main.[${name}]`, `'${name}'`])
    await expect(read(`SELECT * FROM ${table}${name === 'fsdir' ? `('${folder}')` : ''}`)).rejects.toThrow(
      /Table \w+ is not allowed: a query may only use|no such table|no such module|syntax error|may not be used|is not a function/,
    );
});

test('pragmas as tables: only those of the schema', async () => {
  expect(await read(`SELECT name FROM pragma_table_info('t') LIMIT 1`)).toEqual([['id']]);
  await expect(read('SELECT * FROM pragma_database_list')).rejects.toThrow('Table pragma_database_list is not allowed');
});

test.each([
  ['PRAGMA query_only = OFF', 'PRAGMA is not allowed: a query is one SELECT'],
  ["-- read\n /* it */ ATTACH 'x.db' AS x", 'ATTACH is not allowed'],
  [`VACUUM INTO 'copy.db'`, 'VACUUM is not allowed'],
  ['DELETE FROM t', 'DELETE is not allowed'],
  ['WITH a AS (SELECT 1) DELETE FROM t', 'A statement that writes is not allowed'],
  ['EXPLAIN SELECT 1', 'EXPLAIN is not allowed'],
  ['', 'The query does not begin with SELECT or WITH'],
  ['SELECT 1 AS a; PRAGMA query_only = OFF', 'Text follows the semicolon: a query is one statement'],
])('one SELECT and nothing else: %s', async (sql, message) => {
  await expect(read(sql)).rejects.toThrow(message);
});

test.each([
  [`SELECT json_extract(doc, '$.a[1]') AS a FROM t`, '2'],
  [`SELECT doc ->> '$.a[0]' AS a FROM t`, '1'],
  [`SELECT value FROM t, json_each(doc, '$.a') LIMIT 1`, '1'],
  ['SELECT upper(name) AS a FROM t;', 'ADA'],
  [`SELECT date('2024-01-31', '+1 day') AS a`, '2024-02-01'],
  [`SELECT printf('%05d', id) AS a FROM t`, '00001'],
  ['SELECT dbstat FROM t', 'x'],
  [`SELECT 'a; readfile(1)' AS a -- ; fsdir`, 'a; readfile(1)'],
  ['SELECT row_number() OVER (ORDER BY id) AS a FROM t', '1'],
  ['SELECT group_concat(name, 1) AS a FROM t', 'ada'],
  [
    `SELECT highlight(notes, 0, '[', ']') AS a FROM notes WHERE notes MATCH 'hello' ORDER BY bm25(notes)`,
    '[hello] world',
  ],
  ['WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT max(n) AS a FROM r', '9'],
  ['VALUES (3)', '3'],
])('harmless: %s', async (sql, value) => {
  expect(await read(sql)).toEqual([[value]]);
});

describe('a file that somebody else wrote', () => {
  test('its views cannot leave the database either', async () => {
    owner.exec(`CREATE VIEW v AS SELECT id, readfile('${folder}/secret') AS a FROM t;
      CREATE VIEW d AS SELECT name FROM fsdir('${folder}');
      CREATE VIEW k AS SELECT sha3_query('SELECT 1') AS a FROM t`);
    for (const view of ['v', 'd', 'k'])
      await expect(read(`SELECT * FROM ${view}`)).rejects.toThrow(/unsafe|no such|not allowed/);
    owner.exec(`CREATE VIEW ok AS SELECT upper(name) AS a, json_extract(doc, '$.a[0]') AS b FROM t`);
    expect(await read('SELECT * FROM ok')).toEqual([['ADA', '1']]);
  });

  test('nor can its triggers, when a sink writes; those that keep a full-text index work', async () => {
    owner.exec(`CREATE TABLE bad (a TEXT);
      CREATE TRIGGER w AFTER INSERT ON bad BEGIN SELECT writefile('${folder}/new', new.a); END;
      CREATE TRIGGER f AFTER INSERT ON t BEGIN INSERT INTO notes VALUES (new.name); END`);
    const sink = await openFile({ file, database: 'app.db' }, 'write');
    try {
      expect(() => sink.prepared('INSERT INTO bad VALUES (?)').run(['x'])).toThrow(/unsafe|no such function/);
      expect(existsSync(path.join(folder, 'new'))).toBe(false);
      sink.prepared('INSERT INTO t (name) VALUES (?)').run(['bob']);
    } finally {
      await sink.end();
    }
    expect(await read(`SELECT body FROM notes WHERE notes MATCH 'bob'`)).toEqual([['bob']]);
  });
});

describe('a query is tried in a process of its own', () => {
  const describeQuery = (query: string): ReturnType<typeof SQLITE.reading.describeQuery> =>
    SQLITE.reading.describeQuery(source, query);

  test('one without an end is ended, and this thread goes on meanwhile', async () => {
    let turns = 0;
    const count = setInterval(() => turns++, 100);
    try {
      await expect(
        describeQuery('WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) AS c FROM r'),
      ).rejects.toThrow('The query has no first rows after 10 s, and was ended: does its recursion end');
    } finally {
      clearInterval(count);
    }
    expect(turns).toBeGreaterThan(1);
  }, 60_000);

  test.each(['hex(randomblob(300000000))', 'randomblob(900000000)', 'zeroblob(100000000)'])(
    '%s: too much memory, or too much time for it',
    async (value) => {
      await expect(describeQuery(`SELECT ${value} AS a`)).rejects.toThrow(
        /memory|larger than|too big|allocation|no first rows/,
      );
    },
    60_000,
  );

  test('types of columns and of first values; errors of SQLite', async () => {
    const fields = await describeQuery(`SELECT id, upper(name) AS a, id / 2.0 AS b, NULL AS c, x'00' AS d FROM t`);
    expect(fields.map((f) => [f.name, (f as SqliteField).kind])).toEqual([
      ['id', 'integer'],
      ['a', 'text'],
      ['b', 'real'],
      ['c', 'any'],
      ['d', 'blob'],
    ]);
    await expect(describeQuery('SELECT nowhere FROM t')).rejects.toThrow('no such column: nowhere');
    await expect(describeQuery(`SELECT json_extract('{', '$') AS a`)).rejects.toThrow('malformed JSON');
    expect(await source.hasRows('SELECT 1 FROM t')).toBe(true);
    expect(await source.hasRows('SELECT 1 FROM t WHERE id > 1')).toBe(false);
  });
});
