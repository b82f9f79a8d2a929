import type { LogWriter } from '../log/api.ts';

interface Waiting {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The server's own writer: INSERT VALUES, /inserts-stream. Rows that arrive while a commit is under way go out together with the next
 * one. An append that has resolved is as durable as the log's fsync setting says.
 */
export class Inserter {
  readonly #writer: LogWriter;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | undefined;

  constructor(writer: LogWriter) {
    this.#writer = writer;
  }

  append(topic: string, partition: number, batch: Buffer): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ topic, partition, batch, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    // One turn of the event loop gathers what came in the same one.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        for (const { topic, partition, batch } of group) this.#writer.append(topic, partition, batch, true);
        await this.#writer.commit();
        for (const entry of group) entry.resolve();
      } catch (error) {
        await this.#writer.abort().catch(() => undefined);
        const left = group.filter(({ batch }) => this.#writer.isStored?.(batch) !== true);
        for (const entry of group) if (!left.includes(entry)) entry.resolve();
        if (left.length === 1) left[0]!.reject(error);
        // One bad row must not fail its neighbours: try them alone.
        else await this.#eachAlone(left);
      }
    }
    this.#committing = undefined;
  }

  async #eachAlone(group: readonly Waiting[]): Promise<void> {
    for (const entry of group) {
      try {
        this.#writer.append(entry.topic, entry.partition, entry.batch, true);
        await this.#writer.commit();
        entry.resolve();
      } catch (error) {
        await this.#writer.abort().catch(() => undefined);
        entry.reject(error);
      }
    }
  }

  async close(): Promise<void> {
    await this.#committing;
    await this.#writer.close();
  }
}
