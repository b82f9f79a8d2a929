import type { PartitionNumber } from '../../base/quantities.ts';
import { isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { type CommittedOffset, Fenced, type GroupMember, type LogWriter } from '../api.ts';
import { sizeOf } from '../record-batch/batch-header.ts';
import { HEADER_BYTES, MAGIC, MAGIC_AT } from '../record-batch/layout.ts';
import { BatchSender, type OutPartition } from './batch-sender.ts';
import type { Cluster } from './cluster.ts';
import { MembershipLost } from './membership.ts';
import { KafkaCode, kafkaCodeOf } from './protocol-error.ts';
import {
  addOffsets,
  addPartitions,
  commitOffsets,
  endTransaction,
  initProducer,
  type ProducerId,
} from './transaction-requests.ts';

/** How long closing waits for the coordinator to abort an open transaction. */
const CLOSE_ABORT_MS = 5_000;

interface GroupOffsets {
  readonly offsets: Map<string, CommittedOffset>;
  member: GroupMember | undefined;
}

/**
 * An idempotent producer; with a transactional id, a transactional one. Batches are sent as they are appended, and
 * become visible at the commit. After a failed commit, either commit again (when the error is retriable) or abort. If
 * an abort fails, the next commit repeats it before anything is sent.
 */
export class KafkaWriter implements LogWriter {
  readonly sharesState = false;
  readonly #cluster: Cluster;
  readonly #transactionalId: string | null;
  #producer: ProducerId;
  readonly #sender: BatchSender;
  readonly #partitions = new Map<string, OutPartition>();
  /** Partitions that the coordinator has added to the transaction. */
  readonly #added = new Set<OutPartition>();
  readonly #groups = new Map<string, GroupOffsets>();
  /**
   * Whether the coordinator was told of a partition or a group, even without a response: then a transaction may be
   * open.
   */
  #mayBeOpen = false;
  /** An abort has failed: nothing may be sent before it has been repeated. */
  #owesAbort = false;
  #pendingBytes = 0;
  /** Acknowledged batches, without a transaction. */
  readonly #stored = new WeakSet<Buffer>();
  #pumping: Promise<void> | undefined;
  /** Why nothing more is sent, until commit retries or abort discards everything. */
  #failure: unknown;
  #fenced: Fenced | undefined;
  #closed = false;

  private constructor(cluster: Cluster, transactionalId: string | null, producer: ProducerId) {
    this.#cluster = cluster;
    this.#transactionalId = transactionalId;
    this.#producer = producer;
    this.#sender = new BatchSender(cluster, transactionalId, (batch) => {
      this.#pendingBytes -= batch.length;
      if (transactionalId === null) this.#stored.add(batch);
    });
  }

  /** Opens a writer and fences older ones of the same transactional id. */
  static async open(cluster: Cluster, transactionalId: string | null): Promise<KafkaWriter> {
    return new KafkaWriter(cluster, transactionalId, await initProducer(cluster, transactionalId));
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  append(topic: string, partition: PartitionNumber, batch: Buffer, owned = false): void {
    this.#check();
    if (batch.length < HEADER_BYTES || batch[MAGIC_AT] !== MAGIC || sizeOf(batch) !== batch.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot append to '${topic}': the ${batch.length} bytes are not one whole record batch`,
      );
    }
    const key = `${topic}\0${partition}`;
    let out = this.#partitions.get(key);
    if (out === undefined) {
      out = { topic, partition, queue: [], sequence: 0, stamped: false, writtenUpTo: undefined };
      this.#partitions.set(key, out);
    }
    // The producer's fields will be written into the batch.
    out.queue.push(owned ? batch : Buffer.from(batch));
    this.#pendingBytes += batch.length;
    this.#startPump();
  }

  writtenUpTo(topic: string, partition: PartitionNumber): number | undefined {
    return this.#partitions.get(`${topic}\0${partition}`)?.writtenUpTo;
  }

  isStored(batch: Buffer): boolean {
    return this.#stored.has(batch);
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[], member?: GroupMember): void {
    this.#check();
    let pending = this.#groups.get(group);
    if (pending === undefined) this.#groups.set(group, (pending = { offsets: new Map(), member: undefined }));
    if (member) pending.member = member;
    for (const offset of offsets) pending.offsets.set(`${offset.topic}\0${offset.partition}`, offset);
  }

  putState(): void {
    throw new SluiceError('INTERNAL', 'State is not kept in Kafka: it goes to a changelog topic');
  }

  async commit(): Promise<void> {
    this.#check();
    try {
      if (this.#owesAbort) await this.#makeAbort();
    } catch (error) {
      throw this.#note(error);
    }
    if (isSluiceError(this.#failure) && this.#failure.retriable) this.#failure = undefined;
    await this.#drain();
    try {
      if (this.#transactionalId === null) {
        for (const [group, { offsets, member }] of this.#groups)
          await commitOffsets(this.#cluster, group, [...offsets.values()], member);
      } else {
        await this.#commitTransaction(this.#transactionalId);
      }
    } catch (error) {
      throw this.#note(error);
    }
    this.#groups.clear();
  }

  async abort(): Promise<void> {
    for (const out of this.#partitions.values()) out.queue.length = 0;
    await this.#pumping;
    // Removes batches that came back from a failed round.
    for (const out of this.#partitions.values()) out.queue.length = 0;
    this.#pendingBytes = 0;
    this.#groups.clear();
    if (this.#fenced) return;
    this.#owesAbort = true;
    try {
      await this.#makeAbort();
    } catch (error) {
      throw this.#note(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const out of this.#partitions.values()) out.queue.length = 0;
    await this.#pumping;
    if (this.#transactionalId === null || this.#fenced || !this.#mayBeOpen) return;
    try {
      await endTransaction(this.#cluster, this.#transactionalId, this.#producer, false, CLOSE_ABORT_MS);
    } catch (error) {
      // The coordinator aborts it after the transaction's time-out.
      this.#cluster.env.logger.warn('Cannot abort the transaction of a writer that closes', {
        error: messageOf(error),
      });
    }
  }

  async #makeAbort(): Promise<void> {
    const id = this.#transactionalId;
    // A batch may have been written although its response was lost: a new epoch restarts sequence numbers (KIP-360).
    const isInDoubt = this.#failure !== undefined || [...this.#partitions.values()].some((out) => out.stamped);
    try {
      if (id !== null && this.#mayBeOpen) await endTransaction(this.#cluster, id, this.#producer, false);
    } catch (error) {
      // Nothing is open: either the coordinator never added the partitions, or a commit succeeded whose response was
      // lost.
      const code = kafkaCodeOf(error);
      if (code !== KafkaCode.INVALID_TXN_STATE && code !== KafkaCode.INVALID_PRODUCER_ID_MAPPING) throw error;
    }
    this.#added.clear();
    this.#mayBeOpen = false;
    if (isInDoubt) await this.#renewProducer();
    this.#failure = undefined;
    this.#owesAbort = false;
  }

  async #commitTransaction(id: string): Promise<void> {
    for (const [group, { offsets, member }] of this.#groups) {
      await this.#begin(() => addOffsets(this.#cluster, id, this.#producer, group, [...offsets.values()], member));
    }
    if (!this.#mayBeOpen) return;
    await endTransaction(this.#cluster, id, this.#producer, true);
    this.#added.clear();
    this.#mayBeOpen = false;
  }

  /** Waits until all appended batches are acknowledged. */
  async #drain(): Promise<void> {
    while (this.#failure === undefined && this.#hasQueued()) {
      this.#startPump();
      await this.#pumping;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #startPump(): void {
    if (this.#pumping !== undefined || this.#failure !== undefined || this.#owesAbort) return;
    this.#pumping = this.#pump().then(() => {
      this.#pumping = undefined;
    });
  }

  async #pump(): Promise<void> {
    // Includes what is appended in this turn of the event loop.
    await Promise.resolve();
    let backoff = this.#cluster.backoff();
    try {
      while (this.#hasQueued()) {
        if (this.#transactionalId !== null) await this.#addNewPartitions(this.#transactionalId);
        const ready = this.#ready();
        if (ready.length === 0) continue;
        try {
          if (await this.#sender.sendRound(ready, this.#producer, backoff)) backoff = this.#cluster.backoff();
        } catch (error) {
          if (this.#transactionalId !== null || !lostProducer(error)) throw error;
          // The brokers have forgotten this producer. Without a transaction, a new one can take its place.
          await this.#renewProducer();
        }
      }
    } catch (error) {
      this.#failure = this.#note(error);
    }
  }

  /**
   * Adds all partitions that will be written to in one request, because concurrent requests to the coordinator
   * interfere.
   */
  async #addNewPartitions(id: string): Promise<void> {
    const fresh = [...this.#partitions.values()].filter((out) => out.queue.length > 0 && !this.#added.has(out));
    if (fresh.length === 0) return;
    await this.#begin(() => addPartitions(this.#cluster, id, this.#producer, fresh));
    for (const out of fresh) this.#added.add(out);
  }

  /** Tells the coordinator what belongs to the transaction. */
  async #begin(register: () => Promise<void>): Promise<void> {
    const isFirst = !this.#mayBeOpen;
    this.#mayBeOpen = true;
    try {
      await register();
    } catch (error) {
      if (!isFirst || kafkaCodeOf(error) !== KafkaCode.INVALID_PRODUCER_ID_MAPPING) throw error;
      // The coordinator forgets producers that have written nothing for long (transactional.id.expiration.ms, a week).
      // A newer writer would cause another error.
      await this.#renewProducer();
      await register();
    }
  }

  /**
   * Partitions that may be sent now. While the coordinator is being told of partitions, further ones wait for the next
   * round.
   */
  #ready(): OutPartition[] {
    return [...this.#partitions.values()].filter(
      (out) => out.queue.length > 0 && (this.#transactionalId === null || this.#added.has(out)),
    );
  }

  async #renewProducer(): Promise<void> {
    const id = this.#transactionalId;
    this.#producer =
      id === null ? await initProducer(this.#cluster, null) : await initProducer(this.#cluster, id, this.#producer);
    for (const out of this.#partitions.values()) {
      out.sequence = 0;
      out.stamped = false;
    }
  }

  #hasQueued(): boolean {
    for (const out of this.#partitions.values()) if (out.queue.length > 0) return true;
    return false;
  }

  /** Remembers that this writer is fenced; also converts refusals by a group that has moved on into a fence. */
  #note(error: unknown): unknown {
    if (error instanceof Fenced && !(error instanceof MembershipLost) && this.#transactionalId !== null)
      this.#fenced = error;
    const code = kafkaCodeOf(error);
    if (
      code === KafkaCode.ILLEGAL_GENERATION ||
      code === KafkaCode.UNKNOWN_MEMBER_ID ||
      code === KafkaCode.REBALANCE_IN_PROGRESS ||
      code === KafkaCode.FENCED_INSTANCE_ID
    ) {
      return new MembershipLost(`${messageOf(error)}: the group has given the partitions to others`);
    }
    return error;
  }

  #check(): void {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write: the writer is closed');
    if (this.#fenced) throw this.#fenced;
  }
}

function lostProducer(error: unknown): boolean {
  const code = kafkaCodeOf(error);
  return (
    error instanceof Fenced || code === KafkaCode.OUT_OF_ORDER_SEQUENCE_NUMBER || code === KafkaCode.UNKNOWN_PRODUCER_ID
  );
}
