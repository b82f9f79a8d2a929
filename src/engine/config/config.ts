import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import { CONFIG_KEYS, STREAMS_PREFIX, type ConfigKey } from './keys.ts';

const BY_NAME = new Map(CONFIG_KEYS.map((key) => [key.name, key]));

/** Prefixes whose keys go through to Kafka's clients, Connect or functions unchecked, as ksqlDB passes them. */
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

/** Every name that may be set by itself, for suggestions. */
export const KNOWN_KEYS: readonly string[] = [...BY_NAME.keys(), ...CLIENT_KEYS];

/** The table's entry of a key, with or without the `ksql.streams.` prefix. */
export function findConfigKey(name: string): ConfigKey | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(STREAMS_PREFIX + name);
}

/** Canonical name of a key: the one in the table. */
function canonical(name: string): string {
  return BY_NAME.has(name)
    ? name
    : BY_NAME.has(STREAMS_PREFIX + name) || CLIENT_KEYS.has(name)
      ? STREAMS_PREFIX + name
      : name;
}

/** Whether SET accepts this key. */
export function isKnownProperty(name: string): boolean {
  return (
    findConfigKey(name) !== undefined ||
    CLIENT_KEYS.has(name) ||
    OPEN_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
}

/** Checks one setting. @throws SluiceError BAD_REQUEST for an unknown key or a value that does not fit */
export function checkProperty(name: string, value: unknown): void {
  if (!isKnownProperty(name)) {
    throw new SluiceError(
      'BAD_REQUEST',
      `Not recognizable as ksql, streams, consumer, or producer property: '${name}'`,
      {
        hint: didYouMean(name, KNOWN_KEYS),
      },
    );
  }
  const key = findConfigKey(name);
  if (!key || value === null || value === undefined) return;
  const text = String(value);
  const fail = (reason: string): never => {
    throw new SluiceError('BAD_REQUEST', `Invalid value ${text} for configuration ${name}: ${reason}`, {
      hint: key.allowed === undefined ? undefined : didYouMean(text, key.allowed),
    });
  };
  switch (key.type) {
    case 'BOOLEAN':
      if (!/^(true|false)$/i.test(text.trim())) fail('Expected value to be either true or false');
      break;
    case 'INT':
    case 'LONG':
      if (!/^[+-]?\d+$/.test(text.trim())) fail(`Not a number of type ${key.type}`);
      break;
    case 'DOUBLE':
      if (text.trim() === '' || Number.isNaN(Number(text))) fail('Not a number of type DOUBLE');
      break;
    default:
      if (key.allowed && !key.allowed.includes(text)) fail(`String must be one of: ${key.allowed.join(', ')}`);
  }
}

export type Overrides = Readonly<Record<string, unknown>>;

/** A resolved view of the configuration: the server's settings with a session's or a statement's overrides on top. */
export class Config {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  static of(properties: Overrides): Config {
    return new Config(new Map()).with(properties);
  }

  with(overrides: Overrides): Config {
    const values = new Map(this.#values);
    for (const [name, value] of Object.entries(overrides)) {
      if (value === null || value === undefined) values.delete(canonical(name));
      else values.set(canonical(name), String(value));
    }
    return new Config(values);
  }

  /** The text of a key, or its default. */
  get(name: string): string | undefined {
    const key = canonical(name);
    return this.#values.get(key) ?? BY_NAME.get(key)?.default ?? undefined;
  }

  string(name: string): string {
    const value = this.get(name);
    if (value === undefined)
      throw new SluiceError('CONFIG', `Missing required configuration "${name}" which has no default value.`);
    return value;
  }

  number(name: string): number {
    return Number(this.string(name));
  }

  boolean(name: string): boolean {
    return this.string(name).trim().toLowerCase() === 'true';
  }

  list(name: string): readonly string[] {
    return (this.get(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  /** Whether the key was set, by the server's file or an override. */
  isSet(name: string): boolean {
    return this.#values.has(canonical(name));
  }

  /** Everything that was set, canonical names. */
  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }
}
