import type { SinkTaskContext } from '../../api/connector.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { Command } from './server.ts';

/** A partition whose records are added to streams or lists. */
interface Mark {
  readonly topic: string;
  readonly partition: number;
  /** The current incarnation of the topic: one that was created again has other records. */
  readonly incarnation: string;
  /** The offset after the last added record. */
  offset: number;
}

const idOf = (topic: string, partition: number): string => `${topic} ${partition}`;

/**
 * How far partitions have been written, stored in Redis: a key each, set in the transaction that adds the records, so
 * that records which come again after a crash are recognized. A task that ends regularly deletes its keys: then the
 * connector's offsets say the same, and a user may set them.
 */
export class WrittenOffsets {
  readonly #context: SinkTaskContext;
  readonly #marks = new Map<string, Mark>();

  constructor(context: SinkTaskContext) {
    this.#context = context;
  }

  keyOf(topic: string, partition: number): string {
    return `sluice:written:${this.#context.connector}:${topic}:${partition}`;
  }

  /** The distinct partitions of records. */
  partitionsOf(records: readonly SinkRecord[]): readonly { readonly topic: string; readonly partition: number }[] {
    const found = new Map<string, { readonly topic: string; readonly partition: number }>();
    for (const { originalTopic: topic, partition } of records) found.set(idOf(topic, partition), { topic, partition });
    return [...found.values()];
  }

  /** Takes over the values in Redis, as returned by MGET. */
  learn(
    partitions: readonly { readonly topic: string; readonly partition: number }[],
    texts: readonly unknown[],
  ): void {
    for (const [i, { topic, partition }] of partitions.entries()) {
      const incarnation = this.#incarnationOf(topic);
      const [, offset, of] = /^(\d+) (.*)$/.exec(String(texts[i] ?? '')) ?? [];
      this.#marks.set(idOf(topic, partition), {
        topic,
        partition,
        incarnation,
        offset: offset !== undefined && of === incarnation ? Number(offset) : 0,
      });
    }
  }

  /** Whether Redis already has the record. */
  has({ originalTopic, partition, offset }: SinkRecord): boolean {
    return offset < (this.#marks.get(idOf(originalTopic, partition))?.offset ?? 0);
  }

  /** The commands, in the same transaction, that mark these records as written. */
  commandsFor(records: readonly SinkRecord[]): readonly Command[] {
    const next = new Map<string, Mark>();
    for (const { originalTopic: topic, partition, offset } of records) {
      const mark = this.#marks.get(idOf(topic, partition));
      if (mark !== undefined && offset + 1 > (next.get(idOf(topic, partition))?.offset ?? mark.offset))
        next.set(idOf(topic, partition), { ...mark, offset: offset + 1 });
    }
    return [...next.values()].map((mark): Command => [
      'SET',
      this.keyOf(mark.topic, mark.partition),
      `${mark.offset} ${mark.incarnation}`,
    ]);
  }

  /** Called when they have been written. */
  took(records: readonly SinkRecord[]): void {
    for (const { originalTopic, partition, offset } of records) {
      const mark = this.#marks.get(idOf(originalTopic, partition));
      if (mark !== undefined) mark.offset = Math.max(mark.offset, offset + 1);
    }
  }

  forget(topic: string, partition: number): void {
    this.#marks.delete(idOf(topic, partition));
  }

  /** Keys that contain no more than what is committed. */
  superfluous(): readonly string[] {
    return [...this.#marks.values()].flatMap(({ topic, partition, offset }) =>
      (this.#context.committed(topic, partition)?.offset ?? -1) >= offset ? [this.keyOf(topic, partition)] : [],
    );
  }

  #incarnationOf(topic: string): string {
    return this.#context.incarnation(topic)?.split('/')[0] ?? '-';
  }
}
