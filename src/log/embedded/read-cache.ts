import type { Offset, PartitionNumber, TopicNumber } from '../../base/quantities.ts';

/** The most bytes in the cache. */
const MAX_BYTES = 8 << 20;

export interface ReadPiece {
  /** Whole batches, which must not be changed. */
  readonly buffer: Buffer;
  readonly nextOffset: Offset;
}

/**
 * Copies of batches that readers of this thread have made, by start position. A hundred readers of one topic are seldom
 * far apart, and separate copies would burden the garbage collector. The cache may contain records that have been
 * compacted since.
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
