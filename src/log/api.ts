import type { SluiceError } from '../base/errors.ts';
import type { Offset, PartitionNumber, TimestampMs } from '../base/quantities.ts';

/**
 * The log: topics of partitions of records, consumer groups' offsets, transactions. Two implementations, embedded/ and
 * kafka/, pass one behaviour suite (test/support/log-suite.ts). Offsets are safe integers (number). Records travel as
 * Kafka record batches, format v2 (https://kafka.apache.org/documentation/#recordbatch), never as an object per record.
 */
export interface Log {
  readonly kind: 'embedded' | 'kafka';
  readonly admin: LogAdmin;
  createReader(options: ReaderOptions): LogReader;
  createWriter(options: WriterOptions): Promise<LogWriter>;
  /** Only where partitions are shared with other processes (Kafka): begins a membership with its `start`. */
  joinGroup?(options: GroupOptions): GroupMembership;
  close(): Promise<void>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: PartitionNumber;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** 1 on the embedded log. */
  readonly replicas: number;
  /**
   * Kafka's topic configs: retention.ms, retention.bytes, cleanup.policy, max.message.bytes, message.timestamp.type ...
   */
  readonly configs?: Readonly<Record<string, string>>;
}

export interface TopicDescription extends TopicSpec {
  readonly configs: Readonly<Record<string, string>>;
  readonly internal: boolean;
  /** Tells a topic from an earlier one of its name. Topics of an early version's embedded log have none. */
  readonly id?: string;
}

export interface LogAdmin {
  /**
   * Why the log does not answer; undefined when it does. Asked once and for at most two seconds, where other requests
   * are tried again for minutes. Absent where the log is in this process.
   */
  silence?(): Promise<SluiceError | undefined>;
  /** @throws SluiceError CONFLICT when the topic exists */
  createTopic(spec: TopicSpec): Promise<void>;
  /** @throws SluiceError NOT_FOUND */
  deleteTopic(name: string): Promise<void>;
  listTopics(): Promise<readonly TopicDescription[]>;
  describeTopic(name: string): Promise<TopicDescription | undefined>;
  alterTopicConfigs(name: string, configs: Readonly<Record<string, string | null>>): Promise<void>;
  createPartitions(name: string, total: number): Promise<void>;
  /** First offset that can be read. */
  earliestOffset(at: TopicPartition): Promise<Offset>;
  /** Offset of the next record to be written (last stable offset on Kafka with read_committed). */
  latestOffset(at: TopicPartition): Promise<Offset>;
  /**
   * The same whether or not transactions are open: where a reader of committed records will be when they have ended.
   */
  endOffset?(at: TopicPartition): Promise<Offset>;
  /** Offset of the first record whose timestamp is at or after `timestampMs`; undefined when there is none. */
  offsetForTimestamp(at: TopicPartition, timestampMs: TimestampMs): Promise<Offset | undefined>;
  /** Drops what is before `offset`. */
  deleteRecords(at: TopicPartition, offset: Offset): Promise<void>;
  /** Offsets that transactions are about to commit are waited for. */
  committedOffsets(group: string, options?: CommittedOffsetsOptions): Promise<readonly CommittedOffset[]>;
  deleteGroup(group: string): Promise<void>;
  listGroups(): Promise<readonly string[]>;
  /** Who shares the partitions of a group's topics; absent where nobody does (embedded). */
  groupMembers?(group: string): Promise<readonly DescribedMember[]>;
}

export interface CommittedOffsetsOptions {
  /** What the transactional ids of the group's writers begin with; default the group's name and a dash. */
  readonly writers?: string;
  /** Only these partitions; default: all with a committed offset, without those whose first offset is pending. */
  readonly partitions?: readonly TopicPartition[];
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: Offset;
  readonly metadata?: string;
}

/**
 * Who commits offsets as a member of a consumer group: Kafka refuses them once the group has moved on (exactly_once_v2
 * needs that).
 */
export interface GroupMember {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId?: string | undefined;
}

/** A member of a group, as others see it. */
export interface DescribedMember {
  readonly memberId: string;
  /** Where it connects from, as the broker sees it. */
  readonly host: string;
  readonly partitions: readonly TopicPartition[];
  /** `GroupOptions.userData`; undefined: it says nothing of itself, or is none of ours. */
  readonly userData: string | undefined;
}

/** What the owner of a membership is told. The group waits for each call to end before it goes on. */
export interface GroupCallbacks {
  /** These partitions are ours from now on. */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** These will be given to others as soon as this ends: finish and commit. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** These may be with others already: stop, commit nothing. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>;
  /** Membership ended with an error that trying again does not mend. */
  onFailed(error: unknown): void;
}

export interface GroupOptions {
  readonly groupId: string;
  /** Topics whose same-numbered partitions must be with the same member, for each part of the work. */
  readonly topicGroups: readonly (readonly string[])[];
  readonly callbacks: GroupCallbacks;
  /** Kafka's group.instance.id: a member that comes back soon under it gets its partitions back without a rebalance. */
  readonly groupInstanceId?: string | undefined;
  /** What the member says of itself: `groupMembers` tells it to others. */
  readonly userData?: string | undefined;
  /** Default 45000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Default 3000. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** How long callbacks may take before the group goes on without this member; default 300000. */
  readonly rebalanceTimeoutMs?: number | undefined;
}

/** A member of a consumer group. */
export interface GroupMembership {
  /** The member that commits: offsets of a member of an earlier generation of the group are refused. */
  readonly member: GroupMember;
  start(): void;
  /** No join is in progress: what is assigned has been told. */
  readonly isSettled: boolean;
  /** Resolves when no join is in progress: the generation is one that the group knows. */
  settled(): Promise<void>;
  /** Gives everything up (onRevoked), then leaves, so that others take over at once. */
  leave(): Promise<void>;
}

export interface ReaderOptions {
  /** Most bytes of one poll and of one partition in it. */
  readonly maxBytes?: number;
  readonly maxPartitionBytes?: number;
  /** read_committed (default) hides open and aborted transactions. */
  readonly isolation?: 'read_committed' | 'read_uncommitted';
}

/** Reads assigned partitions; knows nothing of groups (the task assignment does). Not for concurrent use. */
export interface LogReader {
  /** Replaces the assignment. `offset` is where to begin. */
  assign(partitions: readonly (TopicPartition & { readonly offset: Offset })[]): void;
  seek(at: TopicPartition, offset: Offset): void;
  pause(at: TopicPartition): void;
  resume(at: TopicPartition): void;
  /** The next offset to be handed out. */
  position(at: TopicPartition): Offset;
  /**
   * Waits up to `timeoutMs` for data. The fetched buffers are valid until the next poll. An empty answer means no data
   * yet.
   * @throws SluiceError LOG_UNAVAILABLE (retriable), LOG_CORRUPT, NOT_FOUND (topic deleted); OffsetOutOfRange
   */
  poll(timeoutMs: number): Promise<readonly Fetched[]>;
  /** Makes a waiting poll return at once. */
  wakeup(): void;
  close(): Promise<void>;
}

/** What a poll brought of one partition: whole record batches in `buffer[from, to)`, to be walked with RecordCursor. */
export interface Fetched extends TopicPartition {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
  /** Records before this offset are in the buffer by accident of batching: skip them. */
  readonly startOffset: Offset;
  /** Position after all of this has been handled. */
  readonly nextOffset: Offset;
  readonly highWatermark: Offset;
  /** Producer ids whose batches in this range belong to aborted transactions; empty for the embedded log. */
  readonly aborted?: readonly { readonly producerId: bigint; readonly firstOffset: Offset }[];
}

/** The asked offset no longer (or not yet) exists. */
export class OffsetOutOfRange extends Error {
  readonly at: TopicPartition;
  readonly offset: Offset;
  constructor(at: TopicPartition, offset: Offset) {
    super(`Offset ${offset} is out of range for ${at.topic}-${at.partition}`);
    this.at = at;
    this.offset = offset;
  }
}

/** The partition is one of another topic than before: the old one was deleted, and one created again under its name. */
export class TopicAnew extends OffsetOutOfRange {}

export interface WriterOptions {
  /** Distinguishes writers that fence each other; undefined: plain at-least-once writes. */
  readonly transactionalId?: string | undefined;
  /** Writes little, and what makes room: on the embedded log a full disk has a reserve for it. */
  readonly usesReserve?: boolean | undefined;
}

/**
 * Writes batches. Everything appended between begin and commit becomes visible together with the offsets and the state,
 * or not at all. Without a transactional id on Kafka, batches go out as they are appended and commit only flushes.
 */
export interface LogWriter {
  /**
   * Queues one complete record batch (base offset 0, sequence fields free; the log fills them). The bytes are copied or
   * owned: see `owned`.
   */
  append(topic: string, partition: PartitionNumber, batch: Buffer, owned?: boolean): void;
  /** The consumed offsets (next to read) to commit with the rest. */
  commitOffsets(group: string, offsets: readonly CommittedOffset[], member?: GroupMember): void;
  /** State to be stored in the same transaction; only where `sharesState` (embedded log). */
  readonly sharesState: boolean;
  putState(space: string, key: Uint8Array, value: Uint8Array | null): void;
  /** Bytes queued since the last commit: the caller commits before it grows too large. */
  readonly pendingBytes: number;
  /**
   * Offset behind the newest batch of this writer in a partition that is known to be stored; only where the log tells
   * (Kafka).
   */
  writtenUpTo?(topic: string, partition: PartitionNumber): number | undefined;
  /**
   * After a failed commit without a transaction: whether this batch, which was handed over as owned, is stored
   * nevertheless. Only where batches go out one by one (Kafka).
   */
  isStored?(batch: Buffer): boolean;
  /** @throws SluiceError LOG_FULL, LOG_UNAVAILABLE; Fenced */
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

/** A younger writer of the same transactional id exists: this one must stop. */
export class Fenced extends Error {}
