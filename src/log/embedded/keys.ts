import type { Offset, PartitionNumber, TimestampMs, TopicNumber } from '../../base/quantities.ts';

/**
 * The layout of the embedded log in its OrderedStore (docs/formats/embedded-log.md). Integers are big-endian, so that
 * keys sort by number.
 */
export const TOPICS = 'log.topics'; //         name                                          -> JSON (StoredTopic)
export const PARTITIONS = 'log.partitions'; // topic id, partition                           -> StoredPartition
export const BATCHES = 'log.batches'; //       topic id, partition, base offset              -> record batch
export const TIMES = 'log.times'; //           topic id, partition, highest timestamp so far -> base offset of the batch that has it
export const OFFSETS = 'log.offsets'; //       group, 0, topic, 0, partition                 -> offset, metadata
export const DROPPED = 'log.dropped'; //       topic id                                      -> nothing: its records are being removed
export const META = 'log.meta'; //             'version'                                     -> format version

/** Incremented when readers of the previous version could not understand what this one writes. */
export const FORMAT_VERSION = 2;

export function partitionKey(topicId: TopicNumber, partition: PartitionNumber): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(topicId, 0);
  key.writeUInt32BE(partition, 4);
  return key;
}

/** Key of a batch by its offset, or of a time; the time -1 ("none") sorts first. */
export function positionKey(topicId: TopicNumber, partition: PartitionNumber, position: Offset | TimestampMs): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeUInt32BE(topicId, 0);
  key.writeUInt32BE(partition, 4);
  // Sign bit flipped, so that negative numbers sort before positive ones.
  key.writeUInt32BE((Math.floor(position / 4294967296) ^ 0x80000000) >>> 0, 8);
  key.writeUInt32BE(position >>> 0, 12);
  return key;
}

export function positionOf(key: Buffer): number {
  return (key.readUInt32BE(8) ^ 0x80000000) * 4294967296 + key.readUInt32BE(12);
}

/** A key that sorts after all positions of the partition. */
export function partitionEnd(topicId: TopicNumber, partition: PartitionNumber): Buffer {
  return partitionKey(topicId, partition + 1);
}

export function offsetKey(group: string, topic: string, partition: PartitionNumber): Buffer {
  const head = Buffer.from(`${group}\0${topic}\0`);
  const key = Buffer.allocUnsafe(head.length + 4);
  head.copy(key);
  key.writeUInt32BE(partition, head.length);
  return key;
}

export function parseOffsetKey(key: Buffer): { group: string; topic: string; partition: PartitionNumber } {
  const first = key.indexOf(0);
  const second = key.indexOf(0, first + 1);
  return {
    group: key.toString('utf8', 0, first),
    topic: key.toString('utf8', first + 1, second),
    partition: key.readUInt32BE(second + 1),
  };
}

/** Offset (int64), then metadata (UTF-8). */
export function offsetValue(offset: Offset, metadata: string | undefined): Buffer {
  const text = Buffer.from(metadata ?? '');
  const value = Buffer.allocUnsafe(8 + text.length);
  value.writeBigInt64BE(BigInt(offset));
  text.copy(value, 8);
  return value;
}

export function parseOffsetValue(value: Buffer): { offset: Offset; metadata: string } {
  return { offset: Number(value.readBigInt64BE()), metadata: value.toString('utf8', 8) };
}
