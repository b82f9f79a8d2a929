import {
  atLeast,
  between,
  configKeys,
  notEmpty,
  oneLine,
  writtenText,
  type ConfigKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import { idleKey, keysOf, maxRetries, retryBackoffMs } from '../internal/common-keys.ts';
import { compileTemplate } from '../internal/template.ts';
import { TLS } from '../internal/tls-keys.ts';
import { parseAddress } from './address.ts';
import { classDefaults } from './class-defaults.ts';

/** What records become in Redis. */
export const TYPES = ['HASH', 'STRING', 'JSON', 'STREAM', 'LIST', 'SET', 'ZSET', 'TIMESERIES'] as const;
export type RedisType = (typeof TYPES)[number];

const oneOfTypes = (value: unknown): string | undefined =>
  TYPES.some((type) => type === String(value as string).toUpperCase()) ? undefined : `it is one of ${TYPES.join(', ')}`;

/** `topic=...` pairs. The value may contain more equals signs. */
function pairsOf(items: readonly string[]): ReadonlyMap<string, string> | string {
  const pairs = new Map<string, string>();
  for (const item of items) {
    if (item.trim() === '') continue;
    const at = item.indexOf('=');
    if (at < 1) return `'${item}' is not topic=value`;
    pairs.set(item.slice(0, at).trim(), item.slice(at + 1).trim());
  }
  return pairs;
}

const arePairs =
  (problemOf: (value: string) => string | undefined) =>
  (value: unknown): string | undefined => {
    const pairs = pairsOf((value ?? []) as readonly string[]);
    if (typeof pairs === 'string') return pairs;
    return [...pairs.values()].map(problemOf).find((problem) => problem !== undefined);
  };

const templateProblem = (text: unknown): string | undefined => {
  const template = compileTemplate(String((text ?? '') as string));
  return typeof template === 'string' ? template : undefined;
};

/** The settings of the sink, with the names of Redis' own connector where it has them. */
export const SINK = configKeys({
  uri: {
    name: 'redis.uri',
    type: 'STRING',
    default: 'redis://localhost:6379',
    importance: 'HIGH',
    documentation:
      'Address: redis://user:password@host:6379/0, rediss:// with TLS, or redis-sentinel://host:26379,other:26379/0#master.',
    group: 'Connection',
    order: 1,
    width: 'LONG',
    displayName: 'Redis URI',
    validator: (value) => {
      const address = parseAddress(String((value ?? '') as string));
      return typeof address === 'string' ? address : undefined;
    },
  },
  username: {
    name: 'redis.username',
    type: 'STRING',
    default: null,
    documentation: "User of the server's access list (ACL, Redis 6). Wins over one in the URI.",
    group: 'Connection',
    order: 2,
    displayName: 'User',
    validator: oneLine,
  },
  password: {
    name: 'redis.password',
    type: 'PASSWORD',
    default: null,
    documentation: 'Password. Wins over one in the URI.',
    group: 'Connection',
    order: 3,
    displayName: 'Password',
  },
  database: {
    name: 'redis.database',
    type: 'INT',
    default: null,
    documentation: 'Number of the database. Wins over the one in the URI. Default: 0.',
    group: 'Connection',
    order: 4,
    width: 'SHORT',
    displayName: 'Database',
    validator: (value) => (value === null ? undefined : between(0, 99_999)(value, DATABASE)),
  },
  insecure: {
    name: 'redis.insecure',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation: 'With TLS: whether a server is believed without a certificate that is trusted.',
    group: 'Connection',
    order: 5,
    width: 'SHORT',
    displayName: 'Insecure',
  },
  connectTimeoutMs: {
    name: 'connection.timeout.ms',
    type: 'INT',
    default: '10000',
    importance: 'LOW',
    documentation: 'How long making a connection may take, in ms.',
    group: 'Connection',
    order: 6,
    width: 'SHORT',
    displayName: 'Connection Timeout (ms)',
    validator: atLeast(1),
    aliases: ['redis.socket.connect.timeout.ms'],
  },
  commandTimeoutMs: {
    name: 'command.timeout.ms',
    type: 'INT',
    default: '60000',
    importance: 'LOW',
    documentation: 'How long a command may go without an answer, in ms; then the connection is made anew.',
    group: 'Connection',
    order: 7,
    width: 'SHORT',
    displayName: 'Command Timeout (ms)',
    validator: atLeast(1),
    aliases: ['redis.operation.timeout.ms'],
  },
  type: {
    name: 'redis.type',
    type: 'STRING',
    default: 'STREAM',
    importance: 'HIGH',
    documentation:
      'What records become: HASH (a hash a key, its fields the columns), STRING (a string a key), JSON (a document a key; a server with JSON.SET), STREAM (an entry a record), LIST and SET (members), ZSET (members with a score), TIMESERIES (samples; a server with TS.ADD). A record without a value deletes its key or member. (Of a sink with sources: HASH for tables, STREAM for streams.)',
    group: 'Records',
    order: 1,
    width: 'SHORT',
    displayName: 'Type',
    validator: oneOfTypes,
    recommend: () => [...TYPES],
  },
  topicTypes: {
    name: 'redis.topic.types',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: 'topic=TYPE pairs, which win over redis.type.',
    group: 'Records',
    order: 2,
    displayName: 'Types of Topics',
    validator: arePairs(oneOfTypes),
  },
  key: {
    name: 'redis.key',
    type: 'STRING',
    default: '${topic}',
    documentation:
      "The key, with ${topic}, ${key}, ${partition}, ${offset} or fields: ${id}, ${customer.id}, ${key.id}. Of hashes, strings and documents it is the beginning, and the record's key comes behind redis.separator, unless ${key} or a field is in it. Empty: the record's key alone.",
    group: 'Records',
    order: 3,
    displayName: 'Key',
    validator: templateProblem,
    aliases: ['redis.keyspace'],
  },
  topicKeys: {
    name: 'redis.topic.keys',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: 'topic=key pairs, which win over redis.key.',
    group: 'Records',
    order: 4,
    displayName: 'Keys of Topics',
    validator: arePairs(templateProblem),
  },
  separator: {
    name: 'redis.separator',
    type: 'STRING',
    default: ':',
    importance: 'LOW',
    documentation:
      "What stands between redis.key and the record's key, and between the columns of a key (which have a backslash before one of their own).",
    group: 'Records',
    order: 5,
    width: 'SHORT',
    displayName: 'Separator',
  },
  member: {
    name: 'redis.member',
    type: 'STRING',
    default: 'key',
    importance: 'LOW',
    documentation: "Of lists and sets: whether the record's key or its value is the member.",
    group: 'Records',
    order: 6,
    width: 'SHORT',
    displayName: 'Member',
    allowed: ['key', 'value'],
    validator: (value) => (value === 'key' || value === 'value' ? undefined : 'it is one of key, value'),
    recommend: () => ['key', 'value'],
  },
  pushDirection: {
    name: 'redis.push.direction',
    type: 'STRING',
    default: 'RIGHT',
    importance: 'LOW',
    documentation: 'Of lists: LEFT, before the first, or RIGHT, behind the last.',
    group: 'Records',
    order: 7,
    width: 'SHORT',
    displayName: 'Push Direction',
    validator: (value) => (/^(?:left|right)$/i.test(String(value as string)) ? undefined : 'it is one of LEFT, RIGHT'),
    recommend: () => ['LEFT', 'RIGHT'],
  },
  scoreField: {
    name: 'redis.score.field',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Of sorted sets and time series: the field with the score or sample. Default: the value, where it is a number, or its only field.',
    group: 'Records',
    order: 8,
    displayName: 'Score Field',
    validator: (value) => (value === null ? undefined : notEmpty(value, SCORE)),
  },
  ttlS: {
    name: 'redis.key.ttl',
    type: 'LONG',
    default: '-1',
    documentation: 'How long a key lives after it was written last, in seconds. -1: until it is deleted.',
    group: 'Records',
    order: 9,
    width: 'SHORT',
    displayName: 'Time to Live (s)',
    validator: (value) =>
      Number(value) === -1 || Number(value) >= 1 ? undefined : 'it is a number of seconds, or -1 for no end',
  },
  streamMaxLength: {
    name: 'redis.stream.max.length',
    type: 'LONG',
    default: '0',
    importance: 'LOW',
    documentation: 'About how many of its last entries a stream keeps (XADD MAXLEN ~). 0: all.',
    group: 'Records',
    order: 10,
    width: 'SHORT',
    displayName: 'Stream Length',
    validator: atLeast(0),
  },
  multiExec: {
    name: 'redis.multiexec',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation:
      'Whether the commands of a batch are one transaction (MULTI). Those of streams and lists are in any case, with the offsets of their records.',
    group: 'Writes',
    order: 1,
    width: 'SHORT',
    displayName: 'MULTI/EXEC',
  },
  batchSize: {
    name: 'batch.size',
    type: 'INT',
    default: '1000',
    importance: 'LOW',
    documentation: 'Most records whose commands are sent at once, before their answers are read.',
    group: 'Writes',
    order: 2,
    width: 'SHORT',
    displayName: 'Batch Size',
    validator: atLeast(1),
  },
  waitReplicas: {
    name: 'redis.wait.replicas',
    type: 'INT',
    default: '0',
    importance: 'LOW',
    documentation: 'Replicas that must have what was written (WAIT), before its offsets are committed.',
    group: 'Writes',
    order: 3,
    width: 'SHORT',
    displayName: 'Wait for Replicas',
    validator: atLeast(0),
  },
  waitTimeoutMs: {
    name: 'redis.wait.timeout',
    type: 'LONG',
    default: '1000',
    importance: 'LOW',
    documentation: 'How long replicas are waited for, in ms, before the batch is written again.',
    group: 'Writes',
    order: 4,
    width: 'SHORT',
    displayName: 'Wait Timeout (ms)',
    validator: atLeast(1),
  },
  maxRetries: maxRetries({
    default: '5',
    documentation:
      'Attempts to write again what the server did not take for now (no answer, it loads, no memory, a replica), before the task says that it waits. It goes on trying, with longer pauses.',
    group: 'Writes',
    order: 5,
    width: 'SHORT',
    aliases: ['redis.connection.attempts'],
  }),
  retryBackoffMs: retryBackoffMs('INT', {
    default: '250',
    documentation: 'Pause before the first such attempt, in ms. Each further one is twice as long.',
    group: 'Writes',
    order: 6,
    width: 'SHORT',
    aliases: ['redis.connection.retry.delay.ms'],
  }),
});

const DATABASE: ConfigKey = { name: 'redis.database', type: 'INT', documentation: '' };
const SCORE: ConfigKey = { name: 'redis.score.field', type: 'STRING', documentation: '' };

/** Settings of the Java connectors that this one does not need. */
function idleKeys(): readonly ConfigKey[] {
  const key = (name: string, inert: string): ConfigKey => idleKey(name, "A setting of the Java connectors'.", inert);
  return [
    key('redis.pool', 'a task has one connection, on which commands do not wait for one another'),
    key('redis.auto.reconnect.enabled', 'a connection that is lost is made anew in any case'),
    key('redis.request.queue.size', 'batch.size says how many commands are sent at once'),
    key('redis.socket.keep.alive.enabled', 'a connection that is gone is found by command.timeout.ms'),
    key('redis.socket.tcp.no.delay.enabled', 'commands are sent without a delay'),
    key('redis.charset', 'texts are in UTF-8'),
    key('redis.ssl.provider', "TLS is Node's"),
  ];
}

/** All settings of the sink. */
export const KEYS: readonly ConfigKey[] = keysOf(Object.values(SINK), idleKeys(), Object.values(TLS));

/** The type for a topic's records, and the template of their keys. */
export interface TopicPlan {
  readonly type: RedisType;
  readonly key: string;
}

/** By topic, for validated settings. */
export function topicPlans(config: RawConfig): (topic: string) => TopicPlan {
  const pairs = (key: ConfigKey): ReadonlyMap<string, string> => {
    const found = pairsOf(writtenText(config, key).split(','));
    return typeof found === 'string' ? new Map() : found;
  };
  const [types, keys] = [pairs(SINK.topicTypes), pairs(SINK.topicKeys)];
  const defaults = classDefaults(config);
  const type = config[SINK.type.name] ?? defaults.type ?? SINK.type.default ?? '';
  const key = config[SINK.key.name] ?? config['redis.keyspace'] ?? defaults.key ?? '${topic}';
  return (topic) => ({
    type: (types.get(topic) ?? type).toUpperCase() as RedisType,
    key: keys.get(topic) ?? key,
  });
}
