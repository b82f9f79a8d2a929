import type { Log } from '../../../log/api.ts';
import { RecordCursor } from '../../../log/record-batch/cursor.ts';
import type { KeysOfTopic } from '../../api/connector.ts';

/** The most bytes of keys that are held at a time. */
const HELD_BYTES = 16 * 1024 * 1024;
/** The approximate memory of a key besides its bytes. */
const AROUND_BYTES = 80;

/** The next offset of each partition of a topic; none when the topic does not exist. */
export async function endOffsets(log: Log, topic: string): Promise<readonly number[]> {
  const partitions = (await log.admin.describeTopic(topic))?.partitions ?? 0;
  return await Promise.all(
    Array.from({ length: partitions }, (_, partition) => log.admin.latestOffset({ topic, partition })),
  );
}

/**
 * The keys whose last record in a topic has a value, as bytes, by partition, up to the topic's current end. `before`:
 * only those whose last record is before these offsets. If they do not fit in memory they come in several parts;
 * without `before`, a key that is written again later in the topic may then occur more than once.
 */
export async function* liveKeys(
  log: Log,
  topic: string,
  before?: readonly number[],
  heldBytes = HELD_BYTES,
): AsyncGenerator<KeysOfTopic> {
  const ends = await endOffsets(log, topic);
  const reader = log.createReader({});
  try {
    for (const [partition, end] of ends.entries()) {
      const at = { topic, partition };
      const until = before === undefined ? end : Math.min(end, before[partition] ?? 0);
      const held = new Map<string, Buffer>();
      let bytes = 0;
      let next = await log.admin.earliestOffset(at);
      while (next < until) {
        next = await scan(reader, at, next, until, (key, isLive) => {
          const name = key.toString('latin1');
          if (!isLive) held.delete(name);
          else if (!held.has(name)) {
            held.set(name, Buffer.from(key));
            bytes += key.length + AROUND_BYTES;
          }
          return bytes <= heldBytes;
        });
        // Later writes are known only after they have been scanned.
        if (before !== undefined)
          for (let from = next; from < end;)
            from = await scan(reader, at, from, end, (key) => held.delete(key.toString('latin1')) || true);
        if (held.size > 0) yield { topic, partition, keys: [...held.values()] };
        held.clear();
        bytes = 0;
      }
    }
  } finally {
    await reader.close();
  }
}

/** Scans records until `visit` has enough, at the end of what was fetched; returns where to continue. */
async function scan(
  reader: ReturnType<Log['createReader']>,
  at: { readonly topic: string; readonly partition: number },
  from: number,
  until: number,
  visit: (key: Buffer, isLive: boolean) => boolean,
): Promise<number> {
  const cursor = new RecordCursor();
  reader.assign([{ ...at, offset: from }]);
  let next = from;
  let continues = true;
  while (next < until && continues) {
    let last = next;
    for (const fetched of await reader.poll(1000)) {
      cursor.openFetched(fetched);
      while (cursor.next()) {
        const { columns } = cursor;
        for (let i = 0; i < columns.count; i++) {
          const offset = columns.offset[i]!;
          const key = columns.key(i);
          if (key === null || offset >= until) continue;
          last = offset;
          continues = visit(key, columns.value(i) !== null) && continues;
        }
      }
    }
    next = Math.max(last, Math.min(until, reader.position(at)));
  }
  return next;
}
