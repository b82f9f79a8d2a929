import { SluiceError } from '../../base/errors.ts';
import type { Row } from '../../types/row.ts';

/** What a row costs beside its values, and its place in a Map. */
const ROW_BYTES = 120;

/**
 * How much one pull query may hold (`ksql.query.pull.max.memory`). Sizes are estimates of what the values take in the
 * heap: right within a factor of two.
 */
export class Budget {
  readonly #limit: number;
  readonly #persistentForm: string;
  #held = 0;

  constructor(limit: number, persistentForm: string) {
    this.#limit = limit;
    this.#persistentForm = persistentForm;
  }

  /** `what` is held: `groups`. @throws SluiceError PULL_TOO_LARGE */
  take(bytes: number, what: string): void {
    this.#held += bytes;
    if (this.#held <= this.#limit) return;
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

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** About what a row takes in memory. */
export function bytesOfRow(row: Row): number {
  let bytes = ROW_BYTES;
  for (let i = 0; i < row.length; i++) bytes += bytesOf(row[i]);
  return bytes;
}

/** About what a value takes, its place in an array included. */
export function bytesOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 32 + value.length;
    case 'object': {
      if (value === null) return 8;
      if (value instanceof Uint8Array) return 104 + value.length;
      let bytes = 48;
      if (value instanceof Map || value instanceof Set) {
        for (const [k, v] of value.entries()) bytes += 32 + bytesOf(k) + (v === k ? 0 : bytesOf(v));
      } else {
        for (const item of Object.values(value)) bytes += bytesOf(item);
      }
      return bytes;
    }
    default:
      return 16;
  }
}
