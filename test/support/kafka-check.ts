import { randomUUID } from 'node:crypto';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';

/** A record that was read; null as value is a tombstone. */
export interface SeenRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: string | null;
}

/**
 * The other side of integration tests: writes and reads topics with a third-party client; reads only committed records.
 */
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

  async createTopic(topic: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    // With `waitForLeaders` the client mistakes a topic that is not yet known to all brokers for a missing one.
    await this.admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, configEntries }],
    });
    for (const deadline = Date.now() + 20_000; ;) {
      const found = await this.admin.fetchTopicMetadata({ topics: [topic] }).catch(() => undefined);
      const ready = found?.topics[0]?.partitions.filter((p) => p.leader >= 0 && p.partitionErrorCode === 0).length;
      if (ready === partitions) return;
      if (Date.now() > deadline) throw new Error(`Topic ${topic} has no leaders`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Writes records. The partition of a record without one is chosen by its key, as the Java client does. */
  async send(
    topic: string,
    records: readonly {
      readonly key: string;
      readonly value: string | Buffer;
      readonly timestamp?: number;
      readonly partition?: number;
    }[],
  ): Promise<void> {
    if (this.#producer === undefined) {
      // Idempotent, so that the producer's own retries do not duplicate the test's records.
      this.#producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
      await this.#producer.connect();
    }
    await this.#producer.send({
      topic,
      acks: -1,
      messages: records.map(({ key, value, timestamp, partition }) => ({
        key,
        value,
        ...(partition !== undefined && { partition }),
        ...(timestamp !== undefined && { timestamp: String(timestamp) }),
      })),
    });
  }

  /** Reads a topic from its beginning until `enough` returns true and no records have arrived for `settleMs`. */
  async read(
    topic: string,
    enough: (seen: readonly SeenRecord[]) => boolean,
    options: { readonly timeoutMs?: number; readonly settleMs?: number } = {},
  ): Promise<readonly SeenRecord[]> {
    const deadline = Date.now() + (options.timeoutMs ?? 60_000);
    for (;;) {
      const { seen, crashed } = await this.#readOnce(topic, enough, deadline, options.settleMs ?? 1500);
      // The client gives up on an error that it takes to be permanent, such as one for a topic that was just created.
      // Then reading starts again from the beginning.
      if (!crashed || Date.now() > deadline) return seen;
    }
  }

  async #readOnce(
    topic: string,
    enough: (seen: readonly SeenRecord[]) => boolean,
    deadline: number,
    settleMs: number,
  ): Promise<{ readonly seen: readonly SeenRecord[]; readonly crashed: boolean }> {
    const consumer = this.#kafka.consumer({ groupId: `check-${randomUUID()}`, readUncommitted: false });
    const seen: SeenRecord[] = [];
    let lastMs = Date.now();
    let crashed = false;
    consumer.on('consumer.crash', () => (crashed = true));
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        eachBatch: async ({ batch }) => {
          for (const { key, value } of batch.messages)
            seen.push({ partition: batch.partition, key, value: value?.toString('utf8') ?? null });
          lastMs = Date.now();
        },
      });
      while (Date.now() < deadline && !crashed) {
        // Settled: unexpected records would have arrived by now.
        if (enough(seen) && Date.now() - lastMs > settleMs) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { seen, crashed };
    } catch {
      return { seen, crashed: true };
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect();
    await this.admin.disconnect();
  }
}
