import type { Clock } from '../../base/env.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { LogAdmin, TopicSpec } from '../../log/api.ts';
import type { ChangelogOf } from '../../state/changelog.ts';
import { internalTopicsOf } from '../names.ts';
import type { Task } from '../task/task.ts';
import type { Topology } from '../topology.ts';

/** Records are kept until they are purged, after the commit that consumed them. */
const CONFIGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime',
};

/**
 * Creates the internal topics that do not exist.
 * @throws SluiceError QUERY_FAILED when one has another number of partitions
 */
export async function createInternalTopics(
  admin: LogAdmin,
  topology: Topology,
  partitions: ReadonlyMap<string, number>,
  replicas = 1,
): Promise<void> {
  for (const { name } of topology.internalTopics)
    await ensureTopic(admin, name, partitions.get(name)!, replicas, CONFIGS);
}

/**
 * Brokers refuse records that are more than an hour ahead of their clock, but the time of an event is not ours to
 * judge.
 */
const ANY_TIMESTAMP = { 'message.timestamp.after.max.ms': '9223372036854775807' };

/**
 * Creates a topic that queries write. It accepts every timestamp that their inputs accepted; otherwise results would be
 * missing that the state has.
 * @throws SluiceError as LogAdmin.createTopic
 */
export async function createTopicForAnyTime(admin: LogAdmin, spec: TopicSpec): Promise<void> {
  try {
    await admin.createTopic({ ...spec, configs: { ...spec.configs, ...ANY_TIMESTAMP } });
  } catch (error) {
    // Brokers before 3.6 do not know this limit.
    if (!isSluiceError(error, 'REJECTED')) throw error;
    await admin.createTopic(spec);
  }
}

const DAY_MS = 86_400_000;

/** A row of a store, or the durable numbers of a task, may exceed a topic's default limit. */
const CHANGELOG_MAX_MESSAGE_BYTES = 16 << 20;

/**
 * Creates the missing changelogs of a sub-topology's stores. They are compacted; those of stores with a retention drop
 * records a day later, as in Kafka Streams. Returns the previous number of tasks when it has grown.
 * @throws SluiceError QUERY_FAILED when rows are stored for another number of tasks
 */
export async function createChangelogTopics(
  admin: LogAdmin,
  changelogs: readonly ChangelogOf[],
  partitions: number,
  replicas: number,
): Promise<number | undefined> {
  let before: number | undefined;
  for (const { store, topic, isOfNumbers } of changelogs) {
    if (isOfNumbers) {
      const found = await admin.describeTopic(topic);
      if (found !== undefined && found.partitions < partitions) {
        await growTopic(admin, topic, partitions);
        before = found.partitions;
      }
      if (found !== undefined) continue;
    }
    await ensureTopic(admin, topic, partitions, replicas, {
      'cleanup.policy': store.kind === 'timed' ? 'compact,delete' : 'compact',
      'message.timestamp.type': 'CreateTime',
      'max.message.bytes': String(CHANGELOG_MAX_MESSAGE_BYTES),
      ...(store.retentionMs !== undefined &&
        store.kind === 'timed' && {
          'retention.ms': String(Math.min(store.retentionMs + DAY_MS, Number.MAX_SAFE_INTEGER)),
        }),
    });
  }
  return before;
}

async function growTopic(admin: LogAdmin, name: string, partitions: number): Promise<void> {
  try {
    await admin.createPartitions(name, partitions);
  } catch (error) {
    // Another node of the service created them first.
    if (((await admin.describeTopic(name))?.partitions ?? 0) < partitions) throw error;
  }
}

async function ensureTopic(
  admin: LogAdmin,
  name: string,
  wanted: number,
  replicas: number,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await admin.describeTopic(name);
  if (found !== undefined) {
    if (found.partitions !== wanted) {
      throw new SluiceError(
        'QUERY_FAILED',
        `Internal topic ${name} has ${found.partitions} partitions, and the query needs ${wanted} since its sources have as many now: ` +
          'keys have moved between them, and what is kept for a key would be in two places. DROP the query and CREATE it anew: it reads its sources again',
      );
    }
    return;
  }
  try {
    await createTopicForAnyTime(admin, { name, partitions: wanted, replicas, configs });
  } catch (error) {
    // Another node of the service created it first.
    if (!isSluiceError(error, 'CONFLICT')) throw error;
  }
}

/** Deletes the topics of a query that has been removed for good; see names.internalTopicsOf. */
export async function deleteTopicsOf(
  admin: LogAdmin,
  serviceId: string,
  queryId: string,
  others: Iterable<string>,
): Promise<void> {
  const all = (await admin.listTopics()).map(({ name }) => name);
  for (const name of internalTopicsOf(all, serviceId, queryId, others)) {
    try {
      await admin.deleteTopic(name);
    } catch (error) {
      if (!isSluiceError(error, 'NOT_FOUND')) throw error;
    }
  }
}

/** Deletes everything that a query leaves behind when it is removed for good. */
export async function deleteInternalTopics(admin: LogAdmin, topology: Topology): Promise<void> {
  for (const { name } of topology.internalTopics) {
    try {
      await admin.deleteTopic(name);
    } catch (error) {
      if (!isSluiceError(error, 'NOT_FOUND')) throw error;
    }
  }
}

const PURGE_INTERVAL_MS = 5000;

/** Purges consumed records of internal topics from time to time. */
export class TopicPurge {
  readonly #admin: LogAdmin;
  readonly #clock: Clock;
  /** Offsets purged up to, by topic and partition. */
  readonly #purged = new Map<string, number>();
  #lastMs = 0;

  constructor(admin: LogAdmin, clock: Clock) {
    this.#admin = admin;
    this.#clock = clock;
  }

  async afterCommit(tasks: readonly Task[]): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastMs < PURGE_INTERVAL_MS) return;
    this.#lastMs = nowMs;
    for (const task of tasks) {
      for (const { topic, partition, internal, position } of task.inputs) {
        const id = `${topic}\0${partition}`;
        if (!internal || position <= (this.#purged.get(id) ?? 0)) continue;
        await this.#admin.deleteRecords({ topic, partition }, position);
        this.#purged.set(id, position);
      }
    }
  }
}
