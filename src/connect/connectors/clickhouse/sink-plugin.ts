import type { SinkPlugin } from '../../api/connector.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { OTHER_WORDS } from './other-words.ts';
import { KEYS } from './sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from './sink-rules.ts';

export const clickhouseSink: SinkPlugin = {
  type: 'sink',
  name: 'clickhouse',
  className: 'sluice.connect.ClickHouseSinkConnector',
  aliases: ['com.clickhouse.kafka.connect.ClickHouseSinkConnector', 'ClickHouseSink'],
  version: '0.1.0',
  doc: 'Writes records to tables of ClickHouse over its HTTP interface: each record a row, or rows by key with deletes.',
  config: KEYS,
  check: checkSink,
  otherWords: OTHER_WORDS,
  withoutEffect: [...TLS_IDLE, 'keeperOnCluster', 'zkPath', 'zkDatabase', 'clientVersion', 'tolerateStateMismatch'],
  sourcesDefaults,
  targets: targetsOf,
  shortForm: {
    keys: [
      { name: 'url', sets: ['connection.url'], doc: 'http://host:8123, or with a database: /shop.', required: true },
      { name: 'user', sets: ['username'], doc: 'User, where it is not in the URL.' },
      { name: 'table', sets: ['table.name.format'], doc: 'Name of the table, with ${topic} for the topic.' },
    ],
    defaults: {},
  },
  load: async () => (await import('./sink.ts')).clickhouseSinkImplementation,
};
