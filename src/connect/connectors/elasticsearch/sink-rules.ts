import {
  RuleCheck,
  givenText,
  writtenText,
  type ConfigKey,
  type ConfigProblem,
  type RawConfig,
} from '../../api/config-spec.ts';
import { must } from '../../../base/assert.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { CONNECTION, REFUSED } from './connection-keys.ts';
import { indexNamer } from './index-names.ts';
import { parseUrls } from './urls.ts';
import { SINK } from './sink-keys.ts';

/** Checks the rules between settings. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const isGiven = (key: ConfigKey): boolean => givenText(config, key) !== undefined;
  check.refuseAll(REFUSED);
  const isStream = streamsIn(config);
  const upserts = check.choice(SINK.writeMethod) === 'upsert';
  if (isStream && upserts) check.refuse(SINK.writeMethod, 'a data stream takes new documents only');
  if (isStream && check.choice(SINK.nullValues) === 'delete')
    check.refuse(SINK.nullValues, 'nothing is deleted from a data stream: ignore or fail');
  if (upserts && check.choice(SINK.keyIgnore) === 'true')
    check.refuse(SINK.keyIgnore, 'write.method=UPSERT puts fields into the document of a key');
  const type = check.choice(SINK.dataStreamType);
  const isMapped = check.text(SINK.resourceMapping) !== '';
  if (type !== 'none' && check.text(SINK.dataStreamDataset) === '' && !isMapped)
    check.missing(SINK.dataStreamDataset, `the data stream is ${type}-DATASET-namespace`);
  if (check.choice(SINK.resourceUsage) !== 'disabled' && !isMapped)
    check.refuse(SINK.resourceUsage, `the names are missing: ${SINK.resourceMapping.name}=topic:name`);
  if (isGiven(SINK.externalVersionHeader) && (isStream || upserts))
    check.refuse(
      SINK.externalVersionHeader,
      `documents of ${isStream ? 'a data stream' : 'write.method=UPSERT'} have no versions`,
    );
  const hasUser = isGiven(CONNECTION.connectionUsername);
  if (hasUser !== isGiven(CONNECTION.connectionPassword))
    check.missing(
      hasUser ? CONNECTION.connectionPassword : CONNECTION.connectionUsername,
      'user and password go together',
    );
  const named = (config['topics'] ?? '').split(',').map((topic) => topic.trim());
  const shared = sharedByCase(config, [...new Set(named)]);
  if (shared !== undefined) check.problems.push({ key: 'topics', message: shared });
  if (check.choice(CONNECTION.authType) === 'api_key' && !isGiven(CONNECTION.apiKey))
    check.missing(CONNECTION.apiKey, 'auth.type is API_KEY');
  return check.problems;
}

/**
 * Index names are in lower case: topics whose names differ only in case would overwrite each other's documents.
 * Undefined: no topics do.
 */
export function sharedByCase(config: RawConfig, topics: readonly string[]): string | undefined {
  const nameOf = indexNamer(config);
  // The settings direct all topics to one index.
  if (nameOf('a') === nameOf('b')) return undefined;
  for (const [i, topic] of topics.entries()) {
    const other = topics
      .slice(0, i)
      .find((t) => t.toLowerCase() === topic.toLowerCase() && nameOf(t) === nameOf(topic));
    if (other !== undefined)
      return (
        `Topics ${other} and ${topic} would be written to one index, ${nameOf(topic)}: its name has no upper case. ` +
        `Name another for one of them with ${SINK.resourceMapping.name}=${topic}:name`
      );
  }
  return undefined;
}

/** Whether the settings select data streams. */
export function streamsIn(config: RawConfig): boolean {
  const writtenLower = (key: ConfigKey): string => writtenText(config, key).toLowerCase();
  return (
    writtenLower(SINK.dataStreamEnabled) === 'true' ||
    writtenLower(SINK.dataStreamType) !== 'none' ||
    writtenLower(SINK.resourceUsage).endsWith('datastream')
  );
}

/** The target indices of these topics. */
export function targetsOf(
  config: RawConfig,
  topics: readonly string[],
): readonly { readonly topic: string; readonly place: Place }[] {
  const urls = parseUrls((config[CONNECTION.connectionUrl.name] ?? '').split(','));
  if (typeof urls === 'string') return [];
  const nameOf = indexNamer(config);
  const { host, port, prefix } = must(urls[0], 'url');
  return topics.map((topic) => ({
    topic,
    place: { system: `elasticsearch://${host}:${port}${prefix}`, name: nameOf(topic) },
  }));
}

/**
 * Defaults of a sink that is created with `sources='A'`: it keeps the rows of a table by key, and each record of a
 * stream.
 */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const events = sources.filter((s) => !(s.isTable && s.hasKey));
  const isGiven = (key: ConfigKey): boolean => givenText(config, key) !== undefined;
  const isNamed = isGiven(SINK.indexNameFormat) || isGiven(SINK.resourceMapping) || isGiven(SINK.dataStreamType);
  const streams = streamsIn(config);
  const isKeyIgnoreGiven = isGiven(SINK.keyIgnore) || isGiven(SINK.topicKeyIgnore);
  return {
    ...(!isNamed && {
      [SINK.resourceMapping.name]: sources.map((s) => `${s.topic}:${s.name.toLowerCase()}`).join(','),
    }),
    ...(!isKeyIgnoreGiven && events.length === sources.length && { [SINK.keyIgnore.name]: 'true' }),
    ...(!isKeyIgnoreGiven &&
      events.length > 0 &&
      events.length < sources.length && { [SINK.topicKeyIgnore.name]: events.map((s) => s.topic).join(',') }),
    [SINK.nullValues.name]: streams || events.length === sources.length ? 'ignore' : 'delete',
    [SINK.recordKeyColumns.name]: 'true',
    [SINK.timeFormat.name]: 'iso',
  };
}
