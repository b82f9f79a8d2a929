import { Config, type Overrides } from '../base/config/config.ts';
import { invalidValue, parseConfigValue } from '../base/config/parse.ts';
import { SluiceError } from '../base/errors.ts';
import { foreignSetting } from '../base/foreign-settings.ts';
import { didYouMean } from '../base/suggest.ts';
import { CONFIG_KEYS, STREAMS_PREFIX } from './keys.ts';
import type { ServerKey } from './server-key.ts';

const BY_NAME = new Map(CONFIG_KEYS.map((key) => [key.name, key] as const));

/** Prefixes of keys that are passed unchecked to Kafka's clients, Connect or functions, as by ksqlDB. */
const OPEN_PREFIXES = [
  STREAMS_PREFIX,
  'ksql.functions.',
  'ksql.connect.',
  'ksql.schema.registry.',
  'ksql.logging.',
  'ksql.internal.',
  'sasl.',
  'ssl.',
  'security.',
  'consumer.',
  'producer.',
  'admin.',
  'main.consumer.',
];

/** Unprefixed keys of Kafka's clients and Kafka Streams that a session may set. */
const CLIENT_KEYS = new Set([
  'auto.offset.reset',
  'commit.interval.ms',
  'num.stream.threads',
  'processing.guarantee',
  'cache.max.bytes.buffering',
  'statestore.cache.max.bytes',
  'max.task.idle.ms',
  'replication.factor',
  'num.standby.replicas',
  'max.request.size',
  'max.poll.records',
  'max.poll.interval.ms',
  'session.timeout.ms',
  'heartbeat.interval.ms',
  'fetch.max.bytes',
  'fetch.min.bytes',
  'fetch.max.wait.ms',
  'max.partition.fetch.bytes',
  'request.timeout.ms',
  'retries',
  'retry.backoff.ms',
  'linger.ms',
  'batch.size',
  'buffer.memory',
  'compression.type',
  'acks',
  'client.id',
  'default.timestamp.extractor',
  'state.dir',
  'isolation.level',
  'topology.optimization',
  'default.deserialization.exception.handler',
  'default.production.exception.handler',
  'metadata.max.age.ms',
  'allow.auto.create.topics',
  'application.id',
  'application.server',
  'auto.commit.interval.ms',
  'auto.include.jmx.reporter',
  'bootstrap.servers',
  'buffered.records.per.partition',
  'built.in.metrics.version',
  'check.crcs',
  'client.dns.lookup',
  'client.rack',
  'connections.max.idle.ms',
  'default.api.timeout.ms',
  'delivery.timeout.ms',
  'enable.auto.commit',
  'enable.idempotence',
  'exclude.internal.topics',
  'group.id',
  'group.instance.id',
  'group.protocol',
  'interceptor.classes',
  'max.block.ms',
  'max.in.flight.requests.per.connection',
  'max.warmup.replicas',
  'metadata.max.idle.ms',
  'partition.assignment.strategy',
  'partitioner.class',
  'poll.ms',
  'probing.rebalance.interval.ms',
  'receive.buffer.bytes',
  'reconnect.backoff.max.ms',
  'reconnect.backoff.ms',
  'repartition.purge.interval.ms',
  'retry.backoff.max.ms',
  'rocksdb.config.setter',
  'send.buffer.bytes',
  'socket.connection.setup.timeout.max.ms',
  'socket.connection.setup.timeout.ms',
  'state.cleanup.delay.ms',
  'task.timeout.ms',
  'transaction.timeout.ms',
  'transactional.id',
  'upgrade.from',
  'window.size.ms',
  'windowstore.changelog.additional.retention.ms',
]);

/** All names of individual settings, for suggestions. */
export const KNOWN_KEYS: readonly string[] = [...BY_NAME.keys(), ...CLIENT_KEYS];

/** The table entry of a key, with or without the `ksql.streams.` prefix. */
export function findConfigKey(name: string): ServerKey | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(STREAMS_PREFIX + name);
}

/** The canonical name of a key: the one in the table. */
function canonical(name: string): string {
  return BY_NAME.has(name)
    ? name
    : BY_NAME.has(STREAMS_PREFIX + name) || CLIENT_KEYS.has(name)
      ? STREAMS_PREFIX + name
      : name;
}

/** Whether the name is a key of Kafka's clients that this server does not use. */
export function isClientsAlone(name: string): boolean {
  return CLIENT_KEYS.has(name.replace(STREAMS_PREFIX, '')) && findConfigKey(name) === undefined;
}

/** Whether SET accepts this key. */
export function isKnownProperty(name: string): boolean {
  return (
    findConfigKey(name) !== undefined ||
    CLIENT_KEYS.has(name) ||
    OPEN_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/**
 * Whether a setting determines what may be reached, and by whom, and can therefore be set only when the server is
 * started. Passwords and keys of the server's connections are such settings too.
 */
export function isGuard(name: string): boolean {
  return (
    findConfigKey(name)?.isGuard === true ||
    /^(?:authentication|vault|secrets)\./.test(name) ||
    /(?:^|\.)(?:ssl|sasl|security|basic\.auth)\./.test(name)
  );
}

/** Whether a setting belongs to the server and has one value for all, so that a session or a request cannot set it. */
export function isOfServer(name: string): boolean {
  return findConfigKey(name)?.level === 'SERVER';
}

/** Checks one setting. @throws SluiceError BAD_REQUEST for an unknown key or an invalid value */
export function checkProperty(name: string, value: unknown): void {
  if (!isKnownProperty(name)) {
    throw new SluiceError(
      'BAD_REQUEST',
      `Not recognizable as ksql, streams, consumer, or producer property: '${name}'`,
      {
        hint: foreignSetting(name) ?? didYouMean(name, KNOWN_KEYS) ?? 'SHOW PROPERTIES; lists the settings.',
      },
    );
  }
  const key = findConfigKey(name);
  if (!key || value === null || value === undefined) return;
  const text = String(value);
  const reason = reasonAgainst(key, text);
  if (reason === undefined) return;
  throw new SluiceError('BAD_REQUEST', invalidValue({ name, type: key.type }, text, reason), {
    hint:
      (key.allowed && (didYouMean(text, key.allowed) ?? offsetWord(text, key.allowed))) ??
      plainNumber(name, text, reason),
  });
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Converts `10MB` or `1s` to the plain number that a setting accepts. */
function plainNumber(name: string, text: string, reason: string): string | undefined {
  if (!reason.startsWith('Not a number')) return undefined;
  const [, amount = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const isTime = /(?:^|[._])ms$/.test(name);
  const factor = isTime
    ? MS[/^m(?:illi|s)/i.test(unit) ? 'ms' : unit.slice(0, 1).toLowerCase()]
    : /bytes|memory|size|buffer/.test(name)
      ? BYTES[unit.slice(0, 1).toLowerCase()]
      : undefined;
  if (amount !== '' && factor !== undefined)
    return `It is a number of ${isTime ? 'ms' : 'bytes'} without a unit: ${Math.round(Number(amount) * factor)}.`;
  return `It is a ${/DOUBLE/.test(reason) ? 'number' : 'whole number'}${isTime ? ' of ms' : ''}.`;
}

/** Kafka's word for an end of a topic that was given by another word. */
function offsetWord(text: string, allowed: readonly string[]): string | undefined {
  const word = /begin|start|first|smallest|oldest/i.test(text)
    ? 'earliest'
    : /end|last|largest|newest/i.test(text)
      ? 'latest'
      : '';
  return allowed.includes(word) ? `Did you mean ${word}?` : undefined;
}

function reasonAgainst(key: ServerKey, text: string): string | undefined {
  const parsed = parseConfigValue(key.type, text);
  if ('reason' in parsed) return parsed.reason;
  if (key.allowed?.includes(text) === false) return `String must be one of: ${key.allowed.join(', ')}`;
  return key.validator?.(parsed.value, key);
}

/**
 * The configuration of a server, of a session on top of it or of a request: one of Kafka's keys is the same with and
 * without `ksql.streams.`.
 */
export function serverConfig(properties: Overrides): Config {
  return Config.of(properties, canonical);
}
