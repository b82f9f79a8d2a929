import type { Env } from '../base/env.ts';
import { isSluiceError } from '../base/errors.ts';
import type { Log, LogWriter } from './api.ts';
import { partitionOfKey } from './partitioner.ts';
import { BatchBuilder } from './record-batch/builder.ts';
import { RecordCursor } from './record-batch/cursor.ts';

/**
 * A compacted topic as a map of texts. It is read once at the start and written through a log writer, so that a change
 * can share a transaction with other records. Kafka Connect stores its configs, offsets and statuses like this.
 */
export class KeyedTopic {
  readonly topic: string;
  readonly #entries: Map<string, string>;
  readonly #partitions: number;
  readonly #env: Env;

  private constructor(topic: string, partitions: number, entries: Map<string, string>, env: Env) {
    this.topic = topic;
    this.#partitions = partitions;
    this.#entries = entries;
    this.#env = env;
  }

  /** Opens the topic, creating it if necessary, and reads it to its end. */
  static async open(log: Log, topic: string, replicas: number, env: Env): Promise<KeyedTopic> {
    if ((await log.admin.describeTopic(topic)) === undefined) {
      try {
        await log.admin.createTopic({ name: topic, partitions: 1, replicas, configs: { 'cleanup.policy': 'compact' } });
      } catch (error) {
        if (!isSluiceError(error, 'CONFLICT')) throw error;
      }
    }
    const partitions = (await log.admin.describeTopic(topic))?.partitions ?? 1;
    const entries = new Map<string, string>();
    const reader = log.createReader({});
    const cursor = new RecordCursor();
    try {
      for (let partition = 0; partition < partitions; partition++) {
        const at = { topic, partition };
        const end = await log.admin.latestOffset(at);
        let next = await log.admin.earliestOffset(at);
        reader.assign([{ ...at, offset: next }]);
        while (next < end) {
          for (const fetched of await reader.poll(1000)) {
            cursor.openFetched(fetched);
            while (cursor.next()) {
              const { columns } = cursor;
              for (let i = 0; i < columns.count; i++) {
                const key = columns.key(i)?.toString();
                const value = columns.value(i)?.toString();
                if (key === undefined) continue;
                if (value === undefined) entries.delete(key);
                else entries.set(key, value);
              }
            }
          }
          next = reader.position(at);
        }
      }
    } finally {
      await reader.close();
    }
    return new KeyedTopic(topic, partitions, entries, env);
  }

  get(key: string): string | undefined {
    return this.#entries.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Adds the changes to the writer's transaction. Call `apply` with the same changes after the commit. */
  stage(writer: LogWriter, changes: ReadonlyMap<string, string | null>): void {
    const builders = new Map<number, BatchBuilder>();
    for (const [key, value] of changes) {
      const bytes = Buffer.from(key);
      const partition = partitionOfKey(bytes, this.#partitions);
      let builder = builders.get(partition);
      if (!builder) builders.set(partition, (builder = new BatchBuilder(512)));
      builder.add(this.#env.clock.nowMs(), bytes, value === null ? null : Buffer.from(value));
    }
    for (const [partition, builder] of builders) writer.append(this.topic, partition, builder.finish(), true);
  }

  apply(changes: ReadonlyMap<string, string | null>): void {
    for (const [key, value] of changes) {
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
  }
}
