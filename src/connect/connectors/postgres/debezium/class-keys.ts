import { atLeast, between, configKeys, isRegex, oneLine, oneOf, type ConfigKey } from '../../../api/config-spec.ts';
import { CAPTURE } from '../cdc/config-keys.ts';
import { FORM } from './form-keys.ts';

/** The settings of Debezium's class, except those for records: with its names, defaults and groups. */

const text = (
  name: string,
  documentation: string,
  more: Partial<Pick<ConfigKey, 'default' | 'importance' | 'validator' | 'recommend' | 'inert' | 'isFile'>> = {},
) => ({ name, type: 'STRING' as const, default: null, documentation, group: 'Postgres', ...more });

const oneOfThese = (name: string, byDefault: string, allowed: readonly string[], documentation: string) =>
  text(name, documentation, { default: byDefault, validator: oneOf(...allowed), recommend: () => allowed });

/** Accepts only the default, because another value would require a Java class. */
const onlyDefault =
  (byDefault: string | null, why: string): ConfigKey['validator'] =>
  (value) =>
    value === null || value === '' || String(value as string) === byDefault ? undefined : why;

const NO_CLASS = 'No Java class can run here';

const SNAPSHOT_MODES = ['initial', 'no_data', 'always', 'when_needed', 'configuration_based'];

export const CLASS = configKeys({
  topicPrefix: {
    name: 'topic.prefix',
    type: 'STRING',
    importance: 'HIGH',
    documentation: "Begins every topic's name, and is the name of the server in every record.",
    group: 'Postgres',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Topic prefix',
    validator: (value) =>
      value === null || value === '' || /^[A-Za-z0-9._-]+$/.test(String(value as string))
        ? undefined
        : `${value as string} has invalid format (only the underscore, hyphen, dot and alphanumeric characters are allowed)`,
  },
  hostname: { ...text('database.hostname', 'Host of the database.', { importance: 'HIGH' }), default: undefined },
  port: {
    name: 'database.port',
    type: 'INT',
    default: '5432',
    importance: 'HIGH',
    documentation: 'Port of the database.',
    group: 'Postgres',
    validator: between(1, 65_535),
  },
  user: {
    ...text('database.user', 'User to connect as.', { importance: 'HIGH', validator: oneLine }),
    default: undefined,
  },
  password: {
    name: 'database.password',
    type: 'PASSWORD',
    default: null,
    importance: 'HIGH',
    documentation: 'Password of the user.',
    group: 'Postgres',
  },
  database: { ...text('database.dbname', 'Name of the database.', { importance: 'HIGH' }), default: undefined },
  sslmode: oneOfThese(
    'database.sslmode',
    'prefer',
    ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'],
    'How the connection is encrypted, as libpq has it.',
  ),
  sslrootcert: {
    ...text('database.sslrootcert', "Authorities that vouch for the server's certificate, a file in PEM."),
    isFile: true,
  },
  sslcert: { ...text('database.sslcert', "The client's certificate, a file in PEM."), isFile: true },
  sslkey: { ...text('database.sslkey', 'Its key, a file in PEM or PKCS #8.'), isFile: true },
  sslpassword: {
    name: 'database.sslpassword',
    type: 'PASSWORD',
    default: null,
    documentation: 'Opens the key.',
    group: 'Postgres',
  },
  slotName: text('slot.name', 'Replication slot. One that exists is read from where it stands; else it is made.', {
    default: 'debezium',
    validator: (value) =>
      /^[a-z0-9_]{1,63}$/.test(String(value as string))
        ? undefined
        : 'Valid replication slot name must contain only digits, lowercase characters and underscores with length <= 63',
  }),
  publicationName: text(
    'publication.name',
    'Publication. One that exists is taken as it is; else two are made, named after the slot: of tables with a replica identity, and with _inserts behind it of those without, whose updates it would make fail.',
    { default: 'dbz_publication' },
  ),
  autocreate: oneOfThese(
    'publication.autocreate.mode',
    'all_tables',
    ['all_tables', 'filtered', 'disabled', 'no_tables'],
    'Whether publications are made where there is none of the name: all_tables and filtered do, for the tables that are captured; disabled and no_tables do not.',
  ),
  viaRoot: {
    name: 'publish.via.partition.root',
    type: 'BOOLEAN',
    default: 'false',
    documentation: 'Whether changes of a partition are those of its table; else each partition has a topic of its own.',
    group: 'Connector',
  },
  tableInclude: list('table.include.list', 'Expressions for the tables (schema.table) that are captured.', 'HIGH'),
  tableExclude: list('table.exclude.list', 'Expressions for tables (schema.table) that are left out.'),
  schemaInclude: list('schema.include.list', 'Expressions for the schemas whose tables are captured.', 'HIGH'),
  schemaExclude: list('schema.exclude.list', 'Expressions for schemas whose tables are left out.'),
  snapshotMode: text(
    'snapshot.mode',
    'What is read of the rows that are there. initial: all, once. when_needed: all, once, and again where the slot has lost changes. always: all, whenever the connector starts. no_data: none. configuration_based: as snapshot.mode.configuration.based.* say.',
    {
      default: 'initial',
      recommend: () => SNAPSHOT_MODES,
      validator: (value, key) => {
        const mode = String(value as string);
        if (mode === 'initial_only')
          return "A reading without a stream is not had: 'snapshot.mode'='initial', and STOP CONNECTOR when it is done";
        if (mode === 'custom') return NO_CLASS;
        return oneOf(...SNAPSHOT_MODES)(value, key);
      },
    },
  ),
  basedData: flag('snapshot.mode.configuration.based.snapshot.data', 'Whether the rows are read that are there.'),
  basedStream: {
    ...flag('snapshot.mode.configuration.based.start.stream', 'Whether changes are read: always here.'),
    validator: undefined,
  },
  basedDataError: flag(
    'snapshot.mode.configuration.based.snapshot.on.data.error',
    'Whether the rows are read again where the slot has lost changes.',
  ),
  snapshotTables: list('snapshot.include.collection.list', 'Expressions for the tables whose rows are read at first.'),
  selects: {
    ...list(
      'snapshot.select.statement.overrides',
      "Tables whose first reading has the rows of a statement, which stands under this name with the table's behind it.",
    ),
    validator: undefined,
  },
  heartbeatInterval: {
    name: 'heartbeat.interval.ms',
    type: 'INT',
    default: '0',
    documentation: 'How often a record goes to the topic of heartbeats, in ms. 0: never.',
    group: 'Connector',
    validator: atLeast(0),
  },
  signals: text(
    'signal.data.collection',
    'The table (schema.table) whose new rows are signals: execute-snapshot, pause-snapshot, resume-snapshot, stop-snapshot, log.',
  ),
  heartbeatQuery: text('heartbeat.action.query', 'A statement that is sent with every heartbeat.'),
  pollInterval: {
    name: 'poll.interval.ms',
    type: 'LONG',
    default: '500',
    documentation: 'How long the connector waits for changes.',
    inert: 'a change is written when it comes',
    group: 'Connector',
  },
  batchSize: {
    name: 'max.batch.size',
    type: 'INT',
    default: '2048',
    documentation: 'Records that are written at a time, at most.',
    group: 'Connector',
    validator: atLeast(1),
  },
});

function list(name: string, documentation: string, importance: ConfigKey['importance'] = 'MEDIUM') {
  return {
    name,
    type: 'LIST' as const,
    default: null,
    importance,
    documentation,
    group: 'Events',
    validator: isRegex,
  };
}

function flag(name: string, documentation: string) {
  return { name, type: 'BOOLEAN' as const, default: 'false', documentation, group: 'Connector' };
}

/** Settings that have no effect here: type, default, and why. */
const INERT: readonly (readonly [name: string, type: ConfigKey['type'], byDefault: string | null, why: string])[] = [
  ['plugin.name', 'STRING', 'decoderbufs', 'changes are decoded by pgoutput, which every server has'],
  ['slot.drop.on.stop', 'BOOLEAN', 'false', 'a slot that was made goes with DROP CONNECTOR TERMINATE'],
  ['slot.failover', 'BOOLEAN', 'false', 'a slot is made for fail-over where the server can'],
  ['slot.stream.params', 'STRING', null, 'pgoutput is given what it needs'],
  ['slot.max.retries', 'INT', '6', 'a slot that another connection reads is waited for without end'],
  ['slot.retry.delay.ms', 'LONG', '10000', 'pauses between attempts grow by themselves'],
  ['lsn.flush.mode', 'STRING', null, 'the server hears of a place when its records are committed'],
  ['lsn.flush.timeout.ms', 'LONG', '30000', 'the server hears of a place when its records are committed'],
  ['lsn.flush.timeout.action', 'STRING', 'fail', 'the server hears of a place when its records are committed'],
  ['flush.lsn.source', 'BOOLEAN', 'true', 'the server hears of a place when its records are committed'],
  ['status.update.interval.ms', 'INT', '10000', 'the server hears from the connector every 5 s'],
  ['database.tcpKeepAlive', 'BOOLEAN', 'true', 'connections are kept alive always'],
  ['database.query.timeout.ms', 'INT', '600000', 'no statement is given up'],
  ['connection.validation.timeout.ms', 'LONG', '60000', 'an attempt to connect takes 10 s at most'],
  ['xmin.fetch.interval.ms', 'LONG', '0', "the slot's xmin is not watched"],
  ['event.processing.failure.handling.mode', 'STRING', 'fail', 'errors.tolerance says what becomes of a bad row'],
  ['max.queue.size', 'INT', '8192', 'changes wait in the socket, not in a queue'],
  ['max.queue.size.in.bytes', 'LONG', '0', 'changes wait in the socket, not in a queue'],
  ['snapshot.delay.ms', 'LONG', '0', 'rows are read at once'],
  ['streaming.delay.ms', 'LONG', '0', 'changes are read beside the rows'],
  ['snapshot.fetch.size', 'INT', null, 'rows come in pieces of at most a megabyte'],
  ['query.fetch.size', 'INT', '0', 'rows come in pieces of at most a megabyte'],
  ['snapshot.max.threads', 'INT', '1', 'one connection reads the rows'],
  ['snapshot.max.threads.multiplier', 'INT', '1', 'one connection reads the rows'],
  ['legacy.snapshot.max.threads', 'BOOLEAN', 'false', 'one connection reads the rows'],
  ['snapshot.lock.timeout.ms', 'LONG', '10000', 'no table is locked'],
  ['snapshot.locking.mode', 'STRING', 'none', 'no table is locked'],
  ['snapshot.isolation.mode', 'STRING', 'serializable', 'each piece is read in a snapshot of its own'],
  ['snapshot.tables.order.by.row.count', 'STRING', 'disabled', 'tables are read in the order of their names'],
  ['snapshot.mode.configuration.based.snapshot.schema', 'BOOLEAN', 'false', 'schemas come from the stream'],
  ['snapshot.mode.configuration.based.snapshot.on.schema.error', 'BOOLEAN', 'false', 'schemas come from the stream'],
  ['schema.refresh.mode', 'STRING', 'columns_diff', 'a table is looked at anew when the stream says that it changed'],
  ['retriable.restart.connector.wait.ms', 'LONG', '10000', 'pauses between attempts grow by themselves'],
  ['errors.max.retries', 'INT', '-1', 'a database that is away is waited for without end'],
  ['executor.shutdown.timeout.ms', 'LONG', '4000', 'a task ends at once'],
  ['guardrail.collections.max', 'INT', '0', 'any number of tables is captured'],
  ['guardrail.collections.limit.action', 'STRING', 'warn', 'any number of tables is captured'],
  ['statistics.metrics.enabled', 'BOOLEAN', 'true', 'metrics are those of this server'],
  ['custom.metric.tags', 'LIST', null, 'metrics are those of this server'],
  ['custom.sanitize.pattern', 'STRING', null, 'secrets are known by their type'],
  ['openlineage.integration.enabled', 'BOOLEAN', 'false', 'lineage is told by SHOW CONNECTORS and the console'],
  ['openlineage.integration.config.file.path', 'STRING', './openlineage.yml', 'lineage is told by the console'],
  ['openlineage.integration.job.namespace', 'STRING', null, 'lineage is told by the console'],
  ['openlineage.integration.job.description', 'STRING', null, 'lineage is told by the console'],
  ['openlineage.integration.job.tags', 'LIST', null, 'lineage is told by the console'],
  ['openlineage.integration.job.owners', 'LIST', null, 'lineage is told by the console'],
  ['openlineage.integration.dataset.kafka.bootstrap.servers', 'STRING', null, 'lineage is told by the console'],
  ['memory.management.schemas.class', 'CLASS', 'io.debezium.relational.ConcurrentMapTableMappingStorage', 'no Java'],
  ['memory.management.tables.class', 'CLASS', 'io.debezium.relational.ConcurrentMapTableMappingStorage', 'no Java'],
  ['table.ignore.builtin', 'BOOLEAN', 'true', 'tables of the system are never captured'],
  ['include.schema.comments', 'BOOLEAN', 'false', 'comments of tables are not read'],
  ['incremental.snapshot.watermarking.strategy', 'STRING', 'INSERT_INSERT', 'watermarks need no table here'],
  ['signal.kafka.bootstrap.servers', 'STRING', null, 'signals are read from a topic of this server'],
  ['signal.kafka.groupId', 'STRING', 'kafka-signal', "the place in the topic is kept with the connector's offsets"],
  ['signal.kafka.poll.timeout.ms', 'INT', '100', 'what is in the topic is read at once'],
];

/** Settings that accept only their default: type, default, and what to do instead. */
const REFUSED: readonly (readonly [name: string, type: ConfigKey['type'], byDefault: string | null, why: string])[] = [
  [
    'replica.identity.autoset.values',
    'STRING',
    null,
    'No table is altered from here: ALTER TABLE ... REPLICA IDENTITY',
  ],
  ['database.initial.statements', 'STRING', null, 'Connections begin with no statements of a user'],
  ['database.sslfactory', 'STRING', null, NO_CLASS],
  ['converters', 'STRING', null, NO_CLASS],
  ['post.processors', 'STRING', null, NO_CLASS],
  [
    'topic.naming.strategy',
    'CLASS',
    'io.debezium.schema.SchemaTopicNamingStrategy',
    `${NO_CLASS}: a transform renames topics`,
  ],
  ['sourceinfo.struct.maker', 'CLASS', 'io.debezium.connector.postgresql.PostgresSourceInfoStructMaker', NO_CLASS],
  [
    'transaction.metadata.factory',
    'CLASS',
    'io.debezium.pipeline.txmetadata.DefaultTransactionMetadataFactory',
    NO_CLASS,
  ],
  ['snapshot.mode.custom.name', 'STRING', null, NO_CLASS],
  ['snapshot.query.mode', 'STRING', 'select_all', NO_CLASS],
  ['snapshot.query.mode.custom.name', 'STRING', null, NO_CLASS],
  ['snapshot.locking.mode.custom.name', 'STRING', null, NO_CLASS],
];

/** Settings for signals that have the same names in Debezium. */
const SIGNALS = [
  CAPTURE.signalChannels,
  CAPTURE.signalTopic,
  CAPTURE.signalBegin,
  CAPTURE.signalFile,
  CAPTURE.signalInterval,
  CAPTURE.chunkRows,
];

/** All settings of the class. */
export const CLASS_KEYS: readonly ConfigKey[] = [
  ...Object.values(CLASS),
  ...[...Object.values(FORM), ...SIGNALS].map((key): ConfigKey => ({ ...key, visible: undefined })),
  ...REFUSED.map(([name, type, byDefault, why]): ConfigKey => ({
    name,
    type,
    default: byDefault,
    importance: 'LOW',
    documentation: `Only the default. ${why}.`,
    group: 'Connector',
    validator: (value, key) => {
      const text = Array.isArray(value) ? (value as readonly string[]).join(',') : value;
      return onlyDefault(byDefault, why)!(text === null ? null : String(text as string), key);
    },
  })),
  ...INERT.map(([name, type, byDefault, inert]): ConfigKey => ({
    name,
    type,
    default: byDefault,
    importance: 'LOW',
    documentation: "A setting of Debezium's.",
    inert,
    group: 'Connector',
  })),
];
