import type { ConfigKey, ConfigType, ConfigValue, ValueOf } from '../base/config/key.ts';

/**
 * Where a key may be set. `SERVER` keys are read once; `QUERY` keys may also be SET in a session or sent with a
 * request.
 */
export type ConfigLevel = 'SERVER' | 'QUERY';

/** A setting of the server, of a session or of a request. */
export interface ServerKey<V = unknown> extends ConfigKey<V> {
  readonly level: ConfigLevel;
  /** What may be reached, by whom: set where the server is started, and never by a statement. */
  readonly isGuard?: boolean;
}

function server<const T extends ConfigType, const D extends string | null, const A extends string = string>(
  name: string,
  type: T,
  fallback: D,
  documentation: string,
  allowed?: readonly A[],
): ServerKey<ValueOf<T, D, A>> {
  return { name, type, default: fallback, level: 'SERVER', documentation, ...(allowed && { allowed }) };
}

function query<const T extends ConfigType, const D extends string | null, const A extends string = string>(
  name: string,
  type: T,
  fallback: D,
  documentation: string,
  allowed?: readonly A[],
): ServerKey<ValueOf<T, D, A>> {
  return { ...server(name, type, fallback, documentation, allowed), level: 'QUERY' };
}

/** The key with a check of its values. */
const validated = <V>(key: ServerKey<V>, validator: ServerKey['validator']): ServerKey<V> => ({ ...key, validator });

/** A key that no statement changes: whoever could would let themselves in. */
const guard = <V>(key: ServerKey<V>): ServerKey<V> => ({ ...key, isGuard: true });

/** A key that is accepted and changes nothing. @param why a clause that ends the sentence "It has no effect: ..." */
const inert = <V>(key: ServerKey<V>, why: string): ServerKey<V> => ({ ...key, inert: why });

const METHODS = ['NONE', 'BASIC', 'BEARER', 'CERTIFICATE'];

function methodFault(value: ConfigValue): string | undefined {
  const methods = Array.isArray(value) ? (value as readonly string[]) : [];
  if (methods.some((method) => !METHODS.includes(method))) return `List must be of: ${METHODS.join(', ')}`;
  return methods.includes('NONE') && methods.length > 1 ? 'NONE stands alone' : undefined;
}

/**
 * Every setting, with ksqlDB's and Kafka's names where those exist. SHOW PROPERTIES, SET, /is_valid_property, the
 * checks of request properties and docs/reference/configuration.md all read this table. Keys with the prefix
 * `ksql.streams.` are the same keys as without it. Code reads `config.get(KEYS.x)`; a key is called as its name is,
 * without `ksql.` and `ksql.streams.`.
 */
export const KEYS = {
  listeners: guard(
    server(
      'listeners',
      'LIST',
      'http://127.0.0.1:8088',
      'Addresses of the REST API, http:// or https:// (by ssl.keystore.*); one port serves HTTP/1.1 and HTTP/2.',
    ),
  ),
  webConsoleEnable: guard(
    server(
      'web.console.enable',
      'BOOLEAN',
      'true',
      'Whether the REST API’s port serves the web console under /console, for the same users.',
    ),
  ),
  listenersHeadersTimeoutMs: server(
    'listeners.headers.timeout.ms',
    'LONG',
    '30000',
    'How long a client of any listener may take from connecting until the headers of its first request are here, in ms; then its connection is closed.',
  ),
  listenersMaxConnections: server(
    'listeners.max.connections',
    'INT',
    '10000',
    'Connections that one listener has at once; one more is closed. At most half of the files that the system lets the process open (`ulimit -n`).',
  ),
  dataDir: guard(
    server('data.dir', 'STRING', '.sluice', 'Folder of the embedded log, the state and the connectors’ offsets.'),
  ),
  logFsync: server(
    'log.fsync',
    'STRING',
    'interval',
    'Embedded log: every setting survives the death of the process; `commit` also a power cut, `interval` all but the last log.fsync.interval.ms of one, `never` leaves it to the system.',
    ['commit', 'interval', 'never'],
  ),
  logFsyncIntervalMs: server(
    'log.fsync.interval.ms',
    'LONG',
    '1000',
    'Embedded log: time between syncs for log.fsync=interval, in ms.',
  ),
  queryThreads: server(
    'query.threads',
    'INT',
    null,
    'Embedded log: worker threads that run the persistent queries, each query in one; 0: in the thread that serves clients. Default: the cores less one, 1 at least, 8 at most. On Kafka see ksql.streams.num.stream.threads.',
  ),
  logMapSize: server(
    'log.map.size',
    'LONG',
    '68719476736',
    'Embedded log: upper bound of its size, in bytes (address space, not disk).',
  ),
  serverSupervised: server(
    'server.supervised',
    'BOOLEAN',
    'true',
    '`sluice server`: runs it in a process of its own, beside a small one that says why it ended where a signal of the system ended it, looks at the stores and starts it again. `false`: one process, and whoever starts it sees to that.',
  ),
  logDiskReserve: server(
    'log.disk.reserve.bytes',
    'LONG',
    '67108864',
    'Of the disk under data.dir, so many bytes are kept for what makes room: when no more are free, rows are refused with LOG_FULL, and DROP … DELETE TOPIC, retention and compaction go on. Never more than a twentieth of the disk.',
  ),
  logRetentionCheckIntervalMs: server(
    'log.retention.check.interval.ms',
    'LONG',
    '300000',
    'Embedded log: how often retention and compaction run, in ms.',
  ),
  numPartitions: server('num.partitions', 'INT', '1', 'Embedded log: partitions of topics that connectors create.'),
  bootstrapServers: server(
    'bootstrap.servers',
    'LIST',
    null,
    'Brokers of an Apache Kafka cluster; without it the embedded log is used.',
  ),
  serviceId: server(
    'ksql.service.id',
    'STRING',
    'default_',
    'Names the cluster: part of internal topics and consumer groups.',
  ),
  advertisedListener: server(
    'ksql.advertised.listener',
    'STRING',
    null,
    'Address under which other servers reach this one.',
  ),
  connectUrl: guard(
    server(
      'ksql.connect.url',
      'LIST',
      null,
      'URLs of a Kafka Connect cluster; without it the embedded worker is used.',
    ),
  ),
  connectWorkerConfig: guard(
    server(
      'ksql.connect.worker.config',
      'STRING',
      null,
      'Properties file of a Connect worker: its converters are those of connectors that name none.',
    ),
  ),
  connectBasicAuthCredentialsSource: server(
    'ksql.connect.basic.auth.credentials.source',
    'STRING',
    'NONE',
    'NONE or FILE.',
    ['NONE', 'FILE'],
  ),
  connectBasicAuthCredentialsFile: server(
    'ksql.connect.basic.auth.credentials.file',
    'STRING',
    null,
    'File with `username=` and `password=`.',
  ),
  connectRequestTimeoutMs: server(
    'ksql.connect.request.timeout.ms',
    'LONG',
    '5000',
    'Time-out of a call to Connect, in ms.',
  ),
  connectResolveSecrets: guard(
    server(
      'ksql.connect.resolve.secrets',
      'LIST',
      '',
      'Providers (secret, vault, env, file, dir) whose references, such as `${secret:NAME:KEY}`, this server looks up in settings of the connectors of a Connect cluster; the others go to it as they are written. What they stand for then lies in clear in the cluster’s configuration topic.',
    ),
  ),
  connectPollingEnable: server(
    'ksql.connect.polling.enable',
    'BOOLEAN',
    'true',
    'Declare sources for the topics of blessed connectors as they appear.',
  ),
  connectUnknownSettings: query(
    'ksql.connect.unknown.settings',
    'STRING',
    'error',
    'What CREATE and ALTER CONNECTOR do about settings that the connector does not know: error, warn or ignore. On a Connect cluster, error is warn.',
    ['error', 'warn', 'ignore'],
  ),
  connectListeners: guard(
    server(
      'connect.listeners',
      'LIST',
      'http://127.0.0.1:8083',
      'Addresses of the embedded worker’s REST API, http:// or https://; empty turns it off. Default: `listeners` of ksql.connect.worker.config, where it has any.',
    ),
  ),
  connectRestShowPasswords: guard(
    server(
      'connect.rest.show.passwords',
      'BOOLEAN',
      'false',
      'Whether the embedded worker’s REST API shows passwords of connectors, as Kafka Connect’s does; else `[hidden]`. SQL never does.',
    ),
  ),
  connectAllowedPaths: guard(
    server(
      'connect.allowed.paths',
      'LIST',
      '',
      'Folders below which connectors of the embedded worker may read and write files, and references like `${file:PATH:KEY}` and `${dir:PATH:FILE}` be looked up. Default: `files` in the data folder.',
    ),
  ),
  connectAllowedEnvironment: guard(
    server(
      'connect.allowed.environment',
      'STRING',
      'CONNECT_.*',
      'Which variables of the environment `${env:NAME}` in settings of connectors may stand for: a regular expression for the whole name.',
    ),
  ),
  secretsKeyFile: server(
    'secrets.key.file',
    'STRING',
    null,
    'File of mode 0600 with the key that encrypts secrets and the passwords of connectors: 32 bytes in base64; more lines are earlier keys. Default: `secrets.key` in the data folder, made at the first start; on Kafka none, for all servers of a service need the same: there is no CREATE SECRET without it.',
  ),
  vaultAddress: server(
    'vault.address',
    'STRING',
    null,
    'URL of a HashiCorp Vault for `${vault:MOUNT/PATH:KEY}` in settings of connectors: secrets of a KV engine, version 2.',
  ),
  vaultNamespace: server('vault.namespace', 'STRING', null, 'Namespace of Vault Enterprise or HCP Vault.'),
  vaultAllowedPaths: server(
    'vault.allowed.paths',
    'STRING',
    '.*',
    'Which `MOUNT/PATH` references may name: a regular expression for the whole of it. What the policy of the server’s token allows is the outer bound.',
  ),
  vaultAuthMethod: server('vault.auth.method', 'STRING', 'token', 'How the server logs in to Vault.', [
    'token',
    'approle',
    'kubernetes',
  ]),
  vaultAuthMount: server(
    'vault.auth.mount',
    'STRING',
    null,
    'Where the auth method is mounted in Vault. Default: its name.',
  ),
  vaultToken: server('vault.token', 'PASSWORD', null, 'Token for `vault.auth.method=token`.'),
  vaultTokenFile: server(
    'vault.token.file',
    'STRING',
    null,
    'File that holds the token, as Vault’s agent writes it; read anew at each use.',
  ),
  vaultRoleId: server('vault.role.id', 'STRING', null, 'Role id for `vault.auth.method=approle`.'),
  vaultSecretId: server('vault.secret.id', 'PASSWORD', null, 'Secret id for `vault.auth.method=approle`.'),
  vaultSecretIdFile: server('vault.secret.id.file', 'STRING', null, 'File that holds the secret id.'),
  vaultRole: server('vault.role', 'STRING', null, 'Role for `vault.auth.method=kubernetes`.'),
  vaultKubernetesTokenFile: server(
    'vault.kubernetes.token.file',
    'STRING',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
    'Token of the pod’s service account for `vault.auth.method=kubernetes`.',
  ),
  vaultRequestTimeoutMs: server(
    'vault.request.timeout.ms',
    'INT',
    '5000',
    'How long an answer of Vault may take, in ms.',
  ),
  pluginPath: guard(
    server(
      'plugin.path',
      'LIST',
      null,
      'Modules, folders of modules, or packages with further connectors (see sluice/connect). Each connector of theirs runs in a thread of its own.',
    ),
  ),
  pluginMemoryMaxBytes: server(
    'plugin.memory.max.bytes',
    'LONG',
    '536870912',
    'Memory that the thread of a connector from plugin.path may use, in bytes: of its heap, and as much of buffers outside of it. Beyond, it is ended and its tasks fail.',
  ),
  pluginStallMs: server(
    'plugin.stall.ms',
    'LONG',
    '30000',
    'How long the code of a connector from plugin.path may keep its thread without coming back to the event loop, in ms. Beyond, the thread is ended and its tasks fail.',
  ),
  schemaRegistryUrl: guard(
    server(
      'ksql.schema.registry.url',
      'LIST',
      null,
      'URLs of a schema registry; without it the embedded registry is used.',
    ),
  ),
  schemaRegistryBasicAuthUserInfo: server(
    'ksql.schema.registry.basic.auth.user.info',
    'PASSWORD',
    null,
    '`user:password` for the schema registry.',
  ),
  schemaRegistryBearerAuthToken: server(
    'ksql.schema.registry.bearer.auth.token',
    'PASSWORD',
    null,
    'Token that is sent to the schema registry (`Authorization: Bearer`).',
  ),
  schemaRegistryListeners: guard(
    server(
      'schema.registry.listeners',
      'LIST',
      '',
      'Addresses where the embedded registry serves Confluent’s REST API; empty turns it off.',
    ),
  ),
  schemaRegistryTopic: server(
    'schema.registry.topic',
    'STRING',
    null,
    'Topic of the embedded registry on Kafka; services that name the same one share their schemas. Default: `_confluent-ksql-<service id>_schemas`.',
  ),
  extensionDir: guard(server('ksql.extension.dir', 'STRING', 'ext', 'Folder of modules with user-defined functions.')),
  udfsEnabled: server('ksql.udfs.enabled', 'BOOLEAN', 'true', 'Load user-defined functions.'),
  internalTopicReplicas: server('ksql.internal.topic.replicas', 'INT', '1', 'Replicas of the command topic.'),
  persistentPrefix: inert(
    server('ksql.persistent.prefix', 'STRING', 'query_', 'Begins the names of persistent queries in consumer groups.'),
    'groups and state are found by the names that queries have',
  ),
  transientPrefix: inert(
    server('ksql.transient.prefix', 'STRING', 'transient_', 'Begins the names of push queries in consumer groups.'),
    'groups and state are found by the names that queries have',
  ),
  serverCommandResponseTimeoutMs: server(
    'ksql.server.command.response.timeout.ms',
    'LONG',
    '5000',
    'How long a statement waits for the command log, in ms.',
  ),
  serverCommandTopicRateLimit: server(
    'ksql.server.command.topic.rate.limit',
    'DOUBLE',
    '1.7976931348623157E308',
    'Statements per second that may change the catalog.',
  ),
  healthcheckIntervalMs: server(
    'ksql.healthcheck.interval.ms',
    'LONG',
    '5000',
    'How long a health check is cached, in ms.',
  ),
  maxPushQueries: server('ksql.max.push.queries', 'INT', '100', 'Most push queries at once.'),
  queryPushMaxBufferedBytes: server(
    'ksql.query.push.max.buffered.bytes',
    'LONG',
    '4194304',
    'About what the rows of one push query that wait for its client may take in memory. What is beyond waits in the topic: the query goes on as its client takes rows.',
  ),
  queryReaderStalledTimeoutMs: server(
    'ksql.query.reader.stalled.timeout.ms',
    'LONG',
    '300000',
    'A client that takes nothing of an answer that waits for it (push and pull queries, PRINT, events) for so long, in ms, is told so and its connection is cut; 0: never.',
  ),
  queryPersistentActiveLimit: server(
    'ksql.query.persistent.active.limit',
    'INT',
    '2147483647',
    'Most persistent queries.',
  ),
  queryPullMaxQps: server('ksql.query.pull.max.qps', 'INT', '2147483647', 'Pull queries per second.'),
  queryPullMaxConcurrentRequests: server(
    'ksql.query.pull.max.concurrent.requests',
    'INT',
    '2147483647',
    'Pull queries at once.',
  ),
  queryRetryBackoffInitialMs: server(
    'ksql.query.retry.backoff.initial.ms',
    'LONG',
    '1000',
    'First wait before a failed query is started again, in ms.',
  ),
  queryRetryBackoffMaxMs: server('ksql.query.retry.backoff.max.ms', 'LONG', '900000', 'Longest such wait, in ms.'),
  queryErrorMaxQueueSize: server(
    'ksql.query.error.max.queue.size',
    'INT',
    '10',
    'How many errors of a query are kept.',
  ),
  propertiesOverridesDenylist: guard(
    server('ksql.properties.overrides.denylist', 'LIST', '', 'Keys that requests and sessions may not set.'),
  ),
  readonlyTopics: server(
    'ksql.readonly.topics',
    'LIST',
    '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
    'Topics that may be read and not written (patterns).',
  ),
  protectedTopics: guard(
    server(
      'ksql.protected.topics',
      'LIST',
      '_confluent-ksql-.*_command_topic,_confluent-ksql-.*_schemas,_confluent-ksql-.*_secrets,_confluent-ksql-.*_connect_clusters,_confluent-ksql-.*connect-(configs|offsets|status),_schemas,connect-configs,connect-offsets,connect-status,connect-statuses',
      'Topics that no statement and no connector may read or write (patterns): they hold passwords of connectors, and statements.',
    ),
  ),
  hiddenTopics: server(
    'ksql.hidden.topics',
    'LIST',
    '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses',
    'Topics that SHOW TOPICS leaves out (patterns).',
  ),
  loggingProcessingTopicName: server(
    'ksql.logging.processing.topic.name',
    'STRING',
    null,
    'Topic of the processing log; default `<service id>ksql_processing_log`.',
  ),
  loggingProcessingTopicAutoCreate: server(
    'ksql.logging.processing.topic.auto.create',
    'BOOLEAN',
    'false',
    'Create the processing log’s topic.',
  ),
  loggingProcessingStreamAutoCreate: server(
    'ksql.logging.processing.stream.auto.create',
    'BOOLEAN',
    'false',
    'Declare a stream over it, and create the topic where it is missing.',
  ),
  loggingProcessingStreamName: server(
    'ksql.logging.processing.stream.name',
    'STRING',
    'KSQL_PROCESSING_LOG',
    'Name of the stream that stream.auto.create declares.',
  ),
  loggingProcessingRowsInclude: guard(
    server(
      'ksql.logging.processing.rows.include',
      'BOOLEAN',
      'false',
      'Put rows, and the bytes of records that cannot be read, into the processing log; they may hold personal data.',
    ),
  ),
  logLevel: server(
    'log.level',
    'STRING',
    'warn',
    'Level of the server’s own log: debug, info, warn, error or silent.',
    ['debug', 'info', 'warn', 'error', 'silent'],
  ),
  logFile: guard(
    server(
      'log.file',
      'STRING',
      null,
      'File of that log; default: standard error, or server.log in data.dir while a console holds the terminal.',
    ),
  ),
  listenersUnprotectedEnable: guard(
    server(
      'listeners.unprotected.enable',
      'BOOLEAN',
      'false',
      'Let listeners without users, and without TLS, be on addresses that other machines reach.',
    ),
  ),
  listenersCleartextEnable: guard(
    server(
      'listeners.cleartext.enable',
      'BOOLEAN',
      'false',
      'Let listeners without TLS, but with users, be on addresses that other machines reach: a proxy in front has it.',
    ),
  ),
  listenersReloadIntervalMs: server(
    'listeners.reload.interval.ms',
    'LONG',
    '5000',
    'How often the files of users, keys and certificates are looked at, in ms; what has changed counts from then on.',
  ),
  listenersAllowedHosts: guard(
    server(
      'listeners.allowed.hosts',
      'LIST',
      '',
      'Names by which clients may call this server, besides addresses, localhost, its own name and names without a dot; `*` for any.',
    ),
  ),
  authenticationMethod: guard(
    validated(
      server(
        'authentication.method',
        'LIST',
        'NONE',
        'How users of every listener show who they are: BASIC (passwords in authentication.realm), BEARER (tokens of an issuer), CERTIFICATE (of their own, see ssl.client.authentication), or several; NONE: there are no users.',
      ),
      methodFault,
    ),
  ),
  authenticationRealm: guard(
    server(
      'authentication.realm',
      'STRING',
      null,
      'File of users: lines `name: password,role...`; `sluice password` makes a password’s hash.',
    ),
  ),
  authenticationRoles: guard(
    server(
      'authentication.roles',
      'LIST',
      '*',
      'Roles that may use the server, `*` for any. What they may do: reader, writer, connectors, admin, and `authentication.role.NAME=RIGHT,...`; one that is named here and defined nowhere may do everything, as in ksqlDB.',
    ),
  ),
  authenticationSkipPaths: guard(
    server(
      'authentication.skip.paths',
      'LIST',
      '',
      'Paths that need no authentication; `*` at the end for all that begin so.',
    ),
  ),
  authenticationBearerIssuer: guard(
    server('authentication.bearer.issuer', 'STRING', null, 'Who signs tokens: their `iss`, an https address.'),
  ),
  authenticationBearerAudience: guard(
    server(
      'authentication.bearer.audience',
      'LIST',
      null,
      'For whom tokens must be: one of these is among their `aud`.',
    ),
  ),
  authenticationBearerJwks: guard(
    server(
      'authentication.bearer.jwks',
      'STRING',
      null,
      'The issuer’s public keys (JSON Web Key Set): a URL, or a file. Default: where the issuer’s /.well-known/openid-configuration says.',
    ),
  ),
  authenticationBearerNameClaim: guard(
    server('authentication.bearer.name.claim', 'STRING', 'sub', 'Where in a token the user’s name is.'),
  ),
  authenticationBearerRolesClaim: guard(
    server(
      'authentication.bearer.roles.claim',
      'STRING',
      'roles',
      'Where in a token the user’s roles are, a list or words: `scope`, or `realm_access.roles` within an object.',
    ),
  ),
  sslPrincipalMappingRules: guard(
    server(
      'ssl.principal.mapping.rules',
      'STRING',
      'DEFAULT',
      'How the name of a certificate becomes a user’s: `RULE:pattern/replacement/[LU]` and DEFAULT, the first that matches, as in Kafka. `RULE:^CN=([^,]+).*$/$1/` is its CN.',
    ),
  ),
  auditLogFile: guard(
    server(
      'audit.log.file',
      'STRING',
      null,
      'File of the audit log: a line of JSON for whatever changes something or was denied. Default: lines of level info in the server’s own log.',
    ),
  ),
  accessControlAllowOrigin: guard(
    server(
      'access.control.allow.origin',
      'LIST',
      '',
      'Origins whose pages may read answers (CORS); `*` for all, then without credentials.',
    ),
  ),
  accessControlAllowMethods: guard(
    server('access.control.allow.methods', 'LIST', 'GET,POST,HEAD,OPTIONS', 'Methods that CORS allows.'),
  ),
  accessControlAllowHeaders: guard(
    server(
      'access.control.allow.headers',
      'LIST',
      'X-Requested-With,Content-Type,Accept,Origin,Authorization',
      'Request headers that CORS allows.',
    ),
  ),
  outputTopicNamePrefix: query(
    'ksql.output.topic.name.prefix',
    'STRING',
    '',
    'Put before the name of a sink’s topic when none is given.',
  ),
  persistenceDefaultFormatKey: query(
    'ksql.persistence.default.format.key',
    'STRING',
    'KAFKA',
    'Key format when a statement names none.',
  ),
  persistenceDefaultFormatValue: query(
    'ksql.persistence.default.format.value',
    'STRING',
    null,
    'Value format when a statement names none.',
  ),
  persistenceWrapSingleValues: query(
    'ksql.persistence.wrap.single.values',
    'BOOLEAN',
    null,
    'Whether a single value column is written as a record with one field.',
  ),
  timestampThrowOnInvalid: query(
    'ksql.timestamp.throw.on.invalid',
    'BOOLEAN',
    'false',
    'Whether a record with an unreadable timestamp stops the query.',
  ),
  failOnDeserializationError: query(
    'ksql.fail.on.deserialization.error',
    'BOOLEAN',
    'false',
    'Whether an unreadable record stops the query.',
  ),
  missingSchemaWaitMs: query(
    'ksql.query.missing.schema.wait.ms',
    'LONG',
    '-1',
    'How long a persistent query waits at a record whose schema id the schema registry does not know, in ms; after that the record goes to the processing log and those behind it are read. -1: until the schema is registered.',
  ),
  failOnProductionError: query(
    'ksql.fail.on.production.error',
    'BOOLEAN',
    null,
    'Whether a record that the sink’s topic does not take stops the query. Default: one of a table does, whose state holds the row already; one of a stream is left out and told to the processing log.',
  ),
  suppressEnabled: query('ksql.suppress.enabled', 'BOOLEAN', 'true', 'Allow EMIT FINAL.'),
  suppressBufferSizeBytes: inert(
    query('ksql.suppress.buffer.size.bytes', 'LONG', '-1', 'Bytes of the buffer of EMIT FINAL.'),
    'EMIT FINAL needs no buffer of its own',
  ),
  insertIntoValuesEnabled: query('ksql.insert.into.values.enabled', 'BOOLEAN', 'true', 'Allow INSERT INTO ... VALUES.'),
  createOrReplaceEnabled: query('ksql.create.or.replace.enabled', 'BOOLEAN', 'true', 'Allow CREATE OR REPLACE.'),
  lambdasEnabled: query('ksql.lambdas.enabled', 'BOOLEAN', 'true', 'Allow lambda functions.'),
  headersColumnsEnabled: query('ksql.headers.columns.enabled', 'BOOLEAN', 'true', 'Allow HEADERS columns.'),
  rowpartitionRowoffsetEnabled: query(
    'ksql.rowpartition.rowoffset.enabled',
    'BOOLEAN',
    'true',
    'Provide ROWPARTITION and ROWOFFSET.',
  ),
  sourceTableMaterializationEnabled: query(
    'ksql.source.table.materialization.enabled',
    'BOOLEAN',
    'true',
    'Keep CREATE SOURCE TABLE in a store, for pull queries.',
  ),
  variableSubstitutionEnable: query(
    'ksql.variable.substitution.enable',
    'BOOLEAN',
    'true',
    'Replace ${name} in statements.',
  ),
  nestedErrorSetNull: inert(
    query('ksql.nested.error.set.null', 'BOOLEAN', 'true', 'An error in a nested expression makes it null.'),
    'an error in a nested expression always makes it NULL',
  ),
  newQueryPlannerEnabled: query(
    'ksql.new.query.planner.enabled',
    'BOOLEAN',
    'false',
    'Let a persistent SELECT over a stream leave key columns out and put them in another order, as ksqlDB’s newer planner does.',
  ),
  sinkPartitions: query(
    'ksql.sink.partitions',
    'INT',
    null,
    'Partitions of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
  ),
  sinkReplicas: query(
    'ksql.sink.replicas',
    'INT',
    null,
    'Replicas of the topics of CREATE ... AS whose WITH names none; else as many as the topic that is read. Of releases before 5.3.',
  ),
  windowedSessionKeyLegacy: query(
    'ksql.windowed.session.key.legacy',
    'BOOLEAN',
    'false',
    'Keys of session windows with their start alone, as releases before 5.2 wrote them. Accepted; a statement with WINDOW SESSION is refused while it is true.',
  ),
  dialect: query(
    'ksql.dialect',
    'STRING',
    'sluice',
    'sluice: all that Sluice understands; ksqldb: what ksqlDB refuses is refused, with its texts. Nothing else changes.',
    ['sluice', 'ksqldb'],
  ),
  queryPullMaxMemory: query(
    'ksql.query.pull.max.memory',
    'LONG',
    '268435456',
    'Bytes that one pull query may hold: groups, sorted and distinct rows, joined sources, rows of a table that only a topic has. What streams through does not count.',
  ),
  queryPullTableScanEnabled: query(
    'ksql.query.pull.table.scan.enabled',
    'BOOLEAN',
    'true',
    'Allow pull queries that read a whole table.',
  ),
  queryPullRangeScanEnabled: query(
    'ksql.query.pull.range.scan.enabled',
    'BOOLEAN',
    'true',
    'Allow pull queries over a range of keys.',
  ),
  queryPullStreamEnabled: query('ksql.query.pull.stream.enabled', 'BOOLEAN', 'true', 'Allow pull queries on streams.'),
  queryPullInterpreterEnabled: inert(
    query('ksql.query.pull.interpreter.enabled', 'BOOLEAN', 'true', 'Interpret expressions of pull queries.'),
    'pull queries are compiled',
  ),
  queryPullLimitClauseEnabled: query(
    'ksql.query.pull.limit.clause.enabled',
    'BOOLEAN',
    'true',
    'Allow LIMIT in pull queries.',
  ),
  queryPullMaxAllowedOffsetLag: inert(
    query(
      'ksql.query.pull.max.allowed.offset.lag',
      'LONG',
      '9223372036854775807',
      'Largest lag of a standby that may answer.',
    ),
    'there are no standbys',
  ),
  queryPullEnableStandbyReads: inert(
    query('ksql.query.pull.enable.standby.reads', 'BOOLEAN', 'false', 'Let standbys answer pull queries.'),
    'there are no standbys',
  ),
  queryPullConsistencyTokenEnabled: inert(
    query('ksql.query.pull.consistency.token.enabled', 'BOOLEAN', 'false', 'Send consistency tokens.'),
    'a pull query reads the last commit of the server that has the row',
  ),
  queryPushV2Enabled: query(
    'ksql.query.push.v2.enabled',
    'BOOLEAN',
    'false',
    'Serve push queries from the running query.',
  ),
  queryPushV2RegistryInstalled: inert(
    query('ksql.query.push.v2.registry.installed', 'BOOLEAN', 'false', 'Install the registry of push queries.'),
    'push queries need no registry',
  ),
  queryPushV2NewLatestDelayMs: inert(
    query(
      'ksql.query.push.v2.new.latest.delay.ms',
      'LONG',
      '5000',
      'Wait before a push query reads new records, in ms.',
    ),
    'a push query stands at its first offsets before it answers',
  ),
  queryPushV2ContinuationTokensEnabled: inert(
    query('ksql.query.push.v2.continuation.tokens.enabled', 'BOOLEAN', 'false', 'Send continuation tokens.'),
    'a push query that is asked again begins anew',
  ),
  statementMaxTokens: server(
    'ksql.statement.max.tokens',
    'INT',
    '20000',
    'Words, names, literals and signs that one statement may have: an IN of 10,000 values, 5,000 columns.',
  ),
  statementMaxCharacters: server(
    'ksql.statement.max.characters',
    'INT',
    '2097152',
    'Characters that one statement may have, also once variables are replaced, and all variables of a session together.',
  ),
  requestMaxStatements: server(
    'ksql.request.max.statements',
    'INT',
    '50000',
    'Statements that one request may have. Nothing of a request that has more is carried out.',
  ),
  requestMaxBytes: server(
    'ksql.request.max.bytes',
    'INT',
    '4194304',
    'Size of a request with statements, in bytes. Rows sent to /inserts-stream are not counted.',
  ),
  sessionMaxEntries: server(
    'ksql.session.max.entries',
    'INT',
    '1000',
    'Variables that a session may define, and properties that it may set.',
  ),
  rowMaxSteps: server(
    'ksql.row.max.steps',
    'INT',
    '1000000',
    'What computing one row of a push query, a pull query or an INSERT may take, in steps of about 20 ns: elements of arrays, 16 characters of texts, calls of lambdas, characters that regular expressions look at. What takes more is an error of that row. Such rows are computed in the thread that serves clients.',
  ),
  userFunctionMaxMs: server(
    'ksql.extension.call.max.ms',
    'INT',
    '250',
    'How long one call of a function from ksql.extension.dir may take in a push query, a pull query or an INSERT, in ms. What takes longer ends the statement, and the function is not called there for a minute: such rows are computed in the thread that serves clients.',
  ),
  queryPersistentRowMaxSteps: server(
    'ksql.query.persistent.row.max.steps',
    'INT',
    '10000000',
    'The same for a row of a persistent query, which has a thread of its own.',
  ),
  functionsCollectListLimit: query(
    'ksql.functions.collect_list.limit',
    'INT',
    '2147483647',
    'Longest list of COLLECT_LIST; 0 or less: no bound.',
  ),
  functionsCollectSetLimit: query(
    'ksql.functions.collect_set.limit',
    'INT',
    '2147483647',
    'Largest set of COLLECT_SET.',
  ),
  autoOffsetReset: query(
    'ksql.streams.auto.offset.reset',
    'STRING',
    'latest',
    'Where a query begins to read its streams: earliest or latest. Tables are read from their beginning.',
    ['earliest', 'latest', 'none'],
  ),
  commitIntervalMs: query(
    'ksql.streams.commit.interval.ms',
    'LONG',
    '100',
    'Longest time between two commits of a query, in ms.',
  ),
  numStreamThreads: query('ksql.streams.num.stream.threads', 'INT', '1', 'Worker threads of a query.'),
  processingGuarantee: query(
    'ksql.streams.processing.guarantee',
    'STRING',
    'exactly_once_v2',
    'On Kafka: exactly_once_v2 or at_least_once. The embedded log is always exactly once.',
    ['exactly_once_v2', 'at_least_once', 'exactly_once', 'exactly_once_beta'],
  ),
  cacheMaxBytesBuffering: query(
    'ksql.streams.cache.max.bytes.buffering',
    'LONG',
    '10000000',
    'Above 0 an aggregation tells its changes once per commit, each key with its latest state; 0 forwards every update at once. Push queries forward every update unless it is set.',
  ),
  statestoreCacheMaxBytes: query(
    'ksql.streams.statestore.cache.max.bytes',
    'LONG',
    '10000000',
    'As cache.max.bytes.buffering.',
  ),
  maxTaskIdleMs: query(
    'ksql.streams.max.task.idle.ms',
    'LONG',
    '0',
    'How long a task that has records of some of its inputs waits until others are written, in ms. What is written is always waited for.',
  ),
  replicationFactor: query('ksql.streams.replication.factor', 'INT', '1', 'Replicas of internal topics.'),
  numStandbyReplicas: inert(
    query('ksql.streams.num.standby.replicas', 'INT', '0', 'Copies of each state on other servers.'),
    'there are no standbys',
  ),
  maxRequestSize: query(
    'ksql.streams.max.request.size',
    'INT',
    '1048576',
    'Largest record batch that is written, in bytes.',
  ),
  maxPollRecords: inert(
    query('ksql.streams.max.poll.records', 'INT', '500', 'Most records of one poll.'),
    'polls are bounded by bytes',
  ),
  fetchMaxBytes: inert(
    query('ksql.streams.fetch.max.bytes', 'INT', '4194304', 'Most bytes of one poll.'),
    'the bytes of one poll follow from what a commit may hold',
  ),
  sessionTimeoutMs: query(
    'ksql.streams.session.timeout.ms',
    'INT',
    '45000',
    'On Kafka: how long a server, or a thread of one, may be silent before others take its tasks over, in ms.',
  ),
  heartbeatIntervalMs: query(
    'ksql.streams.heartbeat.interval.ms',
    'INT',
    '1000',
    'On Kafka: how often a member of a query’s group is heard of, in ms. Shorter than Kafka’s 3000: a thread that joins waits so long for the others to hear of it.',
  ),
  requestTimeoutMs: query('ksql.streams.request.timeout.ms', 'INT', '30000', 'Time-out of a request to Kafka, in ms.'),
} satisfies Readonly<Record<string, ServerKey>>;

/** Switches of Kafka Streams that its own documentation does not name: they are read, and shown nowhere. */
export const INTERNAL_KEYS = {
  emitIntervalWindowedAggregation: query(
    'ksql.streams.__emit.interval.ms.kstreams.windowed.aggregation__',
    'LONG',
    null,
    'How often EMIT FINAL of windows is looked at, in ms of stream time.',
  ),
  emitIntervalOuterJoin: query(
    'ksql.streams.__emit.interval.ms.kstreams.outer.join.spurious.results.fix__',
    'LONG',
    null,
    'How often rows of an outer join that found no partner are looked at, in ms.',
  ),
};

export const CONFIG_KEYS: readonly ServerKey[] = Object.values(KEYS);

/** Prefix under which streams properties may also be written. */
export const STREAMS_PREFIX = 'ksql.streams.';
