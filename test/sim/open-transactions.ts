import type { LogAdmin, TopicPartition } from '../../src/log/api.ts';

/** Where a transaction's records begin in a partition. */
interface Hold extends TopicPartition {
  readonly offset: number;
}

/**
 * Where transactions hold readers back: readers of committed records do not get past the first record of any
 * transaction that has not ended, even if later ones were committed.
 */
export class OpenTransactions {
  /** By transactional id. */
  readonly #holds = new Map<string, Hold[]>();

  /** The transaction's records begin at `offset`, unless they began earlier. */
  hold(id: string, { topic, partition }: TopicPartition, offset: number): void {
    const holds = this.#holds.get(id) ?? [];
    this.#holds.set(id, holds);
    if (!holds.some((h) => h.topic === topic && h.partition === partition)) holds.push({ topic, partition, offset });
  }

  /** The end of the transaction has been written to this partition. */
  release(id: string, { topic, partition }: TopicPartition): void {
    const left = (this.#holds.get(id) ?? []).filter((h) => h.topic !== topic || h.partition !== partition);
    if (left.length === 0) this.#holds.delete(id);
    else this.#holds.set(id, left);
  }

  /** The topic is deleted. */
  forgetTopic(topic: string): void {
    for (const [id, holds] of this.#holds) for (const hold of holds) if (hold.topic === topic) this.release(id, hold);
  }

  /** The last stable offset: `end`, or the first record of an open transaction before it. */
  stableOffset({ topic, partition }: TopicPartition, end: number): number {
    let stable = end;
    for (const holds of this.#holds.values())
      for (const hold of holds)
        if (hold.topic === topic && hold.partition === partition) stable = Math.min(stable, hold.offset);
    return stable;
  }

  /** Whether readers do not see a record that is there. */
  async isHiding(admin: LogAdmin): Promise<boolean> {
    for (const hold of [...this.#holds.values()].flat()) {
      const end = await admin.latestOffset(hold).catch(() => 0);
      if (end > hold.offset) return true;
    }
    return false;
  }
}
