import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';

interface TopicConfig {
  readonly default: string;
  readonly type: 'long' | 'double' | 'boolean' | 'list' | 'string';
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** Whether the embedded log applies it. Other configs are accepted and stored, so that scripts run unchanged. */
  readonly honoured?: boolean;
}

const LONG_MAX = '9223372036854775807';

/** Kafka's topic configs with Kafka's defaults (https://kafka.apache.org/documentation/#topicconfigs). */
export const TOPIC_CONFIGS: Readonly<Record<string, TopicConfig>> = {
  'cleanup.policy': { default: 'delete', type: 'list', values: ['delete', 'compact'], honoured: true },
  'compression.type': {
    default: 'producer',
    type: 'string',
    values: ['producer', 'uncompressed', 'none', 'gzip', 'snappy', 'lz4', 'zstd'],
    honoured: true,
  },
  'delete.retention.ms': { default: '86400000', type: 'long', min: 0, honoured: true },
  'file.delete.delay.ms': { default: '60000', type: 'long', min: 0 },
  'flush.messages': { default: LONG_MAX, type: 'long', min: 1 },
  'flush.ms': { default: LONG_MAX, type: 'long', min: 0 },
  'follower.replication.throttled.replicas': { default: '', type: 'string' },
  'index.interval.bytes': { default: '4096', type: 'long', min: 0 },
  'leader.replication.throttled.replicas': { default: '', type: 'string' },
  'local.retention.bytes': { default: '-2', type: 'long', min: -2 },
  'local.retention.ms': { default: '-2', type: 'long', min: -2 },
  'max.compaction.lag.ms': { default: LONG_MAX, type: 'long', min: 1, honoured: true },
  'max.message.bytes': { default: '1048588', type: 'long', min: 0, honoured: true },
  'message.timestamp.after.max.ms': { default: '3600000', type: 'long', min: 0 },
  'message.timestamp.before.max.ms': { default: LONG_MAX, type: 'long', min: 0 },
  'message.timestamp.type': {
    default: 'CreateTime',
    type: 'string',
    values: ['CreateTime', 'LogAppendTime'],
    honoured: true,
  },
  'min.cleanable.dirty.ratio': { default: '0.5', type: 'double', min: 0, max: 1, honoured: true },
  'min.compaction.lag.ms': { default: '0', type: 'long', min: 0, honoured: true },
  'min.insync.replicas': { default: '1', type: 'long', min: 1 },
  preallocate: { default: 'false', type: 'boolean' },
  'remote.storage.enable': { default: 'false', type: 'boolean' },
  'retention.bytes': { default: '-1', type: 'long', honoured: true },
  'retention.ms': { default: '604800000', type: 'long', min: -1, honoured: true },
  'segment.bytes': { default: '1073741824', type: 'long', min: 14 },
  'segment.index.bytes': { default: '10485760', type: 'long', min: 4 },
  'segment.jitter.ms': { default: '0', type: 'long', min: 0 },
  'segment.ms': { default: '604800000', type: 'long', min: 1 },
  'unclean.leader.election.enable': { default: 'false', type: 'boolean' },
};

/**
 * Checks that Kafka would accept the configs.
 * @throws SluiceError REJECTED
 */
export function checkTopicConfigs(configs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(configs)) {
    const config = TOPIC_CONFIGS[name];
    if (config === undefined) throw new SluiceError('REJECTED', `Unknown topic config name: ${name}`);
    const problem = problemOf(config, value);
    if (problem !== undefined)
      throw new SluiceError('REJECTED', `Invalid value ${value} for configuration ${name}: ${problem}`);
  }
}

function problemOf(config: TopicConfig, value: string): string | undefined {
  switch (config.type) {
    case 'long':
      if (!/^[+-]?\d+$/.test(value)) return 'Not a number of type LONG';
      return outOfRange(config, Number(value));
    case 'double':
      if (value.trim() === '' || Number.isNaN(Number(value))) return 'Not a number of type DOUBLE';
      return outOfRange(config, Number(value));
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'Expected value to be either true or false';
    case 'list':
      return value.split(',').every((item) => config.values!.includes(item.trim()))
        ? undefined
        : `String must be one of: ${config.values!.join(', ')}`;
    case 'string':
      return config.values === undefined || config.values.includes(value)
        ? undefined
        : `String must be one of: ${config.values.join(', ')}`;
  }
}

function outOfRange(config: TopicConfig, value: number): string | undefined {
  if (config.min !== undefined && value < config.min) return `Value must be at least ${config.min}`;
  if (config.max !== undefined && value > config.max) return `Value must be no more than ${config.max}`;
  return undefined;
}

const DEFAULTS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TOPIC_CONFIGS).map(([name, config]) => [name, config.default]),
);

/** Every config's value for a topic that sets `configs`. */
export function effectiveConfigs(configs: Readonly<Record<string, string>>): Record<string, string> {
  const all = { ...DEFAULTS };
  for (const [name, value] of Object.entries(configs)) if (Object.hasOwn(all, name)) all[name] = value;
  return all;
}

/** The value of a numeric config; -1 stays -1 where it means unlimited. */
export function numberConfig(configs: Readonly<Record<string, string>>, name: string): number {
  return Number(configs[name] ?? must(TOPIC_CONFIGS[name], 'topic config').default);
}

export function isCompacted(configs: Readonly<Record<string, string>>): boolean {
  return policies(configs).includes('compact');
}

export function isDeleted(configs: Readonly<Record<string, string>>): boolean {
  return policies(configs).includes('delete');
}

function policies(configs: Readonly<Record<string, string>>): string[] {
  return (configs['cleanup.policy'] ?? 'delete').split(',').map((policy) => policy.trim());
}
