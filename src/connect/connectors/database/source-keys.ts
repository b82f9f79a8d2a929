import { didYouMean } from '../../../base/suggest.ts';
import { findZone } from '../../../types/zone.ts';
import {
  atLeast,
  configKeys,
  isRegex,
  oneOfIgnoringCase,
  writtenText,
  type ConfigKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import { columnMappings } from './column-mapping.ts';
import { connectionKeys } from './connection-keys.ts';
import type { DatabaseEntry } from './entry.ts';
import { SHARED_MODES } from './passes.ts';
import { TIMESTAMP_GRANULARITIES } from './timestamp-granularity.ts';

/** The modes of sources of a database. */
export const modesOf = (database: DatabaseEntry): readonly string[] => [
  ...SHARED_MODES,
  ...Object.keys(database.ownModes),
];

const listOfTypes =
  (types: readonly string[]): ConfigKey['validator'] =>
  (value) => {
    const wrong = ((value ?? []) as readonly string[]).filter((t) => !types.includes(t.toUpperCase()));
    return wrong.length === 0 ? undefined : `String must be one of: ${types.join(', ')}`;
  };

/** Whether the mode reads timestamps, or a number. */
export const reads = (config: RawConfig, part: 'timestamp' | 'incrementing'): boolean =>
  writtenText(config, SOURCE.mode).split('+').includes(part);

const ISOLATION_MODES = [
  'DEFAULT',
  'READ_UNCOMMITTED',
  'READ_COMMITTED',
  'REPEATABLE_READ',
  'SERIALIZABLE',
  'SQL_SERVER_SNAPSHOT',
];

/** Entries of `*.mapping` settings. */
const isMapping: ConfigKey['validator'] = (value) => {
  const problem = columnMappings((value ?? []) as readonly string[]);
  return typeof problem === 'string' ? problem : undefined;
};

/** The settings of a source beside its connection's, whatever the database. */
export const SOURCE = configKeys({
  tableWhitelist: {
    name: 'table.whitelist',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Tables to read: users, public.users. Not together with the other lists.',
    group: 'Database',
    order: 7,
    width: 'LONG',
    displayName: 'Table Whitelist',
    aliases: ['tables.whitelist'],
  },
  tableBlacklist: {
    name: 'table.blacklist',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Tables to leave out; all others are read.',
    group: 'Database',
    order: 8,
    width: 'LONG',
    displayName: 'Table Blacklist',
  },
  tableIncludeList: {
    name: 'table.include.list',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Expressions for the names (schema.table) of tables to read.',
    group: 'Database',
    order: 9,
    width: 'LONG',
    displayName: 'Tables Included (Regex)',
    validator: isRegex,
  },
  tableExcludeList: {
    name: 'table.exclude.list',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Expressions for the names (schema.table) of tables to leave out of the included ones.',
    group: 'Database',
    order: 10,
    width: 'LONG',
    displayName: 'Tables Excluded (Regex)',
    validator: isRegex,
  },
  catalogPattern: {
    name: 'catalog.pattern',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation: 'Pattern (LIKE) of the database.',
    inert: 'a connection sees one database only',
    group: 'Database',
    order: 11,
    width: 'SHORT',
    displayName: 'Catalog pattern',
  },
  schemaPattern: {
    name: 'schema.pattern',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'Pattern (LIKE) of the schemas to look for tables in.',
    group: 'Database',
    order: 12,
    width: 'SHORT',
    displayName: 'Schema pattern',
  },
  numericPrecisionMapping: {
    name: 'numeric.precision.mapping',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'LOW',
    documentation: '(Deprecated) true is numeric.mapping=precision_only.',
    group: 'Database',
    order: 13,
    width: 'SHORT',
    displayName: 'Map Numeric Values By Precision (deprecated)',
  },
  numericMapping: {
    name: 'numeric.mapping',
    type: 'STRING',
    default: null,
    importance: 'LOW',
    documentation:
      'none: NUMERIC columns are decimals. precision_only: integers where the scale is 0. best_fit: also doubles where there is a scale and ' +
      'at most 18 digits. best_fit_eager_double: doubles wherever there is a scale. string, double: all of them. ' +
      'A NUMERIC without precision is DECIMAL(38, 18) with none: a value that it does not hold is the error of its row.',
    group: 'Database',
    order: 14,
    width: 'SHORT',
    displayName: 'Map Numeric Values, Integral or Decimal, By Precision and Scale',
    recommend: () => ['none', 'precision_only', 'best_fit', 'best_fit_eager_double', 'string', 'double'],
    validator: (value, key) =>
      value === null
        ? undefined
        : oneOfIgnoringCase(
            'none',
            'precision_only',
            'best_fit',
            'best_fit_eager_double',
            'string',
            'double',
          )(value, key),
  },
  dateCalendarSystem: {
    name: 'date.calendar.system',
    type: 'STRING',
    default: 'LEGACY',
    importance: 'LOW',
    documentation:
      'How days before 1582-10-15 count: in Java’s old calendar (LEGACY) or in the proleptic Gregorian one.',
    inert: 'such days always count in the proleptic Gregorian calendar, as in SQL',
    group: 'Database',
    order: 16,
    width: 'MEDIUM',
    displayName: 'Date Calendar System',
    validator: oneOfIgnoringCase('LEGACY', 'PROLEPTIC_GREGORIAN'),
  },
  mode: {
    name: 'mode',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'How new rows are found.',
    group: 'Mode',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Table Loading Mode',
    dependents: [
      'incrementing.column.name',
      'timestamp.column.name',
      'incrementing.column.mapping',
      'timestamp.columns.mapping',
      'validate.non.null',
    ],
  },
  incrementingColumnName: {
    name: 'incrementing.column.name',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Column whose numbers only grow. Empty: the identity or serial column.',
    group: 'Mode',
    order: 2,
    width: 'MEDIUM',
    displayName: 'Incrementing Column Name',
    visible: (config) => reads(config, 'incrementing'),
  },
  timestampColumnName: {
    name: 'timestamp.column.name',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation: 'Columns with the time of the last change; the first that is not NULL counts.',
    group: 'Mode',
    order: 3,
    width: 'MEDIUM',
    displayName: 'Timestamp Column Name',
    visible: (config) => reads(config, 'timestamp'),
  },
  timestampColumnsMapping: {
    name: 'timestamp.columns.mapping',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation:
      'Timestamp columns by table, in place of timestamp.column.name: regex1:[col1|col2],regex2:[col3]. Expressions are for whole names (schema.table); each table must match one.',
    group: 'Mode',
    order: 4,
    width: 'LONG',
    displayName: 'Table to timestamp columns mappings',
    visible: (config) => reads(config, 'timestamp'),
    validator: isMapping,
  },
  incrementingColumnMapping: {
    name: 'incrementing.column.mapping',
    type: 'LIST',
    default: '',
    importance: 'MEDIUM',
    documentation:
      'Incrementing column by table, in place of incrementing.column.name: regex1:col2,regex2:col1. Expressions are for whole names (schema.table); each table must match one.',
    group: 'Mode',
    order: 5,
    width: 'LONG',
    displayName: 'Table to incrementing column mappings',
    visible: (config) => reads(config, 'incrementing'),
    validator: isMapping,
  },
  timestampInitial: {
    name: 'timestamp.initial',
    type: 'LONG',
    default: null,
    importance: 'LOW',
    documentation: 'Time to begin at, in ms since the epoch; -1: now. Absent: from the first row.',
    group: 'Mode',
    order: 6,
    width: 'MEDIUM',
    displayName: 'Unix time value of initial timestamp',
    visible: (config) => reads(config, 'timestamp'),
  },
  validateNonNull: {
    name: 'validate.non.null',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation: 'Whether the columns that the mode reads must be NOT NULL.',
    group: 'Mode',
    order: 7,
    width: 'SHORT',
    displayName: 'Validate Non Null',
    visible: (config) => reads(config, 'incrementing') || reads(config, 'timestamp'),
  },
  query: {
    name: 'query',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation:
      'A query to read in place of tables. topic.prefix is then the whole name of the topic; in the short form without one, the name of the connector is.',
    group: 'Mode',
    order: 8,
    width: 'SHORT',
    displayName: 'Query',
  },
  queryMasked: {
    name: 'query.masked',
    type: 'PASSWORD',
    default: null,
    importance: 'MEDIUM',
    documentation: 'The same as query, for a text that must not be shown.',
    group: 'Mode',
    order: 9,
    width: 'SHORT',
    displayName: 'Query (Masked)',
  },
  quoteSqlIdentifiers: {
    name: 'quote.sql.identifiers',
    type: 'STRING',
    default: 'always',
    importance: 'MEDIUM',
    documentation:
      'always: names of columns and tables are those of the database; one that differs in case alone is found where only one does. never: names have no case, as SQL without quotes reads them: lower case first.',
    group: 'Mode',
    order: 10,
    width: 'MEDIUM',
    displayName: 'Quote Identifiers',
    recommend: () => ['always', 'never'],
    validator: oneOfIgnoringCase('always', 'never'),
  },
  querySuffix: {
    name: 'query.suffix',
    type: 'STRING',
    default: '',
    importance: 'LOW',
    documentation: 'Text put behind each generated query.',
    group: 'Mode',
    order: 11,
    width: 'MEDIUM',
    displayName: 'Query suffix',
  },
  transactionIsolationMode: {
    name: 'transaction.isolation.mode',
    type: 'STRING',
    default: 'DEFAULT',
    importance: 'LOW',
    documentation:
      'Isolation of the transactions that read. SERIALIZABLE, or REPEATABLE READ for everything else: a pass needs one picture of its table from beginning to end.',
    group: 'Mode',
    order: 12,
    width: 'MEDIUM',
    displayName: 'Transaction Isolation Mode',
    recommend: () => ISOLATION_MODES.map((mode) => mode.toLowerCase()),
    validator: oneOfIgnoringCase(...ISOLATION_MODES),
  },
  queryRetryAttempts: {
    name: 'query.retry.attempts',
    type: 'INT',
    default: '0',
    importance: 'LOW',
    documentation:
      'How often a statement that the database refuses is tried again before the task fails; -1: without end. A lost connection is always tried again.',
    group: 'Mode',
    order: 13,
    width: 'MEDIUM',
    displayName: 'Query Retry Attempts',
    validator: atLeast(-1),
  },
  tableTypes: {
    name: 'table.types',
    type: 'LIST',
    default: 'TABLE',
    importance: 'LOW',
    documentation: 'Kinds of tables to read.',
    group: 'Connector',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Table Types',
  },
  pollIntervalMs: {
    name: 'poll.interval.ms',
    type: 'INT',
    default: '5000',
    importance: 'HIGH',
    documentation: 'How often each table is looked at, in ms.',
    group: 'Connector',
    order: 2,
    width: 'SHORT',
    displayName: 'Poll Interval (ms)',
    validator: atLeast(1),
  },
  batchMaxRows: {
    name: 'batch.max.rows',
    type: 'INT',
    default: '20000',
    importance: 'LOW',
    documentation: 'Most rows of one batch: one transaction of the log.',
    group: 'Connector',
    order: 3,
    width: 'SHORT',
    displayName: 'Max Rows Per Batch',
    validator: atLeast(1),
  },
  maxBufferSize: {
    name: 'max.buffer.size',
    type: 'INT',
    default: '0',
    importance: 'LOW',
    documentation: 'Most rows held in memory: bounds batch.max.rows. 0: batch.max.rows alone counts.',
    group: 'Connector',
    order: 4,
    width: 'SHORT',
    displayName: 'Maximum Buffer Size',
    validator: atLeast(0),
  },
  pollLingerMs: {
    name: 'poll.linger.ms',
    type: 'LONG',
    default: '5000',
    importance: 'LOW',
    documentation:
      'Longest wait for rows before the worker is given an empty batch, in ms; here at most 1000, so that a stop is never waited for.',
    group: 'Connector',
    order: 5,
    width: 'SHORT',
    displayName: 'Poll Linger Milliseconds',
    validator: atLeast(0),
  },
  tableMonitoringStartupPollingLimitMs: {
    name: 'table.monitoring.startup.polling.limit.ms',
    type: 'LONG',
    default: '10000',
    importance: 'LOW',
    documentation: 'How long the first look at the tables may take, in ms.',
    inert: 'the tables are known before the first task is started',
    group: '',
    displayName: 'table.monitoring.startup.polling.limit.ms',
  },
  tablePollIntervalMs: {
    name: 'table.poll.interval.ms',
    type: 'LONG',
    default: '60000',
    importance: 'LOW',
    documentation: 'How often the database is asked for new and removed tables, in ms.',
    group: 'Connector',
    order: 6,
    width: 'SHORT',
    displayName: 'Metadata Change Monitoring Interval (ms)',
    validator: atLeast(1),
  },
  key: {
    name: 'key',
    type: 'STRING',
    default: '',
    importance: 'MEDIUM',
    documentation:
      "Column whose value is the record's key, in place of the primary key, as ksqlDB has it. Where it is not unique, what is read is a stream.",
    group: 'Connector',
    order: 13,
    width: 'MEDIUM',
    displayName: 'Key Column',
  },
  topicPrefix: {
    name: 'topic.prefix',
    type: 'STRING',
    default: '',
    importance: 'HIGH',
    documentation: 'Put before the name of the table to make the name of the topic; with a query, the whole name.',
    group: 'Connector',
    order: 7,
    width: 'MEDIUM',
    displayName: 'Topic Prefix',
  },
  timestampDelayIntervalMs: {
    name: 'timestamp.delay.interval.ms',
    type: 'LONG',
    default: '0',
    importance: 'HIGH',
    documentation:
      'How old a row must be before it is read, in ms: time for transactions with earlier timestamps to end.',
    group: 'Connector',
    order: 8,
    width: 'MEDIUM',
    displayName: 'Delay Interval (ms)',
    validator: atLeast(0),
  },
  dbTimezone: {
    name: 'db.timezone',
    type: 'STRING',
    default: 'UTC',
    importance: 'MEDIUM',
    documentation: 'Zone of columns of type timestamp without time zone.',
    group: 'Connector',
    order: 9,
    width: 'MEDIUM',
    displayName: 'DB time zone',
    validator: (value) =>
      findZone(String((value as string | null) ?? '')) === undefined ? 'Invalid time zone identifier' : undefined,
  },
  timestampGranularity: {
    name: 'timestamp.granularity',
    type: 'STRING',
    default: 'connect_logical',
    importance: 'LOW',
    documentation:
      'How timestamps are written. connect_logical: as timestamps, to the millisecond. micros_long, nanos_long: BIGINT since the epoch. micros_string, nanos_string: the same as text. ' +
      'micros_iso_datetime_string, nanos_iso_datetime_string: yyyy-MM-ddTHH:mm:ss with 6 or 9 digits, in db.timezone.',
    group: 'Connector',
    order: 10,
    width: 'MEDIUM',
    displayName: 'Timestamp granularity for timestamp columns',
    recommend: () => TIMESTAMP_GRANULARITIES,
    validator: oneOfIgnoringCase(...TIMESTAMP_GRANULARITIES),
  },
  timestampKeyMapping: {
    name: 'timestamp.key.mapping',
    type: 'STRING',
    default: 'auto',
    importance: 'LOW',
    documentation:
      'How a key column of times that may be finer than milliseconds travels, where timestamp.granularity is connect_logical. auto: as text where its values need it when the connector begins, or there are none, else as time. string: as text. timestamp: as time. As time a finer value is an error of its row. The value of the record has the time in any case.',
    group: 'Connector',
    order: 13,
    width: 'SHORT',
    displayName: 'Timestamp Key Mapping',
    recommend: () => ['auto', 'string', 'timestamp'],
    validator: oneOfIgnoringCase('auto', 'string', 'timestamp'),
  },
});

/** The settings of a source, with what a database says of them; it adds its own. */
export const sourceKeys = (database: DatabaseEntry): readonly ConfigKey[] => {
  const connection = connectionKeys(database);
  return Object.values({
    ...connection,
    connectionUrl: { ...connection.connectionUrl, dependents: ['table.whitelist', 'table.blacklist'] },
    ...SOURCE,
    mode: {
      ...SOURCE.mode,
      documentation:
        'How new rows are found. bulk: the whole table each time. incrementing: rows with a higher number. timestamp: rows with a later time. ' +
        `timestamp+incrementing: both.${Object.entries(database.ownModes)
          .map(([mode, what]) => ` ${mode}: ${what}.`)
          .join('')}`,
      recommend: () => modesOf(database),
      validator: (value) =>
        value === '' || modesOf(database).includes(String((value as string | null) ?? ''))
          ? undefined
          : [`String must be one of: ${modesOf(database).join(', ')}`, didYouMean(String(value), modesOf(database))]
              .filter((part) => part !== undefined)
              .join('. '),
    },
    tableTypes: {
      ...SOURCE.tableTypes,
      documentation: `Kinds of tables to read: ${database.tableTypes.join(', ')}.`,
      validator: listOfTypes(database.tableTypes),
    },
  } satisfies Readonly<Record<string, ConfigKey>>);
};
