import { RuleCheck, type RefusedKey, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { parseAddress } from './address.ts';
import { classDefaults } from './class-defaults.ts';
import { SINK, topicPlans, type RedisType } from './sink-keys.ts';

/** Refused settings, with advice. */
const REFUSED: readonly RefusedKey[] = [
  {
    key: 'redis.cluster.enabled',
    why: 'a Redis Cluster is not written to: one server, or the master that sentinels name',
    unless: /^false$/i,
  },
  { key: 'redis.json.path', why: 'documents are written whole' },
  { key: 'redis.json.path.fixed', why: 'documents are written whole' },
  { key: 'redis.key.file', why: 'ssl.keystore.location takes a PEM file with certificate and key' },
  { key: 'redis.key.cert', why: 'ssl.keystore.location takes a PEM file with certificate and key' },
];

/** Rules between settings. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  check.refuseAll(REFUSED);
  return check.problems;
}

/** Where the records of these topics are written. */
export function targetsOf(
  config: RawConfig,
  topics: readonly string[],
): readonly { readonly topic: string; readonly place: Place }[] {
  const address = parseAddress(writtenText(config, SINK.uri));
  if (typeof address === 'string') return [];
  const database =
    writtenText(config, SINK.database) || String(address.database ?? classDefaults(config).database ?? 0);
  const planOf = topicPlans(config);
  return topics.map((topic) => ({
    topic,
    place: {
      system: `${address.name.replace(/^rediss/, 'redis')}/${database}`,
      name: planOf(topic).key.replaceAll('${topic}', topic) || '*',
    },
  }));
}

/** Defaults of a sink with `sources='A'`: hashes for tables, streams for streams, under their names. */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const isNamed = [SINK.key.name, 'redis.keyspace', SINK.topicKeys.name].some((name) => config[name] !== undefined);
  const isTyped = [SINK.type.name, SINK.topicTypes.name].some((name) => config[name] !== undefined);
  const typeOf = (s: SqlSource): RedisType => (s.isTable && s.hasKey ? 'HASH' : 'STREAM');
  const [first] = sources;
  const alike = first !== undefined && sources.every((s) => typeOf(s) === typeOf(first));
  return {
    ...(!isNamed && { [SINK.topicKeys.name]: sources.map((s) => `${s.topic}=${s.name.toLowerCase()}`).join(',') }),
    ...(!isTyped &&
      (alike
        ? { [SINK.type.name]: typeOf(first) }
        : { [SINK.topicTypes.name]: sources.map((s) => `${s.topic}=${typeOf(s)}`).join(',') })),
    // Without a key, only a record's value can identify a member.
    ...(sources.every((s) => !s.hasKey) && { [SINK.member.name]: 'value' }),
  };
}
