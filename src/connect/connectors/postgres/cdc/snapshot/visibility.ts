import { parseLsn } from '../stream/lsn.ts';

/** A transaction of the stream: the low 32 bits of its top-level number, and where its commit stands in the log. */
export interface Committed {
  readonly xid: number;
  readonly lsn: bigint;
}

/**
 * What a snapshot sees: whether a transaction of the stream is part of it. As text `xmin:xmax:xip,...`
 * (`pg_current_snapshot()`), on a standby with `@LSN` behind it.
 *
 * A standby does not say which transactions run (its snapshots have them elsewhere). What it had replayed before the
 * snapshot was taken is seen; what it replays later may be taken for not seen, since it is sent later too.
 */
export class Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly #running: ReadonlySet<number>;
  /** LSN that a standby has replayed; undefined on a primary. */
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

  /** Whether the snapshot sees a transaction: not one that was running when it was taken. */
  sees({ xid, lsn }: Committed): boolean {
    if (this.#replayed !== undefined) return lsn < this.#replayed;
    return this.#fullOf(xid) < this.xmax && !this.#running.has(xid);
  }

  /** Whether one of the transactions was still running: in the log it may have ended already. */
  wasRunning(xids: Iterable<number>): boolean {
    if (this.#running.size === 0) return false;
    for (const xid of xids) if (this.#running.has(xid)) return true;
    return false;
  }

  /** Numbers come round after 2^32: the one nearest to the snapshot is meant. */
  #fullOf(xid: number): bigint {
    const full = (this.xmax & ~0xffff_ffffn) | BigInt(xid);
    if (full > this.xmax + 0x8000_0000n) return full - 0x1_0000_0000n;
    if (full + 0x8000_0000n < this.xmax) return full + 0x1_0000_0000n;
    return full;
  }
}
