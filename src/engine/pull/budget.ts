import type { ByteCount } from '../../base/quantities.ts';
import { MemoryShare, type MemoryBudget } from '../../base/budget/memory.ts';
import { SluiceError } from '../../base/errors.ts';

/**
 * The memory that one pull query may hold (`ksql.query.pull.max.memory`), within the budget of all. Sizes are those of
 * row-size.ts.
 */
export class Budget {
  readonly #limit: number;
  readonly #persistentForm: string;
  readonly #share: MemoryShare;
  #held = 0;

  constructor(limit: number, persistentForm: string, memory?: MemoryBudget) {
    this.#limit = limit;
    this.#share = new MemoryShare(memory);
    this.#persistentForm = persistentForm;
  }

  /** `what` describes the contents: `groups`. @throws SluiceError PULL_TOO_LARGE, MEMORY_FULL */
  take(bytes: ByteCount, what: string): void {
    this.#held += bytes;
    if (this.#held <= this.#limit) {
      this.#share.take(bytes, what);
      return;
    }
    throw new SluiceError(
      'PULL_TOO_LARGE',
      `This query would have to hold more than ${this.#limit} bytes at once (${what}), and is refused.`,
      {
        hint:
          `A persistent query keeps the answer ready: ${this.#persistentForm} ` +
          `Or raise the limit: SET 'ksql.query.pull.max.memory'='...';`,
      },
    );
  }

  release(bytes: ByteCount): void {
    this.#held -= bytes;
    this.#share.release(bytes);
  }

  /** The query has ended: what it held is released, and whatever it still produces counts for nobody. */
  close(): void {
    this.#share.end();
  }
}
