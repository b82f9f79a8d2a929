import { must } from '../../../base/assert.ts';
import { patternProblem } from '../../../base/regex/name-pattern.ts';
import { classAdvice } from '../../../base/suggest.ts';
import { NAME_MAX } from '../../../base/topic-name.ts';
import { unseenIn } from '../../../base/visible-text.ts';
import { SIMPLE_HEADER_CONVERTER } from '../plugins/plugin-catalog.ts';
import { pluginVersionKey } from '../plugins/plugin-version.ts';
import {
  atLeast,
  configKeys,
  oneOf,
  oneOfIgnoringCase,
  type ConfigKey,
  type RawConfig,
} from '../../api/config-spec.ts';

/**
 * Settings that the framework itself interprets, for every connector. Names, groups, order and defaults are Kafka
 * Connect's.
 */

const notBlank: ConfigKey['validator'] = (value) =>
  value === null || String(value as string).trim() === '' ? 'String may not be empty' : undefined;

/**
 * As Kafka Connect checks a name (NonEmptyStringWithoutControlChars): it stands in paths, in lines of logs and in
 * metrics. Hence neither characters that change how the text around them is shown, nor more characters than a topic's
 * name may have.
 */
const plainName: ConfigKey['validator'] = (value, config) => {
  const name = String((value as string | null) ?? '');
  if (name.length > NAME_MAX) return `The name has ${name.length} characters: at most ${NAME_MAX} are allowed`;
  const unseen = unseenIn(name);
  if (unseen !== undefined && unseen > 159)
    return `The name has the invisible character U+${unseen.toString(16).toUpperCase().padStart(4, '0')}, which changes how texts are shown`;
  const codes = [...name]
    .map((character) => character.codePointAt(0) ?? 0)
    .filter((code) => code < 32 || (code >= 127 && code < 160));
  return codes.length === 0
    ? notBlank(value, config)
    : `String may not contain control sequences but had the following ASCII chars: ${codes.join(', ')}`;
};

/** A connector's settings for the framework: their names and types. */
export const FRAMEWORK = configKeys({
  name: {
    name: 'name',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Name of the connector, unique in the worker.',
    group: 'Common',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Connector name',
    validator: plainName,
  },
  connectorClass: {
    name: 'connector.class',
    type: 'STRING',
    importance: 'HIGH',
    documentation: 'Class name, simple name or alias of the connector, e.g. FileStreamSource.',
    group: 'Common',
    order: 2,
    width: 'LONG',
    displayName: 'Connector class',
  },
  tasksMax: {
    name: 'tasks.max',
    type: 'INT',
    default: '1',
    importance: 'HIGH',
    documentation: 'Most tasks that the connector may run.',
    group: 'Common',
    order: 4,
    width: 'SHORT',
    displayName: 'Tasks max',
    validator: atLeast(1),
  },
  tasksMaxEnforce: {
    name: 'tasks.max.enforce',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation: '(Deprecated) Whether a connector that plans more tasks than tasks.max fails.',
    group: 'Common',
    order: 5,
    width: 'SHORT',
    displayName: 'Enforce tasks max',
  },
  keyConverter: {
    name: 'key.converter',
    type: 'CLASS',
    default: null,
    importance: 'LOW',
    documentation: 'Converter of the keys, between Connect data and the bytes of the topic.',
    group: 'Common',
    order: 6,
    width: 'SHORT',
    displayName: 'Key converter class',
  },
  valueConverter: {
    name: 'value.converter',
    type: 'CLASS',
    default: null,
    importance: 'LOW',
    documentation: 'Converter of the values, between Connect data and the bytes of the topic.',
    group: 'Common',
    order: 8,
    width: 'SHORT',
    displayName: 'Value converter class',
  },
  headerConverter: {
    name: 'header.converter',
    type: 'CLASS',
    default: null,
    importance: 'LOW',
    documentation: 'Converter of the header values.',
    group: 'Common',
    order: 10,
    width: 'SHORT',
    displayName: 'Header converter class',
  },
  transforms: {
    name: 'transforms',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: 'Aliases of the transforms, applied in this order.',
    group: 'Transforms',
    order: 12,
    width: 'LONG',
    displayName: 'Transforms',
    validator: uniqueAliases('transformation'),
  },
  predicates: {
    name: 'predicates',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation: 'Aliases of the predicates that transforms may use.',
    group: 'Predicates',
    order: 13,
    width: 'LONG',
    displayName: 'Predicates',
    validator: uniqueAliases('predicate'),
  },
  configActionReload: {
    name: 'config.action.reload',
    type: 'STRING',
    default: 'restart',
    importance: 'LOW',
    documentation:
      'What happens when ALTER SECRET changes a value that settings refer to: the tasks begin anew with it (restart), or it waits for their next start (none). Values of files, variables and vaults are looked up at each start of a task.',
    group: 'Common',
    order: 14,
    width: 'MEDIUM',
    displayName: 'Reload Action',
    validator: oneOf('restart', 'none'),
  },
  errorsRetryTimeout: {
    name: 'errors.retry.timeout',
    type: 'LONG',
    default: '0',
    importance: 'MEDIUM',
    documentation: 'How long, in ms, a failed operation on a record is tried again. 0: not at all; -1: for ever.',
    group: 'Error Handling',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Retry Timeout for Errors',
    validator: atLeast(-1),
  },
  errorsRetryDelayMaxMs: {
    name: 'errors.retry.delay.max.ms',
    type: 'LONG',
    default: '60000',
    importance: 'MEDIUM',
    documentation: 'Longest pause between two attempts, in ms.',
    group: 'Error Handling',
    order: 2,
    width: 'MEDIUM',
    displayName: 'Maximum Delay Between Retries for Errors',
    validator: atLeast(0),
  },
  errorsTolerance: {
    name: 'errors.tolerance',
    type: 'STRING',
    default: 'none',
    importance: 'MEDIUM',
    documentation: 'none: the first record that cannot be handled fails the task. all: such records are skipped.',
    group: 'Error Handling',
    order: 3,
    width: 'SHORT',
    displayName: 'Error Tolerance',
    validator: oneOf('none', 'all'),
  },
  errorsLogEnable: {
    name: 'errors.log.enable',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation: 'Whether tolerated errors are logged too.',
    group: 'Error Handling',
    order: 4,
    width: 'SHORT',
    displayName: 'Log Errors',
  },
  errorsLogIncludeMessages: {
    name: 'errors.log.include.messages',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation: 'Whether the log names the place of the record. Its content is never logged.',
    group: 'Error Handling',
    order: 5,
    width: 'SHORT',
    displayName: 'Log Error Details',
  },
  topicCreationGroups: {
    name: 'topic.creation.groups',
    type: 'LIST',
    default: '',
    importance: 'LOW',
    documentation:
      'Groups of settings for topics that the source creates: topic.creation.GROUP.include, .partitions, ...',
    group: 'Topic Creation',
    order: 1,
    width: 'LONG',
    displayName: 'Topic Creation Groups',
  },
  exactlyOnceSupport: {
    name: 'exactly.once.support',
    type: 'STRING',
    default: 'requested',
    importance: 'MEDIUM',
    documentation: 'requested or required. Records and source offsets are always committed together here.',
    group: 'Exactly Once Support',
    order: 2,
    width: 'SHORT',
    displayName: 'Exactly once support',
    validator: oneOfIgnoringCase('requested', 'required'),
  },
  transactionBoundary: {
    name: 'transaction.boundary',
    type: 'STRING',
    default: 'poll',
    importance: 'MEDIUM',
    documentation: 'poll: what one poll of the task returned is one transaction.',
    inert: 'a poll always is one',
    group: 'Exactly Once Support',
    order: 3,
    width: 'SHORT',
    displayName: 'Transaction Boundary',
    validator: oneOfIgnoringCase('interval', 'poll', 'connector'),
  },
  transactionBoundaryIntervalMs: {
    name: 'transaction.boundary.interval.ms',
    type: 'LONG',
    default: null,
    importance: 'LOW',
    documentation: 'How often a transaction ends, in ms.',
    inert: 'transactions end with each poll',
    group: 'Exactly Once Support',
    order: 4,
    width: 'SHORT',
    displayName: 'Transaction boundary interval',
  },
  offsetsStorageTopic: {
    name: 'offsets.storage.topic',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Topic for the offsets of this connector alone.',
    inert: 'offsets are kept with those of all connectors of the worker',
    group: 'offsets.topic',
    order: 1,
    width: 'LONG',
    displayName: 'Offsets topic',
  },
  topics: {
    name: 'topics',
    type: 'LIST',
    default: '',
    importance: 'HIGH',
    documentation: 'Topics to read, separated by commas.',
    group: 'Common',
    order: 4,
    width: 'LONG',
    displayName: 'Topics',
  },
  topicsRegex: {
    name: 'topics.regex',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'Pattern of the names of the topics to read.',
    group: 'Common',
    order: 4,
    width: 'LONG',
    displayName: 'Topics regex',
    validator: (value) =>
      patternProblem(String((value as string | null) ?? '')) === undefined ? undefined : 'Invalid regex',
  },
  errorsDeadletterqueueTopicName: {
    name: 'errors.deadletterqueue.topic.name',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Topic for records that could not be handled. Empty: they are dropped (errors.tolerance=all).',
    group: 'Error Handling',
    order: 6,
    width: 'MEDIUM',
    displayName: 'Dead Letter Queue Topic Name',
  },
  errorsDeadletterqueueTopicReplicationFactor: {
    name: 'errors.deadletterqueue.topic.replication.factor',
    type: 'SHORT',
    default: '3',
    importance: 'MEDIUM',
    documentation: 'Replicas of the dead letter topic when it is created. The embedded log keeps one.',
    group: 'Error Handling',
    order: 7,
    width: 'MEDIUM',
    displayName: 'Dead Letter Queue Topic Replication Factor',
  },
  errorsDeadletterqueueContextHeadersEnable: {
    name: 'errors.deadletterqueue.context.headers.enable',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation: 'Whether dead letters carry headers that tell where and why they failed (__connect.errors.*).',
    group: 'Error Handling',
    order: 8,
    width: 'MEDIUM',
    displayName: 'Enable Error Context Headers',
  },
  consumerOverrideAutoOffsetReset: {
    name: 'consumer.override.auto.offset.reset',
    type: 'STRING',
    default: 'earliest',
    importance: 'LOW',
    documentation: 'Where a sink begins in a partition of which it has no offset: earliest or latest.',
    allowed: ['earliest', 'latest'],
  },
  sqlDeclare: {
    name: 'sql.declare',
    type: 'BOOLEAN',
    default: null,
    importance: 'LOW',
    documentation:
      'Whether a table or stream is declared for each topic of the source. Default: yes for connectors that know their schemas.',
    group: 'SQL',
    order: 1,
    width: 'SHORT',
    displayName: 'Declare sources',
  },
  sqlNamePrefix: {
    name: 'sql.name.prefix',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'Prefix of the names of declared tables and streams. Default: the name of the connector and an underscore.',
    group: 'SQL',
    order: 2,
    width: 'MEDIUM',
    displayName: 'Name prefix',
  },
});

/** Checks class names, as the validation of CLASS settings does. */
export interface KnownClasses {
  readonly isConverter: (name: string) => boolean;
  readonly isHeaderConverter: (name: string) => boolean;
  readonly converters: readonly string[];
  readonly headerConverters: readonly string[];
  /** Versions of the configured plugins, where known. */
  readonly versions: {
    readonly connector?: string | undefined;
    readonly key?: string | undefined;
    readonly value?: string | undefined;
    readonly header?: string | undefined;
  };
}

/**
 * The three keys of a key or value converter. `defaults` are inherited from the worker; undefined when only the tables
 * are requested.
 */
function converterKeys(
  side: 'key' | 'value' | 'header',
  classes: KnownClasses,
  defaults: RawConfig | undefined,
): readonly ConfigKey[] {
  const key = { key: FRAMEWORK.keyConverter, value: FRAMEWORK.valueConverter, header: FRAMEWORK.headerConverter }[side];
  const known = side === 'header' ? classes.headerConverters : classes.converters;
  const isKnown = side === 'header' ? classes.isHeaderConverter : classes.isConverter;
  return [
    {
      ...key,
      default: defaults === undefined ? null : (defaults[key.name] ?? DEFAULT_CONVERTERS[side]),
      validator: (value) =>
        value !== null && !isKnown(String(value as string))
          ? `Class ${String(value as string)} could not be found.${classAdvice(String(value as string), classes.converters)}`
          : undefined,
      recommend: () => known,
    },
    pluginVersionKey({
      of: `${side}.converter`,
      what: `${side} converter`,
      version: classes.versions[side],
      importance: 'LOW',
      group: 'Common',
      order: key.order! + 1,
      width: 'SHORT',
      displayName: `${must(side[0], 'setting').toUpperCase()}${side.slice(1)} converter version`,
    }),
  ];
}

/** The converters of a worker whose settings name none. */
export const DEFAULT_CONVERTERS = {
  key: 'org.apache.kafka.connect.json.JsonConverter',
  value: 'org.apache.kafka.connect.json.JsonConverter',
  header: SIMPLE_HEADER_CONVERTER,
} as const;

/** The keys that validation returns, in Connect's order. */
export function frameworkConfig(
  type: 'source' | 'sink',
  classes: KnownClasses,
  workerDefaults: RawConfig | undefined,
): readonly ConfigKey[] {
  const isSource = type === 'source';
  return [
    FRAMEWORK.name,
    FRAMEWORK.connectorClass,
    pluginVersionKey({
      of: 'connector',
      what: 'connector',
      version: classes.versions.connector,
      importance: 'MEDIUM',
      group: 'Common',
      order: 3,
      width: 'MEDIUM',
      displayName: 'Connector version',
    }),
    FRAMEWORK.tasksMax,
    FRAMEWORK.tasksMaxEnforce,
    ...(isSource ? [] : [FRAMEWORK.topics, FRAMEWORK.topicsRegex]),
    ...converterKeys('key', classes, workerDefaults),
    ...converterKeys('value', classes, workerDefaults),
    ...converterKeys('header', classes, workerDefaults),
    FRAMEWORK.transforms,
    FRAMEWORK.predicates,
    FRAMEWORK.configActionReload,
    FRAMEWORK.errorsRetryTimeout,
    FRAMEWORK.errorsRetryDelayMaxMs,
    FRAMEWORK.errorsTolerance,
    FRAMEWORK.errorsLogEnable,
    FRAMEWORK.errorsLogIncludeMessages,
    ...(isSource ? SOURCE_KEYS : SINK_KEYS),
  ];
}

const SOURCE_KEYS: readonly ConfigKey[] = [
  FRAMEWORK.topicCreationGroups,
  FRAMEWORK.exactlyOnceSupport,
  FRAMEWORK.transactionBoundary,
  FRAMEWORK.transactionBoundaryIntervalMs,
  FRAMEWORK.offsetsStorageTopic,
];

const SINK_KEYS: readonly ConfigKey[] = [
  FRAMEWORK.errorsDeadletterqueueTopicName,
  FRAMEWORK.errorsDeadletterqueueTopicReplicationFactor,
  FRAMEWORK.errorsDeadletterqueueContextHeadersEnable,
];

/** Settings beyond those of Connect. They follow the connector's own, since other tools expect Connect's first. */
export function sqlConfig(type: 'source' | 'sink'): readonly ConfigKey[] {
  // Connect has dead letters only for sinks.
  return type === 'source' ? [FRAMEWORK.sqlDeclare, FRAMEWORK.sqlNamePrefix, ...SINK_KEYS] : [];
}

function uniqueAliases(what: string): ConfigKey['validator'] {
  return (value) => {
    const aliases = (value ?? []) as readonly string[];
    return new Set(aliases).size === aliases.length ? undefined : `Duplicate alias provided. (${what})`;
  };
}
