import { SluiceError } from '../errors.ts';

/** The setting that limits the memory budget. */
export const MEMORY_SETTING = 'server.memory.max.bytes';

/**
 * An estimate of the bytes that all requests and queries hold together. Each has a limit of its own; this is their
 * common one. What a worker thread holds for clients counts in that thread.
 */
export class MemoryBudget {
  /** Writable, since the budget exists before the configuration is read. */
  limit: number;
  #held = 0;
  #refused = 0;

  constructor(limit = Infinity) {
    this.limit = limit;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /** Number of refusals since the start. */
  get refused(): number {
    return this.#refused;
  }

  get isFull(): boolean {
    return this.#held >= this.limit;
  }

  /** @param what the consumer that the error names: `groups`. @throws SluiceError MEMORY_FULL; nothing is held then */
  take(bytes: number, what: string): void {
    if (this.#held + bytes > this.limit) {
      this.#refused++;
      throw new SluiceError(
        'MEMORY_FULL',
        `No memory is left for this (${what}): requests and queries together hold ${this.#held} of ${this.limit} bytes (${MEMORY_SETTING})`,
        { retriable: true, hint: `Ask again when others have ended, or for less at once; SHOW QUERIES lists them.` },
      );
    }
    this.#held += bytes;
  }

  /** Holds memory that is already in use and cannot be refused. The caller checks `isFull` before it allocates more. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** The budget of this process. */
export const processMemory = new MemoryBudget();

/** The share of a budget that one holder has. It is given back as a whole. */
export class MemoryShare {
  readonly #budget: MemoryBudget;
  #held = 0;
  #isOver = false;

  constructor(budget: MemoryBudget = processMemory) {
    this.#budget = budget;
  }

  /** @throws SluiceError MEMORY_FULL */
  take(bytes: number, what: string): void {
    if (this.#isOver) return;
    this.#budget.take(bytes, what);
    this.#held += bytes;
  }

  /** @see MemoryBudget.hold */
  hold(bytes: number): void {
    if (this.#isOver) return;
    this.#budget.hold(bytes);
    this.#held += bytes;
  }

  /** Bytes that this share holds. */
  get bytes(): number {
    return this.#held;
  }

  /** Gives back a part of the share. */
  release(bytes: number): void {
    if (this.#isOver) return;
    this.#budget.release(bytes);
    this.#held -= bytes;
  }

  /** Replaces the held bytes by this number. */
  become(bytes: number): void {
    this.close();
    this.hold(bytes);
  }

  /** Gives back everything that is left. */
  close(): void {
    this.#budget.release(this.#held);
    this.#held = 0;
  }

  /**
   * Gives back everything, and holds nothing afterwards: for an owner that has gone and whose late results are dropped.
   */
  end(): void {
    this.close();
    this.#isOver = true;
  }
}
