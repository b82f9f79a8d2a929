import { atLeast, between, configKeys, oneLine } from '../../api/config-spec.ts';
import { parseAddresses } from './address.ts';

/** The levels of quality of service. */
export const oneOfLevels = (value: unknown): string | undefined =>
  ['0', '1', '2'].includes(String(value as string)) ? undefined : 'it is one of 0, 1, 2';

/** Settings for the server and the login. Names are those of Confluent's connectors. */
export const CONNECTION = configKeys({
  uri: {
    name: 'mqtt.server.uri',
    type: 'LIST',
    importance: 'HIGH',
    documentation:
      'Server: mqtt://host:1883, mqtts://host:8883 with TLS, ws:// or wss:// over WebSocket. Of several, the first that answers.',
    group: 'Connection',
    order: 1,
    width: 'LONG',
    displayName: 'Server URI',
    validator: (value) => {
      const addresses = parseAddresses((value ?? []) as readonly string[]);
      return typeof addresses === 'string' ? addresses : undefined;
    },
  },
  username: {
    name: 'mqtt.username',
    type: 'STRING',
    default: null,
    documentation: 'User. Wins over one in the URI.',
    group: 'Connection',
    order: 2,
    displayName: 'User',
    validator: oneLine,
  },
  password: {
    name: 'mqtt.password',
    type: 'PASSWORD',
    default: null,
    documentation: 'Password. Wins over one in the URI.',
    group: 'Connection',
    order: 3,
    displayName: 'Password',
  },
  clientId: {
    name: 'mqtt.client.id',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Who we are to the server, which knows our session by it: of two clients of a name it lets one go. Further tasks have their number behind it. Default: sluice-CONNECTOR.',
    group: 'Connection',
    order: 4,
    displayName: 'Client Id',
    validator: oneLine,
  },
  version: {
    name: 'mqtt.protocol.version',
    type: 'STRING',
    default: '3.1.1',
    importance: 'LOW',
    documentation: 'Version of the protocol: 3.1.1 or 5.',
    group: 'Connection',
    order: 5,
    width: 'SHORT',
    displayName: 'Protocol Version',
    allowed: ['3.1.1', '5'],
    recommend: () => ['3.1.1', '5'],
  },
  keepAliveS: {
    name: 'mqtt.keepalive.interval.seconds',
    type: 'INT',
    default: '60',
    importance: 'LOW',
    documentation: 'After how many seconds of silence the server is asked whether it is there. 0: never.',
    group: 'Connection',
    order: 6,
    width: 'SHORT',
    displayName: 'Keep Alive (s)',
    validator: between(0, 65_535),
  },
  connectTimeoutS: {
    name: 'mqtt.connect.timeout.seconds',
    type: 'INT',
    default: '30',
    importance: 'LOW',
    documentation: 'How long making a connection may take, in seconds.',
    group: 'Connection',
    order: 7,
    width: 'SHORT',
    displayName: 'Connect Timeout (s)',
    validator: atLeast(1),
  },
  willTopic: {
    name: 'mqtt.will.topic',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Topic to which the server publishes our will when the connection is lost.',
    group: 'Will',
    order: 1,
    displayName: 'Will Topic',
  },
  willPayload: {
    name: 'mqtt.will.payload',
    type: 'STRING',
    default: '',
    importance: 'LOW',
    documentation: 'The will.',
    group: 'Will',
    order: 2,
    displayName: 'Will Payload',
  },
  willQos: {
    name: 'mqtt.will.qos',
    type: 'INT',
    default: '0',
    importance: 'LOW',
    documentation: 'Quality of service of the will: 0, 1 or 2.',
    group: 'Will',
    order: 3,
    width: 'SHORT',
    displayName: 'Will QoS',
    validator: oneOfLevels,
  },
  willRetain: {
    name: 'mqtt.will.retain',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation: 'Whether the server keeps the will for those who come later.',
    group: 'Will',
    order: 4,
    width: 'SHORT',
    displayName: 'Will Retained',
  },
});

/** Accepted settings without effect: for Confluent's license, and for what clients do not have here. */
export const WITHOUT_EFFECT: readonly string[] = [
  'confluent.topic.bootstrap.servers',
  'confluent.topic.replication.factor',
  'confluent.topic',
  'confluent.license',
  'records.buffer.queue.size',
  'records.buffer.queue.max.batch.size',
  'records.buffer.queue.empty.timeout',
];
