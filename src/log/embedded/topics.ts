import type { Offset, PartitionNumber, TimestampMs, TopicNumber } from '../../base/quantities.ts';
import { SluiceError } from '../../base/errors.ts';
import type { TopicPartition } from '../api.ts';
import { lastOffsetOf } from '../record-batch/batch-header.ts';
import {
  BATCHES,
  DROPPED,
  PARTITIONS,
  partitionEnd,
  partitionKey,
  positionKey,
  positionOf,
  TIMES,
  TOPICS,
} from './keys.ts';
import type { OrderedStore, StoreReader, StoreWriter } from '../../store/ordered-store.ts';

/** A topic as it is stored, as JSON. */
interface StoredTopic {
  readonly id: number;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
  /** Absent from topics of an early version. */
  readonly uid?: string;
}

/** One partition in memory. Its numbers change only after the store has accepted a change. */
export interface Partition {
  readonly topicId: TopicNumber;
  readonly topic: string;
  readonly partition: PartitionNumber;
  /** First offset that can be read. */
  start: number;
  /** Offset of the next record. */
  next: number;
  /** Highest timestamp of all batches so far; -Infinity before the first. */
  maxTimestamp: TimestampMs;
  /** Records before this offset have been compacted. */
  cleanedTo: number;
  /** Small batches before this offset have been merged. */
  mergedTo: number;
  /** Number of small batches since the last check for merging. */
  small: number;
  /** Size of the batches; undefined until it has been counted. */
  bytes: number | undefined;
  /** Whether its topic was deleted; a new topic of the same name has other partitions. */
  isGone: boolean;
}

export interface Topic {
  /** Its number in this store. A later topic may get the same one. */
  readonly id: number;
  /** Distinguishes it from every other topic, including those of other stores. */
  readonly uid: string | undefined;
  readonly name: string;
  configs: Readonly<Record<string, string>>;
  readonly partitions: Partition[];
  deleted: boolean;
}

/** The topics and the ends of their partitions, kept in memory beside the store. */
export class Topics {
  readonly #byName = new Map<string, Topic>();
  #nextId = 1;

  constructor(store: OrderedStore) {
    for (const { key, value } of store.range(TOPICS)) {
      const stored = JSON.parse(value.toString()) as StoredTopic;
      const topic = newTopic(key.toString(), stored);
      for (const partition of topic.partitions) load(store, partition);
      this.#byName.set(topic.name, topic);
      this.#nextId = Math.max(this.#nextId, stored.id + 1);
    }
    // Whatever a deleted topic has left must not reappear under its number.
    for (const { key } of store.range(DROPPED)) this.#nextId = Math.max(this.#nextId, key.readUInt32BE() + 1);
  }

  list(): Topic[] {
    return [...this.#byName.values()];
  }

  find(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  /** @throws SluiceError NOT_FOUND */
  topic(name: string): Topic {
    const topic = this.#byName.get(name);
    if (topic === undefined) throw new SluiceError('NOT_FOUND', `Topic '${name}' does not exist`);
    return topic;
  }

  /** @throws SluiceError NOT_FOUND */
  partition(at: TopicPartition): Partition {
    const found = this.topic(at.topic).partitions[at.partition];
    if (found === undefined) {
      throw new SluiceError('NOT_FOUND', `Topic '${at.topic}' has no partition ${at.partition}`);
    }
    return found;
  }

  create(store: OrderedStore, name: string, made: Omit<StoredTopic, 'id'>): Topic {
    const topic = newTopic(name, { ...made, id: this.#nextId });
    store.write((writes) => putTopic(writes, topic, made.partitions, made.configs));
    this.#nextId++;
    this.#byName.set(name, topic);
    return topic;
  }

  setConfigs(store: OrderedStore, topic: Topic, configs: Readonly<Record<string, string>>): void {
    store.write((writes) => putTopic(writes, topic, topic.partitions.length, configs), { evenIfFull: true });
    topic.configs = configs;
  }

  grow(store: OrderedStore, topic: Topic, total: number): void {
    store.write((writes) => putTopic(writes, topic, total, topic.configs));
    while (topic.partitions.length < total)
      topic.partitions.push(newPartition(topic.name, topic.id, topic.partitions.length));
  }

  /** Removes a topic that `writes` has deleted from the store. */
  forget(topic: Topic): void {
    topic.deleted = true;
    for (const partition of topic.partitions) partition.isGone = true;
    this.#byName.delete(topic.name);
  }
}

function putTopic(
  writes: StoreWriter,
  topic: Topic,
  partitions: number,
  configs: Readonly<Record<string, string>>,
): void {
  const { id, uid } = topic;
  const stored: StoredTopic = { id, partitions, configs, ...(uid !== undefined && { uid }) };
  writes.put(TOPICS, Buffer.from(topic.name), Buffer.from(JSON.stringify(stored)));
}

function newTopic(name: string, { id, uid, partitions, configs }: StoredTopic): Topic {
  const topic: Topic = { id, uid, name, configs, partitions: [], deleted: false };
  while (topic.partitions.length < partitions) topic.partitions.push(newPartition(name, id, topic.partitions.length));
  return topic;
}

function newPartition(topic: string, topicId: TopicNumber, partition: PartitionNumber): Partition {
  return {
    topicId,
    topic,
    partition,
    start: 0,
    next: 0,
    maxTimestamp: -Infinity,
    cleanedTo: 0,
    mergedTo: 0,
    small: 0,
    bytes: undefined,
    isGone: false,
  };
}

function load(store: StoreReader, into: Partition): void {
  const stored = store.get(PARTITIONS, partitionKey(into.topicId, into.partition));
  if (stored !== undefined) {
    into.start = Number(stored.readBigInt64BE(0));
    into.next = Number(stored.readBigInt64BE(8));
    into.cleanedTo = Number(stored.readBigInt64BE(16));
    // Absent where nothing was ever merged.
    if (stored.length >= 32) into.mergedTo = Number(stored.readBigInt64BE(24));
  }
  const whole = {
    gte: partitionKey(into.topicId, into.partition),
    lt: partitionEnd(into.topicId, into.partition),
    reverse: true,
    limit: 1,
  };
  for (const { value } of store.range(BATCHES, whole)) into.next = Math.max(into.next, lastOffsetOf(value) + 1);
  for (const { key } of store.range(TIMES, whole)) into.maxTimestamp = positionOf(key);
}

/** Stores what batches alone do not show: where the log starts, and the next offset when the last batches are gone. */
export function putPartition(writes: StoreWriter, at: Partition, start: number, cleanedTo: number): void {
  const value = Buffer.allocUnsafe(32);
  value.writeBigInt64BE(BigInt(start), 0);
  value.writeBigInt64BE(BigInt(at.next), 8);
  value.writeBigInt64BE(BigInt(cleanedTo), 16);
  value.writeBigInt64BE(BigInt(at.mergedTo), 24);
  writes.put(PARTITIONS, partitionKey(at.topicId, at.partition), value);
}

/**
 * The key at which to start reading for the record at `offset` or the first after it: that of the batch that spans it.
 */
export function batchKeyFor(store: StoreReader, at: Pick<Partition, 'topicId' | 'partition'>, offset: Offset): Buffer {
  const exact = positionKey(at.topicId, at.partition, offset);
  const before = {
    gte: partitionKey(at.topicId, at.partition),
    lt: positionKey(at.topicId, at.partition, offset + 1),
    reverse: true,
    limit: 1,
  };
  for (const { key, value } of store.range(BATCHES, before)) return lastOffsetOf(value) >= offset ? key : exact;
  return exact;
}
