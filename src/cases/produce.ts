import type { PartitionNumber, TimestampMs } from '../base/quantities.ts';
import { inserted, type Inserter } from '../engine/inserter.ts';
import { encodeHeaders, type RecordHeader } from '../log/record-batch/headers.ts';

/** Writes one record with the server's own writer; resolves when it is committed. */
export async function produce(
  inserts: Inserter,
  topic: string,
  partition: PartitionNumber,
  timestamp: TimestampMs,
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[],
): Promise<void> {
  const ticket = inserts.add(
    { topic, partition, maxBatchBytes: 1 << 20 },
    timestamp,
    key,
    0,
    key?.length ?? 0,
    value,
    0,
    value?.length ?? 0,
    headers.length > 0 ? encodeHeaders(headers) : null,
  );
  await inserted(ticket);
}
