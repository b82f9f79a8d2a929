import type { Log, TopicPartition } from '../../../log/api.ts';
import { RecordCursor } from '../../../log/record-batch/cursor.ts';
import type { RecordsOfTopic } from '../../api/connector.ts';

/** The approximate number of bytes of batches that are read at a time. */
const BYTES = 1024 * 1024;

/** The records of a partition from an offset up to its current end. */
export async function recordsOf(
  log: Log,
  at: TopicPartition,
  from: number | 'beginning' | 'end',
): Promise<RecordsOfTopic> {
  const partitions = (await log.admin.describeTopic(at.topic))?.partitions ?? 0;
  if (at.partition >= partitions) return { records: [], next: undefined };
  const [first, end] = await Promise.all([log.admin.earliestOffset(at), log.admin.latestOffset(at)]);
  const start = from === 'end' ? end : from === 'beginning' ? first : Math.max(from, first);
  // The offset is beyond the end: the topic was replaced by another of the same name.
  if (start > end) return await recordsOf(log, at, 'beginning');
  if (start === end) return { records: [], next: end };
  const records: { readonly key: Buffer | null; readonly value: Buffer | null }[] = [];
  const reader = log.createReader({ maxBytes: BYTES });
  try {
    reader.assign([{ ...at, offset: start }]);
    const cursor = new RecordCursor();
    const copied = (bytes: Buffer | null): Buffer | null => bytes && Buffer.from(bytes);
    for (const fetched of await reader.poll(1000)) {
      cursor.openFetched(fetched);
      while (cursor.next()) {
        const { columns } = cursor;
        for (let i = 0; i < columns.count; i++)
          if (columns.offset[i]! >= start)
            records.push({ key: copied(columns.key(i)), value: copied(columns.value(i)) });
      }
    }
    return { records, next: reader.position(at) };
  } finally {
    await reader.close();
  }
}
