import type { SinkPlugin } from '../../api/connector.ts';
import { TLS_WITHOUT_EFFECT } from './connection-keys.ts';
import { OTHER_WORDS } from './other-words.ts';
import { KEYS } from './sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from './sink-rules.ts';

export const elasticsearchSink: SinkPlugin = {
  type: 'sink',
  name: 'elasticsearch',
  className: 'sluice.connect.ElasticsearchSinkConnector',
  aliases: [
    'io.confluent.connect.elasticsearch.ElasticsearchSinkConnector',
    'ElasticsearchSink',
    'ElasticsearchSinkV2',
    'OpenSearchSink',
    'io.aiven.connect.elasticsearch.ElasticsearchSinkConnector',
    'io.aiven.kafka.connect.opensearch.OpensearchSinkConnector',
    'io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector',
    'org.apache.camel.kafkaconnector.elasticsearchindexsink.CamelElasticsearchindexsinkSinkConnector',
  ],
  version: '0.1.0',
  doc: 'Writes records to indices and data streams of Elasticsearch (7 and later) and OpenSearch: by key with deletes on tombstones, or each record of its own.',
  config: KEYS,
  check: checkSink,
  otherWords: OTHER_WORDS,
  withoutEffect: [
    ...TLS_WITHOUT_EFFECT,
    'proxy.port',
    'proxy.username',
    'proxy.password',
    'cloud.environment',
    'cloud.provider',
  ],
  sourcesDefaults,
  targets: targetsOf,
  shortForm: {
    keys: [
      { name: 'url', sets: ['connection.url'], doc: 'http://host:9200, one or several.', required: true },
      { name: 'user', sets: ['connection.username'], doc: 'User, where it is not in the URL.' },
      { name: 'password', sets: ['connection.password'], doc: 'Password, where it is not in the URL.' },
      { name: 'index', sets: ['index.name.format'], doc: 'Name of the index, with ${topic} for the topic.' },
    ],
    defaults: {},
  },
  load: async () => (await import('./sink.ts')).elasticsearchSinkImplementation,
};
