import type { CommittedOffset, TopicPartition } from '../../log/api.ts';
import type { Task } from '../task/task.ts';
import { resetOf } from './beginnings.ts';
import type { OpenQuery } from './open-query.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { routeOf, type TaskSet } from './task-set.ts';

/** Where tasks start to read. */
export interface Starts {
  /** By partition (`routeOf`). */
  readonly offsets: ReadonlyMap<string, CommittedOffset>;
  /** Whether some inputs have no committed offset yet. */
  readonly hasFirst: boolean;
}

/**
 * Finds where the tasks of a query start to read: at their last commit, otherwise as `auto.offset.reset` says. A
 * partition that was added after the query started is read from its first record, since all of its records are newer.
 */
export class StartOffsets {
  readonly #options: QueryRunnerOptions;
  readonly #tasks: TaskSet;
  readonly #group: string;
  /** The topics that it reads, as they were when it started. */
  readonly #known = new Map<string, { readonly partitions: number; readonly id: string | undefined }>();

  constructor(options: QueryRunnerOptions, tasks: TaskSet, group: string) {
    this.#options = options;
    this.#tasks = tasks;
    this.#group = group;
  }

  /** Records the partition count and the id of a topic when the query first reads it. */
  noteTopic(topic: string, partitions: number, id?: string): void {
    const known = this.#known.get(topic);
    this.#known.set(topic, {
      partitions: Math.min(known?.partitions ?? Infinity, partitions),
      id: known?.id ?? id,
    });
  }

  /** Sets the start positions of these tasks' inputs. */
  async find(tasks: readonly Task[], open: OpenQuery): Promise<Starts> {
    const { startOffsets } = this.#options;
    const { admin } = this.#options.log;
    const committed = await this.#committedFor(tasks);
    const offsets = new Map<string, CommittedOffset>();
    let hasFirst = false;
    for (const task of tasks) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.endOffset = await admin.latestOffset(at);
        input.historyEnd = input.endOffset;
        const ofGroup = committed.get(routeOf(at.topic, at.partition)) ?? startOffsets?.(at.topic, at.partition);
        const known = this.#newer(ofGroup, this.#tasks.keptOffset(task, input), at);
        if (known === undefined) hasFirst = true;
        const atEnd = resetOf(input, this.#options) === 'latest' && !this.#isNew(at, open);
        input.position = known ?? (atEnd ? input.endOffset : await admin.earliestOffset(at));
        offsets.set(routeOf(at.topic, at.partition), { ...at, offset: input.position });
      }
    }
    return { offsets, hasFirst };
  }

  async #committedFor(tasks: readonly Task[]): Promise<ReadonlyMap<string, number>> {
    if (this.#options.collector !== undefined) return new Map();
    // The partitions are named, since a group does not report one whose first offset is pending unless asked for it.
    const partitions = tasks.flatMap((task) => task.inputs.map(({ topic, partition }) => ({ topic, partition })));
    const committed = await this.#options.log.admin.committedOffsets(this.#group, { partitions });
    return new Map(committed.map((c) => [routeOf(c.topic, c.partition), c.offset]));
  }

  /** Whether the partition was added after the query started, alone or with its topic. */
  #isNew({ topic, partition }: TopicPartition, open: OpenQuery): boolean {
    const known = this.#known.get(topic);
    return known !== undefined && (partition >= known.partitions || known.id !== open.topicIds.get(topic));
  }

  /**
   * The newer of the group's offset and the one that was committed with the state: the commit marker of the group's
   * transaction may have been lost.
   */
  #newer(ofGroup: number | undefined, kept: number | undefined, at: TopicPartition): number | undefined {
    if (kept === undefined || (ofGroup !== undefined && kept <= ofGroup)) return ofGroup;
    // A group without an offset is as normal as one that gets it a moment later.
    this.#options.env.logger.warn(
      'the offset of the consumer group is older than the state: going on from the newer one',
      { queryId: this.#options.plan.queryId, ...at, ofGroup, offset: kept },
    );
    return kept;
  }
}
