import type { Offset, PartitionNumber, TopicNumber } from '../../base/quantities.ts';

/** Most bytes that are kept. */
const MAX_BYTES = 8 << 20;

export interface ReadPiece {
  /** Whole batches; not to be changed. */
  readonly buffer: Buffer;
  readonly nextOffset: Offset;
}

/**
 * What readers of this thread have copied out of the store, by where it begins: a hundred that read one topic from its
 * beginning are seldom far apart, and what each would copy weighs on the garbage collector. What has been compacted
 * since may still be in it.
 */
export class ReadCache {
  /** Least recently used first. */
  readonly #pieces = new Map<string, ReadPiece>();
  #bytes = 0;

  get(topicId: TopicNumber, partition: PartitionNumber, offset: Offset): ReadPiece | undefined {
    const key = keyOf(topicId, partition, offset);
    const piece = this.#pieces.get(key);
    if (piece === undefined) return undefined;
    this.#pieces.delete(key);
    this.#pieces.set(key, piece);
    return piece;
  }

  put(topicId: TopicNumber, partition: PartitionNumber, offset: Offset, piece: ReadPiece): void {
    const key = keyOf(topicId, partition, offset);
    this.#drop(key);
    if (piece.buffer.length > MAX_BYTES) return;
    this.#pieces.set(key, piece);
    this.#bytes += piece.buffer.length;
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#pieces.get(key)?.buffer.length ?? 0;
    this.#pieces.delete(key);
  }
}

function keyOf(topicId: TopicNumber, partition: PartitionNumber, offset: Offset): string {
  return `${topicId}/${partition}/${offset}`;
}
