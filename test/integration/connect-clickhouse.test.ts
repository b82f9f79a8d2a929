import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, type Harness } from '../../src/connect/worker/testing/harness.ts';
import { harnessForEach } from '../support/harness-hooks.ts';
import { JSON_CONVERTER, STRING_CONVERTER } from '../support/converters.ts';
import { crashUnderLoad, PAGEVIEWS, VIEWS } from '../support/pageviews.ts';
import { withServerProcess } from '../support/server-process.ts';
import { ClickHouseServer, clickhouseIsHere } from '../support/servers/clickhouse.ts';
import { sinkSuite } from '../support/sink-suite.ts';

const CLASS = 'com.clickhouse.kafka.connect.ClickHouseSinkConnector';

test('ClickHouse is here where CI runs', () => {
  if (process.env['CI'] === 'true') expect(clickhouseIsHere()).toBe(true);
});

describe.runIf(clickhouseIsHere())('the ClickHouse sink', () => {
  let server: ClickHouseServer;
  beforeAll(async () => {
    server = await new ClickHouseServer().start();
  });
  afterAll(async () => {
    await server.remove();
  });

  const SCHEMA =
    '{"type":"struct","optional":false,"fields":[{"type":"int32","optional":false,"field":"id"},{"type":"string","optional":true,"field":"body"}]}';
  const row = (id: number, body: string): string =>
    `{"schema":${SCHEMA},"payload":{"id":${id},"body":${JSON.stringify(body)}}}`;

  sinkSuite('clickhouse', async () => {
    await server.empty();
    await server.ask(
      'CREATE TABLE t (key String, id Int32, body Nullable(String), _version UInt64, _deleted UInt8) ENGINE = ReplacingMergeTree(_version) ORDER BY (key)',
    );
    const { hostname, port, username, password } = new URL(server.url);
    return {
      config: {
        'connector.class': CLASS,
        hostname,
        port,
        ssl: 'false',
        username,
        password: decodeURIComponent(password),
        'upsert.topics': 't',
        'key.converter': STRING_CONVERTER,
        'value.converter': JSON_CONVERTER,
        'value.converter.schemas.enable': 'true',
      },
      record: (n, text) => [String(n).padStart(4, '0'), text === null ? null : row(n, text)],
      keeps: 'the last of a key',
      poison: ['0009', `{"schema":${SCHEMA.replace('"body"', '"other"')},"payload":{"id":9,"other":"x"}}`],
      read: async () =>
        (await server.ask('SELECT body FROM t FINAL WHERE _deleted = 0 ORDER BY key')).map((r) => String(r['body'])),
      wrong: [
        { change: { port: '1' }, names: 'connection.url' },
        { change: { hostname: '' }, names: 'connection.url' },
        { change: { password: 'wrong' }, names: 'password' },
        { change: { database: 'nowhere' }, names: 'database' },
        { change: { topic2TableMap: 't=nowhere' }, names: 'auto.create' },
        { change: { exactlyOnce: 'true' }, names: 'exactlyOnce' },
        { change: { clickhouseSettings: 'x' }, names: 'clickhouseSettings' },
      ],
      outage: { away: () => server.kill(), back: async () => void (await server.start()) },
      close: async () => {},
    };
  });

  describe('rows', () => {
    let harness: Harness;
    harnessForEach(
      () => server.empty(),
      (started) => (harness = started),
    );

    const committed = (offset: number) => harness.committed('s', offset);
    const sqlSink = (source: SinkSource, more: Record<string, string> = {}) =>
      harness.sinkConfig({ connector: 'clickhouse', url: server.url, ...more }, [source]);

    const USERS: SinkSource = {
      name: 'USERS',
      isTable: true,
      topic: 't',
      key: [{ name: 'ID', type: 'BIGINT' }],
      value: [
        { name: 'NAME', type: 'STRING' },
        { name: 'AGE', type: 'INTEGER' },
        { name: 'OK', type: 'BOOLEAN' },
        { name: 'SINCE', type: 'TIMESTAMP' },
        { name: 'BORN', type: 'DATE' },
        { name: 'LUNCH', type: 'TIME' },
        { name: 'BALANCE', type: 'DECIMAL(10, 2)' },
        { name: 'HUGE', type: 'DECIMAL(38, 0)' },
        { name: 'TAGS', type: 'ARRAY<STRING>' },
        { name: 'LIMITS', type: 'MAP<STRING, BIGINT>' },
        { name: 'HOMES', type: 'ARRAY<STRUCT<CITY STRING>>' },
        { name: 'RAW', type: 'BYTES' },
      ],
      keyFormat: 'JSON',
      valueFormat: 'JSON',
    };

    test('of a SQL table: a table of its name with columns of its types, rows by key, deletes', async () => {
      const value =
        '{"NAME":"Ann \\"A\\"","AGE":30,"OK":true,"SINCE":1700000000000,"BORN":19000,"LUNCH":45000000,"BALANCE":1234.50,' +
        '"HUGE":12345678901234567890123456789012345678,"TAGS":["x",null],"LIMITS":{"low":1},"HOMES":[{"CITY":"Bonn"}],"RAW":"AQI="}';
      await harness.write('t', [
        ['9007199254740993', value],
        ['2', '{"NAME":"Bob"}'],
        ['3', '{"NAME":"Cem"}'],
        ['3', null],
        ['2', '{"NAME":"Bobby"}'],
      ]);
      const config = sqlSink(USERS);
      expect((await harness.herder.sql.choose('s', config)).notes.join()).toMatch(
        /makes table default\.users: SELECT \.\.\. FINAL WHERE _deleted = 0/,
      );
      await harness.herder.create('s', config);
      await committed(5);
      const rows = await server.ask('SELECT * FROM users FINAL WHERE _deleted = 0 ORDER BY id DESC');
      expect(rows).toEqual([
        {
          id: '9007199254740993',
          name: 'Ann "A"',
          age: 30,
          ok: 1,
          since: '2023-11-14 22:13:20',
          born: '2022-01-08',
          lunch: '12:30:00',
          balance: 1234.5,
          huge: expect.anything(),
          tags: ['x', null],
          limits: '{"low":1}',
          homes: ['{"CITY":"Bonn"}'],
          raw: 'AQI=',
          _version: expect.anything(),
          _deleted: 0,
        },
        expect.objectContaining({ id: '2', name: 'Bobby', age: null, tags: [] }),
      ]);
      // With this server version, toString and the conversion to double lose digits that the column has.
      const same =
        "SELECT huge = toDecimal128('12345678901234567890123456789012345678', 0) AS same FROM users FINAL WHERE id > 2 AND _deleted = 0";
      expect(await server.ask(same)).toEqual([{ same: 1 }]);
    });

    const EVENTS: SinkSource = {
      ...USERS,
      name: 'EVENTS',
      isTable: false,
      key: [],
      value: [{ name: 'N', type: 'INTEGER' }],
    };

    test('of a stream each record is a row, once, also those of a later topic of the name', async () => {
      await harness.write('t', [
        [null, '{"N":1}'],
        [null, '{"N":2}'],
        [null, null],
      ]);
      await harness.herder.create('s', sqlSink(EVENTS));
      await committed(3);
      await harness.herder.setTarget('s', 'STOPPED');
      await harness.herder.deleteOffsets('s');
      await harness.herder.setTarget('s', 'RUNNING');
      await committed(3);
      const read = async () => (await server.ask('SELECT n FROM events FINAL ORDER BY n')).map((r) => r['n']);
      expect(await read()).toEqual([1, 2]);
      await harness.log.admin.deleteTopic('t');
      await harness.write('t', [[null, '{"N":3}']]);
      await eventually(async () => {
        expect(await read()).toEqual([1, 2, 3]);
        return true;
      });
    });

    test('some of an INSERT are refused: the others are written, each with its reason', async () => {
      await server.ask('CREATE TABLE t (id Int32, body Nullable(UInt8)) ENGINE = MergeTree ORDER BY id');
      await harness.write('t', [
        [null, row(1, '1')],
        [null, row(2, 'two')],
        [null, row(3, '3')],
        [null, '{"schema":{"type":"int32","optional":false},"payload":4}'],
        [null, row(5, '5')],
      ]);
      await harness.herder.create('s', {
        'connector.class': CLASS,
        'connection.url': server.url,
        topics: 't',
        'value.converter': JSON_CONVERTER,
        'value.converter.schemas.enable': 'true',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': 'dead',
        'errors.deadletterqueue.topic.replication.factor': '1',
        'errors.deadletterqueue.context.headers.enable': 'true',
      });
      await committed(5);
      expect((await server.ask('SELECT id FROM t ORDER BY id')).map((r) => r['id'])).toEqual([1, 3, 5]);
      const letters = await eventually(async () => {
        const found = await harness.read('dead');
        return found.length >= 2 && found;
      });
      const reasons = letters.map(({ headers }) => [
        headers['__connect.errors.offset'],
        headers['__connect.errors.exception.message'],
      ]);
      expect(Object.fromEntries(reasons)).toEqual({
        1: expect.stringMatching(/offset=1 is refused by t: HTTP \d+: Code: \d+/),
        3: expect.stringMatching(/offset=3 makes no row: its value is a int32, and a row is a struct/),
      });
    });

    test('a column that the table gets later is found', async () => {
      await server.ask('CREATE TABLE t (id Int32, body Nullable(String)) ENGINE = MergeTree ORDER BY id');
      await harness.write('t', [[null, row(1, 'a')]]);
      const config = {
        'connector.class': CLASS,
        'connection.url': server.url,
        topics: 't',
        'value.converter': JSON_CONVERTER,
        'value.converter.schemas.enable': 'true',
      };
      await harness.herder.create('s', config);
      await committed(1);
      await server.ask('ALTER TABLE t ADD COLUMN _offset UInt64');
      await server.ask('ALTER TABLE t DROP COLUMN body');
      await server.ask('ALTER TABLE t ADD COLUMN body Nullable(String)');
      await harness.write('t', [[null, row(2, 'b')]]);
      await committed(2);
      expect((await server.ask('SELECT body FROM t ORDER BY id')).map((r) => r['body'])).toEqual([null, 'b']);
      // A column that is added, and that records contain from then on.
      await server.ask('ALTER TABLE t ADD COLUMN more Nullable(String)');
      const more = SCHEMA.replace('"body"}', '"body"},{"type":"string","optional":true,"field":"more"}');
      await harness.write('t', [[null, `{"schema":${more},"payload":{"id":3,"body":"c","more":"m"}}`]]);
      await committed(3);
      expect((await server.ask('SELECT more FROM t ORDER BY id')).map((r) => r['more'])).toEqual([null, null, 'm']);
    });
  });

  test('kill -9 of Sluice under load: a table is its rows, a stream its events, each once, by another client', async () => {
    await server.empty();
    await withServerProcess(async (sluice) => {
      await sluice.execute(
        `${PAGEVIEWS}${VIEWS}
         CREATE SINK CONNECTOR both WITH (connector='clickhouse', url='${server.url.replaceAll("'", "''")}', sources='views,pageviews');`,
        { 'auto.offset.reset': 'earliest' },
      );
      const count = async (): Promise<number> =>
        Number((await server.ask('SELECT count() AS n FROM pageviews').catch(() => [{ n: 0 }]))[0]!['n']);
      await crashUnderLoad(3, 300, count, async () => {
        await sluice.kill();
        await sluice.start();
      });
      await sluice.execute('STOP CONNECTOR clicks;');
      await eventually(async () => {
        const expected = (await sluice.rows('SELECT pageid, n FROM views;')).map(
          ([id, n]) => `${String(id)} ${Number(n)}`,
        );
        const found = await server.ask('SELECT pageid, n FROM views FINAL WHERE _deleted = 0');
        expect(found.map((r) => `${String(r['pageid'])} ${Number(r['n'])}`).toSorted()).toEqual(expected.toSorted());
        const [events] = await server.ask('SELECT count() AS n FROM (SELECT * FROM pageviews FINAL)');
        expect(Number(events!['n'])).toBe(expected.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0));
        return true;
      });
    });
  });
});
