import type { SourceTaskContext } from '../../../../api/connector.ts';
import type { OffsetMap, SourceBatch, SourceRecord } from '../../../../api/record.ts';
import type { Truncation } from '../stream/commit-stream.ts';
import type { SnapshotTable } from './snapshot-table.ts';

/** The most tombstones in a batch. */
const BATCH = 5000;

/**
 * Writes tombstones for keys that are in a topic but no longer in its table, batch by batch. Nothing else is written in
 * the meantime, so that none of the keys reappears. After an interruption it starts from the beginning, which repeats
 * tombstones.
 */
export class TakingBack {
  readonly #task: SourceTaskContext;
  #tombstones: AsyncGenerator<SourceRecord[], void> | undefined;

  constructor(task: SourceTaskContext) {
    this.#task = task;
  }

  /** For a table that was read again: the keys without a record since then. undefined: there are no more. */
  async ofReading(
    { topic, partition }: Pick<SnapshotTable, 'topic' | 'partition'>,
    before: readonly number[] | undefined,
  ): Promise<SourceBatch | undefined> {
    const { liveKeys, env } = this.#task;
    return await this.#next(() => tombstones(liveKeys(topic, before), env.clock.nowMs(), partition));
  }

  /** For a table that was truncated: every key. undefined: there are no more. */
  async ofTruncation({ topic, partition, time }: Truncation): Promise<SourceBatch | undefined> {
    return await this.#next(() => tombstones(this.#task.liveKeys(topic), time, partition));
  }

  async #next(begin: () => AsyncGenerator<SourceRecord[], void>): Promise<SourceBatch | undefined> {
    this.#tombstones ??= begin();
    const { value, done } = await this.#tombstones.next();
    if (done !== true) return { count: value.length, record: (i) => value[i]! };
    this.#tombstones = undefined;
    return undefined;
  }
}

/** @param timestamp ms since the epoch */
async function* tombstones(
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
