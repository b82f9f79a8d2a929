import type { CommittedOffset, GroupMember, TopicPartition } from '../../src/log/api.ts';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { KafkaCode } from '../../src/log/kafka/protocol-error.ts';
import type { OpenTransactions } from './open-transactions.ts';
import type { SimGroups } from './sim-groups.ts';
import type { Machine } from './virtual-time.ts';

/** A producer as it names itself in a request. */
export interface Producer {
  readonly id: bigint;
  readonly epoch: number;
}

const NO_EPOCH = -1;

/** A transactional id with its present transaction. */
interface Transaction {
  readonly id: string;
  readonly producerId: bigint;
  epoch: number;
  /** The epoch before the present one, where the producer itself asked for the present one. */
  lastEpoch: number;
  timeoutMs: number;
  state: 'Empty' | 'Ongoing' | 'PrepareCommit' | 'PrepareAbort' | 'CompleteCommit' | 'CompleteAbort';
  /** Counts the transactions, so that a time-out knows its own. */
  number: number;
  partitions: TopicPartition[];
  groups: Set<string>;
  batches: (TopicPartition & { readonly batch: Buffer })[];
  /** Offsets that are pending, by group. */
  offsets: Map<string, CommittedOffset[]>;
}

const isSame = (a: TopicPartition, b: TopicPartition): boolean => a.topic === b.topic && a.partition === b.partition;

/**
 * Kafka's coordinator of transactions (KIP-98), with fenced and renewed producers (KIP-360), offsets that are pending
 * until their transaction ends (KIP-447), and writes that are refused outside of a transaction (the first part of
 * KIP-890). The end of a transaction reaches each partition and each group at a different time. What a transaction
 * writes is stored when it is committed; readers are held back from its first record on, as if it had been there.
 */
export class SimCoordinator {
  readonly #log: EmbeddedLog;
  readonly #brokers: Machine;
  readonly #open: OpenTransactions;
  readonly #groups: SimGroups;
  readonly #markerMs: () => number;
  readonly #transactions = new Map<string, Transaction>();
  #producers = 0n;
  /** The offset after what a transactional id last committed, by id, topic and partition. */
  readonly #ends = new Map<string, number>();

  /** @param markerMs how long the end of a transaction takes to reach a partition or a group */
  constructor(log: EmbeddedLog, brokers: Machine, open: OpenTransactions, groups: SimGroups, markerMs: () => number) {
    this.#log = log;
    this.#brokers = brokers;
    this.#open = open;
    this.#groups = groups;
    this.#markerMs = markerMs;
  }

  newProducerId(): bigint {
    return ++this.#producers;
  }

  initProducer(id: string, timeoutMs: number, current: Producer): { readonly code: number } & Partial<Producer> {
    let of = this.#transactions.get(id);
    if (of === undefined) {
      of = {
        id,
        producerId: this.newProducerId(),
        epoch: NO_EPOCH,
        lastEpoch: NO_EPOCH,
        timeoutMs,
        state: 'Empty',
        number: 0,
        partitions: [],
        groups: new Set(),
        batches: [],
        offsets: new Map(),
      };
      this.#transactions.set(id, of);
    }
    const isRenewed = current.epoch !== NO_EPOCH;
    if (isRenewed && current.id !== of.producerId) return { code: KafkaCode.PRODUCER_FENCED };
    if (of.state.startsWith('Prepare')) return { code: KafkaCode.CONCURRENT_TRANSACTIONS };
    if (of.state === 'Ongoing') {
      if (isRenewed && current.epoch !== of.epoch) return { code: KafkaCode.PRODUCER_FENCED };
      this.#fence(of);
      return { code: KafkaCode.CONCURRENT_TRANSACTIONS };
    }
    of.timeoutMs = timeoutMs;
    if (isRenewed && current.epoch !== of.epoch) {
      // It asked before, and the response was lost.
      if (current.epoch !== of.lastEpoch) return { code: KafkaCode.PRODUCER_FENCED };
    } else {
      of.lastEpoch = isRenewed ? of.epoch : NO_EPOCH;
      of.epoch++;
    }
    return { code: 0, id: of.producerId, epoch: of.epoch };
  }

  /** Adds partitions (their records follow) or a group to the transaction, which begins with the first of them. */
  add(id: string, producer: Producer, partitions: readonly TopicPartition[], group?: string): number {
    const code = this.#check(id, producer);
    if (code !== 0) return code;
    const of = this.#transactions.get(id)!;
    if (of.state.startsWith('Prepare')) return KafkaCode.CONCURRENT_TRANSACTIONS;
    if (of.state !== 'Ongoing') {
      of.state = 'Ongoing';
      const number = ++of.number;
      this.#brokers.env.timers.after(of.timeoutMs, () => {
        if (of.number === number && of.state === 'Ongoing') this.#fence(of);
      });
    }
    for (const { topic, partition } of partitions)
      if (!of.partitions.some((p) => isSame(p, { topic, partition }))) of.partitions.push({ topic, partition });
    if (group !== undefined) of.groups.add(group);
    return 0;
  }

  /** Offsets of a group that are valid when the transaction is committed. */
  commitOffsets(
    id: string,
    producer: Producer,
    group: string,
    member: GroupMember,
    offsets: readonly CommittedOffset[],
  ): number {
    const of = this.#transactions.get(id);
    if (of === undefined || of.producerId !== producer.id) return KafkaCode.INVALID_PRODUCER_ID_MAPPING;
    if (of.epoch !== producer.epoch) return KafkaCode.INVALID_PRODUCER_EPOCH;
    if (of.state !== 'Ongoing' || !of.groups.has(group)) return KafkaCode.INVALID_TXN_STATE;
    const code = this.#groups.refusal(group, member);
    if (code !== 0) return code;
    of.offsets.set(group, [...(of.offsets.get(group) ?? []), ...offsets]);
    return 0;
  }

  /** Stores a batch of the transaction, whose records begin at `end` if they are the first in this partition. */
  write(id: string, producer: Producer, at: TopicPartition, batch: Buffer, end: number): number {
    const of = this.#transactions.get(id);
    if (of === undefined || of.producerId !== producer.id) return KafkaCode.INVALID_PRODUCER_ID_MAPPING;
    if (of.epoch !== producer.epoch) return KafkaCode.INVALID_PRODUCER_EPOCH;
    if (of.state !== 'Ongoing' || !of.partitions.some((p) => isSame(p, at))) return KafkaCode.INVALID_TXN_STATE;
    of.batches.push({ ...at, batch });
    this.#open.hold(id, at, end);
    return 0;
  }

  async end(id: string, producer: Producer, isCommit: boolean): Promise<number> {
    const code = this.#check(id, producer);
    if (code !== 0) return code;
    const of = this.#transactions.get(id)!;
    switch (of.state) {
      case 'Ongoing':
        await this.#end(of, isCommit);
        return 0;
      case 'CompleteCommit':
        return isCommit ? 0 : KafkaCode.INVALID_TXN_STATE;
      case 'CompleteAbort':
        return isCommit ? KafkaCode.INVALID_TXN_STATE : 0;
      case 'PrepareCommit':
        return isCommit ? KafkaCode.CONCURRENT_TRANSACTIONS : KafkaCode.INVALID_TXN_STATE;
      case 'PrepareAbort':
        return isCommit ? KafkaCode.INVALID_TXN_STATE : KafkaCode.CONCURRENT_TRANSACTIONS;
      case 'Empty':
        return KafkaCode.INVALID_TXN_STATE;
    }
  }

  states(): { readonly transactionalId: string; readonly transactionState: string }[] {
    return [...this.#transactions.values()].map((of) => ({ transactionalId: of.id, transactionState: of.state }));
  }

  /** Whether a transaction is about to commit this offset. */
  isPending(group: string, at: TopicPartition): boolean {
    return [...this.#transactions.values()].some((of) => of.offsets.get(group)?.some((o) => isSame(o, at)) === true);
  }

  endOf(id: string, { topic, partition }: TopicPartition): number | undefined {
    return this.#ends.get(`${id}\0${topic}\0${partition}`);
  }

  forgetTopic(topic: string): void {
    this.#open.forgetTopic(topic);
    for (const of of this.#transactions.values()) of.batches = of.batches.filter((batch) => batch.topic !== topic);
  }

  #check(id: string, producer: Producer): number {
    const of = this.#transactions.get(id);
    if (of === undefined || of.producerId !== producer.id) return KafkaCode.INVALID_PRODUCER_ID_MAPPING;
    return of.epoch === producer.epoch ? 0 : KafkaCode.PRODUCER_FENCED;
  }

  /** Aborts the transaction and refuses its producer from now on. */
  #fence(of: Transaction): void {
    of.epoch++;
    of.lastEpoch = NO_EPOCH;
    void this.#end(of, false);
  }

  async #end(of: Transaction, isCommit: boolean): Promise<void> {
    const { batches, offsets, partitions } = of;
    of.state = isCommit ? 'PrepareCommit' : 'PrepareAbort';
    of.batches = [];
    of.partitions = [];
    of.groups = new Set();
    if (isCommit) await this.#store(of.id, batches, offsets);
    let left = partitions.length + offsets.size;
    const complete = (): void => {
      if (left-- <= 0) of.state = isCommit ? 'CompleteCommit' : 'CompleteAbort';
    };
    const arrive = (then: () => void): void => {
      this.#brokers.env.timers.after(this.#markerMs(), () => {
        then();
        complete();
      });
    };
    for (const at of partitions) arrive(() => this.#open.release(of.id, at));
    for (const group of offsets.keys()) arrive(() => offsets.delete(group));
    complete();
  }

  async #store(
    id: string,
    batches: readonly (TopicPartition & { readonly batch: Buffer })[],
    offsets: ReadonlyMap<string, readonly CommittedOffset[]>,
  ): Promise<void> {
    const writer = await this.#log.createWriter({});
    for (const { topic, partition, batch } of batches) writer.append(topic, partition, batch, true);
    for (const [group, list] of offsets) writer.commitOffsets(group, list);
    await writer.commit();
    await writer.close();
    for (const at of batches)
      this.#ends.set(`${id}\0${at.topic}\0${at.partition}`, await this.#log.admin.latestOffset(at));
  }
}
