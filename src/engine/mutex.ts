import { SluiceError } from '../base/errors.ts';
import { SerialQueue } from '../base/serial-queue.ts';

/** Runs one task at a time, in order of request. */
export class Mutex {
  readonly #limit: number;
  readonly #queue = new SerialQueue();

  /** At most `limit` callers wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#queue.pending >= this.#limit)
      throw new SluiceError('NOT_READY', 'Too many statements are waiting to be executed', { retriable: true });
    return this.#queue.run(task);
  }
}
