import { SluiceError } from '../errors.ts';

/** The setting that says how much. */
export const MEMORY_SETTING = 'server.memory.max.bytes';

/**
 * What requests and queries hold together, about, in bytes: each has a limit of its own, and many of them have this
 * one. What a thread of this process holds for clients counts in that thread.
 */
export class MemoryBudget {
  /** Settable: the configuration is read after this was made. */
  limit: number;
  #held = 0;
  #refused = 0;

  constructor(limit = Infinity) {
    this.limit = limit;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** How often something was refused since the start. */
  get refused(): number {
    return this.#refused;
  }

  get isFull(): boolean {
    return this.#held >= this.limit;
  }

  /** @param what for whom: `groups`. @throws SluiceError MEMORY_FULL; nothing is held then */
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

  /** What is there already and cannot be refused any more: whoever brings it looks at `isFull` before the next. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** That of this process. */
export const processMemory = new MemoryBudget();

/** What one holder has of a budget: given back as a whole. */
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

  /** As that of the budget. */
  hold(bytes: number): void {
    if (this.#isOver) return;
    this.#budget.hold(bytes);
    this.#held += bytes;
  }

  /** What this one holds. */
  get bytes(): number {
    return this.#held;
  }

  /** Gives back a part. */
  release(bytes: number): void {
    if (this.#isOver) return;
    this.#budget.release(bytes);
    this.#held -= bytes;
  }

  /** Holds so much from now on, in place of what it held. */
  become(bytes: number): void {
    this.close();
    this.hold(bytes);
  }

  /** Gives back the rest. */
  close(): void {
    this.#budget.release(this.#held);
    this.#held = 0;
  }

  /** Gives back the rest, and holds nothing from then on: its owner has gone, what still comes for it is dropped. */
  end(): void {
    this.close();
    this.#isOver = true;
  }
}
