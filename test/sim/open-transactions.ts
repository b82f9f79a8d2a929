import type { TopicPartition } from '../../src/log/api.ts';
import type { Machine } from './virtual-time.ts';

/** How long the coordinator lets a transaction of a dead server hold readers back (transaction.timeout.ms), in ms. */
const TIMEOUT_MS = 900;

/** A writer with a transactional id. */
interface Transactional {
  readonly machine: Machine;
}

/** A transaction that has begun: where its first records are, by partition. */
interface Open {
  readonly writer: Transactional;
  readonly from: Map<string, number>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic} ${partition}`;

/**
 * The transactions that have begun and not ended. Readers of committed records do not get past the first record of any
 * of them, even if later ones were committed.
 */
export class OpenTransactions {
  readonly #open = new Map<string, Open>();
  /** The newest writer of each transactional id: earlier ones are fenced. */
  readonly #writers = new Map<string, Transactional>();
  readonly #brokers: Machine;

  constructor(brokers: Machine) {
    this.#brokers = brokers;
  }

  /** A new writer aborts the transaction of an earlier one. */
  fence(id: string, writer: Transactional): void {
    this.#writers.set(id, writer);
    this.#open.delete(id);
  }

  /** The writer's records are written from `offset` on. */
  write(id: string, writer: Transactional, at: TopicPartition, offset: number): void {
    if (this.#writers.get(id) !== writer) return;
    let open = this.#open.get(id);
    if (open === undefined) {
      this.#open.set(id, (open = { writer, from: new Map() }));
      this.#watch(id, open);
    }
    if (!open.from.has(keyOf(at))) open.from.set(keyOf(at), offset);
  }

  /** The writer's transaction is committed or aborted. */
  end(id: string, writer: Transactional): void {
    if (this.#writers.get(id) === writer) this.#open.delete(id);
  }

  /** Whether transactions hold readers back that no running server will end. */
  isHeldBy(stranger: Machine): boolean {
    return [...this.#open.values()].some(({ writer: { machine } }) => machine.isDead || machine === stranger);
  }

  /** The last stable offset: `end`, or the first record of an open transaction before it. */
  stableOffset(at: TopicPartition, end: number): number {
    let stable = end;
    for (const { from } of this.#open.values()) stable = Math.min(stable, from.get(keyOf(at)) ?? end);
    return stable;
  }

  #watch(id: string, open: Open): void {
    this.#brokers.env.timers.after(TIMEOUT_MS, () => {
      if (this.#open.get(id) !== open) return;
      if (open.writer.machine.isDead) this.#open.delete(id);
      else this.#watch(id, open);
    });
  }
}
