import type { Offset, TimestampMs, TopicNumber } from '../../base/quantities.ts';
import type { Env, Timers } from '../../base/env.ts';
import { SluiceError } from '../../base/errors.ts';
import type {
  CommittedOffset,
  CommittedOffsetsOptions,
  LogAdmin,
  TopicDescription,
  TopicPartition,
  TopicSpec,
} from '../api.ts';
import { RecordCursor } from '../record-batch/cursor.ts';
import { checkTopicConfigs, effectiveConfigs } from '../topic-configs.ts';
import { checkTopicName } from '../../base/topic-name.ts';
import {
  BATCHES,
  DROPPED,
  OFFSETS,
  parseOffsetKey,
  parseOffsetValue,
  partitionEnd,
  partitionKey,
  PARTITIONS,
  positionKey,
  TIMES,
  TOPICS,
} from './keys.ts';
import { prefixEnd, type OrderedStore } from '../../store/ordered-store.ts';
import { dropInPieces } from './retention.ts';
import type { Topic, Topics } from './topics.ts';

const PARTITIONS_MAX = 10_000;
/** Batches that are deleted in one piece when a topic is deleted. */
const REMOVED_AT_ONCE = 500;

/** Topics, offsets and groups of the embedded log. */
export class EmbeddedAdmin implements LogAdmin {
  readonly #store: OrderedStore;
  readonly #topics: Topics;
  readonly #timers: Pick<Timers, 'turn'>;
  readonly #onChange: () => void;
  readonly #newUid: () => string;

  constructor(store: OrderedStore, topics: Topics, env: Pick<Env, 'timers' | 'random'>, onChange: () => void) {
    this.#store = store;
    this.#topics = topics;
    this.#timers = env.timers;
    this.#newUid = () => env.random.uuid();
    this.#onChange = onChange;
  }

  async createTopic({ name, partitions, replicas, configs = {} }: TopicSpec): Promise<void> {
    checkTopicName(name);
    if (this.#topics.find(name)) throw new SluiceError('CONFLICT', `Topic '${name}' already exists.`);
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
      throw new SluiceError(
        'REJECTED',
        `Cannot create topic '${name}': ${partitions} partitions are not between 1 and ${PARTITIONS_MAX}`,
      );
    }
    if (replicas !== 1 && replicas !== -1) {
      throw new SluiceError(
        'REJECTED',
        `Cannot create topic '${name}': the embedded log keeps 1 replica, not ${replicas}`,
        {
          hint: 'Ask for REPLICAS=1, or leave it out.',
        },
      );
    }
    checkTopicConfigs(configs);
    this.#topics.create(this.#store, name, { partitions, configs, uid: this.#newUid() });
  }

  async deleteTopic(name: string): Promise<void> {
    const topic = this.#topics.topic(name);
    const offsets = [...this.#store.range(OFFSETS, { values: false })].filter(
      ({ key }) => parseOffsetKey(key).topic === name,
    );
    this.#store.write(
      (writes) => {
        writes.delete(TOPICS, Buffer.from(name));
        writes.put(DROPPED, droppedKey(topic.id), Uint8Array.of(1));
        for (const { key } of offsets) writes.delete(OFFSETS, key);
      },
      { evenIfFull: true },
    );
    this.#topics.forget(topic);
    this.#onChange();
    await removeRecords(this.#store, topic.id, () => this.#timers.turn());
  }

  async listTopics(): Promise<readonly TopicDescription[]> {
    return this.#topics
      .list()
      .map(describe)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async describeTopic(name: string): Promise<TopicDescription | undefined> {
    const topic = this.#topics.find(name);
    return topic === undefined ? undefined : describe(topic);
  }

  async alterTopicConfigs(name: string, configs: Readonly<Record<string, string | null>>): Promise<void> {
    const topic = this.#topics.topic(name);
    const next: Record<string, string> = { ...topic.configs };
    for (const [key, value] of Object.entries(configs)) {
      if (value === null) delete next[key];
      else next[key] = value;
    }
    checkTopicConfigs(next);
    this.#topics.setConfigs(this.#store, topic, next);
  }

  async createPartitions(name: string, total: number): Promise<void> {
    const topic = this.#topics.topic(name);
    const have = topic.partitions.length;
    if (!Number.isInteger(total) || total <= have || total > PARTITIONS_MAX) {
      throw new SluiceError(
        'REJECTED',
        `Topic currently has ${have} partitions, which is higher than or equal to the requested ${total}, or more than ${PARTITIONS_MAX} are asked for.`,
      );
    }
    this.#topics.grow(this.#store, topic, total);
  }

  async earliestOffset(at: TopicPartition): Promise<number> {
    return this.#topics.partition(at).start;
  }

  async latestOffset(at: TopicPartition): Promise<number> {
    return this.#topics.partition(at).next;
  }

  async offsetForTimestamp(at: TopicPartition, timestampMs: TimestampMs): Promise<number | undefined> {
    const { topicId, partition, start } = this.#topics.partition(at);
    const lt = partitionEnd(topicId, partition);
    const cursor = new RecordCursor();
    for (const time of this.#store.range(TIMES, { gte: positionKey(topicId, partition, timestampMs), lt })) {
      // The first batch that reaches the time. After deleteRecords its first records may be inaccessible, so the next
      // batch is considered too.
      const gte = positionKey(topicId, partition, Number(time.value.readBigInt64BE()));
      for (const { value } of this.#store.range(BATCHES, { gte, lt })) {
        cursor.open(value, 0, value.length, start);
        while (cursor.next()) {
          const { count, timestamp, offset } = cursor.columns;
          for (let i = 0; i < count; i++) if (timestamp[i]! >= timestampMs) return offset[i];
        }
      }
      return undefined;
    }
    return undefined;
  }

  async deleteRecords(at: TopicPartition, offset: Offset): Promise<void> {
    const partition = this.#topics.partition(at);
    // -1 means all, as in Kafka.
    const target = offset === -1 ? partition.next : offset;
    if (target < 0 || target > partition.next) {
      throw new SluiceError(
        'REJECTED',
        `Cannot delete records before offset ${offset}: the log ends at ${partition.next}`,
      );
    }
    if (target > partition.start) await dropInPieces(this.#store, partition, target, () => this.#timers.turn());
  }

  async committedOffsets(
    group: string,
    { partitions }: CommittedOffsetsOptions = {},
  ): Promise<readonly CommittedOffset[]> {
    const prefix = Buffer.from(`${group}\0`);
    const all = [...this.#store.range(OFFSETS, { gte: prefix, lt: prefixEnd(prefix) })].map(({ key, value }) => {
      const { topic, partition } = parseOffsetKey(key);
      const { offset, metadata } = parseOffsetValue(value);
      return metadata === '' ? { topic, partition, offset } : { topic, partition, offset, metadata };
    });
    if (partitions === undefined) return all;
    const wanted = new Set(partitions.map((p) => `${p.topic}\0${p.partition}`));
    return all.filter((p) => wanted.has(`${p.topic}\0${p.partition}`));
  }

  async deleteGroup(group: string): Promise<void> {
    const prefix = Buffer.from(`${group}\0`);
    const keys = [...this.#store.range(OFFSETS, { gte: prefix, lt: prefixEnd(prefix), values: false })];
    if (keys.length === 0) throw new SluiceError('NOT_FOUND', `The group id '${group}' was not found`);
    this.#store.write((writes) => keys.forEach(({ key }) => writes.delete(OFFSETS, key)), { evenIfFull: true });
  }

  async listGroups(): Promise<readonly string[]> {
    const groups = new Set<string>();
    for (const { key } of this.#store.range(OFFSETS, { values: false })) groups.add(parseOffsetKey(key).group);
    return [...groups].sort();
  }
}

function droppedKey(topicId: TopicNumber): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(topicId);
  return key;
}

/** Removes what remains of deleted topics if the process ended during a deletion. */
export async function finishDeletes(store: OrderedStore, breathe: () => Promise<void>): Promise<void> {
  const begun = [...store.range(DROPPED)];
  for (const { key } of begun) await removeRecords(store, key.readUInt32BE(), breathe);
}

/** Removes the records of a deleted topic, in pieces. */
export async function removeRecords(
  store: OrderedStore,
  topicId: TopicNumber,
  breathe: () => Promise<void>,
): Promise<void> {
  const range = {
    gte: partitionKey(topicId, 0),
    lt: partitionKey(topicId + 1, 0),
    limit: REMOVED_AT_ONCE,
    values: false,
  };
  for (const space of [BATCHES, TIMES, PARTITIONS]) {
    for (;;) {
      const piece = [...store.range(space, range)];
      if (piece.length === 0) break;
      store.write((writes) => piece.forEach(({ key }) => writes.delete(space, key)), { evenIfFull: true });
      if (piece.length < REMOVED_AT_ONCE) break;
      await breathe();
    }
  }
  store.write((writes) => writes.delete(DROPPED, droppedKey(topicId)), { evenIfFull: true });
}

function describe(topic: Topic): TopicDescription {
  return {
    name: topic.name,
    partitions: topic.partitions.length,
    replicas: 1,
    configs: effectiveConfigs(topic.configs),
    internal: topic.name.startsWith('__'),
    ...(topic.uid !== undefined && { id: topic.uid }),
  };
}
