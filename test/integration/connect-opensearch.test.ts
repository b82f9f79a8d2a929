import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { JSON_CONVERTER, STRING_CONVERTER } from '../support/converters.ts';
import { crashUnderLoad, PAGEVIEWS, VIEWS } from '../support/pageviews.ts';
import { withServerProcess } from '../support/server-process.ts';
import { variant } from '../support/extent.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startOpenSearch, type OpenSearchServer } from '../support/servers/opensearch.ts';
import { sinkSuite } from '../support/sink-suite.ts';

describeWithServers('the Elasticsearch sink on OpenSearch', () => {
  let server: OpenSearchServer;
  beforeAll(async () => {
    server = await startOpenSearch();
  });
  afterAll(async () => {
    await server.remove();
  });

  const CLASS = 'io.confluent.connect.elasticsearch.ElasticsearchSinkConnector';
  const base = (more: Record<string, string> = {}): Record<string, string> => ({
    'connector.class': CLASS,
    'connection.url': server.url,
    topics: 't',
    'key.converter': STRING_CONVERTER,
    'value.converter': JSON_CONVERTER,
    'value.converter.schemas.enable': 'false',
    'behavior.on.null.values': 'delete',
    ...more,
  });

  sinkSuite('elasticsearch', async () => {
    await server.empty();
    return {
      config: base(),
      record: (n, text) => [String(n).padStart(4, '0'), text === null ? null : JSON.stringify({ id: n, body: text })],
      keeps: 'the last of a key',
      poison: ['0009', '{"id": {"an": "object"}, "body": "x"}'],
      read: async () => [...(await server.documents('t')).values()].map((d: { body: string }) => d.body),
      wrong: [
        { change: { 'connection.url': 'http://localhost:1' }, names: 'connection.url' },
        { change: { 'connection.url': 'ftp://localhost' }, names: 'connection.url' },
        { change: { 'behavior.on.null.values': 'forget' }, names: 'behavior.on.null.values' },
        { change: { 'write.method': 'UPSERT', 'key.ignore': 'true' }, names: 'key.ignore' },
        { change: { 'connection.username': 'me' }, names: 'connection.password' },
        { change: { 'proxy.host': 'proxy' }, names: 'proxy.host' },
      ],
      outage: { away: () => server.kill(), back: () => server.start() },
      close: async () => {},
    };
  });

  describe('documents', () => {
    let harness: Harness;
    beforeEach(async () => {
      await server.empty();
      harness = await new Harness().start();
    });
    afterEach(async () => {
      await harness.close();
    });

    const doc = (body: object): string => JSON.stringify(body);
    const failure = () => harness.failure('s');
    const holds = (index: string, expected: object) =>
      eventually(async () => {
        expect(Object.fromEntries(await server.documents(index))).toEqual(expected);
        return true;
      });
    const remarks = (pattern: RegExp) =>
      eventually(() => harness.herder.sql.remarks('s').find((text) => pattern.test(text)));
    const committed = (offset: number) => harness.committed('s', offset);
    const versions = async (index: string): Promise<Record<string, number>> => {
      const { body } = await server.ask('GET', `/${index}/_search?version=true`);
      const hits = body.hits.hits as { readonly _id: string; readonly _version: number }[];
      return Object.fromEntries(hits.map((h) => [h._id, h._version]));
    };
    const fields = async (index: string): Promise<Record<string, any>> =>
      (Object.values((await server.ask('GET', `/${index}/_mapping`)).body)[0] as any).mappings.properties;

    test('a topic that is made anew begins at offset 0, and its records win', async () => {
      await harness.write('t', [
        ['a', doc({ n: 1 })],
        ['b', doc({ n: 2 })],
        ['a', doc({ n: 3 })],
      ]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 3 }, b: { n: 2 } });
      expect(await versions('t')).toEqual({ a: 2, b: 1 });
      await committed(3);
      await harness.log.admin.deleteTopic('t');
      await harness.write('t', [['a', doc({ n: 4 })]]);
      await holds('t', { a: { n: 4 }, b: { n: 2 } });
      expect((await versions('t'))['a']).toBe(2 ** 44);
      // The same holds for another server, with another topic of the same name.
      await harness.close();
      harness = await new Harness().start();
      await harness.write('t', [['b', null]]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 4 } });
      expect(harness.herder.sql.remarks('s')).toEqual([]);
    });

    test('a key that moves when its topic gets partitions keeps its order', async () => {
      await harness.write('t', [
        ['x', doc({ n: 0 })],
        ['a', doc({ n: 1 })],
      ]);
      await harness.herder.create('s', base());
      await holds('t', { x: { n: 0 }, a: { n: 1 } });
      await harness.log.admin.createPartitions('t', 2);
      await harness.write('t', [['a', doc({ n: 2 })]], 1);
      await holds('t', { x: { n: 0 }, a: { n: 2 } });
    });

    test('documents of others: those without our versions are overwritten, a later version is kept, counted and shown', async () => {
      await server.ask('PUT', '/t/_doc/a', { n: 'theirs' });
      await server.ask('PUT', '/t/_doc/b?version_type=external&version=4000000000000000000', { n: 'later' });
      await server.ask('POST', '/t/_refresh');
      await harness.write('t', [
        ['a', doc({ n: 'ours' })],
        ['b', doc({ n: 'ours' })],
        ['c', doc({ n: 'ours' })],
      ]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 'ours' }, b: { n: 'later' }, c: { n: 'ours' } });
      expect(await remarks(/^1 record of t were left as they are/)).toMatch(
        /topic=t partition=0 offset=1, version_conflict/,
      );
      await harness.write('t', [['b', doc({ n: 'again' })]]);
      expect(await remarks(/^2 records of t/)).toMatch(/offset=1, /);
      await harness.herder.delete('s');
      await harness.herder.create('s', base({ 'behavior.on.version.conflict': 'fail' }));
      await harness.write('t', [['b', doc({ n: 'and again' })]]);
      expect(await failure()).toMatch(/offset=4 is refused: version_conflict_engine_exception/);
    });

    test('of events each record is a document, also those of a later topic of the name', async () => {
      await harness.write('t', [
        ['a', doc({ n: 1 })],
        ['a', doc({ n: 2 })],
        ['a', null],
      ]);
      await harness.herder.create('s', base({ 'key.ignore': 'true' }));
      await holds('t', { 't+0+0': { n: 1 }, 't+0+1': { n: 2 } });
      await committed(3);
      await harness.log.admin.deleteTopic('t');
      await harness.write('t', [['a', doc({ n: 3 })]]);
      await holds('t', { 't+0+0': { n: 1 }, 't+0+1': { n: 2 }, 't+0+0+1': { n: 3 } });
    });

    test('fields are put into a document, in their order, and deleted with it', async () => {
      await harness.write('t', [
        ['a', doc({ x: 1 })],
        ['a', doc({ y: 2 })],
        ['a', doc({ x: 3 })],
        ['b', doc({ x: 4 })],
        ['b', null],
      ]);
      await harness.herder.create('s', base({ 'write.method': 'upsert' }));
      await holds('t', { a: { x: 3, y: 2 } });
    });

    test("a version may stand in a header; one that is missing is its record's error", async () => {
      await harness.write('t', [['a', doc({ n: 1 })]]);
      await harness.herder.create('s', base({ 'external.version.header': 'v' }));
      expect(await failure()).toMatch(/offset=0 makes no document: its header v holds no version: it is missing/);
    });

    test('some of a request are refused: the others are written, each with its reason', async () => {
      await server.ask('PUT', '/t', { mappings: { properties: { n: { type: 'long' } } } });
      await harness.write('t', [
        ['a', doc({ n: 1 })],
        ['b', doc({ n: 'two' })],
        [null, doc({ n: 3 })],
        ['d', '"text"'],
        ['e'.repeat(513), doc({ n: 5 })],
        ['f', doc({ n: 6 })],
      ]);
      await harness.herder.create(
        's',
        base({
          'errors.tolerance': 'all',
          'errors.deadletterqueue.topic.name': 'dead',
          'errors.deadletterqueue.topic.replication.factor': '1',
          'errors.deadletterqueue.context.headers.enable': 'true',
        }),
      );
      await holds('t', { a: { n: 1 }, f: { n: 6 } });
      const letters = await eventually(async () => {
        const found = await harness.read('dead');
        return found.length >= 4 && found;
      });
      const reasons = letters.map(({ headers }) => [
        headers['__connect.errors.offset'],
        headers['__connect.errors.exception.message'],
      ]);
      expect(Object.fromEntries(reasons)).toEqual({
        1: expect.stringMatching(/mapper_parsing_exception: failed to parse field \[n\] of type \[long\]/),
        2: expect.stringMatching(/has no key to be the id/),
        3: expect.stringMatching(/a string, and a document is an object/),
        4: expect.stringMatching(/an id of 513 bytes; 512 are the most/),
      });
    });

    test('what is malformed or makes no document may be left out, and is counted', async () => {
      await server.ask('PUT', '/t', { mappings: { dynamic: 'strict', properties: { n: { type: 'long' } } } });
      await harness.write('t', [
        ['a', doc({ m: 1 })],
        [null, doc({ n: 1 })],
        ['b', doc({ n: 2 })],
      ]);
      await harness.herder.create(
        's',
        base({ 'behavior.on.malformed.documents': 'warn', 'drop.invalid.message': 'true' }),
      );
      await holds('t', { b: { n: 2 } });
      expect(await remarks(/^1 record were refused by t and left out/)).toMatch(/strict_dynamic_mapping_exception/);
      expect(await remarks(/^1 record made no document/)).toMatch(/offset=1/);
    });

    test('a cluster that has no room for a request is waited for', async () => {
      const limit = (value: string | null) =>
        server.ask('PUT', '/_cluster/settings', { transient: { 'network.breaker.inflight_requests.limit': value } });
      await harness.write('t', [['a', doc({ n: 1 })]]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 1 } });
      await limit('1kb');
      await harness.write('t', [['b', doc({ n: 2, pad: 'x'.repeat(2000) })]]);
      await eventually(() => /circuit_breaking_exception/.test(harness.herder.status('s').tasks[0]?.trace ?? ''));
      await limit(null);
      await holds('t', { a: { n: 1 }, b: { n: 2, pad: expect.any(String) } });
      await eventually(() => harness.herder.status('s').tasks[0]?.trace === undefined);
    });

    test('an index that takes no writes now is waited for', async () => {
      await harness.write('t', [['a', doc({ n: 1 })]]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 1 } });
      await server.ask('PUT', '/t/_settings', { 'index.blocks.write': true });
      await harness.write('t', [['b', doc({ n: 2 })]]);
      await eventually(() => /cluster_block_exception/.test(harness.herder.status('s').tasks[0]?.trace ?? ''));
      await server.ask('PUT', '/t/_settings', { 'index.blocks.write': false });
      await holds('t', { a: { n: 1 }, b: { n: 2 } });
    });

    test('a request that is too large is sent in parts', async () => {
      const body = 'x'.repeat(1000);
      await harness.write(
        't',
        Array.from({ length: 40 }, (_, i) => [`k${i}`, doc({ body })] as const),
      );
      await harness.herder.create('s', base({ 'bulk.size.bytes': '5000' }));
      await eventually(async () => (await server.documents('t')).size === 40);
    });

    test('an index that somebody deletes is made anew with all records', async () => {
      await harness.write('t', [
        ['a', doc({ n: 1 })],
        ['b', doc({ n: 2 })],
      ]);
      await harness.herder.create('s', base());
      await holds('t', { a: { n: 1 }, b: { n: 2 } });
      await committed(2);
      await server.ask('DELETE', '/t');
      await harness.write('t', [['c', doc({ n: 3 })]]);
      await holds('t', { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } });
      expect(await remarks(/Index t was gone/)).toMatch(/all records of t are written again/);
    });

    const USERS: SinkSource = {
      name: 'USERS',
      isTable: true,
      topic: 't',
      key: [{ name: 'ID', type: 'STRING' }],
      value: [
        { name: 'NAME', type: 'STRING' },
        { name: 'AGE', type: 'INTEGER' },
        { name: 'SINCE', type: 'TIMESTAMP' },
        { name: 'BORN', type: 'DATE' },
        { name: 'LUNCH', type: 'TIME' },
        { name: 'BALANCE', type: 'DECIMAL(10, 2)' },
        { name: 'HUGE', type: 'DECIMAL(38, 0)' },
        { name: 'TAGS', type: 'ARRAY<STRING>' },
        { name: 'LIMITS', type: 'MAP<STRING, BIGINT>' },
        { name: 'HOME', type: 'STRUCT<CITY STRING, ZIP BIGINT>' },
        { name: 'RAW', type: 'BYTES' },
      ],
      keyFormat: 'KAFKA',
      valueFormat: 'JSON',
    };
    const row = {
      NAME: 'Ann "A"',
      AGE: 30,
      SINCE: 1_700_000_000_123,
      BORN: 19_000,
      LUNCH: 45_000_000,
      BALANCE: 1234.5,
      HUGE: '12345678901234567890123456789012345678',
      TAGS: ['x', 'y'],
      LIMITS: { low: 1 },
      HOME: { CITY: 'Bonn', ZIP: 53_111 },
      RAW: 'AQI=',
    };
    const sqlSink = (source: SinkSource, more: Record<string, string> = {}) =>
      harness.sinkConfig({ connector: 'elasticsearch', url: server.url, ...more }, [source]);

    test('of a SQL table: an index of its name, fields of its types, rows by key, deletes', async () => {
      await harness.write('t', [
        ['u1', doc(row).replace('"12345678901234567890123456789012345678"', row.HUGE)],
        ['u2', doc({ NAME: 'Bob' })],
      ]);
      const config = sqlSink(USERS);
      const chosen = await harness.herder.sql.choose('s', config);
      expect(chosen.notes).toEqual([
        'The first record of topic t makes index users: id text, name text, age integer, since date, born date, lunch date, ' +
          'balance scaled_float, huge double, tags text, limits object, home object, raw binary',
      ]);
      await harness.herder.create('s', config);
      await eventually(async () => (await server.documents('users')).size === 2);
      const found = (await server.documents('users')).get('u1');
      expect(found).toEqual({
        id: 'u1',
        name: 'Ann "A"',
        age: 30,
        since: '2023-11-14T22:13:20.123Z',
        born: '2022-01-08',
        lunch: '12:30:00',
        balance: 1234.5,
        // As this client parses it.
        huge: Number(row.HUGE),
        tags: ['x', 'y'],
        limits: { low: 1 },
        home: { CITY: 'Bonn', ZIP: 53_111 },
        raw: 'AQI=',
      });
      expect(await fields('users')).toMatchObject({
        id: { type: 'text', fields: { keyword: { type: 'keyword' } } },
        age: { type: 'integer' },
        since: { type: 'date' },
        balance: { type: 'scaled_float', scaling_factor: 100 },
        limits: { properties: { low: { type: 'long' } } },
        home: { properties: { CITY: { type: 'text' }, ZIP: { type: 'long' } } },
      });
      const { body } = await server.ask('POST', '/users/_search', {
        query: { range: { lunch: { gte: '12:00:00', lt: '13:00:00' } } },
      });
      expect(body.hits.total.value).toBe(1);
      await harness.write('t', [['u1', null]]);
      await eventually(async () => (await server.documents('users')).size === 1);
      // A column that was added to the table in the meantime.
      await harness.herder.delete('s');
      await harness.herder.create(
        's',
        sqlSink({ ...USERS, value: [...USERS.value, { name: 'SCORE', type: 'DOUBLE' }] }),
      );
      await harness.write('t', [['u3', doc({ SCORE: 1 })]]);
      await eventually(async () => (await server.documents('users')).has('u3'));
      expect((await fields('users'))['score']).toEqual({ type: 'double' });
    });

    test('a row that an index cannot take is told before the first', async () => {
      await server.ask('PUT', '/users', { mappings: { properties: { home: { type: 'long' } } } });
      await expect(harness.herder.create('s', sqlSink(USERS))).rejects.toThrow(
        /rows of topic t do not fit index users: field home is of type long there, and an object here/,
      );
    });

    test('what must be there already is not made', async () => {
      await harness.write('t', [['a', doc({ n: 1 })]]);
      const mapped = { 'topic.to.external.resource.mapping': 't:current', 'external.resource.usage': 'ALIAS_INDEX' };
      await harness.herder.create('s', base(mapped));
      expect(await failure()).toMatch(/Index current, where the records of topic t go, is not there/);
      await server.ask('PUT', '/orders-000001', { aliases: { current: { is_write_index: true } } });
      harness.herder.restart('s', true, false);
      await holds('current', { a: { n: 1 } });
      expect([...(await server.documents('orders-000001')).keys()]).toEqual(['a']);
    });

    test('data streams get each event once, with its time, and a template where none fits', async () => {
      await harness.write('t', [
        ['a', doc({ n: 1 })],
        ['a', doc({ n: 2, at: '2024-05-17T09:30:00Z' })],
      ]);
      const config = base({
        'data.stream.type': 'LOGS',
        'data.stream.dataset': 'Shop',
        'data.stream.timestamp.field': 'at',
        'behavior.on.null.values': 'ignore',
      });
      await harness.herder.create('s', config);
      const read = async () => [...(await server.documents('logs-shop-t')).values()] as Record<string, unknown>[];
      await eventually(async () => (await read()).length === 2);
      await committed(2);
      await harness.herder.setTarget('s', 'STOPPED');
      await harness.herder.deleteOffsets('s');
      await harness.herder.setTarget('s', 'RUNNING');
      await committed(2);
      const found = await read();
      expect(found).toEqual([
        { n: 1, '@timestamp': expect.any(Number) },
        { n: 2, at: '2024-05-17T09:30:00Z', '@timestamp': '2024-05-17T09:30:00Z' },
      ]);
      expect((await server.ask('GET', '/_index_template/logs-shop-t-template')).status).toBe(200);
    });

    variant('kill -9 of the cluster under load: each key has its last record, by another client', async () => {
      const [keys, rounds] = [400, 12];
      await harness.write('t', [['k0', doc({ round: -1 })]]);
      await harness.herder.create('s', base({ 'retry.backoff.ms': '50', 'batch.size': '100' }));
      await eventually(async () => (await server.documents('t')).size === 1);
      let killed: Promise<void> | undefined;
      for (let round = 0; round < rounds; round++) {
        const records = Array.from({ length: keys }, (_, k) => {
          const isGone = k % 10 === 9 && round === rounds - 1;
          return [`k${k}`, isGone ? null : doc({ round })] as const;
        });
        await harness.write('t', records);
        if (round === 5) killed = server.kill();
      }
      await killed;
      await server.start();
      await committed(1 + keys * rounds);
      const found = await server.documents('t');
      const expected = Array.from({ length: keys }, (_, k) => k).filter((k) => k % 10 !== 9);
      expect(new Set(found.keys())).toEqual(new Set(expected.map((k) => `k${k}`)));
      expect(new Set([...found.values()].map((d: { round: number }) => d.round))).toEqual(new Set([rounds - 1]));
      expect(harness.herder.sql.remarks('s')).toEqual([]);
    });
  });

  test('kill -9 of Sluice under load: a table is its rows, a stream its events, each once, by another client', async () => {
    await server.empty();
    await withServerProcess(async (sluice) => {
      await sluice.execute(
        `${PAGEVIEWS}${VIEWS}
         CREATE SINK CONNECTOR rows WITH (connector='elasticsearch', url='${server.url}', sources='views');
         CREATE SINK CONNECTOR events WITH (connector='elasticsearch', url='${server.url}', sources='pageviews');`,
        { 'auto.offset.reset': 'earliest' },
      );
      const count = async (index: string): Promise<number> =>
        (await server.ask('GET', `/${index}/_count`)).body.count ?? 0;
      const kill = async (): Promise<void> => {
        await sluice.kill();
        await sluice.start();
      };
      await crashUnderLoad(3, 300, () => count('pageviews'), kill);
      await sluice.execute('STOP CONNECTOR clicks;');
      const rows = await eventually(async () => {
        const expected = (await sluice.rows('SELECT pageid, n, last FROM views;')).map(([pageid, n, last]) => ({
          pageid,
          n,
          last,
        }));
        const found = [...(await server.documents('views')).values()] as typeof expected;
        const sorted = expected.toSorted((a, b) => (String(a.pageid) < String(b.pageid) ? -1 : 1));
        expect(found).toEqual(sorted);
        const total = expected.reduce((sum, row) => sum + Number(row.n), 0);
        await server.ask('POST', '/pageviews/_refresh');
        expect(await count('pageviews')).toBe(total);
        return expected;
      });
      expect(rows.length).toBeGreaterThan(3);
    });
  });
});
