import { SluiceError } from './errors.ts';

/** Runs tasks one at a time, in order. A task that fails does not prevent the next one from running. */
export class SerialQueue {
  readonly #limit: { readonly max: number; readonly refusal: string } | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** `limit`: at most `max` tasks run or wait, and a further one is rejected with this sentence. Default: no limit. */
  constructor(limit?: { readonly max: number; readonly refusal: string }) {
    this.#limit = limit;
  }

  /** Number of tasks that run or wait. */
  get pending(): number {
    return this.#pending;
  }

  /** The result of `task`, which starts when all earlier ones have ended. @throws SluiceError NOT_READY at the limit */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#limit !== undefined && this.#pending >= this.#limit.max)
      throw new SluiceError('NOT_READY', this.#limit.refusal, { retriable: true });
    this.#pending++;
    const own = this.#tail.then(task);
    this.#tail = own.catch(() => undefined);
    try {
      return await own;
    } finally {
      this.#pending--;
    }
  }

  /** Resolves when all tasks given so far have ended, whether they failed or not. */
  async settled(): Promise<void> {
    await this.#tail;
  }
}

/** A queue for each key: tasks of one key run one at a time, in order, and tasks of different keys at the same time. */
export class KeyedQueues {
  /** Only the keys with tasks that run or wait. */
  readonly #queues = new Map<string, SerialQueue>();

  /** Number of keys with tasks that run or wait. */
  get size(): number {
    return this.#queues.size;
  }

  /** The result of `task`, which starts when all earlier ones of the key have ended. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue();
    this.#queues.set(key, queue);
    try {
      return await queue.run(task);
    } finally {
      if (queue.pending === 0) this.#queues.delete(key);
    }
  }
}
