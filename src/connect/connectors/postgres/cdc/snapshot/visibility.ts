import { parseLsn } from '../stream/lsn.ts';

/** A transaction in the stream: the low 32 bits of its top-level id, and the position of its commit in the WAL. */
export interface Committed {
  readonly xid: number;
  readonly lsn: bigint;
}

/**
 * A database snapshot: whether a transaction of the stream is visible in it. Its text is `xmin:xmax:xip,...`
 * (`pg_current_snapshot()`), on a standby followed by `@LSN`.
 *
 * A standby does not report which transactions are running (its snapshots store them elsewhere). What it had replayed
 * before the snapshot was taken is visible; what it replays later may be considered invisible, because it is also sent
 * later.
 */
export class Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly #running: ReadonlySet<number>;
  /** The LSN up to which a standby has replayed; undefined on a primary. */
  readonly #replayed: bigint | undefined;

  private constructor(xmin: bigint, xmax: bigint, running: ReadonlySet<number>, replayed: bigint | undefined) {
    this.xmin = xmin;
    this.xmax = xmax;
    this.#running = running;
    this.#replayed = replayed;
  }

  static parse(text: string): Snapshot {
    const [snapshot = '', replayed] = text.split('@');
    const [xmin = '0', xmax = '0', running = ''] = snapshot.split(':');
    const ids = running === '' ? [] : running.split(',').map((id) => Number(BigInt(id) & 0xffff_ffffn));
    return new Snapshot(BigInt(xmin), BigInt(xmax), new Set(ids), parseLsn(replayed ?? ''));
  }

  /** Whether the snapshot sees a transaction; it does not see those that were running when it was taken. */
  sees({ xid, lsn }: Committed): boolean {
    if (this.#replayed !== undefined) return lsn < this.#replayed;
    return this.#fullOf(xid) < this.xmax && !this.#running.has(xid);
  }

  /**
   * Whether one of the transactions was still running in the snapshot, although it may have ended already in the WAL.
   */
  wasRunning(xids: Iterable<number>): boolean {
    if (this.#running.size === 0) return false;
    for (const xid of xids) if (this.#running.has(xid)) return true;
    return false;
  }

  /** Ids wrap around after 2^32: the full id that is nearest to the snapshot is used. */
  #fullOf(xid: number): bigint {
    const full = (this.xmax & ~0xffff_ffffn) | BigInt(xid);
    if (full > this.xmax + 0x8000_0000n) return full - 0x1_0000_0000n;
    if (full + 0x8000_0000n < this.xmax) return full + 0x1_0000_0000n;
    return full;
  }
}
