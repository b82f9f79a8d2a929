import {
  between,
  configKeys,
  RuleCheck,
  writtenText,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { keysOf, maxRetries, retryBackoffMs } from '../internal/common-keys.ts';
import { compileTemplate } from '../internal/template.ts';
import { TLS } from '../internal/tls-keys.ts';
import { parseAddresses } from './address.ts';
import { CONNECTION, oneOfLevels } from './connection-keys.ts';

/** The settings of the sink. */
export const SINK = configKeys({
  topic: {
    name: 'mqtt.topic',
    type: 'STRING',
    default: '${topic}',
    importance: 'HIGH',
    documentation: 'Topic of MQTT, with ${topic}, ${key}, or fields: devices/${key}/set, rooms/${room}.',
    group: 'Messages',
    order: 1,
    displayName: 'MQTT Topic',
    validator: (value) => {
      const template = compileTemplate(String((value ?? '') as string));
      if (typeof template === 'string') return template;
      return /[+#]/.test(String(value as string).replaceAll(/\$\{[^}]*\}/g, ''))
        ? 'messages have no + and #'
        : undefined;
    },
  },
  qos: {
    name: 'mqtt.qos',
    type: 'INT',
    default: '1',
    documentation:
      'Quality of service. 0: a message may be lost; 1: the server has it, perhaps twice; 2: once, but for a crash of ours, after which records come again.',
    group: 'Messages',
    order: 2,
    width: 'SHORT',
    displayName: 'QoS',
    validator: oneOfLevels,
    recommend: () => ['0', '1', '2'],
  },
  retained: {
    name: 'mqtt.retained',
    type: 'BOOLEAN',
    default: 'false',
    documentation:
      'Whether the server keeps the last message of each topic for those who come later. A record without a value takes it away.',
    group: 'Messages',
    order: 3,
    width: 'SHORT',
    displayName: 'Retained',
    aliases: ['mqtt.retained.enabled'],
  },
  inFlight: {
    name: 'max.in.flight',
    type: 'INT',
    default: '500',
    importance: 'LOW',
    documentation: 'Most messages that are sent before their acknowledgements are read.',
    group: 'Messages',
    order: 4,
    width: 'SHORT',
    displayName: 'In Flight',
    validator: between(1, 10_000),
  },
  maxRetries: maxRetries({
    default: '5',
    documentation: 'Attempts to send again, before the task says that it waits. It goes on trying, with longer pauses.',
    group: 'Messages',
    order: 5,
    width: 'SHORT',
  }),
  retryBackoffMs: retryBackoffMs('INT', {
    default: '250',
    documentation: 'Pause before the first such attempt, in ms. Each further one is twice as long.',
    group: 'Messages',
    order: 6,
    width: 'SHORT',
  }),
});

/** All settings of the sink. */
export const KEYS: readonly ConfigKey[] = keysOf(Object.values(CONNECTION), Object.values(SINK), Object.values(TLS));

/** Rules between settings. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll([{ key: 'connect.mqtt.kcql', why: 'mqtt.topic says where records go' }]);
  return check.problems;
}

/** Where the records of these topics go. */
export function targetsOf(
  config: RawConfig,
  topics: readonly string[],
): readonly { readonly topic: string; readonly place: Place }[] {
  const addresses = parseAddresses(writtenText(config, CONNECTION.uri).split(','));
  if (typeof addresses === 'string') return [];
  const system = addresses.map(({ url }) => url).join(',');
  const format = writtenText(config, SINK.topic);
  return topics.map((topic) => ({ topic, place: { system, name: format.replaceAll('${topic}', topic) } }));
}

/** The last row of each key in a table is retained for later subscribers. */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const [only] = sources;
  const isTables = sources.every((s) => s.isTable && s.hasKey);
  if (config[SINK.topic.name] !== undefined) return isTables ? { [SINK.retained.name]: 'true' } : {};
  const name = sources.length === 1 && only !== undefined ? only.name.toLowerCase() : '${topic}';
  return isTables
    ? { [SINK.topic.name]: `${name}/\${key}`, [SINK.retained.name]: 'true' }
    : { [SINK.topic.name]: name };
}
