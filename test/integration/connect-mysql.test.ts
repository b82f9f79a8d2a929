import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { harnessForEach } from '../support/harness-hooks.ts';
import { startMariaDb, type MariaDb } from '../support/mariadb.ts';
import { describeWithMariaDb } from '../support/servers/available.ts';
import { NOTES } from '../support/jdbc-notes.ts';
import { sinkSuite } from '../support/sink-suite.ts';
import { sourceSuite } from '../support/source-suite.ts';

describeWithMariaDb('MySQL connectors on MariaDB', () => {
  let db: MariaDb;
  beforeAll(async () => {
    db = await startMariaDb();
  });
  afterAll(async () => {
    await db.stop();
  });

  const login = (): Record<string, string> => ({
    'connection.url': db.jdbcUrl,
    'connection.user': db.user,
    'connection.password': db.password,
  });
  const outage = { away: () => db.halt(true), back: () => db.resume() };
  const wrongAddress = { 'connection.url': 'jdbc:mariadb://localhost:1/nowhere' };

  for (const mode of ['incrementing', 'timestamp+incrementing'])
    sourceSuite(`mysql, mode ${mode}`, async () => {
      await db.empty();
      await db.ask(
        'CREATE TABLE notes (id int AUTO_INCREMENT PRIMARY KEY, body text NOT NULL, at timestamp(3) NOT NULL DEFAULT current_timestamp(3))',
      );
      return {
        config: {
          'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
          ...login(),
          mode,
          ...(mode.includes('timestamp') && { 'timestamp.column.name': 'at' }),
          'topic.prefix': 'db-',
          'table.whitelist': 'notes',
          'poll.interval.ms': '20',
        },
        topic: 'db-notes',
        write: async (texts) => {
          await db.ask('INSERT INTO notes (body) VALUES ?', [texts.map((text) => [text])]);
        },
        textOf: (value) => (JSON.parse(value) as { body: string }).body,
        wrong: [
          { change: wrongAddress, names: 'connection.url' },
          { change: { 'connection.password': 'wrong' }, names: 'connection.password' },
          { change: { 'table.whitelist': 'note' }, names: 'table.whitelist' },
          { change: { mode: 'sometimes' }, names: 'mode' },
        ],
        offsets: {
          partition: { protocol: '1', table: 'notes' },
          good: { incrementing: 7, ...(mode.includes('timestamp') && { timestamp: 1_700_000_000_000 }) },
          bad: { incrementing: 'junk' },
        },
        outage,
        close: async () => {},
      };
    });

  sinkSuite('mysql', async () => {
    await db.empty();
    return {
      ...NOTES,
      config: {
        'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
        ...login(),
        ...NOTES.config,
      },
      read: async () =>
        (await db.ask('SELECT body FROM notes ORDER BY id').catch(() => [])).map((r: { body: string }) => r.body),
      wrong: [{ change: wrongAddress, names: 'connection.url' }, ...NOTES.wrong],
      outage,
      close: async () => {},
    };
  });

  describe('rows', () => {
    let harness: Harness;
    harnessForEach(
      () => db.empty(),
      (started) => (harness = started),
    );

    const json = {
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'key.converter.schemas.enable': 'false',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
      'value.converter.decimal.format': 'NUMERIC',
    };
    const reads = (more: Record<string, string> = {}): Record<string, string> => ({
      'connector.class': 'JdbcSourceConnector',
      ...login(),
      ...json,
      mode: 'incrementing',
      'topic.prefix': 'db-',
      'poll.interval.ms': '20',
      ...more,
    });
    const rows = async (topic: string): Promise<any[]> => (await harness.read(topic)).map((r) => JSON.parse(r.value!));
    const failure = (name: string) => harness.failure(name);

    test('each type is what it is in the database, to the last digit', async () => {
      await db.ask(`CREATE TABLE t (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, tiny tinyint, flag tinyint(1), small smallint unsigned, medium mediumint unsigned,
        whole int unsigned, big bigint, price decimal(20, 4), wide decimal(65, 0), f double, born date, at datetime(6), seen timestamp(3) NULL, noon time, year year,
        bit1 bit(1), bits bit(10), kind enum('x', 'ä'), tags set('p', 'q'), doc json, raw varbinary(9), text longtext, latin varchar(9) CHARACTER SET latin1) DEFAULT CHARSET utf8mb4`);
      await db.ask(
        `INSERT INTO t VALUES (9223372036854775807, -128, 1, 65535, 16777215, 4294967295, -9223372036854775808, 1234567890123456.7891, ?, 0.1, '2024-02-29',
          '2024-01-31 10:00:00.123456', '2024-01-31 10:00:00.123', '12:30:00', 2024, 1, b'1000000001', 'ä', 'p,q', '{"a": 1}', x'00ff', ?, 'é')`,
        ['9'.repeat(65), '😀\'"\\'],
      );
      await db.ask('INSERT INTO t (id, flag) VALUES (1, NULL)');
      await harness.herder.create('s', reads({ 'db.timezone': '+01:00', mode: 'bulk', 'poll.interval.ms': '60000' }));
      const found = await eventually(async () => {
        const all = await rows('db-t');
        return all.length === 2 && all;
      });
      expect(found[0]).toMatchObject({ id: 1, flag: null, at: null, price: null });
      const texts = await harness.read('db-t');
      expect(texts[1]!.value).toContain('"id":9223372036854775807');
      expect(texts[1]!.value).toContain('"big":-9223372036854775808');
      expect(texts[1]!.value).toContain('"price":1234567890123456.7891');
      expect(texts[1]!.value).toContain(`"wide":${'9'.repeat(65)}`);
      expect(found[1]).toMatchObject({
        tiny: -128,
        flag: true,
        small: 65_535,
        medium: 16_777_215,
        whole: 4_294_967_295,
        f: 0.1,
        born: 19_782,
        at: Date.parse('2024-01-31T09:00:00.123Z'),
        seen: Date.parse('2024-01-31T10:00:00.123Z'),
        noon: 45_000_000,
        year: 2024,
        bit1: true,
        bits: 'AgE=',
        kind: 'ä',
        tags: 'p,q',
        doc: '{"a": 1}',
        raw: 'AP8=',
        text: '😀\'"\\',
        latin: 'é',
      });
    });

    test("values that no type here holds are their rows' errors, with what to do", async () => {
      await db.ask('CREATE TABLE z (id int PRIMARY KEY, d date, t time, b bigint unsigned, f tinyint(1))');
      await db.ask("SET sql_mode = ''").catch(() => {});
      await db.ask(
        "INSERT INTO z VALUES (1, NULL, '100:00:00', NULL, NULL), (2, NULL, NULL, 18446744073709551615, NULL), (3, NULL, NULL, NULL, 7), (4, '2024-01-01', '23:59:59', 1, 0)",
      );
      await db.ask("INSERT INTO z VALUES (5, '0000-00-00', NULL, NULL, NULL)");
      await harness.herder.create(
        's',
        reads({
          mode: 'bulk',
          'poll.interval.ms': '60000',
          'errors.tolerance': 'all',
          'errors.deadletterqueue.topic.name': 'dead',
          'errors.deadletterqueue.topic.replication.factor': '1',
          'errors.deadletterqueue.context.headers.enable': 'true',
        }),
      );
      await eventually(async () => (await harness.read('dead')).length === 4);
      const reasons = (await harness.read('dead')).map((r) => r.headers['__connect.errors.exception.message']);
      expect(reasons[0]).toMatch(/100:00:00 is no time of day/);
      expect(reasons[1]).toMatch(/18446744073709551615 is larger than BIGINT holds here/);
      expect(reasons[2]).toMatch(/7 is no BOOLEAN.*tinyInt1isBit=false/);
      expect(reasons[3]).toMatch(/0000-00-00 is no date: zeroDateTimeBehavior=CONVERT_TO_NULL/);
      expect((await rows('db-z')).map((r) => r.id)).toEqual([4]);
      await harness.herder.delete('s');
      const lenient = `${db.jdbcUrl}?zeroDateTimeBehavior=CONVERT_TO_NULL&tinyInt1isBit=false`;
      const query = 'SELECT id, d, f FROM z WHERE id IN (3, 5)';
      const more = {
        'connection.url': lenient,
        query,
        mode: 'bulk',
        'topic.prefix': 'lenient',
        'poll.interval.ms': '60000',
      };
      await harness.herder.create('l', reads(more));
      await eventually(async () => (await rows('lenient')).length === 2);
      expect(await rows('lenient')).toEqual(
        [
          { id: 3, d: null, f: 7 },
          { id: 5, d: null, f: 0 },
        ].map((r) => (r.id === 5 ? { ...r, f: null } : r)),
      );
    });

    test('a shape is refused with what reads it; a database is read without the table', async () => {
      await db.ask('CREATE TABLE places (id int AUTO_INCREMENT PRIMARY KEY, at point)');
      await db.ask('CREATE TABLE plain (id int AUTO_INCREMENT PRIMARY KEY)');
      await expect(harness.herder.create('s', reads({ 'table.whitelist': 'places' }))).rejects.toThrow(/ST_AsText/);
      await harness.herder.create('s', reads());
      await eventually(() => harness.herder.sql.remarks('s').some((text) => /places.*ST_AsText/.test(text)));
    });

    test('many rows are read in batches while others write, updates are seen by their time', async () => {
      await db.ask(
        'CREATE TABLE m (id int AUTO_INCREMENT PRIMARY KEY, n int, at timestamp(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6), KEY (at))',
      );
      await db.ask('INSERT INTO m (n) SELECT seq FROM seq_1_to_5000');
      await harness.herder.create(
        's',
        reads({ mode: 'timestamp+incrementing', 'timestamp.column.name': 'at', 'batch.max.rows': '300' }),
      );
      await db.ask('INSERT INTO m (n) SELECT seq FROM seq_5001_to_6000');
      await db.ask('UPDATE m SET n = -n WHERE id % 1000 = 0');
      const found = await eventually(async () => {
        const last = new Map((await rows('db-m')).map((r) => [r.id as number, r.n as number]));
        return last.size === 6000 && [...last.values()].filter((n) => n < 0).length === 6 && last;
      }, 30_000);
      expect(found.get(1000)).toBe(-1000);
      expect(found.get(4321)).toBe(4321);
    });

    const USERS: SinkSource = {
      name: 'USERS',
      isTable: true,
      topic: 't',
      key: [{ name: 'ID', type: 'STRING' }],
      value: [
        { name: 'NAME', type: 'STRING' },
        { name: 'AGE', type: 'INTEGER' },
        { name: 'BIG', type: 'BIGINT' },
        { name: 'SINCE', type: 'TIMESTAMP' },
        { name: 'BORN', type: 'DATE' },
        { name: 'LUNCH', type: 'TIME' },
        { name: 'BALANCE', type: 'DECIMAL(10, 2)' },
        { name: 'OK', type: 'BOOLEAN' },
        { name: 'TAGS', type: 'ARRAY<STRING>' },
        { name: 'RAW', type: 'BYTES' },
      ],
      keyFormat: 'KAFKA',
      valueFormat: 'JSON',
    };
    const sqlSink = (source: SinkSource, more: Record<string, string> = {}) => {
      const url = db.jdbcUrl.replace('jdbc:', '');
      return harness.sinkConfig({ connector: 'mysql', url, user: db.user, password: db.password, ...more }, [source]);
    };
    const holds = (sql: string, expected: unknown) =>
      eventually(async () => {
        expect(await db.ask(sql)).toEqual(expected);
        return true;
      });

    test('of a SQL table: a table of its types, rows by key, deletes, columns that come later', async () => {
      const row = {
        NAME: `Ann \\ "A" 'B' 😀`,
        AGE: 30,
        SINCE: 1_700_000_000_123,
        BORN: 19_000,
        LUNCH: 45_000_000,
        BALANCE: 1234.5,
        OK: true,
        TAGS: ['x'],
        RAW: 'AP8=',
      };
      const text = JSON.stringify(row).replace('"AGE"', '"BIG":9223372036854775807,"AGE"');
      await harness.write('t', [
        ['u1', text],
        ['U1', '{"NAME":"another"}'],
        ['u2', '{}'],
        ['u2', null],
      ]);
      await harness.herder.create('s', sqlSink(USERS));
      const read =
        'SELECT id, name, age, big, since, born, lunch, balance, ok, tags, hex(raw) AS raw FROM users WHERE id = ?'.replace(
          '?',
          "'u1'",
        );
      await holds(read, [
        {
          id: 'u1',
          name: row.NAME,
          age: 30,
          big: '9223372036854775807',
          since: '2023-11-14 22:13:20.123',
          born: '2022-01-08',
          lunch: '12:30:00.000',
          balance: '1234.50',
          ok: 1,
          tags: ['x'],
          raw: '00FF',
        },
      ]);
      await holds('SELECT id FROM users ORDER BY id', [{ id: 'U1' }, { id: 'u1' }]);
      await harness.herder.delete('s');
      await harness.herder.create(
        's',
        sqlSink({ ...USERS, value: [...USERS.value, { name: 'SCORE', type: 'DOUBLE' }] }),
      );
      await harness.write('t', [
        ['u3', '{"SCORE":0.1}'],
        ['U1', null],
      ]);
      await holds('SELECT id, score FROM users ORDER BY id', [
        { id: 'u1', score: null },
        { id: 'u3', score: 0.1 },
      ]);
    });

    test('a record that a column cannot take is found, the others are written, also where a table is made under way', async () => {
      await db.ask('CREATE TABLE users (id varchar(3) PRIMARY KEY, name varchar(5) NOT NULL)');
      const source = { ...USERS, value: USERS.value.slice(0, 1) };
      await harness.write('t', [
        ['a', '{"NAME":"short"}'],
        ['b', '{"NAME":"much too long"}'],
        ['c', '{"NAME":null}'],
        ['d', '{"NAME":"fits"}'],
      ]);
      await harness.herder.create('s', sqlSink(source));
      expect(await failure('s')).toMatch(/offset 1.*Data too long for column 'name'|partition 0, offset 1/);
      await harness.herder.delete('s');
      const letters = {
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
      };
      await harness.herder.create('s', sqlSink(source, { 'errors.tolerance': 'all', ...letters }));
      await holds('SELECT * FROM users ORDER BY id', [
        { id: 'a', name: 'short' },
        { id: 'd', name: 'fits' },
      ]);
      await eventually(async () => (await harness.read('dead')).length === 2);
    });

    test('each way in which the database refuses a row is that record’s error, whatever its sql_mode', async () => {
      await db.ask(`CREATE TABLE odd (id varchar(8) PRIMARY KEY, v text, e enum('a','b'), s set('p','q'), n tinyint, u int unsigned, y year, d datetime, f float, w int AS (n * 2),
        CHECK (n <> 13)) PARTITION BY LIST COLUMNS (id) (PARTITION p VALUES IN ('fit','e','s','n','u','y','d','f','check','trigger'))`);
      await db.ask(
        `CREATE TRIGGER no BEFORE INSERT ON odd FOR EACH ROW BEGIN IF new.v = 'no' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not so'; END IF; END`,
      );
      await db.ask(`SET GLOBAL sql_mode = ''`);
      const bad = {
        e: { E: 'c' },
        s: { S: 'p,z' },
        n: { N: 300 },
        u: { U: -1 },
        y: { Y: 3000 },
        d: { D: 300_000_000_000_000 },
        f: { F: 1e300 },
        check: { N: 13 },
        trigger: { V: 'no' },
        nowhere: {},
      };
      await harness.write('t', [
        ...Object.entries(bad).map(([key, value]) => [key, JSON.stringify(value)] as const),
        ['fit', JSON.stringify({ V: 'yes', E: 'a', S: 'p,q', N: 7, U: 4_000_000_000, Y: 2024, D: 0, F: 0.5 })],
      ]);
      const types = {
        V: 'STRING',
        E: 'STRING',
        S: 'STRING',
        N: 'INTEGER',
        U: 'BIGINT',
        Y: 'INTEGER',
        D: 'TIMESTAMP',
        F: 'DOUBLE',
      };
      const source = { ...USERS, value: Object.entries(types).map(([name, type]) => ({ name, type })) };
      const letters = {
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
      };
      try {
        await harness.herder.create(
          's',
          sqlSink(source, { 'table.name.format': 'odd', 'errors.tolerance': 'all', ...letters }),
        );
        await holds('SELECT id, v, e, s, n, u, y, d, f FROM odd', [
          { id: 'fit', v: 'yes', e: 'a', s: 'p,q', n: 7, u: 4_000_000_000, y: 2024, d: '1970-01-01 00:00:00', f: 0.5 },
        ]);
        await eventually(async () => (await harness.read('dead')).length === Object.keys(bad).length);
        expect((await harness.read('dead')).map((r) => r.key!.toString()).toSorted()).toEqual(
          Object.keys(bad).toSorted(),
        );
      } finally {
        await db.ask('SET GLOBAL sql_mode = DEFAULT');
      }
    });

    test('kill -9 of the server under load: each key has its last row, by another client', async () => {
      const [keys, rounds] = [300, 10];
      const source = { ...USERS, value: [{ name: 'N', type: 'INTEGER' }] };
      await harness.write('t', [['k0', '{"N":-1}']]);
      await harness.herder.create('s', sqlSink(source, { 'retry.backoff.ms': '50', 'batch.size': '100' }));
      await holds('SELECT count(*) AS n FROM users', [{ n: '1' }]);
      let killed: Promise<void> | undefined;
      for (let round = 0; round < rounds; round++) {
        await harness.write(
          't',
          Array.from(
            { length: keys },
            (_, k) => [`k${k}`, k % 10 === 9 && round === rounds - 1 ? null : `{"N":${round}}`] as const,
          ),
        );
        if (round === 4) killed = db.halt(true);
      }
      await killed;
      await db.resume();
      await harness.committed('s', 1 + keys * rounds);
      expect(await db.ask('SELECT n, count(*) AS c FROM users GROUP BY n')).toEqual([
        { n: rounds - 1, c: String((keys / 10) * 9) },
      ]);
    });
  });
});

describeWithMariaDb('a server that writes names of tables in lower case, as on Windows and macOS', () => {
  const schema = {
    type: 'struct',
    optional: false,
    fields: [
      { field: 'id', type: 'int32', optional: false },
      { field: 'v', type: 'string', optional: true },
    ],
  };
  const row = (id: number, v: string) => [null, JSON.stringify({ schema, payload: { id, v } })] as const;

  test('topics that would be one table are refused, by CREATE and by all tasks; others are written and read back', async () => {
    const db = await startMariaDb({ foldsNames: true });
    const harness = await new Harness().start();
    try {
      await db.empty();
      const json = 'org.apache.kafka.connect.json.JsonConverter';
      const login = {
        'connection.url': db.jdbcUrl,
        'connection.user': db.user,
        'connection.password': db.password,
        'key.converter': json,
        'value.converter': json,
      };
      const sink = {
        ...login,
        'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'insert.mode': 'upsert',
        'auto.create': 'true',
      };
      const said = /Topics T and t would be written to one table.*topics\.to\.tables\.mapping=t:another_table/;
      await harness.write('T', [row(1, 'upper')]);
      await harness.write('t', [row(1, 'lower')]);
      await harness.write('Users', [row(1, 'one'), row(2, 'two')]);
      await expect(harness.herder.create('named', { ...sink, topics: 'T,t' })).rejects.toThrow(said);
      await harness.herder.create('found', { ...sink, 'topics.regex': '[Tt]', 'tasks.max': '2' });
      const tasks = await eventually(() => {
        const found = harness.herder.status('found').tasks;
        return found.length === 2 && found.every((t) => t.state === 'FAILED') && found;
      });
      for (const { trace } of tasks) expect(trace).toMatch(said);
      await harness.herder.create('own', { ...sink, topics: 'Users' });
      await eventually(async () => (await db.ask('SELECT 1 FROM users')).length === 2);
      await harness.herder.create('back', {
        ...login,
        'connector.class': 'JdbcSourceConnector',
        mode: 'bulk',
        'topic.prefix': 'back-',
        'table.whitelist': 'USERS',
      });
      await eventually(async () => (await harness.read('back-users')).length === 2);
    } finally {
      await harness.close();
      await db.stop();
    }
  });
});
