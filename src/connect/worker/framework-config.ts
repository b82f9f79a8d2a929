import { didYouMean } from '../../base/suggest.ts';
import { pluginVersionKey } from './plugin-version.ts';
import { atLeast, oneOf, oneOfIgnoringCase, type ConfigKey, type RawConfig } from '../api/config-spec.ts';

/** Settings that the framework itself understands, for every connector. Names, groups, order and defaults are Kafka Connect's. */

const notBlank: ConfigKey['validator'] = (value) =>
  value === null || String(value as string).trim() === '' ? 'String may not be empty' : undefined;

/** Checks class names, as validation of CLASS settings does. */
export interface KnownClasses {
  readonly isConverter: (name: string) => boolean;
  readonly isHeaderConverter: (name: string) => boolean;
  readonly converters: readonly string[];
  readonly headerConverters: readonly string[];
  /** Versions of the plugins that are configured, where they are known. */
  readonly versions: {
    readonly connector?: string | undefined;
    readonly key?: string | undefined;
    readonly value?: string | undefined;
    readonly header?: string | undefined;
  };
}

function nearestClass(name: string, classes: readonly string[]): string {
  const hint = didYouMean(name, classes);
  return hint === undefined ? '' : ` ${hint}`;
}

/** `defaults`: what a connector inherits from its worker; undefined where the tables alone are asked for. */
function common(classes: KnownClasses, defaults: RawConfig | undefined): ConfigKey[] {
  const { versions } = classes;
  const inherited = (name: string, fallback: string): string | null =>
    defaults === undefined ? null : (defaults[name] ?? fallback);
  const converterVersion = (side: 'key' | 'value' | 'header', order: number): ConfigKey =>
    pluginVersionKey({
      of: `${side}.converter`,
      what: `${side} converter`,
      version: versions[side],
      importance: 'LOW',
      group: 'Common',
      order,
      width: 'SHORT',
      displayName: `${side[0]!.toUpperCase()}${side.slice(1)} converter version`,
    });
  const known =
    (test: (name: string) => boolean): ConfigKey['validator'] =>
    (value) =>
      value !== null && !test(String(value as string))
        ? `Class ${String(value as string)} could not be found.${nearestClass(String(value as string), classes.converters)}`
        : undefined;
  return [
    {
      name: 'name',
      type: 'STRING',
      importance: 'HIGH',
      documentation: 'Name of the connector, unique in the worker.',
      group: 'Common',
      order: 1,
      width: 'MEDIUM',
      displayName: 'Connector name',
      validator: notBlank,
    },
    {
      name: 'connector.class',
      type: 'STRING',
      importance: 'HIGH',
      documentation: 'Class name, simple name or alias of the connector, e.g. FileStreamSource.',
      group: 'Common',
      order: 2,
      width: 'LONG',
      displayName: 'Connector class',
    },
    pluginVersionKey({
      of: 'connector',
      what: 'connector',
      version: versions.connector,
      importance: 'MEDIUM',
      group: 'Common',
      order: 3,
      width: 'MEDIUM',
      displayName: 'Connector version',
    }),
    {
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
    {
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
    {
      name: 'key.converter',
      type: 'CLASS',
      default: inherited('key.converter', 'org.apache.kafka.connect.json.JsonConverter'),
      importance: 'LOW',
      documentation: 'Converter of the keys, between Connect data and the bytes of the topic.',
      group: 'Common',
      order: 6,
      width: 'SHORT',
      displayName: 'Key converter class',
      validator: known(classes.isConverter),
      recommend: () => classes.converters,
    },
    converterVersion('key', 7),
    {
      name: 'value.converter',
      type: 'CLASS',
      default: inherited('value.converter', 'org.apache.kafka.connect.json.JsonConverter'),
      importance: 'LOW',
      documentation: 'Converter of the values, between Connect data and the bytes of the topic.',
      group: 'Common',
      order: 8,
      width: 'SHORT',
      displayName: 'Value converter class',
      validator: known(classes.isConverter),
      recommend: () => classes.converters,
    },
    converterVersion('value', 9),
    {
      name: 'header.converter',
      type: 'CLASS',
      default: inherited('header.converter', 'org.apache.kafka.connect.storage.SimpleHeaderConverter'),
      importance: 'LOW',
      documentation: 'Converter of the header values.',
      group: 'Common',
      order: 10,
      width: 'SHORT',
      displayName: 'Header converter class',
      validator: known(classes.isHeaderConverter),
      recommend: () => classes.headerConverters,
    },
    converterVersion('header', 11),
    {
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
    {
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
    {
      name: 'config.action.reload',
      type: 'STRING',
      default: 'restart',
      importance: 'LOW',
      documentation: 'What happens when a value behind a config provider changes: restart or none.',
      group: 'Common',
      order: 14,
      width: 'MEDIUM',
      displayName: 'Reload Action',
      validator: oneOf('restart', 'none'),
    },
    {
      name: 'errors.retry.timeout',
      type: 'LONG',
      default: '0',
      importance: 'MEDIUM',
      documentation: 'How long, in ms, a failed operation on a record is tried again. 0: not at all; -1: for ever.',
      group: 'Error Handling',
      order: 1,
      width: 'MEDIUM',
      displayName: 'Retry Timeout for Errors',
    },
    {
      name: 'errors.retry.delay.max.ms',
      type: 'LONG',
      default: '60000',
      importance: 'MEDIUM',
      documentation: 'Longest pause between two attempts, in ms.',
      group: 'Error Handling',
      order: 2,
      width: 'MEDIUM',
      displayName: 'Maximum Delay Between Retries for Errors',
    },
    {
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
    {
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
    {
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
  ];
}

const SOURCE: readonly ConfigKey[] = [
  {
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
  {
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
  {
    name: 'transaction.boundary',
    type: 'STRING',
    default: 'poll',
    importance: 'MEDIUM',
    documentation: 'poll: what one poll of the task returned is one transaction.',
    group: 'Exactly Once Support',
    order: 3,
    width: 'SHORT',
    displayName: 'Transaction Boundary',
    validator: oneOfIgnoringCase('interval', 'poll', 'connector'),
  },
  {
    name: 'transaction.boundary.interval.ms',
    type: 'LONG',
    default: null,
    importance: 'LOW',
    documentation: 'Unused: transactions end with each poll.',
    group: 'Exactly Once Support',
    order: 4,
    width: 'SHORT',
    displayName: 'Transaction boundary interval',
  },
  {
    name: 'offsets.storage.topic',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation: 'Unused: offsets are kept with those of all connectors of the worker.',
    group: 'offsets.topic',
    order: 1,
    width: 'LONG',
    displayName: 'Offsets topic',
  },
];

const SINK: readonly ConfigKey[] = [
  {
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
  {
    name: 'topics.regex',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'Pattern of the names of the topics to read.',
    group: 'Common',
    order: 4,
    width: 'LONG',
    displayName: 'Topics regex',
    validator: (value) => {
      try {
        new RegExp(String((value as string | null) ?? ''));
        return undefined;
      } catch {
        return 'Invalid regex';
      }
    },
  },
  {
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
  {
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
  {
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
];

/** Our own additions for the SQL layer. */
const SQL_KEYS: readonly ConfigKey[] = [
  {
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
  {
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
];

export function frameworkConfig(
  type: 'source' | 'sink',
  classes: KnownClasses,
  workerDefaults: RawConfig | undefined,
): readonly ConfigKey[] {
  const keys = common(classes, workerDefaults);
  return type === 'source' ? [...keys, ...SOURCE] : [...insertTopics(keys), ...SINK.slice(2)];
}

/** They stand behind the connector's own: other tools expect Connect's first. */
export function sqlConfig(type: 'source' | 'sink'): readonly ConfigKey[] {
  return type === 'source' ? SQL_KEYS : [];
}

/** `topics` and `topics.regex` stand before the converters, as in Connect's tables. */
function insertTopics(keys: readonly ConfigKey[]): ConfigKey[] {
  const at = keys.findIndex((key) => key.name === 'key.converter');
  return [...keys.slice(0, at), ...SINK.slice(0, 2), ...keys.slice(at)];
}

function uniqueAliases(what: string): ConfigKey['validator'] {
  return (value) => {
    const aliases = (value ?? []) as readonly string[];
    return new Set(aliases).size === aliases.length ? undefined : `Duplicate alias provided. (${what})`;
  };
}
