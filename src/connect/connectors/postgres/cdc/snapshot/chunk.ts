import type { WireRows } from '../../rows.ts';
import { keyOfTexts, textsAt } from '../stream/tuple-key.ts';
import type { Committed, Snapshot } from './visibility.ts';

/** Keys that may be remembered for a chunk before it is read again. */
const TOUCHED_MAX = 200_000;

/**
 * Rows of a table beside the stream (the watermarks of DBLog, arXiv 2010.12597). From before its snapshot on it is told
 * of every change of the table. A row that a transaction changes which the snapshot does not see is left out: the
 * stream has its later version. It may be written once the stream is past all that the snapshot sees, else the stream
 * would bring an older version after it.
 */
export class Chunk {
  #snapshot: Snapshot | undefined;
  /** Keys changed before the snapshot is known, with the transactions that changed them. */
  #early: { readonly key: string | null; readonly by: Committed }[] = [];
  readonly #dead = new Set<string>();
  #allDead = false;
  #rows: WireRows | undefined;
  #keyAt: readonly number[] = [];
  /** The stream is to be here before the rows are written. */
  high = 0n;
  /** More changes came than can be remembered. */
  overrun = false;

  /** The low 32 bits of the number of the next transaction, as its snapshot has it. */
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

  /** The rows that stand, by number. */
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
