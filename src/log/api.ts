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
  /**
   * Distinguishes a topic from an earlier one of the same name. Topics from an early version's embedded log have none.
   */
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
  /** The first offset that can be read. */
  earliestOffset(at: TopicPartition): Promise<Offset>;
  /** Offset of the next record to be written (last stable offset on Kafka with read_committed). */
  latestOffset(at: TopicPartition): Promise<Offset>;
  /** The same regardless of open transactions: the position of a reader of committed records when they have ended. */
  endOffset?(at: TopicPartition): Promise<Offset>;
  /** Offset of the first record whose timestamp is at or after `timestampMs`; undefined when there is none. */
  offsetForTimestamp(at: TopicPartition, timestampMs: TimestampMs): Promise<Offset | undefined>;
  /** Deletes records before `offset`. */
  deleteRecords(at: TopicPartition, offset: Offset): Promise<void>;
  /** Waits for offsets that transactions are about to commit. */
  committedOffsets(group: string, options?: CommittedOffsetsOptions): Promise<readonly CommittedOffset[]>;
  deleteGroup(group: string): Promise<void>;
  listGroups(): Promise<readonly string[]>;
  /** Who shares the partitions of a group's topics; absent where nobody does (embedded). */
  groupMembers?(group: string): Promise<readonly DescribedMember[]>;
}

export interface CommittedOffsetsOptions {
  /** Prefix of the transactional ids of the group's writers; by default the group's name and a dash. */
  readonly writers?: string;
  /** Only these partitions; by default all with a committed offset, except those whose first offset is pending. */
  readonly partitions?: readonly TopicPartition[];
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: Offset;
  readonly metadata?: string;
}

/**
 * A consumer-group member that commits offsets. Kafka refuses them when the group has moved on, which exactly_once_v2
 * requires.
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

/** Callbacks for the owner of a membership. The group waits for each call to finish. */
export interface GroupCallbacks {
  /** These partitions have been assigned to this member. */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** These partitions will be assigned to others when this call ends: finish and commit. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** These partitions may already be assigned to others: stop, and commit nothing. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>;
  /** The membership ended with an error that retrying cannot fix. */
  onFailed(error: unknown): void;
}

export interface GroupOptions {
  readonly groupId: string;
  /** For each part of the work, the topics whose partitions of the same number must be assigned to the same member. */
  readonly topicGroups: readonly (readonly string[])[];
  readonly callbacks: GroupCallbacks;
  /**
   * Kafka's group.instance.id: a member that soon returns with the same id gets its partitions back without a
   * rebalance.
   */
  readonly groupInstanceId?: string | undefined;
  /** What the member says of itself: `groupMembers` tells it to others. */
  readonly userData?: string | undefined;
  /** Default 45000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Default 3000. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** How long callbacks may take before the group continues without this member; 300000 by default. */
  readonly rebalanceTimeoutMs?: number | undefined;
}

/** A member of a consumer group. */
export interface GroupMembership {
  /** The member that commits: offsets of a member of an earlier generation of the group are refused. */
  readonly member: GroupMember;
  start(): void;
  /** No join is in progress, and the owner knows the assignment. */
  readonly isSettled: boolean;
  /** Resolves when no join is in progress, so that the group knows the current generation. */
  settled(): Promise<void>;
  /** Gives up all partitions (onRevoked), then leaves, so that others take over at once. */
  leave(): Promise<void>;
}

export interface ReaderOptions {
  /** The most bytes of one poll, and of one partition in it. */
  readonly maxBytes?: number;
  readonly maxPartitionBytes?: number;
  /** read_committed (default) hides open and aborted transactions. */
  readonly isolation?: 'read_committed' | 'read_uncommitted';
}

/** Reads assigned partitions. It knows nothing of groups; the task assignment does. Not for concurrent use. */
export interface LogReader {
  /** Replaces the assignment; `offset` is the start position. */
  assign(partitions: readonly (TopicPartition & { readonly offset: Offset })[]): void;
  seek(at: TopicPartition, offset: Offset): void;
  pause(at: TopicPartition): void;
  resume(at: TopicPartition): void;
  /** The offset of the next record to be returned. */
  position(at: TopicPartition): Offset;
  /**
   * Waits up to `timeoutMs` for data. The fetched buffers are valid until the next poll. An empty answer means no data
   * yet.
   * @throws SluiceError LOG_UNAVAILABLE (retriable), LOG_CORRUPT, NOT_FOUND (topic deleted); OffsetOutOfRange
   */
  poll(timeoutMs: number): Promise<readonly Fetched[]>;
  /** Ends a waiting poll at once. */
  wakeup(): void;
  close(): Promise<void>;
}

/**
 * The records that a poll returned for one partition: whole record batches in `buffer[from, to)`, read with
 * RecordCursor.
 */
export interface Fetched extends TopicPartition {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
  /** Earlier records are in the buffer only because batches are fetched whole: skip them. */
  readonly startOffset: Offset;
  /** The position after all of these records. */
  readonly nextOffset: Offset;
  readonly highWatermark: Offset;
  /** Producer ids whose batches in this range belong to aborted transactions; empty for the embedded log. */
  readonly aborted?: readonly { readonly producerId: bigint; readonly firstOffset: Offset }[];
}

/** The requested offset no longer exists, or does not exist yet. */
export class OffsetOutOfRange extends Error {
  readonly at: TopicPartition;
  readonly offset: Offset;
  constructor(at: TopicPartition, offset: Offset) {
    super(`Offset ${offset} is out of range for ${at.topic}-${at.partition}`);
    this.at = at;
    this.offset = offset;
  }
}

/** The topic was deleted and created again under the same name. */
export class TopicAnew extends OffsetOutOfRange {}

export interface WriterOptions {
  /** Distinguishes writers that fence each other; undefined: plain at-least-once writes. */
  readonly transactionalId?: string | undefined;
  /** Set for small writes that free space: on the embedded log they may use a reserve when the disk is full. */
  readonly usesReserve?: boolean | undefined;
}

/**
 * Writes batches. Everything that is appended between two commits becomes visible together with the offsets and the
 * state, or not at all. On Kafka without a transactional id, batches are sent as they are appended, and commit only
 * flushes.
 */
export interface LogWriter {
  /**
   * Queues one complete record batch (base offset 0, sequence fields free; the log fills them in). The bytes are copied
   * unless `owned` is set.
   */
  append(topic: string, partition: PartitionNumber, batch: Buffer, owned?: boolean): void;
  /** Sets the consumed offsets (the next to read) that are committed with the rest. */
  commitOffsets(group: string, offsets: readonly CommittedOffset[], member?: GroupMember): void;
  /** Whether `putState` stores state in the same transaction (embedded log). */
  readonly sharesState: boolean;
  putState(space: string, key: Uint8Array, value: Uint8Array | null): void;
  /** Bytes queued since the last commit; the caller commits before they become too many. */
  readonly pendingBytes: number;
  /**
   * The offset after this writer's newest batch in a partition that is known to be stored; only where the log reports
   * it (Kafka).
   */
  writtenUpTo?(topic: string, partition: PartitionNumber): number | undefined;
  /**
   * After a failed commit without a transaction: whether this owned batch was stored nevertheless. Only where batches
   * are sent individually (Kafka).
   */
  isStored?(batch: Buffer): boolean;
  /** @throws SluiceError LOG_FULL, LOG_UNAVAILABLE; Fenced */
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

/** A newer writer of the same transactional id exists, so this one must stop. */
export class Fenced extends Error {}
