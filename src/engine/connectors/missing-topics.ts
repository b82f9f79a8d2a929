import { writesColumns } from '../../base/databases.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { sinkTopics } from './sink-sources.ts';

/** Reports topics that a sink will read and that do not exist: the name may be a typing error. One sentence each. */
export function missingTopics(config: ConnectorConfig, topics: readonly { readonly name: string }[]): string[] {
  const all = topics.map((t) => t.name);
  return sinkTopics(config)
    .filter((topic) => !all.includes(topic))
    .map((topic) => {
      const guess = didYouMean(topic, all);
      return `Topic ${topic} does not exist: it is read when it comes.${guess === undefined ? '' : ` ${guess}`}`;
    });
}

/** Formats whose records do not say their columns. */
const WITHOUT_SCHEMA = new Set(['JSON', 'DELIMITED', 'KAFKA']);

/**
 * Topics whose records do not say the columns that a sink writes, while a stream or table over them does: the sink's
 * task would fail at the first record. One sentence each.
 */
export function untoldTopics(plugin: string | undefined, config: ConnectorConfig, catalog: Catalog): string[] {
  if (plugin === undefined || !writesColumns(plugin)) return [];
  if (config['value.converter'] !== undefined || config['transforms'] !== undefined) return [];
  return sinkTopics(config).flatMap((topic) => {
    const source = catalog.sourcesOfTopic(topic)[0];
    if (source === undefined || !WITHOUT_SCHEMA.has(source.topic.valueFormat.format)) return [];
    return [
      `The records of topic ${topic} are ${source.topic.valueFormat.format} and do not say their columns, which ${plugin} writes: sources='${source.name}' in place of topics gives it those of ${source.name}`,
    ];
  });
}
