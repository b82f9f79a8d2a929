import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap, SourceRecord } from '../../../../api/record.ts';

/** Tombstones of one batch. */
const BATCH = 5000;

/**
 * Tombstones for the keys that a topic has, batch by batch. `before`: for those alone whose last record stands before
 * these offsets, by partition. `timestamp`: ms since the epoch.
 */
export async function* tombstones(
  keys: ReturnType<SourceTaskContext['liveKeys']>,
  timestamp: number,
  sourcePartition: OffsetMap,
): AsyncGenerator<SourceRecord[], void> {
  for await (const { topic, partition, keys: some } of keys) {
    for (let from = 0; from < some.length; from += BATCH)
      yield some.slice(from, from + BATCH).map((rawKey) => ({
        topic,
        partition,
        rawKey,
        keySchema: null,
        key: null,
        valueSchema: null,
        value: null,
        timestamp,
        sourcePartition,
        sourceOffset: null,
      }));
  }
}
