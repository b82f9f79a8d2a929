import { SluiceError } from '../base/errors.ts';

/** One at a time, first come first served. */
export class Mutex {
  readonly #limit: number;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** At most `limit` callers wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit)
      throw new SluiceError('NOT_READY', 'Too many statements are waiting to be executed', { retriable: true });
    this.#waiting++;
    const mine = this.#tail.then(task, task);
    this.#tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}
