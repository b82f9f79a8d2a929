import { matchesAny } from '../../base/regex/name-pattern.ts';
import { KEYS } from '../../config/keys.ts';
import type { TopicDescription } from '../../log/api.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import type { ResultBody } from '../results.ts';
import type { Services } from '../services.ts';

/** SHOW [ALL] TOPICS [EXTENDED]: hidden topics (ksql.hidden.topics) only with ALL. */
export async function listTopics(statement: StatementOf<'ListTopics'>, services: Services): Promise<ResultBody> {
  const topics = statement.all
    ? (await services.log.admin.listTopics()).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    : await shownTopics(services);
  const groups = statement.extended ? await groupsByTopic(services) : new Map<string, Set<string>>();
  return {
    kind: 'kafka_topics',
    extended: statement.extended,
    topics: topics.map((topic) => {
      const readers = groups.get(topic.name)?.size ?? 0;
      return {
        name: topic.name,
        replicaInfo: Array.from({ length: topic.partitions }, () => topic.replicas),
        consumerCount: readers,
        consumerGroupCount: readers,
      };
    }),
  };
}

/** All but internal ones and those of ksql.hidden.topics, by name. */
export async function shownTopics({ config, log }: Services): Promise<readonly TopicDescription[]> {
  const hidden = config.get(KEYS.hiddenTopics);
  return (await log.admin.listTopics())
    .filter((t) => !t.internal && !matchesAny(hidden, t.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Which consumer groups have offsets on which topic. */
async function groupsByTopic(services: Services): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const group of await services.log.admin.listGroups()) {
    for (const { topic } of await services.log.admin.committedOffsets(group)) {
      found.set(topic, (found.get(topic) ?? new Set()).add(group));
    }
  }
  return found;
}
