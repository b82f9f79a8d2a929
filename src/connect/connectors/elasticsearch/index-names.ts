import type { RawConfig } from '../../api/config-spec.ts';
import { SINK } from './sink-keys.ts';

const NAME_BYTES = 255;

/** Parses the pairs of `topic:name, topic:name`. */
export function pairsOf(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of text.split(',')) {
    const at = pair.indexOf(':');
    if (at > 0) pairs.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
  }
  return pairs;
}

/**
 * A valid index name (https://www.elastic.co/guide/en/elasticsearch/reference/current/indices-create-index.html): lower
 * case, not starting with `-`, `_` or `+`, not `.` or `..`, at most 255 bytes. The conversion of topic names is that of
 * Confluent's connector.
 */
export function indexName(name: string): string {
  const lower = name.toLowerCase().replace(/^[-_+]+/, '');
  if (lower === '.') return 'dot';
  if (lower === '..') return 'dotdot';
  return lower.slice(0, NAME_BYTES);
}

/**
 * Checks for characters that index names cannot contain, since pairs and formats are given by the user; undefined:
 * valid.
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  const bad = /[\\/*?"<>|,#: ]/.exec(name)?.[0];
  return bad === undefined ? undefined : `it has a '${bad}'`;
}

/**
 * Returns the function that maps a topic to the index, alias or data stream of its records. Pure; accepts unvalidated
 * settings.
 */
export function indexNamer(config: RawConfig): (topic: string) => string {
  const problemOf = (...names: readonly string[]): string | undefined =>
    names.map((name) => config[name]?.trim()).find((text) => text !== undefined && text !== '');
  const pairs = pairsOf(
    problemOf('topic.to.external.resource.mapping', 'topic.index.map', 'topic.to.resource.mapping') ?? '',
  );
  const type = problemOf(SINK.dataStreamType.name) ?? 'none';
  const prefix = problemOf(SINK.dataStreamPrefix.name);
  const put = (format: string, topic: string): string => format.replaceAll('${topic}', topic);
  const derived = (topic: string): string => {
    if (type.toLowerCase() !== 'none') {
      const dataset = put(problemOf(SINK.dataStreamDataset.name) ?? '', topic);
      return `${type}-${dataset}-${put(problemOf(SINK.dataStreamNamespace.name) ?? '${topic}', topic)}`;
    }
    if (prefix !== undefined && problemOf(SINK.dataStreamEnabled.name)?.toLowerCase() === 'true')
      return `${prefix}-${topic}`;
    return put(problemOf(SINK.indexNameFormat.name) ?? '${topic}', topic);
  };
  return (topic) => indexName(pairs.get(topic) ?? derived(topic));
}
