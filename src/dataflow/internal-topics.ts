import type { Clock } from '../base/env.ts';
import { isSluiceError, SluiceError } from '../base/errors.ts';
import type { LogAdmin } from '../log/api.ts';
import type { Task } from './task.ts';
import type { Topology } from './topology.ts';

/** Records stay until they are purged after the commit that consumed them. */
const CONFIGS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime',
};

/** Creates the internal topics that are not there. @throws SluiceError QUERY_FAILED when one has another number of partitions */
export async function createInternalTopics(
  admin: LogAdmin,
  topology: Topology,
  partitions: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { name } of topology.internalTopics) {
    const wanted = partitions.get(name)!;
    const found = await admin.describeTopic(name);
    if (found !== undefined) {
      if (found.partitions !== wanted) {
        throw new SluiceError(
          'QUERY_FAILED',
          `Internal topic ${name} has ${found.partitions} partitions, and the query needs ${wanted}`,
        );
      }
      continue;
    }
    try {
      await admin.createTopic({ name, partitions: wanted, replicas: 1, configs: CONFIGS });
    } catch (error) {
      // Another node of the service was faster.
      if (!isSluiceError(error, 'CONFLICT')) throw error;
    }
  }
}

/** Deletes what a query that is gone for good leaves behind. */
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

/** Drops the records of internal topics that have been consumed, now and then. */
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
