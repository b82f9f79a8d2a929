import type { SinkPlugin } from '../../api/connector.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { OTHER_WORDS } from './other-words.ts';
import { KEYS } from './sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from './sink-rules.ts';

export const redisSink: SinkPlugin = {
  type: 'sink',
  name: 'redis',
  className: 'sluice.connect.RedisSinkConnector',
  aliases: [
    'com.redis.kafka.connect.RedisSinkConnector',
    'com.github.jcustenborder.kafka.connect.redis.RedisSinkConnector',
    'RedisKafkaSink',
    'RedisSink',
  ],
  version: '0.1.0',
  doc: 'Writes records to Redis: hashes, strings or documents by key with deletes, members of sets and sorted sets, entries of streams and lists, each once.',
  config: KEYS,
  check: checkSink,
  otherWords: OTHER_WORDS,
  withoutEffect: TLS_IDLE,
  sourcesDefaults,
  targets: targetsOf,
  shortForm: {
    keys: [
      { name: 'url', sets: ['redis.uri'], doc: 'redis://host:6379/0, rediss:// with TLS.', required: true },
      { name: 'user', sets: ['redis.username'], doc: 'User, where it is not in the URL.' },
      { name: 'password', sets: ['redis.password'], doc: 'Password, where it is not in the URL.' },
      { name: 'type', sets: ['redis.type'], doc: 'HASH, STRING, JSON, STREAM, LIST, SET, ZSET or TIMESERIES.' },
      { name: 'key', sets: ['redis.key'], doc: 'Key, with ${key}, ${field} and the like.' },
      { name: 'ttl', sets: ['redis.key.ttl'], doc: 'How long keys live, in seconds.' },
    ],
    defaults: {},
  },
  load: async () => (await import('./sink.ts')).redisSinkImplementation,
};
