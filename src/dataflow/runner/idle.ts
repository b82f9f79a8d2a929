import type { Clock } from '../../base/env.ts';
import type { Task } from '../task/task.ts';

/**
 * `max.task.idle.ms` (KIP-353): how long a task with records of some inputs waits for the others, whose next records
 * have not been written yet. It always waits for records that existed when the task started, and for those known to
 * exist since.
 */
export class Idle {
  readonly #clock: Clock;
  readonly #maxMs: number;
  /** Since when a task has had no records of an input. */
  readonly #since = new Map<Task, number>();

  constructor(clock: Clock, maxMs: number) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  /** Tells each task whether to wait. Returns the longest wait in ms, Infinity when no task waits. */
  update(tasks: readonly Task[]): number {
    if (this.#maxMs <= 0) return Infinity;
    const nowMs = this.#clock.monotonicMs();
    for (const task of this.#since.keys()) if (!tasks.includes(task)) this.#since.delete(task);
    let leftMs = Infinity;
    for (const task of tasks) {
      const lacks = task.hasPending && task.inputs.some((i) => !i.hasRecord && !i.isBarred);
      if (!lacks) {
        this.#since.delete(task);
        // The task with the first record waits for the others.
        task.idles = true;
        continue;
      }
      const since = this.#since.get(task) ?? nowMs;
      this.#since.set(task, since);
      const left = since + this.#maxMs - nowMs;
      task.idles = left > 0;
      if (task.idles) leftMs = Math.min(leftMs, left);
    }
    return leftMs;
  }
}
