import type { Log } from '../../log/api.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { SampleRecord } from './infer-topic.ts';

/** The most records of a topic that are examined. */
const MOST_RECORDS = 100;
const MOST_PARTITIONS = 8;

/**
 * The current first records of a topic; empty when there are none. Ends when they have been read, or after `timeoutMs`.
 */
export async function sampleTopic(
  log: Log,
  topic: string,
  nowMs: () => number,
  timeoutMs: number,
): Promise<readonly SampleRecord[]> {
  const described = await log.admin.describeTopic(topic);
  if (!described) return [];
  const ends = await Promise.all(
    Array.from({ length: Math.min(described.partitions, MOST_PARTITIONS) }, async (_, partition) => ({
      topic,
      partition,
      offset: await log.admin.earliestOffset({ topic, partition }),
      end: await log.admin.latestOffset({ topic, partition }),
    })),
  );
  const open = ends.filter((at) => at.offset < at.end);
  if (open.length === 0) return [];
  const reader = log.createReader({});
  const cursor = new RecordCursor();
  const records: SampleRecord[] = [];
  const deadline = nowMs() + timeoutMs;
  try {
    reader.assign(open);
    while (records.length < MOST_RECORDS && nowMs() < deadline && open.some((at) => reader.position(at) < at.end)) {
      for (const fetched of await reader.poll(Math.max(1, deadline - nowMs()))) {
        cursor.openFetched(fetched);
        while (records.length < MOST_RECORDS && cursor.next()) {
          const { columns } = cursor;
          for (let i = 0; i < columns.count && records.length < MOST_RECORDS; i++) {
            // The buffers belong to the reader and are valid until the next poll.
            const [key, value] = [columns.key(i), columns.value(i)];
            records.push({ key: key && Buffer.from(key), value: value && Buffer.from(value) });
          }
        }
      }
    }
  } finally {
    await reader.close();
  }
  return records;
}
