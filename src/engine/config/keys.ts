/** Where a key may be set. `SERVER` keys are read once; `QUERY` keys may also be SET in a session or sent with a request. */
export type ConfigLevel = 'SERVER' | 'QUERY';

export type ConfigType = 'BOOLEAN' | 'INT' | 'LONG' | 'DOUBLE' | 'STRING' | 'LIST' | 'PASSWORD';

export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  /** Text as in a properties file; null: not set. */
  readonly default: string | null;
  readonly level: ConfigLevel;
  readonly doc: string;
  readonly allowed?: readonly string[];
  /** Set for a key that is accepted, so that files and scripts of ksqlDB run as they are, and changes nothing: why that is so. */
  readonly inert?: string;
}

const server = (
  name: string,
  type: ConfigType,
  fallback: string | null,
  doc: string,
  allowed?: readonly string[],
): ConfigKey => ({
  name,
  type,
  default: fallback,
  level: 'SERVER',
  doc,
  ...(allowed && { allowed }),
});
const query = (
  name: string,
  type: ConfigType,
  fallback: string | null,
  doc: string,
  allowed?: readonly string[],
): ConfigKey => ({
  ...server(name, type, fallback, doc, allowed),
  level: 'QUERY',
});

/** A key that is accepted and changes nothing. @param why a clause that ends the sentence "It has no effect: ..." */
const inert = (key: ConfigKey, why: string): ConfigKey => ({ ...key, inert: why });

/**
 * Every configuration key, with ksqlDB's and Kafka's names where those exist. SHOW PROPERTIES, SET, /is_valid_property, the checks of
 * request properties and docs/reference/configuration.md all read this table. Keys with the prefix `ksql.streams.` are the same keys as
 * without it.
 */
export const CONFIG_KEYS: readonly ConfigKey[] = [
  server('listeners', 'LIST', 'http://127.0.0.1:8088', 'Address of the REST API; one port serves HTTP/1.1 and HTTP/2.'),
  server('data.dir', 'STRING', '.sluice', 'Folder of the embedded log, the state and the connectors’ offsets.'),
  server(
    'log.fsync',
    'STRING',
    'interval',
    'Embedded log: every setting survives the death of the process; `commit` also a power cut, `interval` all but the last log.fsync.interval.ms of one, `never` leaves it to the system.',
    ['commit', 'interval', 'never'],
  ),
  server('log.fsync.interval.ms', 'LONG', '1000', 'Embedded log: time between syncs for log.fsync=interval, in ms.'),
  server(
    'query.threads',
    'INT',
    null,
    'Embedded log: worker threads that run the persistent queries, each query in one; 0: in the thread that serves clients. Default: the cores less one, 1 at least, 8 at most. On Kafka see ksql.streams.num.stream.threads.',
  ),
  server(
    'log.map.size',
    'LONG',
    '68719476736',
    'Embedded log: upper bound of its size, in bytes (address space, not disk).',
  ),
  server(
    'log.retention.check.interval.ms',
    'LONG',
    '300000',
    'Embedded log: how often retention and compaction run, in ms.',
  ),
  server('num.partitions', 'INT', '1', 'Embedded log: partitions of topics that connectors create.'),
  server('bootstrap.servers', 'LIST', null, 'Brokers of an Apache Kafka cluster; without it the embedded log is used.'),
  server('ksql.service.id', 'STRING', 'default_', 'Names the cluster: part of internal topics and consumer groups.'),
  server('ksql.advertised.listener', 'STRING', null, 'Address under which other servers reach this one.'),
  server('ksql.connect.url', 'LIST', null, 'URLs of a Kafka Connect cluster; without it the embedded worker is used.'),
  server(
    'ksql.connect.worker.config',
    'STRING',
    null,
    'Properties file of a Connect worker: its converters are those of connectors that name none.',
  ),
  server('ksql.connect.basic.auth.credentials.source', 'STRING', 'NONE', 'NONE or FILE.', ['NONE', 'FILE']),
  server('ksql.connect.basic.auth.credentials.file', 'STRING', null, 'File with `username=` and `password=`.'),
  server('ksql.connect.request.timeout.ms', 'LONG', '5000', 'Time-out of a call to Connect, in ms.'),
  server(
    'ksql.connect.polling.enable',
    'BOOLEAN',
    'true',
    'Declare sources for the topics of blessed connectors as they appear.',
  ),
  query(
    'ksql.connect.unknown.settings',
    'STRING',
    'error',
    'What CREATE and ALTER CONNECTOR do about settings that the connector does not know: error, warn or ignore. On a Connect cluster, error is warn.',
    ['error', 'warn', 'ignore'],
  ),
  server(
    'connect.listeners',
    'LIST',
    'http://127.0.0.1:8083',
    'Address of the embedded worker’s REST API; empty turns it off.',
  ),
  server(
    'connect.rest.show.passwords',
    'BOOLEAN',
    'false',
    'Whether the embedded worker’s REST API shows passwords of connectors, as Kafka Connect’s does; else `[hidden]`. SQL never does.',
  ),
  server(
    'plugin.path',
    'LIST',
    null,
    'Modules, folders of modules, or packages with further connectors (see sluice/connect).',
  ),
  server(
    'ksql.schema.registry.url',
    'LIST',
    null,
    'URLs of a schema registry; without it the embedded registry is used.',
  ),
  server('ksql.schema.registry.basic.auth.user.info', 'PASSWORD', null, '`user:password` for the schema registry.'),
  server(
    'schema.registry.listeners',
    'LIST',
    '',
    'Addresses where the embedded registry serves Confluent’s REST API; empty turns it off.',
  ),
  server(
    'schema.registry.topic',
    'STRING',
    null,
    'Topic of the embedded registry on Kafka; services that name the same one share their schemas. Default: `_confluent-ksql-<service id>_schemas`.',
  ),
  server('ksql.extension.dir', 'STRING', 'ext', 'Folder of modules with user-defined functions.'),
  server('ksql.udfs.enabled', 'BOOLEAN', 'true', 'Load user-defined functions.'),
  server('ksql.internal.topic.replicas', 'INT', '1', 'Replicas of the command topic.'),
  inert(
    server('ksql.persistent.prefix', 'STRING', 'query_', 'Begins the names of persistent queries in consumer groups.'),
    'groups and state are found by the names that queries have',
  ),
  inert(
    server('ksql.transient.prefix', 'STRING', 'transient_', 'Begins the names of push queries in consumer groups.'),
    'groups and state are found by the names that queries have',
  ),
  server(
    'ksql.server.command.response.timeout.ms',
    'LONG',
    '5000',
    'How long a statement waits for the command log, in ms.',
  ),
  server(
    'ksql.server.command.topic.rate.limit',
    'DOUBLE',
    '1.7976931348623157E308',
    'Statements per second that may change the catalog.',
  ),
  server('ksql.healthcheck.interval.ms', 'LONG', '5000', 'How long a health check is cached, in ms.'),
  server('ksql.max.push.queries', 'INT', '100', 'Most push queries at once.'),
  server('ksql.query.persistent.active.limit', 'INT', '2147483647', 'Most persistent queries.'),
  server('ksql.query.pull.max.qps', 'INT', '2147483647', 'Pull queries per second.'),
  server('ksql.query.pull.max.concurrent.requests', 'INT', '2147483647', 'Pull queries at once.'),
  server(
    'ksql.query.retry.backoff.initial.ms',
    'LONG',
    '1000',
    'First wait before a failed query is started again, in ms.',
  ),
  server('ksql.query.retry.backoff.max.ms', 'LONG', '900000', 'Longest such wait, in ms.'),
  server('ksql.query.error.max.queue.size', 'INT', '10', 'How many errors of a query are kept.'),
  server('ksql.properties.overrides.denylist', 'LIST', '', 'Keys that requests and sessions may not set.'),
  server(
    'ksql.readonly.topics',
    'LIST',
    '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
    'Topics that may be read and not written (patterns).',
  ),
  server(
    'ksql.protected.topics',
    'LIST',
    '_confluent-ksql-.*_command_topic,_confluent-ksql-.*_schemas,_confluent-ksql-.*connect-(configs|offsets|status),_schemas,connect-configs,connect-offsets,connect-status,connect-statuses',
    'Topics that no statement and no connector may read or write (patterns): they hold passwords of connectors, and statements.',
  ),
  server(
    'ksql.hidden.topics',
    'LIST',
    '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
    'Topics that SHOW TOPICS leaves out (patterns).',
  ),
  server(
    'ksql.logging.processing.topic.name',
    'STRING',
    null,
    'Topic of the processing log; default `<service id>ksql_processing_log`.',
  ),
  server('ksql.logging.processing.topic.auto.create', 'BOOLEAN', 'false', 'Create the processing log’s topic.'),
  server(
    'ksql.logging.processing.stream.auto.create',
    'BOOLEAN',
    'false',
    'Declare a stream over it, and create the topic where it is missing.',
  ),
  server(
    'ksql.logging.processing.stream.name',
    'STRING',
    'KSQL_PROCESSING_LOG',
    'Name of the stream that stream.auto.create declares.',
  ),
  server(
    'ksql.logging.processing.rows.include',
    'BOOLEAN',
    'false',
    'Put rows, and the bytes of records that cannot be read, into the processing log; they may hold personal data.',
  ),
  server('log.level', 'STRING', 'warn', 'Level of the server’s own log: debug, info, warn, error or silent.', [
    'debug',
    'info',
    'warn',
    'error',
    'silent',
  ]),
  server(
    'log.file',
    'STRING',
    null,
    'File of that log; default: standard error, or server.log in data.dir while a console holds the terminal.',
  ),
  server(
    'listeners.unprotected.enable',
    'BOOLEAN',
    'false',
    'Let listeners without users be on addresses that other machines reach.',
  ),
  server(
    'listeners.allowed.hosts',
    'LIST',
    '',
    'Names by which clients may call this server, besides addresses, localhost, its own name and names without a dot; `*` for any.',
  ),
  server('authentication.method', 'STRING', 'NONE', 'NONE or BASIC.', ['NONE', 'BASIC']),
  server('authentication.realm', 'STRING', null, 'File of users for BASIC: lines `name: password,role...`.'),
  server('authentication.roles', 'LIST', '*', 'Roles that may use the server.'),
  server('authentication.skip.paths', 'LIST', '', 'Paths that need no authentication.'),
  server(
    'access.control.allow.origin',
    'LIST',
    '',
    'Origins whose pages may read answers (CORS); `*` for all, then without credentials.',
  ),
  server('access.control.allow.methods', 'LIST', 'GET,POST,HEAD,OPTIONS', 'Methods that CORS allows.'),
  server(
    'access.control.allow.headers',
    'LIST',
    'X-Requested-With,Content-Type,Accept,Origin,Authorization',
    'Request headers that CORS allows.',
  ),
  query('ksql.output.topic.name.prefix', 'STRING', '', 'Put before the name of a sink’s topic when none is given.'),
  query('ksql.persistence.default.format.key', 'STRING', 'KAFKA', 'Key format when a statement names none.'),
  query('ksql.persistence.default.format.value', 'STRING', null, 'Value format when a statement names none.'),
  query(
    'ksql.persistence.wrap.single.values',
    'BOOLEAN',
    null,
    'Whether a single value column is written as a record with one field.',
  ),
  query(
    'ksql.timestamp.throw.on.invalid',
    'BOOLEAN',
    'false',
    'Whether a record with an unreadable timestamp stops the query.',
  ),
  query('ksql.fail.on.deserialization.error', 'BOOLEAN', 'false', 'Whether an unreadable record stops the query.'),
  query(
    'ksql.fail.on.production.error',
    'BOOLEAN',
    null,
    'Whether a record that the sink’s topic does not take stops the query. Default: one of a table does, whose state holds the row already; one of a stream is left out and told to the processing log.',
  ),
  query('ksql.suppress.enabled', 'BOOLEAN', 'true', 'Allow EMIT FINAL.'),
  inert(
    query('ksql.suppress.buffer.size.bytes', 'LONG', '-1', 'Bytes of the buffer of EMIT FINAL.'),
    'EMIT FINAL needs no buffer of its own',
  ),
  query('ksql.insert.into.values.enabled', 'BOOLEAN', 'true', 'Allow INSERT INTO ... VALUES.'),
  query('ksql.create.or.replace.enabled', 'BOOLEAN', 'true', 'Allow CREATE OR REPLACE.'),
  query('ksql.lambdas.enabled', 'BOOLEAN', 'true', 'Allow lambda functions.'),
  query('ksql.headers.columns.enabled', 'BOOLEAN', 'true', 'Allow HEADERS columns.'),
  query('ksql.rowpartition.rowoffset.enabled', 'BOOLEAN', 'true', 'Provide ROWPARTITION and ROWOFFSET.'),
  query(
    'ksql.source.table.materialization.enabled',
    'BOOLEAN',
    'true',
    'Keep CREATE SOURCE TABLE in a store, for pull queries.',
  ),
  query('ksql.variable.substitution.enable', 'BOOLEAN', 'true', 'Replace ${name} in statements.'),
  inert(
    query('ksql.nested.error.set.null', 'BOOLEAN', 'true', 'An error in a nested expression makes it null.'),
    'an error in a nested expression always makes it NULL',
  ),
  query(
    'ksql.new.query.planner.enabled',
    'BOOLEAN',
    'false',
    'Let a persistent SELECT over a stream leave key columns out and put them in another order, as ksqlDB’s newer planner does.',
  ),
  query(
    'ksql.sink.partitions',
    'INT',
    null,
    'Partitions of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
  ),
  query(
    'ksql.sink.replicas',
    'INT',
    null,
    'Replicas of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
  ),
  query(
    'ksql.windowed.session.key.legacy',
    'BOOLEAN',
    'false',
    'Keys of session windows with their start alone, as releases before 5.2 wrote them. Accepted; a statement with WINDOW SESSION is refused while it is true.',
  ),
  query(
    'ksql.dialect',
    'STRING',
    'sluice',
    'sluice: all that Sluice understands; ksqldb: what ksqlDB refuses is refused, with its texts. Nothing else changes.',
    ['sluice', 'ksqldb'],
  ),
  query(
    'ksql.query.pull.max.memory',
    'LONG',
    '268435456',
    'Bytes that one pull query may hold: groups, sorted and distinct rows, joined sources, rows of a table that only a topic has. What streams through does not count.',
  ),
  query('ksql.query.pull.table.scan.enabled', 'BOOLEAN', 'true', 'Allow pull queries that read a whole table.'),
  query('ksql.query.pull.range.scan.enabled', 'BOOLEAN', 'true', 'Allow pull queries over a range of keys.'),
  query('ksql.query.pull.stream.enabled', 'BOOLEAN', 'true', 'Allow pull queries on streams.'),
  inert(
    query('ksql.query.pull.interpreter.enabled', 'BOOLEAN', 'true', 'Interpret expressions of pull queries.'),
    'pull queries are compiled',
  ),
  query('ksql.query.pull.limit.clause.enabled', 'BOOLEAN', 'true', 'Allow LIMIT in pull queries.'),
  inert(
    query(
      'ksql.query.pull.max.allowed.offset.lag',
      'LONG',
      '9223372036854775807',
      'Largest lag of a standby that may answer.',
    ),
    'there are no standbys',
  ),
  inert(
    query('ksql.query.pull.enable.standby.reads', 'BOOLEAN', 'false', 'Let standbys answer pull queries.'),
    'there are no standbys',
  ),
  inert(
    query('ksql.query.pull.consistency.token.enabled', 'BOOLEAN', 'false', 'Send consistency tokens.'),
    'a pull query reads the last commit of the server that has the row',
  ),
  query('ksql.query.push.v2.enabled', 'BOOLEAN', 'false', 'Serve push queries from the running query.'),
  inert(
    query('ksql.query.push.v2.registry.installed', 'BOOLEAN', 'false', 'Install the registry of push queries.'),
    'push queries need no registry',
  ),
  inert(
    query(
      'ksql.query.push.v2.new.latest.delay.ms',
      'LONG',
      '5000',
      'Wait before a push query reads new records, in ms.',
    ),
    'a push query stands at its first offsets before it answers',
  ),
  inert(
    query('ksql.query.push.v2.continuation.tokens.enabled', 'BOOLEAN', 'false', 'Send continuation tokens.'),
    'a push query that is asked again begins anew',
  ),
  query('ksql.functions.collect_list.limit', 'INT', '2147483647', 'Longest list of COLLECT_LIST; 0 or less: no bound.'),
  query('ksql.functions.collect_set.limit', 'INT', '2147483647', 'Largest set of COLLECT_SET.'),
  query(
    'ksql.streams.auto.offset.reset',
    'STRING',
    'latest',
    'Where a query begins to read its streams: earliest or latest. Tables are read from their beginning.',
    ['earliest', 'latest', 'none'],
  ),
  query('ksql.streams.commit.interval.ms', 'LONG', '100', 'Longest time between two commits of a query, in ms.'),
  query('ksql.streams.num.stream.threads', 'INT', '1', 'Worker threads of a query.'),
  query(
    'ksql.streams.processing.guarantee',
    'STRING',
    'exactly_once_v2',
    'On Kafka: exactly_once_v2 or at_least_once. The embedded log is always exactly once.',
    ['exactly_once_v2', 'at_least_once', 'exactly_once', 'exactly_once_beta'],
  ),
  query(
    'ksql.streams.cache.max.bytes.buffering',
    'LONG',
    '10000000',
    'Above 0 an aggregation tells its changes once per commit, each key with its latest state; 0 forwards every update at once. Push queries forward every update unless it is set.',
  ),
  query('ksql.streams.statestore.cache.max.bytes', 'LONG', '10000000', 'As cache.max.bytes.buffering.'),
  query(
    'ksql.streams.max.task.idle.ms',
    'LONG',
    '0',
    'How long a task that has records of some of its inputs waits until others are written, in ms. What is written is always waited for.',
  ),
  query('ksql.streams.replication.factor', 'INT', '1', 'Replicas of internal topics.'),
  inert(
    query('ksql.streams.num.standby.replicas', 'INT', '0', 'Copies of each state on other servers.'),
    'there are no standbys',
  ),
  query('ksql.streams.max.request.size', 'INT', '1048576', 'Largest record batch that is written, in bytes.'),
  inert(
    query('ksql.streams.max.poll.records', 'INT', '500', 'Most records of one poll.'),
    'polls are bounded by bytes',
  ),
  inert(
    query('ksql.streams.fetch.max.bytes', 'INT', '4194304', 'Most bytes of one poll.'),
    'the bytes of one poll follow from what a commit may hold',
  ),
  query('ksql.streams.request.timeout.ms', 'INT', '30000', 'Time-out of a request to Kafka, in ms.'),
];

/** Prefix under which streams properties may also be written. */
export const STREAMS_PREFIX = 'ksql.streams.';
