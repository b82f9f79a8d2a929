import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { inProcessClient } from '../../src/connect/worker/in-process-client.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { connectTo, type Postgres } from '../support/postgres.ts';
import { workerBesidePostgres } from '../support/postgres-hooks.ts';

let postgres: Postgres;
let db: pg.Client;
let harness: Harness;

workerBesidePostgres({}, (site) => {
  ({ postgres, db, harness } = site);
});

const base = (more: Record<string, string> = {}): Record<string, string> => ({
  'connector.class': 'io.confluent.connect.jdbc.JdbcSinkConnector',
  'connection.url': postgres.jdbcUrl,
  'connection.user': postgres.user,
  'connection.password': postgres.password,
  topics: 't',
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'retry.backoff.ms': '200',
  ...more,
});
const upsert = { 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'auto.create': 'true', 'delete.enabled': 'true' };

const field = (name: string, type: string, more: object = {}) => ({ field: name, type, optional: true, ...more });
const logical = (name: string) => ({ name: `org.apache.kafka.connect.data.${name}`, version: 1 });
const struct = (fields: object[], payload: object | null) =>
  JSON.stringify({ schema: { type: 'struct', optional: false, name: 'row', fields }, payload });
const key = (id: number) => struct([{ field: 'id', type: 'int32', optional: false }], { id });
const row = (id: number, x: string | null) => struct([field('id', 'int32'), field('x', 'string')], { id, x });

const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
  (await db.query(sql)).rows as Record<string, unknown>[];
const holds = (sql: string, expected: unknown, ms = 60_000) =>
  eventually(async () => {
    expect(await rows(sql)).toEqual(expected);
    return true;
  }, ms);
const failure = (name = 's') => harness.failure(name);

describe('writing', () => {
  test('creates the table, upserts by key, the last of a batch wins, a tombstone deletes', async () => {
    await harness.write('t', [
      [key(9), null],
      [key(1), row(1, 'a')],
      [key(2), row(2, 'b')],
      [key(1), row(1, 'c')],
      [key(3), row(3, 'd')],
      [key(3), null],
    ]);
    await harness.herder.create('s', base(upsert));
    await holds('SELECT * FROM t ORDER BY id', [
      { id: 1, x: 'c' },
      { id: 2, x: 'b' },
    ]);
    await harness.write('t', [
      [key(2), null],
      [key(1), row(1, null)],
    ]);
    await holds('SELECT * FROM t ORDER BY id', [{ id: 1, x: null }]);
    expect(
      await rows(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) WHERE i.indrelid = 't'::regclass AND indisprimary",
      ),
    ).toEqual([{ attname: 'id' }]);
  });

  test('every type gets there', async () => {
    const fields = [
      field('b', 'boolean'),
      field('i1', 'int8'),
      field('i8', 'int64'),
      field('f4', 'float'),
      field('f8', 'double'),
      field('s', 'string'),
      field('y', 'bytes'),
      field('n', 'bytes', { ...logical('Decimal'), parameters: { scale: '2', 'connect.decimal.precision': '10' } }),
      field('d', 'int32', logical('Date')),
      field('ti', 'int32', logical('Time')),
      field('ts', 'int64', logical('Timestamp')),
      field('a', 'array', { items: { type: 'string', optional: true } }),
      field('st', 'struct', { fields: [field('p', 'int32')] }),
      field('m', 'map', { keys: { type: 'string', optional: false }, values: { type: 'int32', optional: true } }),
    ];
    const payload = {
      b: true,
      i1: -7,
      i8: 1234567890123,
      f4: 1.5,
      f8: 'NaN',
      s: 'q"\\\u0000é,{}',
      y: 'AP8=',
      n: '/so=',
      d: 19782,
      ti: 47_655_678,
      ts: 1_704_103_200_123,
      a: ['x,"', null],
      st: { p: 1 },
      m: { k: 2 },
    };
    await harness.write('t', [
      [null, struct(fields, payload)],
      [null, struct(fields, {})],
    ]);
    await harness.herder.create('s', base({ 'auto.create': 'true', 'nul.mapping': 'remove' }));
    await holds('SELECT b, i1, i8::text, f4, f8::text, s, y, n, d::text, ti::text, ts::text, a, st, m FROM t WHERE b', [
      {
        b: true,
        i1: -7,
        i8: '1234567890123',
        f4: 1.5,
        f8: 'NaN',
        s: 'q"\\é,{}',
        y: Buffer.from([0, 255]),
        n: '-3.10',
        d: '2024-02-29',
        ti: '13:14:15.678',
        ts: '2024-01-01 10:00:00.123',
        a: ['x,"', null],
        st: { p: 1 },
        m: { k: 2 },
      },
    ]);
    expect(await rows('SELECT count(*)::int AS n FROM t WHERE b IS NULL AND m IS NULL')).toEqual([{ n: 1 }]);
  });

  test('pk.mode kafka makes rewriting harmless; record_value takes fields of the value; update changes what is there', async () => {
    await db.query("CREATE TABLE u (id int PRIMARY KEY, x text, other text); INSERT INTO u VALUES (1, 'old', 'kept')");
    await harness.write('t', [
      [null, row(1, 'a')],
      [null, row(2, 'b')],
    ]);
    await harness.herder.create(
      'k',
      base({ 'insert.mode': 'upsert', 'pk.mode': 'kafka', 'auto.create': 'true', 'table.name.format': 'k_${topic}' }),
    );
    await harness.herder.create(
      'v',
      base({
        'insert.mode': 'upsert',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'auto.create': 'true',
        'table.name.format': 'v',
      }),
    );
    await harness.herder.create(
      'u',
      base({
        'insert.mode': 'update',
        'pk.mode': 'record_value',
        'pk.fields': 'id',
        'topics.to.tables.mapping': 't:public.u',
      }),
    );
    await holds('SELECT * FROM k_t ORDER BY __connect_offset', [
      { __connect_topic: 't', __connect_partition: 0, __connect_offset: '0', id: 1, x: 'a' },
      { __connect_topic: 't', __connect_partition: 0, __connect_offset: '1', id: 2, x: 'b' },
    ]);
    await holds('SELECT * FROM v ORDER BY id', [
      { id: 1, x: 'a' },
      { id: 2, x: 'b' },
    ]);
    await holds('SELECT * FROM u', [{ id: 1, x: 'a', other: 'kept' }]);
  });

  test('auto.evolve adds columns; without it the missing ones are named', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY)');
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await harness.herder.create('s', base({ ...upsert, 'auto.create': 'false' }));
    expect(await failure()).toMatch(/Table "t" is missing fields \(\[x\]\) and auto-evolution is disabled/);
    await harness.herder.patchConfig('s', { 'auto.evolve': 'true' });
    await holds('SELECT * FROM t', [{ id: 1, x: 'a' }]);
    const wider = struct([field('id', 'int32'), field('y', 'double')], { id: 1, y: 2.5 });
    await harness.write('t', [[key(1), wider]]);
    await holds('SELECT * FROM t', [{ id: 1, x: 'a', y: 2.5 }]);
  });

  test('fields.whitelist', async () => {
    await harness.write('t', [[key(1), struct([field('a', 'int32'), field('b', 'int32')], { a: 1, b: 2 })]]);
    await harness.herder.create('s', base({ ...upsert, 'fields.whitelist': 'b' }));
    await holds('SELECT * FROM t', [{ id: 1, b: 2 }]);
  });

  test('a SQL table is written with nothing but sources=', async () => {
    const start = Buffer.alloc(8);
    start.writeBigInt64BE(1_700_000_000_000n);
    await harness.write('REGIONS', [[Buffer.concat([Buffer.from('north'), start]), '{"COUNT":3,"SHARE":1.50}']]);
    const client = inProcessClient(harness.herder);
    const config = client.embedded!.sinkConfig(
      { 'connector.class': 'JdbcSinkConnector', 'connection.url': postgres.url, sources: 'pageviews_by_region' },
      [
        {
          name: 'PAGEVIEWS_BY_REGION',
          isTable: true,
          topic: 'REGIONS',
          key: [{ name: 'REGION', type: 'STRING' }],
          value: [
            { name: 'COUNT', type: 'BIGINT' },
            { name: 'SHARE', type: 'DECIMAL(4, 2)' },
          ],
          keyFormat: 'KAFKA',
          valueFormat: 'JSON',
          windowType: 'TUMBLING',
          windowSizeMs: 1000,
        },
      ],
    );
    await client.create('out', config);
    const instants = ['2023-11-14 22:13:20+00', '2023-11-14 22:13:21+00'];
    await db.query("SET TIME ZONE 'UTC'");
    await holds('SELECT region, windowstart::text, windowend::text, count, share FROM pageviews_by_region', [
      { region: 'north', windowstart: instants[0], windowend: instants[1], count: '3', share: '1.50' },
    ]);
    // In tables created before window bounds were timestamps, these columns are bigints.
    await db.query(
      'CREATE TABLE older (region text, windowstart bigint, windowend bigint, count bigint, share numeric, PRIMARY KEY (region, windowstart, windowend))',
    );
    await client.create('old', { ...config, 'topics.to.tables.mapping': 'REGIONS:older' });
    await holds('SELECT * FROM older', [
      { region: 'north', windowstart: '1700000000000', windowend: '1700000001000', count: '3', share: '1.50' },
    ]);
  });

  const users: SinkSource = {
    name: 'USERS',
    isTable: true,
    topic: 'users',
    key: [{ name: 'ID', type: 'STRING' }],
    value: [{ name: 'NAME', type: 'STRING' }],
    keyFormat: 'KAFKA',
    valueFormat: 'JSON',
  };
  const clicks: SinkSource = {
    name: 'CLICKS',
    isTable: false,
    topic: 'clicks',
    key: [{ name: 'K', type: 'INTEGER' }],
    value: [{ name: 'V', type: 'INTEGER' }],
    keyFormat: 'KAFKA',
    valueFormat: 'JSON',
  };
  const int = (n: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(n);
    return bytes;
  };

  test("a stream's key columns are written; a key that is missing is NULL", async () => {
    await harness.write('clicks', [
      [int(7), '{"V":1}'],
      [int(7), '{"V":2}'],
      [null, '{"V":3}'],
    ]);
    const client = inProcessClient(harness.herder);
    const given = { 'connector.class': 'JdbcSinkConnector', 'connection.url': postgres.url };
    await client.create('out', client.embedded!.sinkConfig(given, [clicks]));
    await holds('SELECT k, v FROM clicks ORDER BY v', [
      { k: 7, v: 1 },
      { k: 7, v: 2 },
      { k: null, v: 3 },
    ]);
    await client.create(
      'plain',
      client.embedded!.sinkConfig(
        { ...given, 'pk.mode': 'none', 'insert.mode': 'insert', 'table.name.format': 'plain' },
        [clicks],
      ),
    );
    await holds('SELECT * FROM plain ORDER BY v', [
      { k: 7, v: 1 },
      { k: 7, v: 2 },
      { k: null, v: 3 },
    ]);
  });

  test('a table and a stream in one sink: each by its kind', async () => {
    await harness.write('users', [
      ['a', '{"NAME":"x"}'],
      ['a', '{"NAME":"y"}'],
      ['b', '{"NAME":"z"}'],
      ['b', null],
    ]);
    await harness.write('clicks', [
      [int(7), '{"V":1}'],
      [int(7), '{"V":2}'],
    ]);
    const client = inProcessClient(harness.herder);
    const given = { 'connector.class': 'JdbcSinkConnector', 'connection.url': postgres.url };
    await client.create('out', client.embedded!.sinkConfig(given, [users, clicks]));
    await holds('SELECT * FROM users', [{ id: 'a', name: 'y' }]);
    await holds('SELECT k, v FROM clicks ORDER BY v', [
      { k: 7, v: 1 },
      { k: 7, v: 2 },
    ]);
    await harness.write('users', [['a', null]]);
    await holds('SELECT * FROM users', []);
  });
});

describe('as INSERT does', () => {
  test('what does not fit is refused with column, type and length; nothing is cut', async () => {
    await db.query(`
      CREATE DOMAIN short AS varchar(3);
      CREATE DOMAIN shorter AS short CHECK (value <> 'no');
      CREATE TABLE t (id int PRIMARY KEY, x varchar(3), c char(3), b bit(3), vb varbit(3), d shorter, a varchar(3)[])`);
    const fields = ['x', 'c', 'b', 'vb', 'd'].map((name) => field(name, 'string'));
    const list = field('a', 'array', { items: { type: 'string', optional: true } });
    const full = (id: number, payload: object) =>
      struct([field('id', 'int32'), ...fields, list], {
        id,
        x: 'abc',
        c: 'a',
        b: '101',
        vb: '1',
        d: 'abc',
        a: ['abc'],
        ...payload,
      });
    const bad = [
      { x: 'abcdef' },
      { c: 'abcd' },
      { b: '10111' },
      { b: '1' },
      { vb: '1011' },
      { d: 'abcd' },
      { d: 'no' },
      { a: ['abc', 'abcd'] },
    ];
    await harness.write('t', [
      [key(1), full(1, {})],
      ...bad.map((payload, i) => [key(10 + i), full(10 + i, payload)] as const),
      [key(2), full(2, { x: 'é€😀', c: 'abc  ' })],
    ]);
    const config = base({ ...upsert, 'auto.create': 'false' });
    await harness.herder.create('s', config);
    expect(await failure()).toMatch(
      /value too long for type character varying\(3\) \(column "x" is character varying\(3\), the value has 6 characters\)/,
    );
    await harness.herder.patchConfig('s', { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' });
    await holds('SELECT id, x, c, b::text, vb::text, d, a FROM t ORDER BY id', [
      { id: 1, x: 'abc', c: 'a  ', b: '101', vb: '1', d: 'abc', a: ['abc'] },
      { id: 2, x: 'é€😀', c: 'abc', b: '101', vb: '1', d: 'abc', a: ['abc'] },
    ]);
    await eventually(async () => (await harness.read('dead')).length === bad.length);
  });

  test('many rows at once are what a few at a time are, in every kind of table', async () => {
    const columns =
      'id bigint, t text, v varchar(5), c char(4), b boolean, f real, n numeric(6, 2), d date, ts timestamp(0), tz timestamptz, y bytea, j jsonb, a text[], u uuid, e mood, s shout';
    const told =
      'CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO told VALUES (TG_TABLE_NAME, split_part(current_query(), $1$ $1$, 1)); RETURN NULL; END $$';
    await db.query(`
      CREATE TYPE mood AS ENUM ('ok', 'bad');
      CREATE DOMAIN shout AS varchar(4) CHECK (value = upper(value));
      CREATE TABLE told (name text, how text);
      ${told.replaceAll('$1$', "'")};
      CREATE TABLE many (${columns}); CREATE TABLE few (${columns});
      CREATE TRIGGER tell AFTER INSERT ON many EXECUTE FUNCTION tell();
      CREATE TRIGGER tell AFTER INSERT ON few EXECUTE FUNCTION tell();
      CREATE TABLE beneath (id bigint, t text);
      CREATE VIEW seen AS SELECT * FROM beneath;
      CREATE TABLE ruled (id bigint, t text);
      CREATE RULE away AS ON INSERT TO ruled DO INSTEAD INSERT INTO beneath VALUES (NEW.id + 1000, NEW.t);
      CREATE TABLE parted (id bigint, t text) PARTITION BY RANGE (id);
      CREATE TABLE lower_part PARTITION OF parted FOR VALUES FROM (0) TO (50);
      CREATE TABLE upper_part PARTITION OF parted FOR VALUES FROM (50) TO (1000);`);
    const fields = [
      field('id', 'int64'),
      ...['t', 'v', 'c'].map((name) => field(name, 'string')),
      field('b', 'boolean'),
      field('f', 'float'),
      field('n', 'double'),
      field('d', 'int32', logical('Date')),
      field('ts', 'int64', logical('Timestamp')),
      field('tz', 'int64', logical('Timestamp')),
      field('y', 'bytes'),
      field('j', 'map', { keys: { type: 'string', optional: false }, values: { type: 'string', optional: true } }),
      field('a', 'array', { items: { type: 'string', optional: true } }),
      ...['u', 'e', 's'].map((name) => field(name, 'string')),
    ];
    const texts = ['', '\\N', '\\.', 'a\tb', 'a\nb\r', 'x\\', '"{},NULL"', 'é€😀', "it's", ' ', 'NULL'];
    const rows = Array.from({ length: 120 }, (_, i) => {
      const t = texts[i % texts.length]!;
      if (i % 17 === 0) return { id: i };
      return {
        id: i,
        t,
        v: i % 3 === 0 ? 'abcde   ' : 'a\\\tb',
        c: 'x\n',
        b: i % 2 === 0,
        f: i % 5 === 0 ? 'NaN' : i / 3,
        n: i + 0.005,
        d: i % 7 === 0 ? -800_000 : 19_000 + i,
        ts: 1_700_000_000_500 + i * 999,
        tz: i % 9 === 0 ? -70_000_000_000_000 : 1_700_000_000_123,
        y: Buffer.from([i, 0, 92, 10]).toString('base64'),
        j: { [t]: t, k: null },
        a: [t, null, 'b'],
        u: `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`,
        e: i % 2 === 0 ? 'ok' : 'bad',
        s: 'LOUD',
      };
    });
    await harness.write(
      't',
      rows.map((row) => [null, struct(fields, row)] as const),
    );
    await harness.herder.create('many', base({ 'table.name.format': 'many', 'auto.create': 'false' }));
    await harness.herder.create(
      'few',
      base({ 'table.name.format': 'few', 'auto.create': 'false', 'batch.size': '40' }),
    );
    const count = (table: string) => holds(`SELECT count(*)::int AS n FROM ${table}`, [{ n: rows.length }]);
    await count('many');
    await count('few');
    await holds('SELECT DISTINCT name, how FROM told ORDER BY name', [
      { name: 'few', how: 'INSERT' },
      { name: 'many', how: 'COPY' },
    ]);
    const shown = (table: string) => db.query(`SELECT t.*::text FROM ${table} t ORDER BY id`).then((r) => r.rows);
    expect(await shown('many')).toEqual(await shown('few'));
    const { rows: read } = await db.query('SELECT t FROM many WHERE id % 17 <> 0 ORDER BY id');
    expect(read.map((r) => r.t)).toEqual(rows.filter((r) => r.t !== undefined).map((r) => r.t));

    for (const table of ['seen', 'ruled', 'parted'])
      await harness.herder.create(
        table,
        base({ 'table.name.format': table, 'auto.create': 'false', 'fields.whitelist': 'id,t' }),
      );
    await count('parted');
    await holds('SELECT count(*)::int AS n, count(*) FILTER (WHERE id >= 1000)::int AS ruled FROM beneath', [
      { n: 2 * rows.length, ruled: rows.length },
    ]);
  });

  test('one of many rows that is refused is put aside, the others are written', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, s varchar(3))');
    const fields = [field('id', 'int32'), field('s', 'string')];
    await harness.write(
      't',
      Array.from({ length: 200 }, (_, i) => [null, struct(fields, { id: i, s: i === 77 ? 'abcd' : 'a' })] as const),
    );
    const config = base({ 'auto.create': 'false' });
    await harness.herder.create('s', config);
    expect(await failure()).toMatch(/value too long for type character varying\(3\) \(column "s"/);
    expect((await db.query('SELECT * FROM t')).rows).toEqual([]);
    await harness.herder.patchConfig('s', { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' });
    await holds('SELECT count(*)::int AS n, bool_or(id = 77) AS bad FROM t', [{ n: 199, bad: false }]);
    await eventually(async () => (await harness.read('dead')).length === 1);
  });

  test('keys that the table deems equal: the last one wins, within a batch and across, deletes too', async () => {
    await db.query(`
      CREATE EXTENSION IF NOT EXISTS citext;
      CREATE TABLE names (k citext PRIMARY KEY, n int);
      CREATE TABLE uuids (k uuid PRIMARY KEY, n int);
      CREATE TABLE padded (k char(5) PRIMARY KEY, n int);
      CREATE TABLE cut (k varchar(3) PRIMARY KEY, n int)`);
    const named = (k: string) => struct([{ field: 'k', type: 'string', optional: false }], { k });
    const value = (k: string, n: number) => struct([field('k', 'string'), field('n', 'int32')], { k, n });
    const spellings: Record<string, readonly string[]> = {
      names: ['Bob', 'bob'],
      uuids: ['6ecd8c99-4036-403d-bf84-cf8400f67836', '6ECD8C994036403DBF84CF8400F67836'],
      padded: ['a', 'a '],
      cut: ['abc', 'abc '],
    };
    for (const [topic, [first, second]] of Object.entries(spellings)) {
      await harness.write(topic, [
        [named(first!), value(first!, 1)],
        [named(second!), value(second!, 2)],
        [named(first!), null],
        [named(second!), value(second!, 3)],
        [named(first!), value(first!, 4)],
      ]);
    }
    await harness.herder.create('s', base({ ...upsert, topics: Object.keys(spellings).join(',') }));
    for (const table of Object.keys(spellings)) await holds(`SELECT n FROM ${table}`, [{ n: 4 }]);
  });

  test('several tasks may create one table at once', async () => {
    await harness.log.admin.createTopic({ name: 't', partitions: 4, replicas: 1, configs: {} });
    for (const p of [0, 1, 2, 3])
      await harness.write(
        't',
        Array.from({ length: 10 }, (_, i) => [key(p * 10 + i), row(i, `v${i}`)] as const),
        p,
      );
    await harness.herder.create('s', base({ ...upsert, 'auto.evolve': 'true', 'tasks.max': '4' }));
    await holds('SELECT count(*)::int AS n FROM t', [{ n: 40 }]);
    const wider = (id: number) => struct([field('id', 'int32'), field('y', 'double')], { id, y: id });
    for (const p of [0, 1, 2, 3])
      await harness.write(
        't',
        Array.from({ length: 10 }, (_, i) => [key(p * 10 + i), wider(i)] as const),
        p,
      );
    await holds('SELECT count(y)::int AS n FROM t', [{ n: 40 }]);
    expect(harness.herder.status('s').tasks.map((t) => t.state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING']);
  });

  test('a name of more than 63 bytes is the one that Postgres makes of it; two that become one are refused', async () => {
    const long = `${'é'.repeat(31)}xy`;
    const of = (names: readonly string[]) =>
      struct(
        [field('id', 'int32'), ...names.map((n) => field(n, 'int32'))],
        Object.fromEntries([['id', 1], ...names.map((n) => [n, 5])]),
      );
    await harness.write('t', [[key(1), of([long])]]);
    await harness.write('u', [[key(1), of([long, `${long}z`])]]);
    await harness.herder.create('s', base(upsert));
    await holds(`SELECT * FROM t`, [{ id: 1, [long.slice(0, -1)]: 5 }]);
    await harness.herder.create('two', base({ ...upsert, topics: 'u' }));
    expect(await failure('two')).toMatch(/would be written to one column "é+x"/);
  });

  test('names of settings find their fields whatever the case; an unknown one lists the fields', async () => {
    await harness.write('t', [[key(1), struct([field('id', 'int32'), field('name', 'string')], { id: 1, name: 'a' })]]);
    await harness.herder.create('s', base({ ...upsert, 'pk.fields': 'ID', 'fields.whitelist': 'NAME' }));
    await holds('SELECT * FROM t', [{ id: 1, name: 'a' }]);
    await harness.herder.create('w', base({ ...upsert, 'fields.whitelist': 'nmae' }));
    expect(await failure('w')).toMatch(/names none of the fields of the records: id, name/);
  });

  test('a record without a key stops only itself', async () => {
    await harness.write('t', [
      [key(1), row(1, 'a')],
      [null, row(2, 'b')],
      [key(3), row(3, 'c')],
    ]);
    await harness.herder.create('s', base({ ...upsert, 'errors.tolerance': 'all' }));
    await holds('SELECT id FROM t ORDER BY id', [{ id: 1 }, { id: 3 }]);
  });
});

describe('trouble', () => {
  test('a column that cannot hold the values', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, x int)');
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await harness.herder.create('s', base(upsert));
    expect(await failure()).toMatch(
      /Column "x" of table "t" has type integer, which cannot hold the STRING values of field "x": a fit type is TEXT/,
    );
  });

  test('a table that upserts cannot use; values without a schema; a missing table', async () => {
    await db.query('CREATE TABLE t (id int, x text)');
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await harness.write('plain', [['1', '{"id":1}']]);
    await harness.herder.create('s', base(upsert));
    expect(await failure()).toMatch(/no primary key or unique constraint on \("id"\), which insert\.mode=upsert needs/);
    await harness.herder.create(
      'p',
      base({ topics: 'plain', 'value.converter.schemas.enable': 'false', 'key.converter': 'StringConverter' }),
    );
    expect(await failure('p')).toMatch(
      /requires records with a non-null Struct value and non-null Struct schema, but found record at \(topic='plain',partition=0,offset=0/,
    );
    await harness.herder.create('m', base({ 'table.name.format': 'nowhere' }));
    expect(await failure('m')).toMatch(/Table "nowhere" is missing and auto-creation is disabled/);
  });

  test('a record that a constraint refuses is named, or buried with tolerance; the others are written', async () => {
    await db.query("CREATE TABLE t (id int PRIMARY KEY, x text CHECK (x <> 'bad'))");
    await harness.write('t', [
      [key(1), row(1, 'a')],
      [key(2), row(2, 'bad')],
      [key(3), row(3, 'c')],
    ]);
    await harness.herder.create('s', base(upsert));
    expect(await failure()).toMatch(/The record at \(topic='t',partition=0,offset=1,.*violates check constraint/);
    expect(await rows('SELECT * FROM t')).toEqual([]);
    await harness.herder.patchConfig('s', { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' });
    await holds('SELECT id FROM t ORDER BY id', [{ id: 1 }, { id: 3 }]);
    await eventually(async () => (await harness.read('dead')).length === 1);
    expect((await harness.read('dead'))[0]!.value).toContain('bad');
  });

  test('Postgres restarted in the middle: everything arrives', async () => {
    await harness.herder.create('s', base({ ...upsert, 'batch.size': '50' }));
    for (let n = 0; n < 20; n++) {
      await harness.write(
        't',
        Array.from({ length: 100 }, (_, i) => [key(n * 100 + i), row(n * 100 + i, `v${n}`)] as const),
      );
      if (n === 8) {
        await eventually(async () => (await rows("SELECT to_regclass('t') AS t"))[0]!['t'] !== null);
        await postgres.halt(true);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    await postgres.resume();
    db = await connectTo(postgres);
    await holds('SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM t', [{ n: 2000, ids: 2000 }], 30_000);
    expect(harness.herder.status('s').tasks[0]).toMatchObject({ state: 'RUNNING' });
  });

  test('trouble that is over is no longer told: by a sink that has nothing to write, and by one that writes', async () => {
    await db.query("DROP ROLE IF EXISTS writer; CREATE ROLE writer LOGIN PASSWORD 'one'");
    await db.query('GRANT ALL ON SCHEMA public TO writer');
    await harness.herder.create(
      's',
      base({ ...upsert, 'connection.user': 'writer', 'connection.password': 'one', 'connection.backoff.ms': '100' }),
    );
    const told = (trouble: RegExp | undefined) =>
      eventually(() => {
        const task = harness.herder.status('s').tasks[0];
        if (task?.state !== 'RUNNING') return false;
        return trouble === undefined ? task.trace === undefined : trouble.test(task.trace ?? '');
      });
    const lockOut = async () => {
      await db.query("ALTER ROLE writer PASSWORD 'two'");
      await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'");
      await told(/password authentication failed/);
      await db.query("ALTER ROLE writer PASSWORD 'one'");
    };
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await holds('SELECT * FROM t ORDER BY id', [{ id: 1, x: 'a' }]);
    await lockOut();
    await told(undefined);
    await lockOut();
    await harness.write('t', [[key(2), row(2, 'b')]]);
    await holds('SELECT id FROM t ORDER BY id', [{ id: 1 }, { id: 2 }]);
    await told(undefined);
    await harness.herder.delete('s');
    await db.query('DROP OWNED BY writer; DROP ROLE writer');
  });

  test('a table altered under way', async () => {
    await harness.herder.create('s', base({ ...upsert, 'auto.evolve': 'true' }));
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await holds('SELECT * FROM t', [{ id: 1, x: 'a' }]);
    await db.query('ALTER TABLE t DROP COLUMN x');
    await harness.write('t', [[key(2), row(2, 'b')]]);
    await holds('SELECT * FROM t ORDER BY id', [
      { id: 1, x: null },
      { id: 2, x: 'b' },
    ]);
    expect(harness.herder.sql.remarks('s')).toEqual([
      expect.stringMatching(
        /^Table "t" lacked column x, .*rows that were written before hold NULL in it\. RESET CONNECTOR OFFSETS OF s; writes all rows anew$/,
      ),
    ]);
    await harness.herder.setTarget('s', 'STOPPED');
    await harness.herder.deleteOffsets('s');
    await harness.herder.setTarget('s', 'RUNNING');
    await holds('SELECT * FROM t ORDER BY id', [
      { id: 1, x: 'a' },
      { id: 2, x: 'b' },
    ]);
  });

  test('a table that is dropped is made anew with all rows, by all tasks, and said; other tables stay', async () => {
    const two = { topics: 't,u', 'tasks.max': '2', 'auto.create': 'true' };
    const counts = "SELECT (SELECT string_agg(x, ',' ORDER BY x) FROM t) AS t, (SELECT count(*)::int FROM u) AS u";
    for (const topic of ['t', 'u']) await harness.log.admin.createTopic({ name: topic, partitions: 2, replicas: 1 });
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await harness.write('t', [[key(2), row(2, 'b')]], 1);
    await harness.write('u', [[key(1), row(1, 'a')]]);
    await harness.herder.create('s', base(two));
    await holds(counts, [{ t: 'a,b', u: 1 }]);
    await eventually(async () => (await harness.herder.offsets('s')).length === 3);
    await db.query('DROP TABLE t');
    await harness.write('t', [[key(3), row(3, 'c')]], 1);
    await harness.write('u', [[key(2), row(2, 'b')]]);
    await holds(counts, [{ t: 'a,b,c', u: 2 }]);
    expect(harness.herder.sql.remarks('s')).toEqual([
      'Table "t" was gone: it is made anew, and all rows of t are written again',
    ]);
    await eventually(() => harness.herder.status('s').tasks.every((t) => t.state === 'RUNNING'));

    // This also works while no task is running; and a task starts at an offset that was set manually.
    await eventually(async () => (await harness.herder.offsets('s')).length === 3);
    await harness.herder.setTarget('s', 'STOPPED');
    await db.query('DROP TABLE t');
    await harness.write('t', [[key(4), row(4, 'd')]]);
    await harness.herder.setTarget('s', 'RUNNING');
    await holds(counts, [{ t: 'a,b,c,d', u: 2 }]);
    await eventually(async () => (await harness.herder.offsets('s')).length === 3);
    await harness.herder.setTarget('s', 'STOPPED');
    await db.query('DROP TABLE t');
    await harness.herder.alterOffsets('s', [
      { partition: { kafka_topic: 't', kafka_partition: 0 }, offset: { kafka_offset: 1 } },
    ]);
    await harness.herder.setTarget('s', 'RUNNING');
    await holds('SELECT x FROM t', [{ x: 'd' }]);
  });

  test('a table that is dropped and not ours to make stops the task, which says so', async () => {
    await db.query('CREATE TABLE t (id int PRIMARY KEY, x text)');
    await harness.write('t', [[key(1), row(1, 'a')]]);
    await harness.herder.create('s', base({ 'insert.mode': 'upsert', 'pk.mode': 'record_key' }));
    await holds('SELECT * FROM t', [{ id: 1, x: 'a' }]);
    await db.query('DROP TABLE t');
    await harness.write('t', [[key(2), row(2, 'b')]]);
    expect(await failure()).toContain('Table "t" is gone, and with it what was written to it: with auto.create=true');
  });

  test('what cannot go together is refused at once, all of it', async () => {
    const config = base({ 'insert.mode': 'upsert', 'delete.enabled': 'true', 'batch.size': '0' });
    await expect(harness.herder.create('s', config)).rejects.toMatchObject({
      message: expect.stringMatching(
        /3 error\(s\):\n.*batch\.size: Value must be at least 1\n.*delete\.enabled: Deletes are only supported.*\n.*pk\.mode: insert\.mode=upsert needs a primary key/s,
      ),
    });
    await expect(harness.herder.create('s', base({ 'connection.password': 'no' }))).rejects.toThrow(
      /password authentication failed/,
    );
  });
});
