import type { Clock } from '../../base/env.ts';
import type { Task } from '../task/task.ts';

/**
 * `max.task.idle.ms` (KIP-353): how long a task that has records of some inputs waits for the others, whose next ones
 * are not written yet. What they held when the task began, and what is known to be there since, is waited for in any
 * case.
 */
export class Idle {
  readonly #clock: Clock;
  readonly #maxMs: number;
  /** Since when a task has lacked records of an input. */
  readonly #since = new Map<Task, number>();

  constructor(clock: Clock, maxMs: number) {
    this.#clock = clock;
    this.#maxMs = maxMs;
  }

  /** Tells each task whether to wait; returns for how long at most, in ms: Infinity when none does. */
  update(tasks: readonly Task[]): number {
    if (this.#maxMs <= 0) return Infinity;
    const nowMs = this.#clock.monotonicMs();
    for (const task of this.#since.keys()) if (!tasks.includes(task)) this.#since.delete(task);
    let leftMs = Infinity;
    for (const task of tasks) {
      const lacks = task.hasPending && task.inputs.some((i) => !i.hasRecord && !i.isBarred);
      if (!lacks) {
        this.#since.delete(task);
        // What comes first waits for the rest.
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
