/** Runs tasks one at a time, first come first served. One that fails does not keep the next from running. */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** Tasks that run or wait. */
  get pending(): number {
    return this.#pending;
  }

  /** The outcome of `task`, which begins when those before it have ended. */
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

  /** Resolves when what was given so far has ended, well or badly. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}
