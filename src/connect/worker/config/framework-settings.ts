import { Config } from '../../../base/config/config.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import { DEFAULT_CONVERTERS, FRAMEWORK } from './framework-config.ts';

/**
 * What the framework reads of a connector's settings, with what it inherits from its worker: parsed once, carried by
 * its tasks.
 */
export interface FrameworkSettings {
  /** As it was written: a class name, a simple name or an alias. */
  readonly connectorClass: string;
  readonly tasksMax: number;
  /** A connector that plans more tasks fails. */
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
  /** Where a sink begins in a partition of which it has no offset. */
  readonly offsetReset: 'earliest' | 'latest';
}

/** `errors.*` */
export interface ErrorSettings {
  /** Records that cannot be handled are skipped. */
  readonly isTolerant: boolean;
  /** 0: none is tried again; below 0: forever. */
  readonly retryTimeoutMs: number;
  readonly retryDelayMaxMs: number;
  readonly isLogged: boolean;
  /** The log names the place of the record. */
  readonly isPlaceLogged: boolean;
  readonly deadLetters: DeadLetterSettings | undefined;
}

export interface DeadLetterSettings {
  readonly topic: string;
  readonly replicas: number;
  readonly hasContextHeaders: boolean;
}

/** The converter of one side, and what follows its prefix. */
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
  /** The alias of the predicate that says to which records it applies. */
  readonly predicate: string | undefined;
  readonly isNegated: boolean;
}

/** The topics that a sink names: one by one, or by a pattern. */
export interface SinkTopics {
  readonly topics: readonly string[];
  readonly regex: string | undefined;
}

/** @throws SluiceError CONFIG for a value that does not fit: validation refuses those */
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

/** The topic of a sink's dead letters; undefined where they have none. */
export function deadLetterTopic(raw: RawConfig): string | undefined {
  return Config.of(raw).get(FRAMEWORK.errorsDeadletterqueueTopicName) || undefined;
}

/** How the topics of a source are declared in SQL; undefined where the connector does not say. */
export function declarationSettings(raw: RawConfig): {
  readonly declares: boolean | undefined;
  readonly namePrefix: string | undefined;
} {
  const config = Config.of(raw);
  return { declares: config.get(FRAMEWORK.sqlDeclare), namePrefix: config.get(FRAMEWORK.sqlNamePrefix) };
}

/** What a sink reads. */
export function sinkTopics(raw: RawConfig): SinkTopics {
  const config = Config.of(raw);
  return { topics: config.get(FRAMEWORK.topics), regex: config.get(FRAMEWORK.topicsRegex) || undefined };
}

/**
 * The converter of one side. A connector that names none gets the worker's, with the worker's settings for it: settings
 * of a converter count only beside the name of the converter, as in Kafka Connect.
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

/** The transforms of a connector and the predicates that they name, in their order. */
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

/** The settings behind a prefix, without it. */
export function under(raw: RawConfig, prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw))
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
  return found;
}
