import type { Logger } from '../base/env.ts';
import { isSluiceError, SluiceError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import { checkProperty, findConfigKey, isClientsAlone, isKnownProperty, KNOWN_KEYS } from './server-config.ts';
import { SSL_PROPERTIES, sslPart } from './ssl-properties.ts';
import { INTERNAL_KEYS, STREAMS_PREFIX } from './keys.ts';

/**
 * Settings of ksqlDB's server files that are not in the table and have no effect here: what they enable is always
 * enabled, or they concern the JVM. A file that contains them is accepted.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'ksql.access.validator.enable',
  'ksql.any.key.name.enabled',
  'ksql.assert.topic.default.timeout.ms',
  'ksql.assert.schema.default.timeout.ms',
  'ksql.authorization.cache.expiry.time',
  'ksql.authorization.cache.max.entries',
  'ksql.cast.strings.preserve.nulls',
  'ksql.client.ip_port.configuration.enabled',
  'ksql.command.topic.migration.enable',
  'ksql.error.classifier.regex',
  'ksql.fetch.remote.hosts.max.timeout.seconds',
  'ksql.heartbeat.check.interval.ms',
  'ksql.heartbeat.discover.interval.ms',
  'ksql.heartbeat.send.interval.ms',
  'ksql.heartbeat.thread.pool.size',
  'ksql.heartbeat.window.ms',
  'ksql.json_sr.converter.deserializer.enabled',
  'ksql.lag.reporting.send.interval.ms',
  'ksql.legacy.repartition.on.group.by.rowkey',
  'ksql.local.commands.location',
  'ksql.metastore.backup.location',
  'ksql.metrics.extension',
  'ksql.metrics.tags.custom',
  'ksql.output.topic.name.prefix.legacy',
  'ksql.query.cleanup.shutdown.timeout.ms',
  'ksql.query.pull.metrics.enabled',
  'ksql.query.pull.router.thread.pool.size',
  'ksql.query.pull.thread.pool.size',
  'ksql.query.push.v2.interpreter.enabled',
  'ksql.query.push.v2.metrics.enabled',
  'ksql.query.status.running.threshold.seconds',
  'ksql.queries.file',
  'ksql.queryanonymizer.logs_enabled',
  'ksql.queryanonymizer.cluster_namespace',
  'ksql.runtime.feature.shared.enabled',
  'ksql.security.extension.class',
  'ksql.server.install.dir',
  'ksql.server.static.resource.prefix',
  'ksql.server.websockets.num.threads',
  'ksql.shared.runtime.enabled',
  'ksql.shutdown.timeout.ms',
  'ksql.stream.enabled',
  'ksql.transient.query.cleanup.service.enable',
  'ksql.transient.query.cleanup.service.initial.delay.seconds',
  'ksql.transient.query.cleanup.service.period.seconds',
  'ksql.udf.collect.metrics',
  'ksql.udf.enable.security.manager',
  'ksql.verticle.instances',
  'ksql.wait.for.topic.deletion.timeout',
  'ksql.websocket.connection.max.timeout.ms',
  'ksql.worker.pool.size',
  'compression.enable',
  'debug',
  'internal.listener',
  'metric.reporters',
  'metrics.jmx.prefix',
  'metrics.num.samples',
  'metrics.sample.window.ms',
  'metrics.tag.map',
  'request.logger.name',
  'resource.extension.class',
  'response.http.headers.config',
  'shutdown.graceful.ms',
  'websocket.path.prefix',
  'zookeeper.connect',
]);

/** Other prefixes in the files of Confluent's images. */
const OTHER_PREFIXES = [
  'confluent.',
  'authentication.role.',
  'ssl.',
  'connect.listeners.https.',
  'schema.registry.',
  'javax.',
  'java.',
];

/** Names of settings in other servers, and their equivalents here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  port: 'listeners=http://0.0.0.0:8088 is the address of the REST API',
  'server.port': 'listeners=http://0.0.0.0:8088 is the address of the REST API',
  host: 'listeners=http://0.0.0.0:8088 is the address of the REST API',
  'data.directory': 'data.dir is the data folder',
  datadir: 'data.dir is the data folder',
  'connect.rest.listeners': 'connect.listeners=http://0.0.0.0:8083 is the address of the Connect worker',
  'rest.port': 'connect.listeners=http://0.0.0.0:8083 is the address of the Connect worker',
  brokers: 'bootstrap.servers names the brokers of Apache Kafka',
  loglevel: 'log.level is the level of the log',
};

/** One line for each of the settings that has no effect, so that whoever set it knows. */
export function inertSettings(names: Iterable<string>): string[] {
  return [...names].flatMap((name) => {
    const key = findConfigKey(name);
    if (key?.inert !== undefined) return [`${name} has no effect: ${key.inert}`];
    return key === undefined && WITHOUT_EFFECT.has(name) ? [`${name} has no effect here`] : [];
  });
}

/** Settings that a server reads at startup: they have no effect for a session. */
const OF_THE_SERVER =
  /^(?:(?:ksql\.)?listeners$|connect\.|data\.|log\.|ssl\.|sasl\.|security\.|authentication\.|server\.|metrics\.|plugin\.path$|bootstrap\.servers$|ksql\.(?:service\.id|extension\.dir|queries\.file|connect\.|schema\.registry\.|server\.|advertised\.listener|internal\.|streams\.(?:ssl|sasl|security)\.))/;

/** Warnings for a user who sets this in a session. */
export function sessionDoubts(name: string): string[] {
  const inert = inertSettings([name]);
  if (inert.length > 0) return inert;
  if (isClientsAlone(name))
    return [
      `${name} is a setting of Kafka's clients, of which the queries of a session have none: it has no effect here`,
    ];
  if (!OF_THE_SERVER.test(name)) return isReadBySessions(name) ? [] : [unread(name)];
  return [
    `${name} is a setting of the server, which reads it when it starts (its file, or --set ${name}=…): for a session it means nothing`,
  ];
}

/**
 * Whether the queries of a session read a setting. Not every key with an open prefix (`ksql.streams.…`) is one, since
 * such a prefix also accepts misspelled names.
 */
function isReadBySessions(name: string): boolean {
  return (
    findConfigKey(name) !== undefined ||
    name.startsWith('ksql.functions.') ||
    Object.values(INTERNAL_KEYS).some((key) => key.name === name)
  );
}

function unread(name: string): string {
  const near = didYouMean(name, [...KNOWN_KEYS, ...clientKeysOf(name)]);
  return `Nothing reads ${name}: it has no effect${near === undefined ? '' : `. ${near}`}`;
}

/** Logs a warning if a setting that was just changed has no effect. */
export function warnOfInert(name: string, logger: Logger): void {
  for (const line of inertSettings([name])) logger.warn(line);
}

/** A fault of one server setting: an unknown name or an invalid value. */
export interface SettingFault {
  readonly name: string;
  readonly text: string;
}

/** Checks the settings with which a server starts, and returns their faults. */
export function settingFaults(properties: Readonly<Record<string, unknown>>): SettingFault[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const text = faultOf(name, value);
    return text === undefined ? [] : [{ name, text }];
  });
}

/** @throws SluiceError CONFIG with all faults, one per line */
export function checkServerSettings(properties: Readonly<Record<string, unknown>>): void {
  const faults = settingFaults(properties);
  if (faults.length === 0) return;
  throw new SluiceError('CONFIG', faults.map((f) => f.text).join('\n'), {
    hint: 'docs/reference/configuration.md lists the settings.',
  });
}

function faultOf(name: string, value: unknown): string | undefined {
  if (!isServerSetting(name)) {
    const other = Object.hasOwn(OTHER_NAMES, name.toLowerCase()) ? `${OTHER_NAMES[name.toLowerCase()]!}.` : undefined;
    const dotted = name
      .toLowerCase()
      .replace(/^ksql_(?=listeners)/, '')
      .replaceAll('_', '.');
    const variable =
      name !== dotted && isKnownProperty(dotted)
        ? `A setting is written ${dotted}; ${name} would be a variable of the environment.`
        : undefined;
    const hint =
      other ??
      variable ??
      didYouMean(name, [...KNOWN_KEYS, ...clientKeysOf(name), ...WITHOUT_EFFECT, ...SSL_PROPERTIES]);
    return `There is no setting ${name}.${hint === undefined ? '' : ` ${hint}`}`;
  }
  try {
    if (findConfigKey(name) !== undefined) checkProperty(name, value);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  }
  return /^(ksql\.)?(connect\.|schema\.registry\.)?listeners$/.test(name)
    ? addressFault(name, String(value))
    : undefined;
}

/**
 * Whether the server accepts a setting. A prefix passes unknown keys on to Kafka's clients, but a name that is similar
 * to a known one is considered a misspelling.
 */
function isServerSetting(name: string): boolean {
  const ssl = sslPart(name);
  // A misspelled security setting must not be silently ignored; an unknown one that is not similar to any name is
  // Java's.
  if (ssl !== undefined && !SSL_PROPERTIES.includes(ssl) && didYouMean(ssl, SSL_PROPERTIES) !== undefined) return false;
  if (WITHOUT_EFFECT.has(name) || OTHER_PREFIXES.some((prefix) => name.startsWith(prefix))) return true;
  if (!isKnownProperty(name)) return false;
  // After this prefix, the name of the setting is chosen by a user-defined function.
  if (findConfigKey(name) !== undefined || name.startsWith('ksql.functions.')) return true;
  const known = clientKeysOf(name);
  return known.includes(name) || SECURITY.test(name) || didYouMean(name, [...known, ...KNOWN_KEYS]) === undefined;
}

/** Prefixes of settings for Kafka Streams, and for only one of its clients: `ksql.streams.producer.linger.ms`. */
const CLIENT_PREFIX = new RegExp(
  `^(?:${STREAMS_PREFIX.replaceAll('.', '\\.')})?(?:(?:main\\.|restore\\.|global\\.)?consumer\\.|producer\\.|admin\\.|topic\\.)?`,
);
/** Settings of connections: Kafka has many, which are checked when a connection is created. */
const SECURITY = new RegExp(`${CLIENT_PREFIX.source}(?:ssl|sasl|security)\\.`);

/** The possible names with a prefix of Kafka's clients. */
function clientKeysOf(name: string): readonly string[] {
  const prefix = CLIENT_PREFIX.exec(name)![0];
  return prefix === '' ? [] : KNOWN_KEYS.map((key) => prefix + key);
}

function addressFault(name: string, value: string): string | undefined {
  for (const address of value.split(',').map((a) => a.trim())) {
    if (address === '') continue;
    const parsed = URL.canParse(address) ? new URL(address) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '')
      return `Invalid value ${address} for configuration ${name}: an address is written http://host:port, as in http://0.0.0.0:8088`;
  }
  return undefined;
}
