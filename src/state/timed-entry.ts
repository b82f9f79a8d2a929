import type { Key, Row } from '../types/row.ts';
import { CLEAN } from './entry-status.ts';

/**
 * One row of a key at a time. `extra` distinguishes rows of the same key and time: a session's start, a buffer's
 * sequence number, otherwise 0.
 */
export class TimedEntry {
  readonly owner: KeyRows;
  readonly time: number;
  readonly extra: number;
  row: Row | null;
  timestamp: number;
  status = CLEAN;
  /** False: certainly not on disk, so that nothing needs to be deleted there. */
  maybeStored: boolean;
  /** Whether its entry in the time space is on disk. */
  indexed = false;

  constructor(owner: KeyRows, time: number, extra: number, row: Row | null, timestamp: number, maybeStored: boolean) {
    this.owner = owner;
    this.time = time;
    this.extra = extra;
    this.row = row;
    this.timestamp = timestamp;
    this.maybeStored = maybeStored;
  }

  get key(): Key {
    return this.owner.key;
  }
}

/** The rows of one key in memory, by (time, extra). */
export class KeyRows {
  readonly id: unknown;
  readonly key: Key;
  /** Key bytes as Latin-1; '' until needed. */
  text = '';
  readonly rows: TimedEntry[] = [];

  constructor(id: unknown, key: Key) {
    this.id = id;
    this.key = key;
  }

  /**
   * Index of the first row at or after (time, extra). Searches from the end, since the newest rows are requested most.
   */
  position(time: number, extra: number): number {
    const { rows } = this;
    let i = rows.length;
    if (i > 16) {
      let low = 0;
      let high = i;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBefore(rows[middle]!, time, extra)) low = middle + 1;
        else high = middle;
      }
      return low;
    }
    while (i > 0 && !isBefore(rows[i - 1]!, time, extra)) i--;
    return i;
  }
}

function isBefore(row: TimedEntry, time: number, extra: number): boolean {
  return row.time < time || (row.time === time && row.extra < extra);
}
