import type { ChangelogOf } from '../../state/changelog.ts';
import { GroupAssignment } from './group-assignment.ts';
import { createChangelogTopics } from './internal-topics.ts';
import type { Member, OpenQuery } from './open-query.ts';
import { openTopics } from './query-topics.ts';
import { Restoration } from './restoration.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import type { StartOffsets } from './start-offsets.ts';
import { TaskReader } from './task-reader.ts';
import type { TaskSet } from './task-set.ts';
import { type SubTopology, taskCount, type Topology } from '../topology.ts';

/** What is needed to open a query. */
export interface Opening {
  readonly options: QueryRunnerOptions;
  readonly topology: Topology;
  /** The consumer group. */
  readonly group: string;
  readonly tasks: TaskSet;
  readonly starts: StartOffsets;
  /**
   * Called with everything that is open so far, whenever there is more of it. The caller releases it, also after a
   * failure.
   */
  readonly onOpened: (open: OpenQuery) => void;
  /** Called when the consumer group has changed the assignment. */
  readonly onChange: () => void;
}

/**
 * Opens everything that an attempt needs: topics, reader, writer, and the group membership, which is not joined yet.
 * @throws SluiceError NOT_FOUND, QUERY_FAILED, LOG_UNAVAILABLE
 */
export async function openQuery(opening: Opening): Promise<OpenQuery> {
  const { options, topology, tasks, starts } = opening;
  const { log, plan, collector, shared, settings, env } = options;
  const isPersistent = collector === undefined;
  const topics = await openTopics(log, plan, topology, shared?.replicas);
  const { partitions, timestampRange } = topics;
  for (const topic of topology.sourceTopics) starts.noteTopic(topic, partitions.get(topic)!, topics.ids.get(topic));
  // Records that the topic would not accept must be found one by one, rather than by the log's refusal of a whole
  // batch.
  const maxRecordBytes = Math.min(settings.maxRecordBytes, topics.maxRecordBytes);
  // A transient query writes only internal topics.
  const exactlyOnce = isPersistent && shared?.guarantee !== 'at_least_once';
  const writerName = shared === undefined ? opening.group : `${opening.group}-${shared.instanceId}`;
  const writer = await log.createWriter({ transactionalId: exactlyOnce ? writerName : undefined });
  const reader = new TaskReader({
    reader: log.createReader({}),
    admin: log.admin,
    tasks,
    beginnings: options,
    logger: env.logger,
    queryId: plan.queryId,
  });
  const open: OpenQuery = {
    reader,
    writer,
    partitions,
    topicIds: topics.ids,
    settings: { ...settings, maxRecordBytes, timestampRange },
    membership: { kind: 'ALONE' },
  };
  opening.onOpened(open);
  tasks.clear();
  if (shared === undefined || !isPersistent) return open;
  const joined = { ...open, membership: await memberFor(opening, open) };
  opening.onOpened(joined);
  return joined;
}

/** The membership in the consumer group, and the changelogs from which its tasks are restored. */
async function memberFor(opening: Opening, open: OpenQuery): Promise<Member> {
  const { options, topology, tasks, starts } = opening;
  const { log, plan, env } = options;
  const shared = options.shared!;
  const { partitions } = open;
  const changelogs = new Map<SubTopology, readonly ChangelogOf[]>();
  for (const subTopology of topology.subTopologies) {
    const ofStores = await tasks.changelogsOf(subTopology, partitions, open.writer, open.settings);
    changelogs.set(subTopology, ofStores);
    const count = taskCount(subTopology, partitions);
    const before = await createChangelogTopics(log.admin, ofStores, count, shared.replicas);
    if (before !== undefined) for (const { topic } of subTopology.inputs) starts.noteTopic(topic, before);
  }
  return {
    kind: 'MEMBER',
    changelogs,
    restoration: new Restoration(log, shared.store, plan.queryId, changelogs, env),
    group: new GroupAssignment({
      log,
      group: opening.group,
      topology,
      userData: shared.member,
      sessionTimeoutMs: shared.sessionTimeoutMs,
      heartbeatIntervalMs: shared.heartbeatIntervalMs,
      onChange: () => {
        open.reader.wakeup();
        opening.onChange();
      },
    }),
  };
}
