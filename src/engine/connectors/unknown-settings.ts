import { commaList } from '../../base/comma-list.ts';
import { must } from '../../base/assert.ts';
import { isNamedByUrl } from '../../base/databases.ts';
import { KEYS } from '../../config/keys.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { ConfigInfos, ConnectClient, ConnectorConfig } from '../../connect/client/api.ts';
import { synonymOf, wayInstead } from './setting-synonyms.ts';
import type { Config } from '../../base/config/config.ts';

/** A problem with a connector's settings, at the setting where it can be fixed. */
export interface SettingProblem {
  readonly key: string;
  /** The complete message. */
  readonly text: string;
}

/**
 * Settings that belong to the converters, transforms and clients of a connector, which accept more than their tables
 * list.
 */
const FAMILIES = [
  'transforms.',
  'predicates.',
  'topic.creation.',
  'producer.override.',
  'consumer.override.',
  'admin.override.',
  'errors.deadletterqueue.',
  'header.converter.',
  'key.converter.',
  'value.converter.',
  'config.providers.',
  'confluent.',
];

/** Settings that SQL itself reads and Connect never receives. */
const OF_SQL = ['connector', 'sources'];

export type UnknownSettings = 'error' | 'warn' | 'ignore';

export interface UnknownSite {
  readonly connect: ConnectClient;
  readonly type: 'source' | 'sink' | undefined;
  readonly infos: ConfigInfos;
  /** The config that Connect receives. */
  readonly config: ConnectorConfig;
}

/** Given settings that nothing reads, each with the most similar name that is read. */
export function unknownSettings(written: ConnectorConfig, site: UnknownSite): SettingProblem[] {
  const { connect, infos, config } = site;
  const connectorClass = config['connector.class'] ?? '';
  const plugin = connect.embedded?.describePlugin(connectorClass);
  const shortNames =
    plugin === undefined || written['connector'] === undefined ? [] : plugin.shortForm.map((k) => k.name);
  const known = new Set([
    ...OF_SQL.filter((key) => key !== 'sources' || site.type !== 'source'),
    ...shortNames,
    ...infos.configs.filter((c) => c.definition !== null).map((c) => c.value.name),
    ...(connect.embedded?.knownSettings(connectorClass) ?? []),
  ]);
  const missing = noFile(site);
  const families = [...known].filter((key) => key.endsWith('.'));
  const parts = partsOfUrl(written, known);
  const unknown = Object.keys(written)
    .filter((key) => parts === undefined || !PLACES.some((names) => names.includes(key)))
    .filter((key) => !known.has(key) && !families.some((f) => key.startsWith(f)))
    .flatMap((key) => {
      const text =
        aliasProblem(key, config) ??
        (FAMILIES.some((f) => key.startsWith(f)) ? undefined : nobodyReads(key, written, known, site));
      return text === undefined ? [] : [{ key, text }];
    });
  const all = [parts, ...unknown].filter((problem) => problem !== undefined);
  // A misspelled setting may be the file's.
  return all.length === 0 && missing !== undefined ? [missing] : all;
}

/**
 * Kafka's file connectors read standard input and write standard output when no file is given, which a server does not
 * have. Connect's REST API accepts such a connector, as Kafka's does, and its task reports the problem.
 */
function noFile({ infos, config }: UnknownSite): SettingProblem | undefined {
  const isOfFiles = /(?:^|\.)FileStream(?:Source|Sink)(?:Connector)?$/.test(config['connector.class'] ?? '');
  if (!isOfFiles || (config['file'] ?? '') !== '' || !infos.configs.some((c) => c.value.name === 'file'))
    return undefined;
  return {
    key: 'file',
    text: 'file is missing: it names the file, for a server has no standard input or output to use.',
  };
}

/** Reports `transforms.b.type` without b in `transforms`. */
function aliasProblem(key: string, config: ConnectorConfig): string | undefined {
  const match = /^(transforms|predicates)\.([^.]+)\./.exec(key);
  if (match === null) return undefined;
  const [, list, alias] = match as unknown as [string, string, string];
  const listed = commaList(config[list]);
  if (listed.includes(alias)) return undefined;
  const near = didYouMean(alias, listed) ?? `Add it: ${list}='${[...listed, alias].join(',')}'.`;
  return `Setting ${key} is not read, for ${list} does not name ${alias}. ${near}`;
}

/**
 * Reports a database's host, port and name as separate settings where a short form has one URL: one sentence, at the
 * first of them.
 */
function partsOfUrl(written: ConnectorConfig, known: ReadonlySet<string>): SettingProblem | undefined {
  const connector = written['connector'] ?? '';
  const scheme = isNamedByUrl(connector) ? connector : (SCHEMES[connector] ?? '');
  if (scheme === '' || !known.has('url')) return undefined;
  // The class of ClickHouse has a host and a port beside its URL, which goes before them.
  const isRead = (key: string): boolean =>
    known.has(key) && !(connector === 'clickhouse' && /^(?:hostname|port)$/.test(key));
  const places = PLACES.map((names) => Object.keys(written).find((key) => names.includes(key) && !isRead(key)));
  const keys = places.filter((key) => key !== undefined);
  if (keys.length === 0) return undefined;
  const [host, port, database] = places.map((key) =>
    key === undefined ? undefined : must(written[key], 'setting').trim(),
  );
  const isDatabase = scheme === connector && isNamedByUrl(connector);
  const behind = isDatabase ? `/${database ?? 'database'}` : database === undefined ? '' : `/${database}`;
  const usual = port ?? PORTS[connector];
  const url =
    written['url'] === undefined
      ? `url='${scheme}://${host ?? 'host'}${usual === undefined ? '' : `:${usual}`}${behind}'`
      : 'url';
  const are = keys.length === 1 ? 'is not a setting' : 'are not settings';
  return {
    key: keys[0]!,
    text: `${keys.join(', ')} ${are} of ${connector}: ${url} says where ${isDatabase ? 'the database' : 'it'} is.`,
  };
}

/** Ports of services that are not at those of their schemes. */
const PORTS: Readonly<Record<string, string>> = { elasticsearch: '9200', clickhouse: '8123' };

/** The scheme of the addresses of a connector that has a `url`. */
export function schemeOf(connector: string): string | undefined {
  return isNamedByUrl(connector) ? connector : connector === 's3' ? 's3' : SCHEMES[connector];
}

/** The connectors with a short form that has a `url`, by the scheme of their addresses. */
const SCHEMES: Readonly<Record<string, string>> = {
  redis: 'redis',
  mqtt: 'mqtt',
  elasticsearch: 'http',
  clickhouse: 'http',
  http: 'https',
};

/** Common names of settings for host, port and database. */
const PLACES = [
  ['host', 'hostname', 'server', 'connection.hostname', 'database.hostname'],
  ['port', 'database.port'],
  ['database', 'dbname', 'db', 'database.name', 'database.dbname'],
];

function nobodyReads(
  key: string,
  written: ConnectorConfig,
  known: ReadonlySet<string>,
  { config, type, connect }: UnknownSite,
): string {
  // A class of JDBC is that of several databases, of which the URL names one.
  const simple = /\.(Jdbc\w+)$/.exec(config['connector.class'] ?? '')?.[1];
  const named =
    simple ??
    connect.embedded?.describePlugin(config['connector.class'] ?? '')?.name ??
    config['connector.class'] ??
    'the connector';
  const sentence = `${key} is not a setting of ${named}.`;
  if (type === 'sink' && (key === 'tables' || key === 'table.whitelist' || key === 'table.include.list'))
    return `${sentence} A sink names what it writes by sources='stream,table'.`;
  const instead = wayInstead(key, written, known, type);
  if (instead !== undefined) return `${sentence.slice(0, -1)}${/^[a-z]+=/.test(instead) ? ': ' : '. '}${instead}`;
  if (type === 'source' && key === 'topics' && known.has('topic')) return `${sentence} Did you mean topic?`;
  if (type === 'source' && (key === 'sources' || key === 'topics'))
    return `${sentence} That is a sink's; a source names ${known.has('tables') ? "what it reads by tables='a,b'" : 'what it reads by settings of its own'}.`;
  if (type === 'source' && /^(?:topic\.)?(?:partitions|replicas|replication\.factor)$/.test(key))
    return `${sentence} How its topics are made: topic.creation.default.partitions and topic.creation.default.replication.factor.`;
  // A source's `mode` does not match any of a sink's settings, whose names are longer.
  const longer = [...known].filter((name) => name.split('.').at(-1) === key && name.split('.').length === 2);
  const meant =
    key === 'mode' && known.has('insert.mode') ? 'insert.mode' : longer.length === 1 ? longer[0] : undefined;
  const synonym = synonymOf(key, known);
  if (synonym !== undefined) return `${sentence} Did you mean ${synonym}?`;
  return `${sentence} ${didYouMean(key, known) ?? (meant === undefined ? undefined : `Did you mean ${meant}?`) ?? `${ofAnother(key, { type, connect })}DESCRIBE CONNECTOR PLUGIN '${named}'; lists them.`}`;
}

/** Settings that stand in configurations made for another connector: whose it is, and that it can go. */
function ofAnother(key: string, { type, connect }: Pick<UnknownSite, 'type' | 'connect'>): string {
  const [reader] = type === undefined ? [] : (connect.embedded?.readersOf(key, type) ?? []);
  return reader === undefined ? '' : `${reader} has a setting of that name; leave it out here. `;
}

/**
 * What to do about unknown settings: as configured, and at most a warning on a cluster, which may read settings that
 * its tables do not list.
 */
export function policyOf(config: Config, connect: ConnectClient): UnknownSettings {
  const configured = config.get(KEYS.connectUnknownSettings) as UnknownSettings;
  return connect.embedded === undefined && configured === 'error' ? 'warn' : configured;
}
