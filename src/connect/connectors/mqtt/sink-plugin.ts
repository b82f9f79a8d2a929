import type { SinkPlugin } from '../../api/connector.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { WITHOUT_EFFECT } from './connection-keys.ts';
import { OTHER_WORDS } from './other-words.ts';
import { checkSink, KEYS, sourcesDefaults, targetsOf } from './sink-keys.ts';

export const mqttSink: SinkPlugin = {
  type: 'sink',
  name: 'mqtt',
  className: 'sluice.connect.MqttSinkConnector',
  aliases: ['io.confluent.connect.mqtt.MqttSinkConnector', 'MqttSink'],
  version: '0.1.0',
  doc: 'Sends records to an MQTT server: texts and bytes as they are, rows as JSON; of a table the last of each key, retained.',
  config: KEYS,
  check: checkSink,
  otherWords: OTHER_WORDS,
  withoutEffect: [...WITHOUT_EFFECT, ...TLS_IDLE, 'mqtt.clean.session.enabled'],
  sourcesDefaults,
  targets: targetsOf,
  shortForm: {
    keys: [
      { name: 'url', sets: ['mqtt.server.uri'], doc: 'mqtt://host:1883, mqtts:// with TLS.', required: true },
      { name: 'topic', sets: ['mqtt.topic'], doc: 'Topic of MQTT, with ${key}, ${field} and the like.' },
      { name: 'user', sets: ['mqtt.username'], doc: 'User, where it is not in the URL.' },
      { name: 'password', sets: ['mqtt.password'], doc: 'Password, where it is not in the URL.' },
      { name: 'qos', sets: ['mqtt.qos'], doc: '0, 1 or 2.' },
    ],
    defaults: {},
  },
  load: async () => (await import('./sink.ts')).mqttSinkImplementation,
};
