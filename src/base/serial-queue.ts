/** Runs tasks one at a time, in order. A task that fails does not prevent the next one from running. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Number of tasks that run or wait. */
  get pending(): number {
    return this.#pending;
  }

  /** The result of `task`, which starts when all earlier ones have ended. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#pending++;
    const mine = this.#tail.then(task);
    this.#tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#pending--;
    }
  }

  /** Resolves when all tasks given so far have ended, whether they failed or not. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}
