import { NamePattern } from '../../../base/regex/name-pattern.ts';
import type { Log, TopicPartition } from '../../../log/api.ts';
import { ConnectError } from '../../api/errors.ts';
import type { SinkTopics } from '../config/framework-settings.ts';

/** The partitions that a sink's task reads, and the topics that the sink reads as a whole. */
export interface SinkPartitions {
  readonly partitions: readonly TopicPartition[];
  readonly allTopics: readonly string[];
}

/**
 * The existing partitions of a sink's topics (`topics` or `topics.regex`), except the server's own, distributed over
 * its tasks in turn.
 */
export async function sinkPartitions(
  log: Log,
  { topics, regex }: SinkTopics,
  {
    task,
    count,
    isProtected,
  }: { readonly task: number; readonly count: number; readonly isProtected: (topic: string) => boolean },
): Promise<SinkPartitions> {
  const all: TopicPartition[] = [];
  const add = (topic: string, partitions: number): void => {
    for (let partition = 0; partition < partitions; partition++) all.push({ topic, partition });
  };
  if (topics.length > 0) {
    for (const topic of topics) {
      if (isProtected(topic))
        throw new ConnectError(`Topic ${topic} is not for connectors: the server keeps it for itself`);
      const found = await log.admin.describeTopic(topic);
      if (found) add(topic, found.partitions);
    }
  } else if (regex !== undefined) {
    const pattern = new NamePattern(regex);
    for (const topic of await log.admin.listTopics()) {
      if (!topic.internal && !isProtected(topic.name) && pattern.test(topic.name)) add(topic.name, topic.partitions);
    }
  }
  all.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  return {
    partitions: all.filter((_, i) => i % count === task),
    allTopics: [...new Set(all.map((p) => p.topic))],
  };
}
