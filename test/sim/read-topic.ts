import type { Log } from '../../src/log/api.ts';
import { RecordCursor } from '../../src/log/record-batch/cursor.ts';

/** A record of a topic; `timestamp` in ms since the epoch. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

/**
 * All records of a topic, partition by partition; empty when the topic does not exist.
 * @param from the offset from which to read a partition
 */
export async function readTopic(
  log: Log,
  topic: string,
  from: (partition: number) => number = () => 0,
): Promise<TopicRecord[]> {
  const described = await log.admin.describeTopic(topic);
  const records: TopicRecord[] = [];
  const cursor = new RecordCursor();
  const reader = log.createReader({});
  for (let partition = 0; partition < (described?.partitions ?? 0); partition++) {
    const at = { topic, partition };
    const end = await log.admin.latestOffset(at);
    reader.assign([{ ...at, offset: Math.max(from(partition), await log.admin.earliestOffset(at)) }]);
    while (reader.position(at) < end) {
      for (const fetched of await reader.poll(100)) {
        cursor.openFetched(fetched);
        while (cursor.next()) {
          const { columns } = cursor;
          for (let i = 0; i < columns.count; i++) {
            const [key, value] = [columns.key(i), columns.value(i)];
            records.push({
              partition,
              offset: columns.offset[i]!,
              key: key === null ? null : Buffer.from(key),
              value: value === null ? null : Buffer.from(value),
              timestamp: columns.timestamp[i]!,
            });
          }
        }
      }
    }
  }
  await reader.close();
  return records;
}
