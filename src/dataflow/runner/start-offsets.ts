import type { CommittedOffset, TopicPartition } from '../../log/api.ts';
import type { Task } from '../task/task.ts';
import { resetOf } from './beginnings.ts';
import type { OpenQuery } from './open-query.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { routeOf, type TaskSet } from './task-set.ts';

/** Where tasks begin to read. */
export interface Starts {
  /** By partition (`routeOf`). */
  readonly offsets: ReadonlyMap<string, CommittedOffset>;
  /** Some of them have never been committed. */
  readonly hasFirst: boolean;
}

/**
 * Finds where the tasks of a query begin to read: where they were committed last, else where `auto.offset.reset` says.
 * A partition that has come since the query began is read from its first record: all that it holds is later.
 */
export class StartOffsets {
  readonly #options: QueryRunnerOptions;
  readonly #tasks: TaskSet;
  readonly #group: string;
  /** The topics that it reads, as they were when it began. */
  readonly #known = new Map<string, { readonly partitions: number; readonly id: string | undefined }>();

  constructor(options: QueryRunnerOptions, tasks: TaskSet, group: string) {
    this.#options = options;
    this.#tasks = tasks;
    this.#group = group;
  }

  /** Notes how many partitions a topic had, and its id, when the query was first seen to read it. */
  noteTopic(topic: string, partitions: number, id?: string): void {
    const known = this.#known.get(topic);
    this.#known.set(topic, {
      partitions: Math.min(known?.partitions ?? Infinity, partitions),
      id: known?.id ?? id,
    });
  }

  /** Puts the inputs of these tasks where they begin. */
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
    // Named: of one whose first offset is pending a group says nothing unasked.
    const partitions = tasks.flatMap((task) => task.inputs.map(({ topic, partition }) => ({ topic, partition })));
    const committed = await this.#options.log.admin.committedOffsets(this.#group, { partitions });
    return new Map(committed.map((c) => [routeOf(c.topic, c.partition), c.offset]));
  }

  /** The partition has come since the query began, alone or with its topic. */
  #isNew({ topic, partition }: TopicPartition, open: OpenQuery): boolean {
    const known = this.#known.get(topic);
    return known !== undefined && (partition >= known.partitions || known.id !== open.topicIds.get(topic));
  }

  /**
   * Of the group's offset and the one that was committed beside the state the newer: the marker of the other's
   * transaction was lost.
   */
  #newer(ofGroup: number | undefined, kept: number | undefined, at: TopicPartition): number | undefined {
    if (kept === undefined || (ofGroup !== undefined && kept <= ofGroup)) return ofGroup;
    // A group that has no offset yet is as usual as one that has it a moment later.
    this.#options.env.logger.warn(
      'the offset of the consumer group is older than the state: going on from the newer one',
      { queryId: this.#options.plan.queryId, ...at, ofGroup, offset: kept },
    );
    return kept;
  }
}
