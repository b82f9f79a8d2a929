import type { InputPosition } from './query-metrics.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { routeOf, type TaskSet } from './task-set.ts';

/** Where a query stands in what it reads, also while it has no tasks or does not read: its lag grows meanwhile. */
export class QueryPositions {
  readonly #options: QueryRunnerOptions;
  readonly #tasks: TaskSet;
  readonly #group: string;
  /** Where it stands while it has no tasks: after a failure. */
  #standing: readonly InputPosition[] = [];

  constructor(options: QueryRunnerOptions, tasks: TaskSet, group: string) {
    this.#options = options;
    this.#tasks = tasks;
    this.#group = group;
  }

  /** In each partition that it reads; ends as of the last fetch, or of the last look. */
  get current(): readonly InputPosition[] {
    if (this.#tasks.tasks.length === 0) return this.#standing;
    return this.#tasks.tasks.flatMap((t) =>
      t.inputs.map((i) => ({
        topic: i.topic,
        partition: i.partition,
        offset: i.position,
        endOffset: Math.max(i.endOffset, i.position),
      })),
    );
  }

  /** Keeps them: the tasks are about to be discarded. */
  keep(): void {
    this.#standing = this.current;
  }

  /**
   * Looks how much there is by now, after a failure. What was handled and not committed is to be handled again: only
   * what is committed counts.
   */
  async lookAfterFailure(): Promise<void> {
    const { admin } = this.#options.log;
    const committed = this.#options.collector === undefined ? await admin.committedOffsets(this.#group) : [];
    const offsets = new Map(committed.map((c) => [routeOf(c.topic, c.partition), c.offset]));
    const standing: InputPosition[] = [];
    for (const { topic, partition, offset } of this.#standing.length === 0 ? committed : this.#standing) {
      const from = offsets.get(routeOf(topic, partition)) ?? offset;
      const endOffset = await admin.latestOffset({ topic, partition });
      standing.push({ topic, partition, offset: from, endOffset: Math.max(from, endOffset) });
    }
    this.#standing = standing;
  }

  /** Looks how much there is by now in what its tasks read. */
  async lookAtEnds(): Promise<void> {
    const { admin } = this.#options.log;
    for (const input of this.#tasks.tasks.flatMap((t) => t.inputs))
      input.endOffset = Math.max(input.endOffset, await admin.latestOffset(input));
  }
}
