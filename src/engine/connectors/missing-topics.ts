import { didYouMean } from '../../base/suggest.ts';
import type { ConnectorConfig } from '../../connect/client/api.ts';
import { sinkTopics } from './sink-sources.ts';

/** A sink reads a topic as soon as it is there: one that is not may be a slip. One sentence each. */
export function missingTopics(config: ConnectorConfig, topics: readonly { readonly name: string }[]): string[] {
  const all = topics.map((t) => t.name);
  return sinkTopics(config)
    .filter((topic) => !all.includes(topic))
    .map((topic) => {
      const guess = didYouMean(topic, all);
      return `Topic ${topic} does not exist: it is read when it comes.${guess === undefined ? '' : ` ${guess}`}`;
    });
}
