import { describe, expect, test } from 'vitest';
import type { SinkRecord } from '../../api/record.ts';
import {
  arrayOf,
  decimalSchema,
  mapOf,
  primitive,
  structOf,
  timestampSchema,
  type ConnectSchema,
} from '../../api/schema.ts';
import { isOwnVersion, requestsOf, versionOf, type Action } from './bulk.ts';
import { jsonWriter } from '../internal/json-writer.ts';
import { indexName, indexNamer, nameProblem } from './index-names.ts';
import { fieldsOf, misfits, missingFields } from './mapping.ts';
import { OTHER_WORDS } from './other-words.ts';
import { idOf } from './record-plan.ts';
import { checkSink, sourcesDefaults, targetsOf } from './sink-rules.ts';
import { parseUrls } from './urls.ts';

const style = { isoTimes: true, compactMaps: true };

describe('names', () => {
  test.each([
    ['Orders', 'orders'],
    ['_internal', 'internal'],
    ['--x', 'x'],
    ['.', 'dot'],
    ['..', 'dotdot'],
    ['a'.repeat(300), 'a'.repeat(255)],
  ])('of topic %s', (topic, expected) => expect(indexName(topic)).toBe(expected));

  test.each([
    [{}, 'my-topic'],
    [{ 'index.name.format': 'shop-${topic}' }, 'shop-my-topic'],
    [{ 'topic.to.external.resource.mapping': 'other:x, My-Topic : Y' }, 'y'],
    [{ 'topic.index.map': 'My-Topic:z' }, 'z'],
    [{ 'data.stream.type': 'METRICS', 'data.stream.dataset': 'shop' }, 'metrics-shop-my-topic'],
    [
      { 'data.stream.type': 'logs', 'data.stream.dataset': '${topic}', 'data.stream.namespace': 'prod' },
      'logs-my-topic-prod',
    ],
    [{ 'data.stream.enabled': 'true', 'data.stream.prefix': 'events' }, 'events-my-topic'],
  ])('by %j', (config, expected) => expect(indexNamer(config)('My-Topic')).toBe(expected));

  test('that no index has', () => {
    expect(nameProblem('a b')).toMatch(/has a ' '/);
    expect(nameProblem('')).toMatch(/empty/);
    expect(nameProblem('a-b_c.1')).toBeUndefined();
  });
});

describe('addresses', () => {
  test('ports, schemes, logins', () => {
    expect(parseUrls(['localhost', 'http://a:80', 'b:9201/es/'])).toMatchObject([
      { host: 'localhost', port: 9200, secure: false },
      { host: 'a', port: 80 },
      { host: 'b', port: 9201, prefix: '/es' },
    ]);
    expect(parseUrls(['https://u:p%3A@es.example.com', 'http://es2:9200'])).toMatchObject([
      { port: 443, secure: true, user: 'u', password: 'p:' },
      { port: 9200, secure: true },
    ]);
    expect(parseUrls(['http://[::1]:9200'])).toMatchObject([{ host: '::1', port: 9200 }]);
    expect(parseUrls([])).toMatch(/missing/);
    expect(parseUrls(['ftp://u:secret@x'])).toBe("'ftp://x' is neither http:// nor https://");
  });
});

describe('documents', () => {
  const write = (schema: ConnectSchema, value: unknown, more = {}) => jsonWriter(schema, { ...style, ...more })(value);
  test('values', () => {
    const row = structOf([
      { name: 'id', schema: primitive('INT64') },
      { name: 'price', schema: decimalSchema(2, true, 38) },
      { name: 'at', schema: timestampSchema() },
      { name: 'tags', schema: arrayOf(primitive('STRING')) },
    ]);
    const value = [9007199254740993n, 12345678901234567890123n, 0, ['"', null]];
    expect(write(row, value)).toBe(
      '{"id":9007199254740993,"price":123456789012345678901.23,"at":"1970-01-01T00:00:00.000Z","tags":["\\"",null]}',
    );
    expect(write(row, value, { isoTimes: false })).toContain('"at":0');
    expect(write(row, [null, null, null, null])).toBe('{"id":null,"price":null,"at":null,"tags":null}');
  });
  test('maps', () => {
    const texts = mapOf(primitive('STRING', false), primitive('INT32'));
    const numbers = mapOf(primitive('INT32', false), primitive('INT32'));
    expect(write(texts, new Map([['a', 1]]))).toBe('{"a":1}');
    expect(write(texts, new Map([['a', 1]]), { compactMaps: false })).toBe('[{"key":"a","value":1}]');
    expect(write(numbers, new Map([[7, 1]]))).toBe('[{"key":7,"value":1}]');
  });
  test('what JSON has no number for is refused', () => {
    expect(() => write(primitive('FLOAT64'), NaN)).toThrow(/NaN is no number/);
  });
});

describe('ids', () => {
  const id = (key: unknown, keySchema: ConnectSchema | null = null) => idOf({ key, keySchema } as SinkRecord);
  const columns = (...types: readonly ConnectSchema[]) =>
    structOf(types.map((schema, i) => ({ name: `c${i}`, schema })));
  test('of keys', () => {
    expect(id('a')).toBe('a');
    expect(id(7)).toBe('7');
    expect(id(12n, primitive('INT64'))).toBe('12');
    expect(id([7], columns(primitive('INT32')))).toBe('7');
    expect(id([150n], columns(decimalSchema(2, true, 5)))).toBe('1.50');
    expect(id([0], columns(timestampSchema()))).toBe('1970-01-01T00:00:00.000');
    // Columns are distinguished whatever their values contain.
    expect(id(['a', 'b'], columns(primitive('STRING'), primitive('STRING')))).toBe('["a","b"]');
    expect(id({ id: 5 })).toBe('5');
    expect(id({ a: 1, b: 'x' })).toBe('[1,"x"]');
  });
  test.each([
    [null, /no key/],
    ['', /empty/],
    ['ü'.repeat(257), /514 bytes/],
    [[null], /NULL/, columns(primitive('STRING'))],
  ])('not of %j', (key, reason, schema: ConnectSchema | null = null) => expect(() => id(key, schema)).toThrow(reason));
});

describe('versions', () => {
  test('a later generation wins over every offset of an earlier one', () => {
    expect(versionOf(0, 17)).toBe('17');
    expect(versionOf(1, 0)).toBe(String(2 ** 44));
    expect(BigInt(versionOf(1, 0)) > BigInt(versionOf(0, 2 ** 44 - 1))).toBe(true);
    expect(versionOf(2 ** 19 - 1, 2 ** 44 - 1)).toBe(String(2n ** 63n - 1n));
    expect(() => versionOf(0, 2 ** 44)).toThrow(/no version/);
  });
  test('a conflict is with oneself where the other version is of the same generation', () => {
    const reason = (current: number | bigint) =>
      `[a]: version conflict, current version [${current}] is higher or equal to the one provided [3]`;
    expect(isOwnVersion(reason(3), 0)).toBe(true);
    expect(isOwnVersion(reason(2 ** 44), 0)).toBe(false);
    expect(isOwnVersion(reason((5n << 44n) + 9n), 5)).toBe(true);
    expect(isOwnVersion('document already exists', 0)).toBe(false);
    expect(isOwnVersion(reason(4), undefined)).toBe(false);
    expect(isOwnVersion(reason(3), undefined)).toBe(true);
  });
  test('requests have so many actions, and so many bytes', () => {
    const actions = [10, 10, 30, 5].map((bytes) => ({ bytes }) as Action);
    const sizes = (most: number, mostBytes: number) =>
      requestsOf(actions, { most, mostBytes }).map((r) => r.map((a) => a.bytes));
    expect(sizes(2, Infinity)).toEqual([
      [10, 10],
      [30, 5],
    ]);
    expect(sizes(9, 20)).toEqual([[10, 10], [30], [5]]);
  });
});

describe('fields', () => {
  const wanted = fieldsOf(
    structOf([
      { name: 'a', schema: primitive('INT64') },
      { name: 'home', schema: structOf([{ name: 'city', schema: primitive('STRING') }]) },
    ]),
    style,
  );
  test('what is missing, and nothing else, is added', () => {
    expect(missingFields(wanted, {})).toEqual(wanted);
    expect(missingFields(wanted, { a: { type: 'keyword' }, home: { properties: {} } })).toEqual({
      home: { properties: wanted['home']!.properties },
    });
    expect(missingFields(wanted, wanted)).toBeUndefined();
  });
  test('objects and values do not fit each other', () => {
    expect(misfits(wanted, { home: { type: 'keyword' } })).toEqual([
      'field home is of type keyword there, and an object here',
    ]);
    expect(misfits(wanted, { a: { properties: {} } })).toEqual(['field a is an object there, and a value here']);
    expect(misfits(wanted, { home: { properties: { city: { properties: {} } } } })).toEqual([
      'field home.city is an object there, and a value here',
    ]);
    expect(misfits(wanted, { home: { type: 'flattened' }, a: { type: 'keyword' } })).toEqual([]);
  });
});

describe('settings', () => {
  const keysOf = (config: Record<string, string>) => checkSink(config).map((p) => p.key);
  test('that contradict each other', () => {
    expect(keysOf({})).toEqual([]);
    const stream = { 'data.stream.type': 'LOGS', 'data.stream.dataset': 'x' };
    expect(keysOf(stream)).toEqual([]);
    expect(keysOf({ 'data.stream.type': 'LOGS' })).toEqual(['data.stream.dataset']);
    expect(keysOf({ ...stream, 'write.method': 'UPSERT' })).toEqual(['write.method']);
    expect(keysOf({ ...stream, 'behavior.on.null.values': 'DELETE' })).toEqual(['behavior.on.null.values']);
    expect(keysOf({ 'external.resource.usage': 'INDEX' })).toEqual(['external.resource.usage']);
    expect(keysOf({ 'kerberos.keytab.path': '/x' })).toEqual(['kerberos.keytab.path']);
    expect(keysOf({ 'auth.type': 'API_KEY' })).toEqual(['api.key.value']);
  });

  test('in the words of other classes', () => {
    expect(
      OTHER_WORDS.translate({
        'connector.class': 'ElasticsearchSinkV2',
        'connection.url': 'https://es:9243',
        'input.data.format': 'AVRO',
        'kafka.auth.mode': 'KAFKA_API_KEY',
        'resource.type': 'DATASTREAM',
        'elastic.https.ssl.truststore.location': '/trust.jks',
      }),
    ).toEqual({
      'connector.class': 'ElasticsearchSinkV2',
      'connection.url': 'https://es:9243',
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'data.stream.enabled': 'true',
      'ssl.truststore.location': '/trust.jks',
    });
    const camel = 'camel.kamelet.elasticsearch-index-sink.';
    expect(
      OTHER_WORDS.translate({
        [`${camel}hostAddresses`]: 'a:9200,b:9200',
        [`${camel}indexName`]: 'x',
        [`${camel}enableSSL`]: 'false',
      }),
    ).toEqual({ 'connection.url': 'http://a:9200,http://b:9200', 'index.name.format': 'x', 'key.ignore': 'true' });
    expect(OTHER_WORDS.translate({ 'connection.ssl.key.password': 'x', 'ssl.key.password': 'y' })).toEqual({
      'ssl.key.password': 'y',
    });
  });

  test.each([
    [{ topics: 'Orders,other,ORDERS' }, /Topics Orders and ORDERS would be written to one index, orders/],
    [{ topics: 'T,t', 'topic.to.external.resource.mapping': 'T:one,t:two' }, undefined],
    [{ topics: 'T,t', 'index.name.format': 'all' }, undefined],
    [{ topics: 'T,u' }, undefined],
  ])('topics that differ in case alone share no index unless it is said: %j', (config, message) => {
    const problem = checkSink(config).find((p) => p.key === 'topics')?.message;
    if (message === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatch(message);
  });

  test('of a sink over SQL sources', () => {
    const table = { topic: 'T', name: 'USERS', hasKey: true, isTable: true };
    const stream = { topic: 'E', name: 'EVENTS', hasKey: true, isTable: false };
    const always = { 'record.key.columns': 'true', 'time.format': 'iso' };
    const mapped = 'topic.to.external.resource.mapping';
    expect(sourcesDefaults([table], {})).toEqual({
      ...always,
      [mapped]: 'T:users',
      'behavior.on.null.values': 'delete',
    });
    expect(sourcesDefaults([stream], {})).toEqual({
      ...always,
      [mapped]: 'E:events',
      'key.ignore': 'true',
      'behavior.on.null.values': 'ignore',
    });
    expect(sourcesDefaults([table, stream], { 'index.name.format': 'all' })).toEqual({
      ...always,
      'topic.key.ignore': 'E',
      'behavior.on.null.values': 'delete',
    });
  });

  test('places', () => {
    expect(targetsOf({ 'connection.url': 'https://me:pw@es:9243', 'topic.index.map': 'T:x' }, ['T'])).toEqual([
      { topic: 'T', place: { system: 'elasticsearch://es:9243', name: 'x' } },
    ]);
    expect(targetsOf({}, ['T'])).toEqual([]);
  });
});
