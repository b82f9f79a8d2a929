import { didYouMean } from '../../../base/suggest.ts';
import { findZone } from '../../../types/zone.ts';
import { atLeast, configKeys, oneOfIgnoringCase, type ConfigKey } from '../../api/config-spec.ts';
import { connectionKeys } from './connection-keys.ts';
import type { DatabaseEntry } from './entry.ts';
import { SHARED_MODES } from './passes.ts';
import { TIMESTAMP_GRANULARITIES } from './timestamp-granularity.ts';
import { TABLES } from './table-keys.ts';
import { MODE } from './mode-keys.ts';

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

/** How often they are looked for, and what their records are. */
const READING = configKeys({
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

/** The settings of a source beside its connection's, whatever the database. */
export const SOURCE = { ...TABLES, ...MODE, ...READING };

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
