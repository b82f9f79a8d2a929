import type { ByteCount } from '../../../base/quantities.ts';
import { MemoryShare, processMemory, type MemoryBudget } from '../../../base/budget/memory.ts';
import type { Timers } from '../../../base/env.ts';

/** How long a task rests while others hold all available memory, in ms. */
const REST_MS = 250;

/**
 * A task's share of the memory for requests, queries and connectors (`server.memory.max.bytes`). A task is not refused:
 * what it does not take waits in its source or in the log. While there is no room it takes a little at a time and
 * continues.
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

  /** Must be awaited before more is taken, while nothing is held. */
  async rest(): Promise<void> {
    if (this.#memory.isFull) await this.#timers.sleep(REST_MS, this.#signal).catch(() => undefined);
  }

  /** Sets the number of bytes that are held. */
  hold(bytes: ByteCount): void {
    this.#share.become(bytes);
  }

  /** Releases everything. */
  end(): void {
    this.#share.end();
  }
}
