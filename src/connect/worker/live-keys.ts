import type { Log } from '../../log/api.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { KeysOfTopic } from '../api/connector.ts';

/** Bytes of keys that are held at a time. */
const HELD_BYTES = 16 * 1024 * 1024;
/** What a key costs beside its bytes, about. */
const AROUND_BYTES = 80;

/**
 * The keys whose last record in a topic has a value, as bytes, by partition; up to the topic's end now. Where there are more than fit in memory
 * they come in several parts, and one that was written again or deleted later may come more than once.
 */
export async function* liveKeys(log: Log, topic: string, heldBytes = HELD_BYTES): AsyncGenerator<KeysOfTopic> {
  const partitions = (await log.admin.describeTopic(topic))?.partitions ?? 0;
  const reader = log.createReader({});
  const cursor = new RecordCursor();
  try {
    for (let partition = 0; partition < partitions; partition++) {
      const at = { topic, partition };
      const end = await log.admin.latestOffset(at);
      let next = await log.admin.earliestOffset(at);
      reader.assign([{ ...at, offset: next }]);
      let held = new Map<string, Buffer>();
      let bytes = 0;
      const part = (): KeysOfTopic => {
        const keys = [...held.values()];
        held = new Map();
        bytes = 0;
        return { topic, partition, keys };
      };
      while (next < end) {
        for (const fetched of await reader.poll(1000)) {
          cursor.openFetched(fetched);
          while (cursor.next()) {
            const { columns } = cursor;
            for (let i = 0; i < columns.count; i++) {
              const key = columns.key(i);
              if (key === null || columns.offset[i]! >= end) continue;
              const name = key.toString('latin1');
              if (columns.value(i) === null) {
                held.delete(name);
                continue;
              }
              if (!held.has(name)) bytes += key.length + AROUND_BYTES;
              held.set(name, Buffer.from(key));
            }
          }
        }
        next = reader.position(at);
        if (bytes > heldBytes) yield part();
      }
      if (held.size > 0) yield part();
    }
  } finally {
    await reader.close();
  }
}
