import {
  atLeast,
  between,
  oneOfIgnoringCase,
  type ConfigKey,
  type ConfigType,
  type KeyParts,
  type ValueOf,
} from '../../api/config-spec.ts';
import { findZone } from '../../../types/zone.ts';
import { connectionKeys } from './connection-keys.ts';
import type { DatabaseEntry } from './entry.ts';

const key = <const T extends ConfigType, const D extends string | null>(
  name: string,
  type: T,
  byDefault: D,
  importance: ConfigKey['importance'],
  group: string,
  order: number,
  displayName: string,
  documentation: string,
  more: KeyParts = {},
): ConfigKey<ValueOf<T, D>> => ({
  name,
  type,
  default: byDefault,
  importance,
  documentation,
  group,
  order,
  width: 'MEDIUM',
  displayName,
  ...more,
});

/** The settings of a sink beside its connection's, whatever the database. */
export const SINK = {
  insertMode: key(
    'insert.mode',
    'STRING',
    'insert',
    'HIGH',
    'Writes',
    1,
    'Insert Mode',
    'insert: INSERT. upsert: INSERT ... ON CONFLICT DO UPDATE. update: UPDATE.',
    {
      validator: oneOfIgnoringCase('insert', 'upsert', 'update'),
      recommend: () => ['insert', 'upsert', 'update'],
    },
  ),
  batchSize: key('batch.size', 'INT', '3000', 'MEDIUM', 'Writes', 2, 'Batch Size', 'Most rows of one statement.', {
    validator: atLeast(1),
  }),
  deleteEnabled: key(
    'delete.enabled',
    'BOOLEAN',
    'false',
    'MEDIUM',
    'Writes',
    3,
    'Enable deletes',
    'Whether a record without a value deletes the row of its key. Needs pk.mode=record_key.',
    {
      dependents: ['pk.mode'],
    },
  ),
  tableNameFormat: key(
    'table.name.format',
    'STRING',
    '${topic}',
    'MEDIUM',
    'Data Mapping',
    1,
    'Table Name Format',
    "Name of the table, with ${topic} for the topic's name; may have a schema before a dot.",
    {
      validator: (value) => {
        const unknown = /\$\{(?!topic\})[^}]*\}?/.exec(String(value ?? ''))?.[0];
        return unknown === undefined ? undefined : `${unknown} stands for nothing: there is ${'${topic}'} alone`;
      },
    },
  ),
  topicsToTablesMapping: key(
    'topics.to.tables.mapping',
    'LIST',
    '',
    'MEDIUM',
    'Data Mapping',
    2,
    'Topics To Tables Mapping',
    'topic:table pairs, which win over table.name.format.',
    {
      validator: (value) =>
        ((value ?? []) as readonly string[]).every((p) => /^.+:.+$/.test(p))
          ? undefined
          : 'Each entry must be topic:table',
    },
  ),
  pkMode: key(
    'pk.mode',
    'STRING',
    'none',
    'HIGH',
    'Data Mapping',
    3,
    'Primary Key Mode',
    'Where the primary key comes from: none, kafka (topic, partition, offset), record_key, record_value.',
    {
      validator: oneOfIgnoringCase('none', 'kafka', 'record_key', 'record_value'),
      recommend: () => ['none', 'kafka', 'record_key', 'record_value'],
      dependents: ['pk.fields'],
    },
  ),
  pkFields: key(
    'pk.fields',
    'LIST',
    '',
    'MEDIUM',
    'Data Mapping',
    4,
    'Primary Key Fields',
    'Columns of the primary key. Empty: all fields of the key (record_key) or of the value (record_value). A key that is one plain value needs one name.',
  ),
  recordKeyColumns: key(
    'record.key.columns',
    'BOOLEAN',
    'false',
    'LOW',
    'Data Mapping',
    7,
    'Write Key Columns',
    'Whether the fields of a record key that are not the primary key (pk.mode none, kafka, record_value) are written as columns as well.',
  ),
  appendTopics: key(
    'append.topics',
    'LIST',
    '',
    'LOW',
    'Data Mapping',
    8,
    'Append Topics',
    'Topics of events among topics of tables: each of their records becomes a row of its own, told apart by topic, partition and offset, with ' +
      'the fields of its key as columns; pk.mode, pk.fields, insert.mode and delete.enabled are for the other topics.',
  ),
  fieldsWhitelist: key(
    'fields.whitelist',
    'LIST',
    '',
    'MEDIUM',
    'Data Mapping',
    5,
    'Fields Whitelist',
    'Fields of the value to write. Empty: all.',
  ),
  dbTimezone: key(
    'db.timezone',
    'STRING',
    'UTC',
    'MEDIUM',
    'Data Mapping',
    6,
    'DB Time Zone',
    'Zone of columns of type timestamp without time zone.',
    {
      validator: (value) =>
        findZone(String((value as string | null) ?? '')) === undefined ? 'Invalid time zone identifier' : undefined,
    },
  ),
  autoCreate: key(
    'auto.create',
    'BOOLEAN',
    'false',
    'MEDIUM',
    'DDL Support',
    1,
    'Auto-Create',
    'Whether a missing table is created from the schema of the records.',
  ),
  autoEvolve: key(
    'auto.evolve',
    'BOOLEAN',
    'false',
    'MEDIUM',
    'DDL Support',
    2,
    'Auto-Evolve',
    'Whether missing columns are added.',
  ),
  quoteSqlIdentifiers: key(
    'quote.sql.identifiers',
    'STRING',
    'always',
    'MEDIUM',
    'DDL Support',
    3,
    'Quote Identifiers',
    'always: names as they are. never: names fold to lower case, as unquoted ones do.',
    {
      validator: oneOfIgnoringCase('always', 'never'),
    },
  ),
  maxRetries: key(
    'max.retries',
    'INT',
    '10',
    'MEDIUM',
    'Retries',
    1,
    'Maximum Retries',
    'Attempts to write again after the connection was lost, before the task fails (and is restarted later by the worker).',
    {
      validator: atLeast(0),
    },
  ),
  retryBackoffMs: key(
    'retry.backoff.ms',
    'INT',
    '3000',
    'MEDIUM',
    'Retries',
    2,
    'Retry Backoff (millis)',
    'Longest pause before such an attempt, in ms; the first ones are shorter.',
    {
      validator: between(0, 3_600_000),
    },
  ),
  dateTimezone: key(
    'date.timezone',
    'STRING',
    'DB_TIMEZONE',
    'MEDIUM',
    'Data Mapping',
    9,
    'Date Time Zone',
    'The zone in which a DATE is written.',
    {
      validator: oneOfIgnoringCase('DB_TIMEZONE', 'UTC'),
      inert: 'a DATE has no zone here, so no zone moves it to another day',
    },
  ),
  trimSensitiveLog: key(
    'trim.sensitive.log',
    'BOOLEAN',
    'false',
    'LOW',
    'Retries',
    3,
    'Trim Sensitive Logs',
    'Whether rows are left out of what is logged.',
    { inert: 'rows are never written to the log' },
  ),
  mssqlUseMergeHoldlock: key(
    'mssql.use.merge.holdlock',
    'BOOLEAN',
    'true',
    'LOW',
    'Writes',
    4,
    'SQL Server - Use HOLDLOCK in MERGE',
    'Whether MERGE locks what it is about to write.',
    { inert: 'it is for SQL Server alone' },
  ),
};

/** The settings of a sink, with what a database says of them. */
export const sinkKeys = (database: DatabaseEntry): readonly ConfigKey[] => [
  ...Object.values(connectionKeys(database)).map((k) => ({ ...k, group: 'Connection' })),
  ...Object.values(SINK),
];
