import { findZone } from '../../../types/zone.ts';
import {
  atLeast,
  between,
  oneOfIgnoringCase,
  writtenText,
  type ConfigKey,
  type ConfigProblem,
  type ConfigType,
  type KeyParts,
  type RawConfig,
  type ValueOf,
} from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { CONNECTION, connectionKeys } from './connection-keys.ts';
import type { DatabaseEntry } from './entry.ts';
import { fullName, splitName, TableNames } from './table-names.ts';

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

/** Rules between the settings of a sink. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const choice = (key: ConfigKey): string => writtenText(config, key).toLowerCase();
  const insertMode = choice(SINK.insertMode);
  const pkMode = choice(SINK.pkMode);
  const fields = writtenText(config, SINK.pkFields)
    .split(',')
    .map((f) => f.trim())
    .filter((f) => f !== '');
  if (insertMode !== 'insert' && pkMode === 'none') {
    problems.push({
      key: 'pk.mode',
      message: `Invalid value none for configuration pk.mode: insert.mode=${insertMode} needs a primary key: pk.mode=record_key takes that of the records, pk.mode=record_value with pk.fields=a,b columns of their values`,
    });
  }
  if (choice(SINK.deleteEnabled) === 'true' && pkMode !== 'record_key') {
    problems.push({
      key: 'delete.enabled',
      message: 'Invalid value true for configuration delete.enabled: Deletes are only supported for pk.mode record_key',
    });
  }
  if (pkMode === 'kafka' && fields.length > 0 && fields.length !== 3) {
    problems.push({
      key: 'pk.fields',
      message: `Invalid value ${fields.join(',')} for configuration pk.fields: pk.mode=kafka needs three names: topic, partition and offset`,
    });
  }
  return problems;
}

/** The tables that the records of these topics go to. */
export function targetsOf(
  { parseUrl, systemOf, defaultSchema }: DatabaseEntry,
  config: RawConfig,
  topics: readonly string[],
): readonly { topic: string; place: Place }[] {
  const target = parseUrl(writtenText(config, CONNECTION.connectionUrl));
  if (typeof target === 'string') return [];
  const pairs = writtenText(config, SINK.topicsToTablesMapping)
    .split(',')
    .map((pair) => pair.trim());
  const isFolded = writtenText(config, SINK.quoteSqlIdentifiers).toLowerCase() === 'never';
  const names = new TableNames(writtenText(config, SINK.tableNameFormat), pairs, isFolded);
  return topics.map((topic) => {
    const { schema = target.schema ?? defaultSchema, name } = splitName(names.of(topic));
    return { topic, place: { system: systemOf(target), name: fullName({ schema, name }) } };
  });
}

/**
 * A sink that is made with `sources='A'` writes a table by its key, into a table of the source's name in lower case.
 */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const isUpserted = (s: SqlSource): boolean => s.isTable && s.hasKey;
  const events = sources.filter((s) => !isUpserted(s));
  const asSaid = [SINK.pkMode, SINK.insertMode, SINK.deleteEnabled].some(({ name }) => config[name] !== undefined);
  // Names that are one in lower case stay apart as they are.
  const lower = sources.map((s) => s.name.toLowerCase());
  const tableOf = ({ name }: SqlSource): string =>
    /^[A-Z_][A-Z0-9_]*$/.test(name) && lower.filter((n) => n === name.toLowerCase()).length === 1
      ? name.toLowerCase()
      : name;
  const mixed = events.length > 0 && events.length < sources.length && !asSaid;
  return {
    // It wins over table.name.format: where the user says that, the source's name is not asked for.
    ...(config[SINK.tableNameFormat.name] === undefined && {
      'topics.to.tables.mapping': sources.map((s) => `${s.topic}:${tableOf(s)}`).join(','),
    }),
    'auto.create': 'true',
    'auto.evolve': 'true',
    // A stream's rows repeat their keys: they are told apart by their place, which also keeps a row from being written
    // twice.
    ...(events.length === 0 || mixed
      ? { 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'delete.enabled': 'true' }
      : { 'insert.mode': 'upsert', 'pk.mode': 'kafka' }),
    ...(mixed && { 'append.topics': events.map((s) => s.topic).join(',') }),
    ...(!mixed && events.some((s) => s.hasKey) && { 'record.key.columns': 'true' }),
  };
}
