import { RuleCheck, type RefusedKey, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { urlProblem, parseUrl } from './url.ts';
import { SINK, tableNamer } from './sink-keys.ts';

/** Settings that are refused, each with what to do instead. */
const REFUSED: readonly RefusedKey[] = [
  {
    key: 'exactlyOnce',
    why: 'offsets are not kept in KeeperMap: a table that the sink makes has each record once, by topic, partition and offset or by its key, when it is read with FINAL',
    unless: /^false$/i,
  },
  { key: 'jdbcConnectionProperties', why: 'no JDBC driver is used: clickhouseSettings has settings of the server' },
  {
    key: 'proxyType',
    why: 'requests go to the server directly: no proxy can be given here',
    unless: /^ignore$/i,
  },
  { key: 'enableDbTopicSplit', why: 'all tables are in one database', unless: /^false$/i },
];

/** Checks the rules between settings. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll(REFUSED);
  return check.problems;
}

/** The target tables of these topics. */
export function targetsOf(
  config: RawConfig,
  topics: readonly string[],
): readonly { readonly topic: string; readonly place: Place }[] {
  const url = writtenText(config, SINK.url);
  if (urlProblem(url) !== undefined) return [];
  const { name, database } = parseUrl(url);
  const place = writtenText(config, SINK.database) || (database ?? 'default');
  const tableOf = tableNamer(config);
  return topics.map((topic) => ({
    topic,
    place: { system: name.replace(/^https?/, 'clickhouse'), name: `${place}.${tableOf(topic)}` },
  }));
}

/**
 * Defaults of a sink that is created with `sources='A'`: it creates tables with the names of the sources, and keeps the
 * rows of tables by key.
 */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const isNamed = config[SINK.tableMap.name] !== undefined || config[SINK.tableNameFormat.name] !== undefined;
  const keyed = sources.filter((s) => s.isTable && s.hasKey);
  return {
    ...(!isNamed && { [SINK.tableMap.name]: sources.map((s) => `${s.topic}=${s.name.toLowerCase()}`).join(',') }),
    ...(keyed.length > 0 && { [SINK.upsertTopics.name]: keyed.map((s) => s.topic).join(',') }),
    [SINK.autoCreate.name]: 'true',
  };
}
