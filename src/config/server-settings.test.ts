import { describe, expect, test } from 'vitest';
import { CONFIG_KEYS } from './keys.ts';
import { checkServerSettings, inertSettings, settingFaults } from './server-settings.ts';

const textOf = (properties: Record<string, string>): string =>
  settingFaults(properties)
    .map((f) => f.text)
    .join('\n');

describe('settings of a server', () => {
  test('all that the table has, with its defaults', () => {
    const defaults = Object.fromEntries(
      CONFIG_KEYS.map((k) => [k.name, k.default ?? (k.type === 'STRING' ? 'x' : '')]),
    );
    const given = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== '' && value !== 'x'));
    expect(textOf(given)).toBe('');
  });

  test("a file of ksqlDB's, with settings of Kafka's clients, of Streams, and of Confluent's images", () => {
    const file = {
      'bootstrap.servers': 'b:9092',
      'ksql.streams.state.dir': '/var/lib/ksql',
      'ksql.streams.producer.max.block.ms': '1',
      'ksql.streams.consumer.group.instance.id': 'x',
      'ksql.logging.processing.topic.auto.create': 'true',
      'ksql.schema.registry.url': 'http://r:8081',
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'confluent.support.metrics.enable': 'false',
      'ksql.udf.collect.metrics': 'true',
      'ksql.verticle.instances': '4',
    };
    expect(textOf(file)).toBe('');
  });

  test('what is unknown is told with the nearest name, all of it in one answer', () => {
    expect(() => checkServerSettings({ listners: 'http://0.0.0.0:1', 'ksql.servce.id': 'x' })).toThrow(
      'There is no setting listners. Did you mean listeners?\nThere is no setting ksql.servce.id. Did you mean ksql.service.id?',
    );
    expect(textOf({ 'ksql.streams.auto.ofset.reset': 'latest' })).toMatch(
      /Did you mean (ksql.streams.)?auto.offset.reset/,
    );
  });

  test.each([
    ['ksql.schema.registry.ur', 'ksql.schema.registry.url'],
    ['ksql.streams.producer.linger.mss', 'ksql.streams.producer.linger.ms'],
    ['producer.compresion.type', 'producer.compression.type'],
    ['ksql.streams.main.consumer.max.poll.record', 'ksql.streams.main.consumer.max.poll.records'],
    ['ksql.logging.processing.topic.auto.creat', 'ksql.logging.processing.topic.auto.create'],
  ])('%s is a misspelling, behind the prefixes of clients too', (name, meant) => {
    expect(textOf({ [name]: '1' })).toContain(`There is no setting ${name}. Did you mean ${meant}?`);
  });

  test.each([
    'ksql.streams.producer.linger.ms',
    'ksql.streams.consumer.group.instance.id',
    'consumer.metadata.recovery.strategy',
    'ksql.streams.topic.retention.ms',
    'producer.sasl.jaas.config',
    'ksql.functions.collect_lis.limit',
    'ksql.streams.shutdown.timeout.ms',
  ])('%s is taken', (name) => {
    expect(textOf({ [name]: '1' })).toBe('');
  });

  test('what has no effect is told, by one line each', () => {
    expect(
      inertSettings(['ksql.transient.prefix', 'num.standby.replicas', 'ksql.worker.pool.size', 'listeners', 'acks']),
    ).toEqual([
      'ksql.transient.prefix has no effect: groups and state are found by the names that queries have',
      'num.standby.replicas has no effect: there are no standbys',
      'ksql.worker.pool.size has no effect here',
    ]);
  });

  test('values are checked, and addresses', () => {
    expect(textOf({ 'auto.offset.reset': 'begin' })).toContain('String must be one of: earliest, latest');
    expect(textOf({ listeners: 'localhost:8088' })).toContain('http://host:port');
    expect(textOf({ 'connect.listeners': '' })).toBe('');
    expect(textOf({ listeners: 'http://[::1]:8088, https://0.0.0.0:8443' })).toBe('');
  });
});
