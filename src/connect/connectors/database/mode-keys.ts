import {
  atLeast,
  configKeys,
  oneOfIgnoringCase,
  writtenText,
  type ConfigKey,
  type RawConfig,
} from '../../api/config-spec.ts';
import { columnMappings } from './column-mapping.ts';

/** Whether the mode reads timestamps, or a number. */
export const reads = (config: RawConfig, part: 'timestamp' | 'incrementing'): boolean =>
  writtenText(config, MODE.mode).split('+').includes(part);

const ISOLATION_MODES = [
  'DEFAULT',
  'READ_UNCOMMITTED',
  'READ_COMMITTED',
  'REPEATABLE_READ',
  'SERIALIZABLE',
  'SQL_SERVER_SNAPSHOT',
];

/** Validates entries of `*.mapping` settings. */
const isMapping: ConfigKey['validator'] = (value) => {
  const problem = columnMappings((value ?? []) as readonly string[]);
  return typeof problem === 'string' ? problem : undefined;
};

/** How new rows are found. */
export const MODE = configKeys({
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
});
