import type { Log, TopicPartition } from '../../log/api.ts';
import type { RawConfig } from '../api/config-spec.ts';

/** The partitions of a sink's topics (`topics`, or `topics.regex`) that exist now, dealt out to its tasks in turn. */
export async function sinkPartitions(
  log: Log,
  config: RawConfig,
  task: number,
  taskCount: number,
): Promise<readonly TopicPartition[]> {
  const listed = (config['topics'] ?? '')
    .split(',')
    .map((t) => t.trim())
    .filter((t) => t !== '');
  const regex = config['topics.regex']?.trim();
  const all: TopicPartition[] = [];
  const add = (topic: string, partitions: number): void => {
    for (let partition = 0; partition < partitions; partition++) all.push({ topic, partition });
  };
  if (listed.length > 0) {
    for (const topic of listed) {
      const found = await log.admin.describeTopic(topic);
      if (found) add(topic, found.partitions);
    }
  } else if (regex !== undefined && regex !== '') {
    const pattern = new RegExp(`^(?:${regex})$`);
    for (const topic of await log.admin.listTopics()) {
      if (!topic.internal && pattern.test(topic.name)) add(topic.name, topic.partitions);
    }
  }
  all.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
  return all.filter((_, i) => i % taskCount === task);
}
