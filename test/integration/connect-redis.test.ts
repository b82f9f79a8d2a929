import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, type Harness } from '../../src/connect/worker/testing/harness.ts';
import { harnessForEach } from '../support/harness-hooks.ts';
import { PLAIN_JSON, STRING_CONVERTER } from '../support/converters.ts';
import { crashUnderLoad, PAGEVIEWS, VIEWS } from '../support/pageviews.ts';
import { withServerProcess } from '../support/server-process.ts';
import { describeWithRedis } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { sinkSuite } from '../support/sink-suite.ts';
import { freePort } from '../support/free-port.ts';

const CLASS = 'com.redis.kafka.connect.RedisSinkConnector';

describeWithRedis('the Redis sink', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await new RedisServer().start();
  });
  afterAll(async () => {
    await server.remove();
  });

  const base = () => ({ 'connector.class': CLASS, 'redis.uri': server.url, 'key.converter': STRING_CONVERTER });
  const wrong = [
    { change: { 'redis.uri': 'redis://127.0.0.1:1' }, names: 'redis.uri' },
    { change: { 'redis.uri': 'http://localhost' }, names: 'redis.uri' },
    { change: { 'redis.password': 'wrong' }, names: 'redis.password' },
    { change: { 'redis.database': '99' }, names: 'redis.database' },
    { change: { 'redis.type': 'JSON' }, names: 'redis.type' },
    { change: { 'redis.command': 'TSADD' }, names: 'redis.type' },
    { change: { 'redis.command': 'GEOADD' }, names: 'redis.type' },
    { change: { 'redis.key': '${' }, names: 'redis.key' },
    { change: { 'redis.cluster.enabled': 'true' }, names: 'redis.cluster.enabled' },
    { change: { 'redis.client.mode': 'Cluster' }, names: 'redis.cluster.enabled' },
    { change: { 'redis.key.ttl': '0' }, names: 'redis.key.ttl' },
  ];
  const outage = { away: () => server.kill(), back: async () => void (await server.start()) };

  sinkSuite('redis, hashes', async () => {
    await server.ask('FLUSHALL');
    return {
      config: { ...base(), ...PLAIN_JSON, 'redis.command': 'HSET' },
      record: (n, text) => [String(n).padStart(4, '0'), text === null ? null : JSON.stringify({ text })],
      keeps: 'the last of a key',
      poison: ['0009', '"no object"'],
      read: async () => {
        const keys = ((await server.ask('KEYS', 't:*')) as string[]).toSorted();
        const script = 'local r = {} for i, k in ipairs(KEYS) do r[i] = redis.call("HGET", k, "text") end return r';
        return (await server.ask('EVAL', script, String(keys.length), ...keys)) as string[];
      },
      wrong,
      outage,
      close: async () => {},
    };
  });

  sinkSuite('redis, a stream', async () => {
    await server.ask('FLUSHALL');
    return {
      config: { ...base(), ...PLAIN_JSON, 'redis.command': 'XADD' },
      record: (n, text) => [String(n), text === null ? null : JSON.stringify({ text })],
      keeps: 'every record',
      poison: ['9', '{"text":null}'],
      read: async () => ((await server.ask('XRANGE', 't', '-', '+')) as [string, string[]][]).map(([, [, v]]) => v!),
      wrong: [],
      outage,
      close: async () => {},
    };
  });

  describe('records', () => {
    let harness: Harness;
    harnessForEach(
      () => server.ask('FLUSHALL'),
      (started) => (harness = started),
    );

    const committed = (offset: number) => harness.committed('s', offset);
    const sqlSink = (sources: readonly SinkSource[], more: Record<string, string> = {}) =>
      harness.sinkConfig({ connector: 'redis', url: server.url, ...more }, sources);

    const USERS: SinkSource = {
      name: 'USERS',
      isTable: true,
      topic: 't',
      key: [{ name: 'ID', type: 'BIGINT' }],
      value: [
        { name: 'NAME', type: 'STRING' },
        { name: 'OK', type: 'BOOLEAN' },
        { name: 'SINCE', type: 'TIMESTAMP' },
        { name: 'BALANCE', type: 'DECIMAL(10, 2)' },
        { name: 'TAGS', type: 'ARRAY<STRING>' },
        { name: 'HOME', type: 'STRUCT<CITY STRING>' },
        { name: 'RAW', type: 'BYTES' },
      ],
      keyFormat: 'JSON',
      valueFormat: 'JSON',
    };
    const EVENTS: SinkSource = {
      ...USERS,
      name: 'EVENTS',
      isTable: false,
      topic: 'e',
      value: [{ name: 'N', type: 'INTEGER' }],
    };

    test('of a SQL table: a hash a row under its name, without what is NULL; deletes', async () => {
      const value =
        '{"NAME":"Ann \\"A\\"","OK":true,"SINCE":1700000000000,"BALANCE":1234.50,"TAGS":["x",null],"HOME":{"CITY":"Bonn"},"RAW":"QUI="}';
      await harness.write('t', [
        ['9007199254740993', value],
        ['2', '{"NAME":"Bob","OK":false}'],
        ['3', '{"NAME":"Cem"}'],
        ['3', null],
        ['2', '{"NAME":"Bobby"}'],
      ]);
      const config = sqlSink([USERS]);
      expect((await harness.herder.sql.choose('s', config)).notes).toEqual([
        'A record of topic t is the hash users:KEY',
      ]);
      await harness.herder.create('s', config);
      await committed(5);
      expect(((await server.ask('KEYS', '*')) as string[]).toSorted()).toEqual(['users:2', 'users:9007199254740993']);
      expect(await server.ask('HGETALL', 'users:9007199254740993')).toEqual({
        id: '9007199254740993',
        name: 'Ann "A"',
        ok: 'true',
        since: '2023-11-14T22:13:20.000Z',
        balance: '1234.50',
        tags: '["x",null]',
        home: '{"CITY":"Bonn"}',
        raw: 'AB',
      });
      expect(await server.ask('HGETALL', 'users:2')).toEqual({ id: '2', name: 'Bobby' });
    });

    test('of several sources: tables are hashes, streams are streams', async () => {
      await harness.write('t', [['1', '{"NAME":"Ann"}']]);
      await harness.write('e', [['7', '{"N":5}']]);
      await harness.herder.create('s', sqlSink([USERS, EVENTS], { ttl: '100' }));
      const entries = await eventually(async () => {
        const found = (await server.ask('XRANGE', 'events', '-', '+')) as [string, string[]][];
        return found.length > 0 && (await server.ask('EXISTS', 'users:1')) === 1 && found;
      });
      expect(entries.map(([, fields]) => fields)).toEqual([['id', '7', 'n', '5']]);
      for (const key of ['events', 'users:1']) expect(Number(await server.ask('TTL', key))).toBeGreaterThan(50);
    });

    test('keys of several columns are told apart, whatever stands in them', async () => {
      const source: SinkSource = {
        ...USERS,
        key: [
          { name: 'A', type: 'STRING' },
          { name: 'B', type: 'STRING' },
        ],
        value: [{ name: 'N', type: 'INTEGER' }],
      };
      await harness.write('t', [
        ['{"A":"x:y","B":"z"}', '{"N":1}'],
        ['{"A":"x","B":"y:z"}', '{"N":2}'],
      ]);
      await harness.herder.create('s', sqlSink([source]));
      await committed(2);
      expect(((await server.ask('KEYS', '*')) as string[]).toSorted()).toEqual(['users:x:y\\:z', 'users:x\\:y:z']);
    });

    test.each<[string, Record<string, string>, () => Promise<unknown>, unknown]>([
      ['a string', { 'redis.command': 'SET' }, () => server.ask('GET', 't:b'), '3'],
      ['a set', { 'redis.command': 'SADD' }, () => server.ask('SMEMBERS', 't'), ['b']],
      [
        'a sorted set',
        { 'redis.command': 'ZADD' },
        () => server.ask('ZRANGE', 't', '0', '-1', 'WITHSCORES'),
        [['b', 3]],
      ],
      ['a list, of keys', { 'redis.command': 'RPUSH' }, () => server.ask('LRANGE', 't', '0', '-1'), ['b', 'b']],
      [
        'a list, of values, from the left',
        { 'redis.type': 'LIST', 'redis.member': 'value' },
        () => server.ask('LRANGE', 't', '0', '-1'),
        ['3', '2', '1'],
      ],
      [
        'a stream of plain values',
        {},
        async () => ((await server.ask('XRANGE', 't', '-', '+')) as [string, string[]][]).map(([, f]) => f),
        [
          ['value', '1'],
          ['value', '2'],
          ['value', '3'],
        ],
      ],
      [
        'a key by template',
        { 'redis.command': 'SET', 'redis.key': 'x/${key}/${topic}' },
        () => server.ask('GET', 'x/b/t'),
        '3',
      ],
    ])('%s', async (_, more, read, expected) => {
      await harness.write('t', [
        ['a', '1'],
        ['b', '2'],
        ['b', '3'],
        ['a', null],
      ]);
      await harness.herder.create('s', { ...base(), ...PLAIN_JSON, ...more, topics: 't' });
      await committed(4);
      expect(await read()).toEqual(expected);
    });

    test("Confluent's class and Confluent Cloud's: strings under their own keys, in database 1", async () => {
      await harness.write('t', [['k', 'v']]);
      const { hostname, port } = new URL(server.url);
      for (const config of [
        {
          'connector.class': 'com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector',
          'redis.hosts': `${hostname}:${port}`,
        },
        {
          'connector.class': 'RedisSink',
          'redis.hostname': hostname,
          'redis.portnumber': port,
          'redis.server.mode': 'Standalone',
          'redis.ssl.mode': 'disabled',
        },
      ]) {
        await server.ask('FLUSHALL');
        await harness.herder.create('s', {
          ...config,
          topics: 't',
          'redis.password': server.password,
          'key.converter': STRING_CONVERTER,
          'value.converter': STRING_CONVERTER,
        });
        await committed(1);
        expect(await server.ask('-n', '1', 'GET', 'k')).toBe('v');
        await harness.herder.delete('s');
        await harness.herder.deleteOffsets('s').catch(() => {});
        await harness.log.admin.deleteTopic('t');
        await harness.write('t', [['k', 'v']]);
      }
    });

    test('a user of the access list, who may not write a key: it says so', async () => {
      await server.ask('ACL', 'SETUSER', 'sink', 'on', '>pass', '~t:*', '+@all', '-@dangerous');
      await harness.write('t', [['k', 'v']]);
      const config = {
        ...base(),
        'redis.uri': server.url.replace(/:[^@/]*@/, ''),
        'redis.username': 'sink',
        'redis.password': 'pass',
        'redis.command': 'SET',
        'value.converter': STRING_CONVERTER,
        topics: 't',
      };
      await harness.herder.create('s', config);
      await committed(1);
      expect(await server.ask('GET', 't:k')).toBe('v');
      await harness.herder.putConfig('s', { ...config, 'redis.key': 'other' });
      await harness.write('t', [['k', 'w']]);
      const trace = await eventually(() => harness.herder.status('s').tasks[0]?.trace);
      expect(trace).toMatch(/refuses access: NOPERM .*keys? used as arguments/);
      // Once the missing right is granted, the sink continues without a restart.
      await server.ask('ACL', 'SETUSER', 'sink', '~other*');
      await committed(2);
      expect(harness.herder.status('s').tasks[0]?.trace).toBeUndefined();
    });

    test('over TLS, with a certificate of its own', async () => {
      const store = (name: string): string => path.resolve('test/data/key-stores', name);
      const port = String(await freePort());
      const tls = ['cert-file', 'key-file'].flatMap((name) => [`--tls-${name}`, store('client.pem')]);
      const more = [
        '--tls-port',
        port,
        ...tls,
        '--tls-key-file-pass',
        'changeit',
        '--tls-ca-cert-file',
        store('ca.pem'),
        '--tls-auth-clients',
        'yes',
      ];
      const secure = await new RedisServer({ more }).start();
      try {
        await harness.write('t', [['k', 'v']]);
        const config = {
          'connector.class': 'RedisSink',
          'redis.hostname': '127.0.0.1',
          'redis.portnumber': port,
          'redis.ssl.mode': 'server+client',
          'redis.password': secure.password,
          'redis.database': '0',
          'key.converter': STRING_CONVERTER,
          'value.converter': STRING_CONVERTER,
          topics: 't',
        };
        await expect(harness.herder.create('s', config)).rejects.toThrow(/certificate/);
        const trusting = {
          ...config,
          'redis.ssl.truststore.file': store('ca.pem'),
          'ssl.endpoint.identification.algorithm': '',
        };
        await expect(harness.herder.create('s', trusting)).rejects.toThrow(/certificate required|closed|ECONNRESET/i);
        await harness.herder.create('s', {
          ...trusting,
          'ssl.keystore.location': store('client.pem'),
          'ssl.key.password': 'changeit',
        });
        await committed(1);
        expect(await secure.ask('GET', 'k')).toBe('v');
      } finally {
        await secure.remove();
      }
    });

    test('the master that sentinels name', async () => {
      const folder = temporaryFolder('sentinel');
      const port = await freePort();
      const file = path.join(folder.path, 'sentinel.conf');
      const name = 'sentinel monitor shop 127.0.0.1';
      writeFileSync(
        file,
        `port ${port}\nbind 127.0.0.1\n${name} ${server.port} 1\nsentinel auth-pass shop ${JSON.stringify(server.password)}\n`,
      );
      const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: 'ignore' });
      try {
        await harness.write('t', [['k', '{"a":1}']]);
        const address = `redis-sentinel://:${encodeURIComponent(server.password)}@127.0.0.1:1,127.0.0.1:${port}/0`;
        const config = { ...base(), ...PLAIN_JSON, topics: 't' };
        await expect(harness.herder.create('s', { ...config, 'redis.uri': `${address}#other` })).rejects.toThrow(
          /redis\.uri/,
        );
        await eventually(async () => {
          await harness.herder.create('s', { ...config, 'redis.uri': `${address}#shop` });
          return true;
        });
        await committed(1);
        expect(await server.ask('XLEN', 't')).toBe(1);
      } finally {
        sentinel.kill('SIGKILL');
        folder.remove();
      }
    });

    test('a key of another type: the records are refused with a reason, and written when it is gone', async () => {
      await server.ask('SET', 't', 'x');
      await harness.write('t', [['k', '{"a":1}']]);
      await harness.herder.create('s', { ...base(), ...PLAIN_JSON, topics: 't' });
      expect(await harness.failure('s')).toMatch(
        /offset=0 is refused by redis:\/\/127\.0\.0\.1:\d+: key t is a string, not a stream/,
      );
      await server.ask('DEL', 't');
      harness.herder.restart('s', true, true);
      await committed(1);
      expect(await server.ask('XLEN', 't')).toBe(1);
    });

    test('what a stream has already is not added again where its offsets were not committed', async () => {
      await harness.write('t', [
        ['a', '{"n":1}'],
        ['b', '{"n":2}'],
        ['c', '{"n":3}'],
      ]);
      const described = await harness.log.admin.describeTopic('t');
      // The state that a task leaves when it is killed between the writes to Redis and to the log.
      await server.ask('SET', 'sluice:written:s:t:0', `2 ${described!.id}`);
      await harness.herder.create('s', { ...base(), ...PLAIN_JSON, topics: 't' });
      await committed(3);
      expect(await server.ask('XLEN', 't')).toBe(1);
      expect(await server.ask('GET', 'sluice:written:s:t:0')).toBe(`3 ${described!.id}`);
      // The offset of an earlier topic of the same name does not apply to this one.
      await harness.herder.setTarget('s', 'STOPPED');
      await eventually(async () => (await server.ask('EXISTS', 'sluice:written:s:t:0')) === 0, 5000);
    });
  });

  test('kill -9 of Sluice and of Redis under load: a table is its hashes, a stream its entries, each once', async () => {
    await server.ask('FLUSHALL');
    await withServerProcess(async (sluice) => {
      await sluice.execute(
        `${PAGEVIEWS}${VIEWS}
         CREATE SINK CONNECTOR both WITH (connector='redis', url='${server.url.replaceAll("'", "''")}', sources='views,pageviews');`,
        { 'auto.offset.reset': 'earliest' },
      );
      const count = async (): Promise<number> => Number(await server.ask('XLEN', 'pageviews').catch(() => 0));
      await crashUnderLoad(4, 300, count, async (nth) => {
        const killed = nth % 2 === 0 ? sluice : server;
        await killed.kill();
        await killed.start();
      });
      await sluice.execute('STOP CONNECTOR clicks;');
      await eventually(async () => {
        const expected = (await sluice.rows('SELECT pageid, n FROM views;')).map(
          ([id, n]) => `${String(id)} ${Number(n)}`,
        );
        const found: string[] = [];
        for (const key of (await server.ask('KEYS', 'views:*')) as string[])
          found.push(`${key.slice('views:'.length)} ${String(await server.ask('HGET', key, 'n'))}`);
        expect(found.toSorted()).toEqual(expected.toSorted());
        expect(await count()).toBe(expected.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0));
        return true;
      });
    });
  });
});
