import type { InputPosition } from './query-metrics.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { routeOf, type TaskSet } from './task-set.ts';

/** A query's position in its inputs, also while it has no tasks or does not read and its lag grows. */
export class QueryPositions {
  readonly #options: QueryRunnerOptions;
  readonly #tasks: TaskSet;
  readonly #group: string;
  /** Its positions while it has no tasks, after a failure. */
  #standing: readonly InputPosition[] = [];

  constructor(options: QueryRunnerOptions, tasks: TaskSet, group: string) {
    this.#options = options;
    this.#tasks = tasks;
    this.#group = group;
  }

  /** The position in each partition that it reads; ends as of the last fetch or look-up. */
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

  /** Remembers the positions before the tasks are discarded. */
  keep(): void {
    this.#standing = this.current;
  }

  /**
   * Looks up the ends after a failure. Handled but uncommitted records will be handled again, so only committed offsets
   * count.
   */
  async readAfterFailure(): Promise<void> {
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

  /** Looks up the ends of its tasks' inputs. */
  async readEnds(): Promise<void> {
    const { admin } = this.#options.log;
    for (const input of this.#tasks.tasks.flatMap((t) => t.inputs))
      input.endOffset = Math.max(input.endOffset, await admin.latestOffset(input));
  }
}
