import type { WireRows } from '../../rows.ts';
import { keyOfTexts, textsAt } from '../stream/tuple-key.ts';
import type { Committed, Snapshot } from './visibility.ts';

/** The most keys that are remembered for a chunk; if there are more, it is read again. */
const TOUCHED_MAX = 200_000;

/**
 * Rows of a table read beside the stream (the watermarks of DBLog, arXiv 2010.12597). From before its database snapshot
 * on, the chunk is notified of every change of the table. It omits rows that were changed by a transaction that the
 * snapshot does not see, because the stream contains their later version. It may be written once the stream has passed
 * everything that the snapshot sees; otherwise an older version from the stream would follow.
 */
export class Chunk {
  #snapshot: Snapshot | undefined;
  /** Keys that were changed before the snapshot is known, with the transactions that changed them. */
  #early: { readonly key: string | null; readonly by: Committed }[] = [];
  readonly #dead = new Set<string>();
  #allDead = false;
  #rows: WireRows | undefined;
  #keyAt: readonly number[] = [];
  /** The position that the stream must reach before the rows are written. */
  high = 0n;
  /** Whether there were more changes than can be remembered. */
  overrun = false;

  /** The low 32 bits of the next transaction id in its snapshot. */
  get xid(): number {
    return Number((this.#snapshot?.xmax ?? 0n) & 0xffff_ffffn);
  }

  touch(key: string | null, by: Committed): void {
    if (this.#snapshot === undefined) {
      this.#early.push({ key, by });
      if (this.#early.length > TOUCHED_MAX) this.overrun = true;
      return;
    }
    if (this.#snapshot.sees(by)) return;
    if (key === null) this.#allDead = true;
    else this.#dead.add(key);
    if (this.#dead.size > TOUCHED_MAX) this.overrun = true;
  }

  taken(snapshot: Snapshot, high: bigint): void {
    this.#snapshot = snapshot;
    this.high = high;
    for (const { key, by } of this.#early) this.touch(key, by);
    this.#early = [];
  }

  read(rows: WireRows, keyAt: readonly number[]): void {
    this.#rows = rows;
    this.#keyAt = keyAt;
  }

  /** The rows that are still valid, by their numbers. */
  standing(): { readonly rows: WireRows; readonly numbers: readonly number[] } {
    const rows = this.#rows!;
    const numbers: number[] = [];
    if (!this.#allDead) {
      const dead = this.#dead;
      const keyAt = this.#keyAt;
      for (let i = 0; i < rows.length; i++)
        if (dead.size === 0 || !dead.has(keyOfTexts(textsAt(rows, i, keyAt)))) numbers.push(i);
    }
    return { rows, numbers };
  }
}
