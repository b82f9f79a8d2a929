import { Config } from '../../../base/config/config.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import { DEFAULT_CONVERTERS, FRAMEWORK } from './framework-config.ts';

/**
 * The framework's part of a connector's settings, including what it inherits from the worker. Parsed once and carried
 * by its tasks.
 */
export interface FrameworkSettings {
  /** As written: a class name, a simple name or an alias. */
  readonly connectorClass: string;
  readonly tasksMax: number;
  /** Whether a connector that plans more tasks fails. */
  readonly isTasksMaxEnforced: boolean;
  readonly errors: ErrorSettings;
  readonly converters: {
    readonly key: ConverterChoice;
    readonly value: ConverterChoice;
    readonly header: ConverterChoice;
  };
  readonly transforms: readonly TransformChoice[];
  readonly predicates: readonly PredicateChoice[];
  readonly reads: SinkTopics;
  /** Where a sink starts in a partition without a committed offset. */
  readonly offsetReset: 'earliest' | 'latest';
}

/** `errors.*` */
export interface ErrorSettings {
  /** Whether records that cannot be handled are skipped. */
  readonly isTolerant: boolean;
  /** 0: no retries; negative: retries without limit. */
  readonly retryTimeoutMs: number;
  readonly retryDelayMaxMs: number;
  readonly isLogged: boolean;
  /** Whether the log names the position of the record. */
  readonly isPlaceLogged: boolean;
  readonly deadLetters: DeadLetterSettings | undefined;
}

export interface DeadLetterSettings {
  readonly topic: string;
  readonly replicas: number;
  readonly hasContextHeaders: boolean;
}

/** The converter of keys or values, and the settings behind its prefix. */
export interface ConverterChoice {
  readonly className: string;
  readonly settings: RawConfig;
}

export interface PredicateChoice {
  readonly alias: string;
  readonly className: string;
  readonly settings: RawConfig;
}

export interface TransformChoice extends PredicateChoice {
  /** The alias of the predicate that selects the records to which it applies. */
  readonly predicate: string | undefined;
  readonly isNegated: boolean;
}

/** The topics that a sink names, individually or by a pattern. */
export interface SinkTopics {
  readonly topics: readonly string[];
  readonly regex: string | undefined;
}

/** @throws SluiceError CONFIG for an invalid value, which validation has refused before */
export function frameworkSettings(raw: RawConfig, workerDefaults: RawConfig): FrameworkSettings {
  const config = Config.of(raw);
  return {
    connectorClass: config.get(FRAMEWORK.connectorClass),
    tasksMax: config.get(FRAMEWORK.tasksMax),
    isTasksMaxEnforced: config.get(FRAMEWORK.tasksMaxEnforce),
    errors: {
      isTolerant: config.get(FRAMEWORK.errorsTolerance) === 'all',
      retryTimeoutMs: config.get(FRAMEWORK.errorsRetryTimeout),
      retryDelayMaxMs: config.get(FRAMEWORK.errorsRetryDelayMaxMs),
      isLogged: config.get(FRAMEWORK.errorsLogEnable),
      isPlaceLogged: config.get(FRAMEWORK.errorsLogIncludeMessages),
      deadLetters: deadLettersOf(raw),
    },
    converters: {
      key: converterChoice('key', raw, workerDefaults),
      value: converterChoice('value', raw, workerDefaults),
      header: converterChoice('header', raw, workerDefaults),
    },
    ...transformSettings(raw),
    reads: sinkTopics(raw),
    offsetReset: config.get(FRAMEWORK.consumerOverrideAutoOffsetReset),
  };
}

function deadLettersOf(raw: RawConfig): DeadLetterSettings | undefined {
  const topic = deadLetterTopic(raw);
  if (topic === undefined) return undefined;
  const config = Config.of(raw);
  return {
    topic,
    replicas: config.get(FRAMEWORK.errorsDeadletterqueueTopicReplicationFactor),
    hasContextHeaders: config.get(FRAMEWORK.errorsDeadletterqueueContextHeadersEnable),
  };
}

/** The topic of a sink's dead letters; undefined when there is none. */
export function deadLetterTopic(raw: RawConfig): string | undefined {
  return Config.of(raw).get(FRAMEWORK.errorsDeadletterqueueTopicName) || undefined;
}

/** How the topics of a source are declared in SQL; undefined where the connector does not specify it. */
export function declarationSettings(raw: RawConfig): {
  readonly declares: boolean | undefined;
  readonly namePrefix: string | undefined;
} {
  const config = Config.of(raw);
  return { declares: config.get(FRAMEWORK.sqlDeclare), namePrefix: config.get(FRAMEWORK.sqlNamePrefix) };
}

/** The topics that a sink reads. */
export function sinkTopics(raw: RawConfig): SinkTopics {
  const config = Config.of(raw);
  return { topics: config.get(FRAMEWORK.topics), regex: config.get(FRAMEWORK.topicsRegex) || undefined };
}

/**
 * The converter of keys or values. A connector that names none inherits the worker's with its settings: as in Kafka
 * Connect, settings of a converter count only next to its name.
 */
export function converterChoice(
  side: 'key' | 'value' | 'header',
  raw: RawConfig,
  workerDefaults: RawConfig,
): ConverterChoice {
  const key = { key: FRAMEWORK.keyConverter, value: FRAMEWORK.valueConverter, header: FRAMEWORK.headerConverter }[side];
  const config = Config.of(raw);
  const from = config.isSet(key) ? config : Config.of(workerDefaults);
  return {
    className: from.get(key) ?? DEFAULT_CONVERTERS[side],
    settings: under(from === config ? raw : workerDefaults, `${key.name}.`),
  };
}

/** The transforms of a connector and the predicates that they name, in order. */
export function transformSettings(raw: RawConfig): Pick<FrameworkSettings, 'transforms' | 'predicates'> {
  const config = Config.of(raw);
  const choice = (kind: 'transforms' | 'predicates', alias: string): PredicateChoice => {
    const settings = under(raw, `${kind}.${alias}.`);
    return { alias, className: settings['type'] ?? '', settings };
  };
  return {
    transforms: config.get(FRAMEWORK.transforms).map((alias) => {
      const made = choice('transforms', alias);
      const { predicate, negate } = made.settings;
      return { ...made, predicate, isNegated: /^true$/i.test(negate ?? '') };
    }),
    predicates: config.get(FRAMEWORK.predicates).map((alias) => choice('predicates', alias)),
  };
}

/** The settings with a prefix, without the prefix. */
export function under(raw: RawConfig, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw))
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
  return found;
}
