import type { Offset, TimestampMs } from '../../base/quantities.ts';
import { baseOffsetOf, lastOffsetOf, maxTimestampOf } from '../record-batch/batch-header.ts';
import { isDeleted, numberConfig } from '../topic-configs.ts';
import { BATCHES, partitionEnd, partitionKey, positionKey, positionOf, TIMES } from './keys.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import { slices } from './slices.ts';
import { batchKeyFor, type Partition, putPartition, type Topic } from './topics.ts';

/** The most batches, and bytes, that are deleted in one transaction. */
const DELETE_BATCHES_MAX = 500;
const DELETE_BYTES_MAX = 8 << 20;
const DROPPED_AT_ONCE = 48;

/**
 * Deletes records that retention.ms and retention.bytes no longer keep, from the front and in whole batches. Returns
 * the number of batches. As in Kafka, the timestamps of records count rather than the time of writing, unless the topic
 * uses LogAppendTime.
 */
export async function applyRetention(
  store: OrderedStore,
  topic: Topic,
  partition: Partition,
  nowMs: TimestampMs,
  breathe: () => Promise<void>,
): Promise<number> {
  if (!isDeleted(topic.configs)) return 0;
  const retentionMs = numberConfig(topic.configs, 'retention.ms');
  const retentionBytes = numberConfig(topic.configs, 'retention.bytes');
  let deleted = 0;
  for (;;) {
    let over = retentionBytes < 0 ? 0 : (await countBytes(store, partition, breathe)) - retentionBytes;
    if (topic.deleted) return deleted;
    let count = 0;
    let bytes = 0;
    let start = partition.start;
    for (const { value } of store.range(BATCHES, { ...wholeOf(partition), limit: DELETE_BATCHES_MAX })) {
      const expired = retentionMs >= 0 && maxTimestampOf(value) < nowMs - retentionMs;
      // Bytes are deleted only while the rest is still above the limit, so that at least that much is kept.
      const surplus = over - value.length >= 0 && retentionBytes >= 0;
      if ((!expired && !surplus) || bytes >= DELETE_BYTES_MAX) break;
      over -= value.length;
      bytes += value.length;
      count++;
      start = lastOffsetOf(value) + 1;
    }
    if (count === 0) return deleted;
    dropBefore(store, partition, start);
    deleted += count;
    await breathe();
  }
}

/** Like dropBefore, in pieces. */
export async function dropInPieces(
  store: OrderedStore,
  partition: Partition,
  offset: Offset,
  breathe: () => Promise<void>,
): Promise<void> {
  // Others may delete more in between.
  while (offset > partition.start) {
    const first = batchesBefore(store, partition, offset, DROPPED_AT_ONCE + 1);
    const next = first.length > DROPPED_AT_ONCE ? positionOf(first.at(-1)!) : offset;
    dropBefore(store, partition, next);
    if (next < offset) await breathe();
  }
}

/** Makes `offset` the first one that can be read, and deletes the batches that lie entirely before it. */
export function dropBefore(store: OrderedStore, partition: Partition, offset: Offset): void {
  const gone = batchesBefore(store, partition, offset);
  // The last batch may extend beyond the offset.
  const last = gone.at(-1);
  if (last !== undefined && lastOffsetOf(store.get(BATCHES, last)!) >= offset) gone.pop();
  let goneBytes = 0;
  if (partition.bytes !== undefined) for (const key of gone) goneBytes += store.get(BATCHES, key)!.length;
  const times = survivingTimes(store, partition, offset);
  store.write(
    (writes) => {
      for (const key of gone) writes.delete(BATCHES, key);
      for (const key of times.gone) writes.delete(TIMES, key);
      for (const [key, base] of times.added) writes.put(TIMES, key, base);
      putPartition(writes, partition, offset, Math.max(partition.cleanedTo, offset));
    },
    { evenIfFull: true },
  );
  partition.start = offset;
  partition.cleanedTo = Math.max(partition.cleanedTo, offset);
  if (partition.bytes !== undefined) partition.bytes -= goneBytes;
}

/** Keys of the batches that begin before `offset`. Their contents, which may be large, are not read. */
function batchesBefore(store: OrderedStore, partition: Partition, offset: Offset, limit?: number): Buffer[] {
  const { topicId, partition: number } = partition;
  const range = { gte: partitionKey(topicId, number), lt: positionKey(topicId, number, offset), values: false };
  return Array.from(store.range(BATCHES, { ...range, ...(limit !== undefined && { limit }) }), ({ key }) => key);
}

/**
 * The time index refers to the batches that raised the highest timestamp. When such a batch is deleted, later batches
 * with lower timestamps enter the index: from the new start up to the first one that is in the index already.
 */
function survivingTimes(
  store: OrderedStore,
  partition: Partition,
  offset: Offset,
): { gone: Buffer[]; added: [Buffer, Buffer][] } {
  const gone: Buffer[] = [];
  let firstKept = Infinity;
  for (const { key, value } of store.range(TIMES, wholeOf(partition))) {
    if (Number(value.readBigInt64BE()) >= offset) {
      firstKept = positionOf(key);
      break;
    }
    gone.push(key);
  }
  const added: [Buffer, Buffer][] = [];
  if (gone.length === 0) return { gone, added };
  let highest = -Infinity;
  const from = batchKeyFor(store, partition, offset);
  for (const { value } of store.range(BATCHES, { ...wholeOf(partition), gte: from })) {
    const timestamp = maxTimestampOf(value);
    if (timestamp >= firstKept) break;
    if (timestamp <= highest) continue;
    highest = timestamp;
    const base = Buffer.allocUnsafe(8);
    base.writeBigInt64BE(BigInt(baseOffsetOf(value)));
    added.push([positionKey(partition.topicId, partition.partition, timestamp), base]);
  }
  return { gone: gone.filter((key) => !added.some(([kept]) => kept.equals(key))), added };
}

/** The total size of a partition's batches, counted once and then maintained. */
export async function countBytes(
  store: OrderedStore,
  partition: Partition,
  breathe: () => Promise<void>,
): Promise<number> {
  while (partition.bytes === undefined) {
    // Writers add what is appended meanwhile.
    partition.bytes = 0;
    let before = 0;
    const { start, next } = partition;
    for await (const batches of slices(store, partition, start, next, breathe))
      for (const { value } of batches) before += value.length;
    // For batches that were deleted meanwhile it is unknown whether they were counted.
    partition.bytes = partition.start === start ? partition.bytes + before : undefined;
  }
  return partition.bytes;
}

function wholeOf(partition: Partition): { gte: Buffer; lt: Buffer } {
  return {
    gte: partitionKey(partition.topicId, partition.partition),
    lt: partitionEnd(partition.topicId, partition.partition),
  };
}
