import {
  atLeast,
  configKeys,
  notEmpty,
  oneOfIgnoringCase,
  RuleCheck,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import { keysOf } from '../internal/common-keys.ts';
import { columnsProblem } from '../internal/json-columns.ts';
import { TLS } from '../internal/tls-keys.ts';
import { CONNECTION, oneOfLevels } from './connection-keys.ts';

const FORMATS = ['bytes', 'text', 'json'] as const;

/** Why a text is not a topic filter (MQTT 3.1.1, 4.7); undefined: it is one. */
function filterProblem(filter: string): string | undefined {
  const shared = /^\$share\/([^/]*)\/(.*)$/s.exec(filter);
  if (shared !== null && (shared[1] === '' || /[+#]/.test(shared[1] ?? ''))) return `'${filter}' names no group`;
  const levels = (shared?.[2] ?? filter).split('/');
  if ((shared?.[2] ?? filter) === '') return `'${filter}' names no topic`;
  const bad = levels.some(
    (level, i) =>
      (level.includes('#') && (level !== '#' || i < levels.length - 1)) || (level.includes('+') && level !== '+'),
  );
  return bad ? `'${filter}' has a + or # that is no level, or a # that is not the last` : undefined;
}

/** The settings of the source. Names are those of Confluent's connector. */
export const SOURCE = configKeys({
  topics: {
    name: 'mqtt.topics',
    type: 'LIST',
    importance: 'HIGH',
    documentation:
      'Topics of MQTT, with + for a level and # for all that follow; $share/group/topic shares them with others of the group.',
    group: 'Messages',
    order: 1,
    width: 'LONG',
    displayName: 'MQTT Topics',
    validator: (value) => {
      const filters = ((value ?? []) as readonly string[]).filter((filter) => filter !== '');
      return filters.length === 0
        ? 'there is none'
        : filters.map(filterProblem).find((problem) => problem !== undefined);
    },
  },
  topic: {
    name: 'kafka.topic',
    type: 'STRING',
    default: 'mqtt',
    importance: 'HIGH',
    documentation: 'Topic that messages are written to, each under its MQTT topic as the key.',
    group: 'Messages',
    order: 2,
    displayName: 'Topic',
    validator: notEmpty,
  },
  qos: {
    name: 'mqtt.qos',
    type: 'INT',
    default: '1',
    documentation:
      'Most quality of service that is asked for. 0: a message may be lost; 1: it comes at least once, twice where the server or we crash; 2: it comes once. Messages of 1 and 2 are acknowledged when they are committed.',
    group: 'Messages',
    order: 3,
    width: 'SHORT',
    displayName: 'QoS',
    validator: oneOfLevels,
    recommend: () => ['0', '1', '2'],
  },
  clean: {
    name: 'mqtt.clean.session.enabled',
    type: 'BOOLEAN',
    default: 'false',
    documentation:
      'Whether the server forgets us while we are away. false: it keeps messages of quality 1 and 2 until the connector is back, or is dropped with TERMINATE.',
    group: 'Messages',
    order: 4,
    width: 'SHORT',
    displayName: 'Clean Session',
  },
  format: {
    name: 'message.format',
    type: 'STRING',
    default: 'bytes',
    documentation:
      'What messages are: bytes, as they come; text in UTF-8; json. Another one is an error of its record (errors.tolerance).',
    group: 'Messages',
    order: 5,
    width: 'SHORT',
    displayName: 'Message Format',
    validator: oneOfIgnoringCase(...FORMATS),
    recommend: () => [...FORMATS],
  },
  columns: {
    name: 'columns',
    type: 'STRING',
    default: null,
    documentation:
      'Members of a JSON message that are kept, with their SQL types: room VARCHAR, celsius DOUBLE. Without it the message is one value.',
    group: 'Messages',
    order: 6,
    width: 'LONG',
    displayName: 'Columns',
    validator: columnsProblem,
  },
  queueRecords: {
    name: 'queue.records',
    type: 'INT',
    default: '10000',
    importance: 'LOW',
    documentation: 'Messages of quality 0 that wait to be written, before no more are read.',
    group: 'Messages',
    order: 7,
    width: 'SHORT',
    displayName: 'Queue',
    validator: atLeast(1),
  },
});

/** All settings of the source. */
export const KEYS: readonly ConfigKey[] = keysOf(Object.values(CONNECTION), Object.values(SOURCE), Object.values(TLS));

/** Rules between settings. */
export function checkSource(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll([
    {
      key: 'connect.mqtt.kcql',
      why: 'INSERT INTO topic SELECT * FROM filter is understood, of one topic and without more: mqtt.topics and kafka.topic say the same',
    },
  ]);
  if (check.text(SOURCE.columns) !== '' && check.choice(SOURCE.format) !== 'json')
    check.refuse(SOURCE.columns, `message.format is ${check.text(SOURCE.format)}, and columns are those of json`);
  return check.problems;
}
