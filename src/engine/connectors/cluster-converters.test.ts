import { describe, expect, test } from 'vitest';
import type { SinkSource } from '../../connect/client/api.ts';
import { serverConfig } from '../../config/server-config.ts';
import { clusterConverters, type ConverterChoice } from './cluster-converters.ts';

const CONFLUENT = ['io.confluent.connect.avro.AvroConverter', 'io.confluent.connect.json.JsonSchemaConverter'];
const APICURIO = ['io.apicurio.registry.utils.converter.AvroConverter'];
const JDBC = { 'connector.class': 'io.debezium.connector.jdbc.JdbcSinkConnector' };
const FILE = { 'connector.class': 'FileStreamSink' };

const sourceWith = (source: Partial<SinkSource>): SinkSource => ({
  name: 'S',
  isTable: true,
  topic: 's',
  key: [{ name: 'ID', type: 'INTEGER' }],
  value: [],
  keyFormat: 'KAFKA',
  valueFormat: 'JSON',
  ...source,
});

function choose(
  source: Partial<SinkSource>,
  settings: Record<string, string> = FILE,
  converters: readonly string[] = [],
  registry?: string,
): ConverterChoice {
  return clusterConverters([sourceWith(source)], {
    settings,
    converters,
    config: serverConfig(registry === undefined ? {} : { 'ksql.schema.registry.url': registry }),
  });
}

describe('keys', () => {
  test.each([
    ['INTEGER', 'org.apache.kafka.connect.converters.IntegerConverter'],
    ['BIGINT', 'org.apache.kafka.connect.converters.LongConverter'],
    ['DOUBLE', 'org.apache.kafka.connect.converters.DoubleConverter'],
    ['STRING', 'org.apache.kafka.connect.storage.StringConverter'],
  ])('KAFKA %s', (type, expected) => {
    expect(choose({ key: [{ name: 'K', type }] }).settings['key.converter']).toBe(expected);
  });

  test('windowed keys: their bytes, or a refusal where the sink wants a key', () => {
    expect(choose({ windowType: 'TUMBLING' }).settings['key.converter']).toBe(
      'org.apache.kafka.connect.converters.ByteArrayConverter',
    );
    for (const wish of [
      { 'pk.mode': 'record_key' },
      { 'primary.key.mode': 'record_key' },
      { 'delete.enabled': 'true' },
    ])
      expect(
        choose({ windowType: 'TUMBLING', valueFormat: 'CONNECT_JSON' }, { ...JDBC, ...(wish as object) }).problems,
      ).toEqual([expect.stringMatching(/key of S is windowed.*record_value/)]);
  });
});

describe('values', () => {
  test('JSON as it is, and with its schema', () => {
    expect(choose({}).settings['value.converter.schemas.enable']).toBe('false');
    expect(choose({ valueFormat: 'CONNECT_JSON' }, JDBC)).toMatchObject({
      problems: [],
      settings: { 'value.converter.schemas.enable': 'true' },
    });
  });

  test.each(['JSON', 'KAFKA'])('%s has no schema, which a JDBC sink needs', (valueFormat) => {
    for (const sink of [JDBC, { 'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector' }])
      expect(choose({ valueFormat }, sink).problems).toEqual([expect.stringContaining("VALUE_FORMAT='CONNECT_JSON'")]);
    expect(choose({ valueFormat }, { ...JDBC, 'value.converter': 'mine' })).toMatchObject({ problems: [] });
  });

  test('registry formats: what the cluster has', () => {
    const url = 'http://registry:8080/apis/ccompat/v7';
    expect(choose({ valueFormat: 'AVRO' }, JDBC, [...CONFLUENT, ...APICURIO], url).settings).toMatchObject({
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': url,
    });
    expect(choose({ valueFormat: 'AVRO' }, JDBC, APICURIO, url).settings).toMatchObject({
      'value.converter': 'io.apicurio.registry.utils.converter.AvroConverter',
      'value.converter.apicurio.registry.url': 'http://registry:8080/apis/registry/v2',
    });
    expect(choose({ valueFormat: 'PROTOBUF' }, JDBC, CONFLUENT, url).problems).toEqual([
      expect.stringMatching(/no converter for PROTOBUF/),
    ]);
    expect(choose({ valueFormat: 'AVRO' }, JDBC, CONFLUENT).problems).toEqual([
      expect.stringContaining('set ksql.schema.registry.url'),
    ]);
    expect(choose({ keyFormat: 'AVRO', valueFormat: 'AVRO' }, JDBC, APICURIO, url).problems).toEqual([
      expect.stringContaining("KEY_FORMAT='CONNECT_JSON'"),
    ]);
  });

  test('formats that Connect does not know', () => {
    expect(choose({ valueFormat: 'DELIMITED' }).problems).toEqual([
      expect.stringMatching(/no converter for VALUE_FORMAT='DELIMITED': set value.converter/),
    ]);
  });
});

test('several sources of one connector: one converter that reads them all, else they are named with what they need', () => {
  const site = { settings: FILE, converters: [], config: serverConfig({}) };
  const text = { name: 'T', key: [{ name: 'ID', type: 'STRING' }] };
  expect(clusterConverters([sourceWith({}), sourceWith({ name: 'B' })], site)).toEqual({
    problems: [],
    settings: expect.objectContaining({ 'key.converter': 'org.apache.kafka.connect.converters.IntegerConverter' }),
  });
  // The format is the same but the types differ: one converter would misread the keys of the other source.
  expect(clusterConverters([sourceWith({}), sourceWith(text)], site).problems).toEqual([
    expect.stringMatching(
      /^T and S have different formats \('key.converter'='.*StringConverter' and '.*IntegerConverter'\)/,
    ),
  ]);
  const named = { ...site, settings: { ...FILE, 'key.converter': 'Mine' } };
  expect(clusterConverters([sourceWith({}), sourceWith(text)], named).problems).toEqual([]);
});
