import type { Env } from '../../base/env.ts';
import type { Log } from '../../log/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import { decodeHeaders } from '../../log/record-batch/headers.ts';
import { Herder } from './herder.ts';
import type { WorkerOptions } from './worker-options.ts';

/** A record as stored in a topic. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  /** As text. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A worker on any log for trying connectors, with the operations that trials need. */
export class TrialWorker {
  readonly log: Log;
  readonly env: Env;
  herder!: Herder;
  readonly #options: Partial<WorkerOptions>;

  constructor(log: Log, env: Env, options: Partial<WorkerOptions>) {
    this.log = log;
    this.env = env;
    this.#options = options;
  }

  /** May be called again, after `herder.close()`, on the same log. */
  async start(): Promise<this> {
    this.herder = await Herder.start({
      log: this.log,
      env: this.env,
      workerId: 'localhost:8083',
      secrets: { readFile: () => Promise.reject(new Error('There are no files here')), environment: () => undefined },
      ...this.#options,
    });
    return this;
  }

  async close(): Promise<void> {
    await this.herder.close();
    await this.log.close();
  }

  /** All records of a topic, by partition; none when the topic does not exist. */
  async read(topic: string): Promise<ReadRecord[]> {
    const described = await this.log.admin.describeTopic(topic);
    if (!described) return [];
    const records: ReadRecord[] = [];
    const reader = this.log.createReader({});
    const cursor = new RecordCursor();
    for (let partition = 0; partition < described.partitions; partition++) {
      const at = { topic, partition };
      const end = await this.log.admin.latestOffset(at);
      reader.assign([{ ...at, offset: await this.log.admin.earliestOffset(at) }]);
      while (reader.position(at) < end) {
        for (const fetched of await reader.poll(100)) {
          cursor.openFetched(fetched);
          while (cursor.next())
            for (let i = 0; i < cursor.columns.count; i++) records.push(recordAt(cursor, i, partition));
        }
      }
    }
    await reader.close();
    return records;
  }

  /** Writes to a partition of a topic, creating the topic with one partition if necessary. */
  async write(
    topic: string,
    records: readonly (readonly [key: string | Buffer | null, value: string | null])[],
    partition = 0,
  ): Promise<void> {
    if (!(await this.log.admin.describeTopic(topic)))
      await this.log.admin.createTopic({ name: topic, partitions: 1, replicas: 1 });
    const writer = await this.log.createWriter({});
    const builder = new BatchBuilder();
    for (const [key, value] of records)
      builder.add(
        this.env.clock.nowMs(),
        key === null ? null : Buffer.from(key),
        value === null ? null : Buffer.from(value),
      );
    writer.append(topic, partition, builder.finish(), true);
    await writer.commit();
    await writer.close();
  }
}

function recordAt({ columns }: RecordCursor, i: number, partition: number): ReadRecord {
  const headers = decodeHeaders(columns.buffer, columns.headersStart[i] ?? 0, columns.headerCount[i] ?? 0);
  const key = columns.key(i);
  return {
    partition,
    offset: columns.offset[i] ?? 0,
    key: key === null ? null : Buffer.from(key),
    value: columns.value(i)?.toString() ?? null,
    headers: Object.fromEntries(headers.map((h) => [h.key, Buffer.from(h.value ?? []).toString()])),
  };
}

/** Waits until `probe` returns something other than undefined, null or false. @throws its last error */
export async function eventually<T>(
  { clock, timers }: Pick<Env, 'clock' | 'timers'>,
  probe: () => T | Promise<T>,
  timeoutMs: number,
): Promise<Exclude<T, false | null | undefined>> {
  const end = clock.monotonicMs() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      last = error;
    }
    if (clock.monotonicMs() > end)
      throw last ?? new Error(`Nothing came of ${probe.toString()} within ${timeoutMs} ms`);
    await timers.sleep(5);
  }
}
