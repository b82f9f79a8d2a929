import type { SinkTaskContext } from '../../api/connector.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { Command } from './server.ts';

/** A partition whose records are added to streams or lists. */
interface Mark {
  readonly topic: string;
  readonly partition: number;
  /** The topic as it is now: one that is made anew has other records. */
  readonly incarnation: string;
  /** Behind the last record that was added. */
  offset: number;
}

const idOf = (topic: string, partition: number): string => `${topic} ${partition}`;

/**
 * How far partitions are written, in the words of Redis: a key each, set in the transaction that adds the records. What
 * comes again after a crash is known by it. A task that ends as it should takes its keys along: the offsets of the
 * connector say the same then, and a user may set them.
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

  /** Partitions of records, each once. */
  partitionsOf(records: readonly SinkRecord[]): readonly { readonly topic: string; readonly partition: number }[] {
    const found = new Map<string, { readonly topic: string; readonly partition: number }>();
    for (const { originalTopic: topic, partition } of records) found.set(idOf(topic, partition), { topic, partition });
    return [...found.values()];
  }

  /** Takes in what stands in Redis, as MGET gives it. */
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

  /** Whether Redis has the record already. */
  has({ originalTopic, partition, offset }: SinkRecord): boolean {
    return offset < (this.#marks.get(idOf(originalTopic, partition))?.offset ?? 0);
  }

  /** What says that these records are written: commands of their transaction. */
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

  /** They are. */
  took(records: readonly SinkRecord[]): void {
    for (const { originalTopic, partition, offset } of records) {
      const mark = this.#marks.get(idOf(originalTopic, partition));
      if (mark !== undefined) mark.offset = Math.max(mark.offset, offset + 1);
    }
  }

  forget(topic: string, partition: number): void {
    this.#marks.delete(idOf(topic, partition));
  }

  /** Keys that say no more than what is committed. */
  superfluous(): readonly string[] {
    return [...this.#marks.values()].flatMap(({ topic, partition, offset }) =>
      (this.#context.committed(topic, partition)?.offset ?? -1) >= offset ? [this.keyOf(topic, partition)] : [],
    );
  }

  #incarnationOf(topic: string): string {
    return this.#context.incarnation(topic)?.split('/')[0] ?? '-';
  }
}
