import type { Offset, PartitionNumber } from '../../base/quantities.ts';
import { byTopic } from './by-topic.ts';
import { WireReader, WireWriter } from './wire.ts';

/*
 * Produce, version 9 (key 0). One batch per partition.
 *
 * Request => transactional_id nullable string, acks int16, timeout_ms int32, [topics], tags
 *     topic => name string, [partitions], tags
 *       partition => index int32, records bytes, tags
 *
 * Response => [topics], throttle_time_ms int32, tags topic => name string, [partitions], tags partition => index int32,
 * error_code int16, base_offset int64, log_append_time_ms int64, log_start_offset int64, [record_errors], error_message
 * nullable string, tags record_error => batch_index int32, message nullable string, tags
 */
export const PRODUCE_KEY = 0;
export const PRODUCE_VERSION = 9;

const ACKS_ALL = -1;

export interface ProducePartition {
  readonly topic: string;
  readonly partition: PartitionNumber;
  readonly batch: Buffer;
}

export interface ProducedPartition {
  readonly topic: string;
  readonly partition: PartitionNumber;
  readonly errorCode: number;
  readonly baseOffset: Offset;
  readonly message: string | null;
}

export interface ProduceResponse {
  readonly throttleTimeMs: number;
  readonly partitions: readonly ProducedPartition[];
}

/** The request in pieces, so that batches are not copied. */
export function encodeProduce(
  transactionalId: string | null,
  timeoutMs: number,
  batches: readonly ProducePartition[],
): Buffer[] {
  const parts: Buffer[] = [];
  let out = new WireWriter(128);
  const cut = (batch: Buffer): void => {
    parts.push(out.toBuffer(), batch);
    out = new WireWriter(64);
  };
  out.writeCompactString(transactionalId);
  out.writeInt16(ACKS_ALL);
  out.writeInt32BE(timeoutMs);
  const topics = byTopic(batches);
  out.writeCompactCount(topics.size);
  for (const [topic, list] of topics) {
    out.writeCompactString(topic);
    out.writeCompactCount(list.length);
    for (const { partition, batch } of list) {
      out.writeInt32BE(partition);
      out.writeUvarint(batch.length + 1);
      cut(batch);
      out.writeNoTags();
    }
    out.writeNoTags();
  }
  out.writeNoTags();
  parts.push(out.toBuffer());
  return parts;
}

/** Decodes a response to `encodeProduce`. @throws SluiceError LOG_UNAVAILABLE for a malformed one */
export function decodeProduce(bytes: Buffer): ProduceResponse {
  const reader = new WireReader(bytes);
  const partitions: ProducedPartition[] = [];
  for (let topics = reader.compactCount(); topics > 0; topics--) {
    const topic = reader.compactString() ?? '';
    for (let topicsLeft = reader.compactCount(); topicsLeft > 0; topicsLeft--) {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int53();
      reader.int53();
      reader.int53();
      let firstRecordError: string | null = null;
      for (let k = reader.compactCount(); k > 0; k--) {
        reader.int32();
        firstRecordError ??= reader.compactString();
        reader.tags();
      }
      const message = reader.compactString();
      partitions.push({ topic, partition, errorCode, baseOffset, message: firstRecordError ?? message });
      reader.tags();
    }
    reader.tags();
  }
  const throttleTimeMs = reader.int32();
  reader.tags();
  return { throttleTimeMs, partitions };
}
