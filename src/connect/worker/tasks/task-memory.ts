import { MemoryShare, processMemory, type MemoryBudget } from '../../../base/budget/memory.ts';
import type { Timers } from '../../../base/env.ts';

/** How long a task rests before it takes more while others hold all that there is, in ms. */
const REST_MS = 250;

/**
 * What a task has in hand of the memory that is for requests, queries and connectors (`server.memory.max.bytes`). It is
 * not refused: what it does not take waits in its source, or in the log. While there is no room it takes a little at a
 * time, and goes on.
 */
export class TaskMemory {
  readonly #timers: Pick<Timers, 'sleep'>;
  readonly #signal: AbortSignal;
  readonly #memory: MemoryBudget;
  readonly #share: MemoryShare;

  /** @param signal aborted when the task is to end */
  constructor(timers: Pick<Timers, 'sleep'>, signal: AbortSignal, memory: MemoryBudget = processMemory) {
    this.#timers = timers;
    this.#signal = signal;
    this.#memory = memory;
    this.#share = new MemoryShare(memory);
  }

  /** To be waited for before more is taken, with nothing in hand. */
  async rest(): Promise<void> {
    if (this.#memory.isFull) await this.#timers.sleep(REST_MS, this.#signal).catch(() => undefined);
  }

  /** What is in hand from now on, in bytes, in place of what was. */
  hold(bytes: number): void {
    this.#share.become(bytes);
  }

  /** Nothing any more. */
  end(): void {
    this.#share.end();
  }
}
