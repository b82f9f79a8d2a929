/**
 * What a snapshot sees (`pg_current_snapshot()`, `xmin:xmax:xip,...`): whether a transaction of the stream is part of
 * it.
 */
export class Snapshot {
  readonly xmin: bigint;
  readonly xmax: bigint;
  readonly #running: ReadonlySet<number>;

  private constructor(xmin: bigint, xmax: bigint, running: ReadonlySet<number>) {
    this.xmin = xmin;
    this.xmax = xmax;
    this.#running = running;
  }

  static parse(text: string): Snapshot {
    const [xmin = '0', xmax = '0', running = ''] = text.split(':');
    const ids = running === '' ? [] : running.split(',').map((id) => Number(BigInt(id) & 0xffff_ffffn));
    return new Snapshot(BigInt(xmin), BigInt(xmax), new Set(ids));
  }

  /**
   * `xid` is the number that the stream has: the low 32 bits of a top-level transaction. One that was running is not
   * seen.
   */
  sees(xid: number): boolean {
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
