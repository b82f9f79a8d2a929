import type { SourcePlugin } from '../../api/connector.ts';
import { TLS_IDLE } from '../internal/tls-keys.ts';
import { WITHOUT_EFFECT } from './connection-keys.ts';
import { OTHER_WORDS } from './other-words.ts';
import { checkSource, KEYS } from './source-keys.ts';

export const mqttSource: SourcePlugin = {
  type: 'source',
  name: 'mqtt',
  className: 'sluice.connect.MqttSourceConnector',
  aliases: [
    'io.confluent.connect.mqtt.MqttSourceConnector',
    'io.lenses.streamreactor.connect.mqtt.source.MqttSourceConnector',
    'com.datamountaineer.streamreactor.connect.mqtt.source.MqttSourceConnector',
    'MqttSource',
  ],
  version: '0.1.0',
  doc: 'Writes messages of an MQTT server to a topic, under their MQTT topics; acknowledged when they are committed.',
  config: KEYS,
  check: checkSource,
  otherWords: OTHER_WORDS,
  withoutEffect: [...WITHOUT_EFFECT, ...TLS_IDLE],
  families: ['connect.mqtt.', 'connect.progress.'],
  leftovers: (connector, offsets, config) => {
    if (config !== undefined) return [];
    return offsets.flatMap(({ partition, offset }) =>
      offset?.['kept'] === true
        ? [
            `Connector ${connector} has left its session ${String(partition['client'])} on ${String(partition['server'])}, which keeps messages for it: make it again, and drop it with TERMINATE`,
          ]
        : [],
    );
  },
  shortForm: {
    keys: [
      { name: 'url', sets: ['mqtt.server.uri'], doc: 'mqtt://host:1883, mqtts:// with TLS.', required: true },
      { name: 'topics', sets: ['mqtt.topics'], doc: 'Topics of MQTT, with + and #.', required: true },
      { name: 'topic', sets: ['kafka.topic'], doc: 'Topic that messages are written to.' },
      { name: 'user', sets: ['mqtt.username'], doc: 'User, where it is not in the URL.' },
      { name: 'password', sets: ['mqtt.password'], doc: 'Password, where it is not in the URL.' },
      { name: 'format', sets: ['message.format'], doc: 'bytes, text or json.' },
      { name: 'qos', sets: ['mqtt.qos'], doc: '0, 1 or 2.' },
    ],
    // The stream has the topic's name.
    defaults: { 'sql.name.prefix': '' },
  },
  load: async () => (await import('./source.ts')).mqttSourceImplementation,
};
