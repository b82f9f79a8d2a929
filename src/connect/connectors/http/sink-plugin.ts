import type { SinkPlugin } from '../../api/connector.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { OTHER_WORDS, TLS_PREFIX } from './other-words.ts';
import { KEYS, WITHOUT_EFFECT } from './sink-keys.ts';
import { checkSink, sourcesDefaults, targetsOf } from './sink-rules.ts';

export const httpSink: SinkPlugin = {
  type: 'sink',
  name: 'http',
  className: 'sluice.connect.HttpSinkConnector',
  aliases: ['io.confluent.connect.http.HttpSinkConnector', 'HttpSink', 'io.aiven.kafka.connect.http.HttpSinkConnector'],
  version: '0.1.0',
  doc: 'Sends records to an HTTP service: one a request or several, in the order of their keys, each with a key that tells what comes twice.',
  config: KEYS,
  check: checkSink,
  otherWords: OTHER_WORDS,
  withoutEffect: [...WITHOUT_EFFECT, ...TLS_IDLE, ...TLS_IDLE.map((name) => TLS_PREFIX + name)],
  families: ['reporter.producer.', 'reporter.admin.'],
  sourcesDefaults,
  targets: targetsOf,
  shortForm: {
    keys: [
      {
        name: 'url',
        sets: ['http.api.url'],
        doc: 'https://host/path, with ${key}, ${field} and the like.',
        required: true,
      },
      { name: 'method', sets: ['request.method'], doc: 'POST, PUT or PATCH.' },
      { name: 'user', sets: ['connection.user'], doc: 'User, for basic authentication.' },
      { name: 'password', sets: ['connection.password'], doc: 'Password of the user.' },
      { name: 'token', sets: ['bearer.token'], doc: 'Token, for Authorization: Bearer.' },
      { name: 'batch', sets: ['batch.max.size'], doc: 'Most records of one request.' },
    ],
    // A service that returns is noticed sooner than after the Java connectors' 3 s.
    defaults: { 'retry.backoff.ms': '250' },
  },
  load: async () => (await import('./sink.ts')).httpSinkImplementation,
};
