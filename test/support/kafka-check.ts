import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';

export interface SeenRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: string | null;
}

/** The other end of integration tests: writes and reads topics by a client that isn't ours, committed records only. */
export class KafkaCheck {
  readonly #kafka: Kafka;
  #producer: Producer | undefined;
  readonly admin: Admin;

  constructor(bootstrap: string) {
    this.#kafka = new Kafka({
      brokers: [bootstrap],
      clientId: 'check',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 60 },
    });
    this.admin = this.#kafka.admin();
  }

  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
  }

  /** Writes records; the partition is chosen by the key, as the Java client does. */
  async send(
    topic: string,
    records: readonly { readonly key: string; readonly value: string; readonly timestamp?: number }[],
  ): Promise<void> {
    if (this.#producer === undefined) {
      // Idempotent: what the test writes must not be doubled by a retry of its own.
      this.#producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
      await this.#producer.connect();
    }
    await this.#producer.send({
      topic,
      acks: -1,
      messages: records.map(({ key, value, timestamp }) => ({
        key,
        value,
        ...(timestamp !== undefined && { timestamp: String(timestamp) }),
      })),
    });
  }

  /** Reads a topic from its beginning until `enough` says so, or nothing comes any more for `quietMs`. */
  async read(
    topic: string,
    enough: (seen: readonly SeenRecord[]) => boolean,
    options: { readonly timeoutMs?: number; readonly settleMs?: number } = {},
  ): Promise<readonly SeenRecord[]> {
    const consumer = this.#kafka.consumer({ groupId: `check-${randomUUID()}`, readUncommitted: false });
    const seen: SeenRecord[] = [];
    let lastMs = Date.now();
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch }) => {
          for (const { key, value } of batch.messages)
            seen.push({ partition: batch.partition, key, value: value?.toString('utf8') ?? null });
          lastMs = Date.now();
        },
      });
      const deadline = Date.now() + (options.timeoutMs ?? 60_000);
      while (Date.now() < deadline) {
        // Settled: what should not come would have come by now.
        if (enough(seen) && Date.now() - lastMs > (options.settleMs ?? 1500)) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return seen;
    } finally {
      await consumer.disconnect();
    }
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect();
    await this.admin.disconnect();
  }
}
