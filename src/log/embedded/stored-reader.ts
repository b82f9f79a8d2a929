import type { Offset, PartitionNumber, TopicNumber } from '../../base/quantities.ts';
import type { StoreReader } from '../../store/ordered-store.ts';
import type { Fetched, ReaderOptions, TopicPartition } from '../api.ts';
import { type Assigned, AssignedReader } from '../assigned-reader.ts';
import { lastOffsetOf } from '../record-batch/batch-header.ts';
import { BATCHES, positionKey } from './keys.ts';
import type { ReadCache, ReadPiece } from './read-cache.ts';
import { batchKeyFor } from './topics.ts';

/** Smaller batches are joined in one buffer; larger ones are returned as they are stored. */
const SMALL_BATCH_BYTES = 32 << 10;

/** Bytes of one poll by default; they are copied in one piece. */
const DEFAULT_MAX_BYTES = 1 << 20;

/** Where the batches of a partition are, and how far they are committed. */
export interface Extent {
  readonly topicId: TopicNumber;
  readonly partition: PartitionNumber;
  /** Offset of the next record. */
  readonly next: number;
}

export interface Reading<E extends Extent> extends Assigned {
  /** Undefined: nothing is known yet. */
  source: E | undefined;
  /** True when a batch is known to begin at `position`, or none contains it: after reading on, but not after a seek. */
  aligned: boolean;
}

/** Reads committed batches from the store, in the thread that owns the log or in another one. */
export abstract class StoredReader<E extends Extent> extends AssignedReader<Reading<E>> {
  protected abstract readonly store: StoreReader;
  readonly #cache: ReadCache;
  /** Where the next read starts, so that no partition waits forever behind a busy one. */
  #turn = 0;

  constructor(options: ReaderOptions, cache: ReadCache) {
    super({ maxBytes: DEFAULT_MAX_BYTES, ...options });
    this.#cache = cache;
  }

  /**
   * The source of a partition's batches at its position; undefined when nothing is known to be there. @throws as
   * LogReader.poll does
   */
  protected abstract sourceOf(assigned: Reading<E>): E | undefined;

  protected begin(at: Assigned): Reading<E> {
    return { ...at, source: undefined, aligned: false };
  }

  override seek(at: TopicPartition, offset: Offset): void {
    super.seek(at, offset);
    this.require(at).aligned = false;
  }

  /** Reads the partitions at their positions, up to the limits of a poll. */
  protected read(): Fetched[] {
    let left = this.maxBytes;
    return this.eachInTurn((assigned, out: Fetched[]) => {
      if (left > 0) left -= this.#readPartition(assigned, Math.min(left, this.maxPartitionBytes), out);
    });
  }

  /**
   * Lets `look` add what it finds for each partition that is not paused. An error is thrown only if no partition has
   * given anything; otherwise at the next call.
   */
  protected eachInTurn<T>(read: (assigned: Reading<E>, out: T[]) => void): T[] {
    const out: T[] = [];
    const n = this.assigned.length;
    for (let i = 0; i < n; i++) {
      const assigned = this.assigned[(this.#turn + i) % n]!;
      if (assigned.paused) continue;
      try {
        read(assigned, out);
      } catch (error) {
        if (out.length === 0) throw error;
        // Records of others are returned first, since their positions are already behind them.
        break;
      }
    }
    if (n > 0) this.#turn = (this.#turn + 1) % n;
    return out;
  }

  /**
   * Appends the partition's batches from its position, up to `limit` bytes but at least one batch. Returns the number
   * of bytes.
   */
  #readPartition(assigned: Reading<E>, limit: number, out: Fetched[]): number {
    const source = this.sourceOf(assigned);
    if (source === undefined || assigned.position >= source.next) return 0;
    const { topicId, partition, next } = source;
    let bytes = 0;
    const handOut = ({ buffer, nextOffset }: ReadPiece): void => {
      out.push({
        topic: assigned.topic,
        partition: assigned.partition,
        buffer,
        from: 0,
        to: buffer.length,
        startOffset: assigned.position,
        nextOffset,
        highWatermark: next,
      });
      assigned.position = nextOffset;
      assigned.aligned = true;
    };
    while (bytes < limit && assigned.position < next) {
      const known = this.#cache.get(topicId, partition, assigned.position);
      if (known === undefined || (bytes > 0 && bytes + known.buffer.length > limit)) break;
      bytes += known.buffer.length;
      handOut(known);
    }
    if (bytes > 0) return bytes;
    const keep = (piece: ReadPiece): void => {
      // Readers at the end of a partition read small pieces; those that come later should get large ones.
      if (piece.buffer.length >= SMALL_BATCH_BYTES) this.#cache.put(topicId, partition, assigned.position, piece);
      handOut(piece);
    };
    let small: Buffer[] = [];
    let smallNext = 0;
    const keepSmall = (): void => {
      if (small.length > 0)
        keep({ buffer: small.length === 1 ? small[0]! : Buffer.concat(small), nextOffset: smallNext });
      small = [];
    };
    const gte =
      (assigned.aligned ? this.#keyAt(source, assigned.position) : undefined) ??
      batchKeyFor(this.store, source, assigned.position);
    // Reads no further: another thread may have written what is not visible yet.
    for (const { value } of this.store.range(BATCHES, { gte, lt: positionKey(topicId, partition, next) })) {
      if (bytes > 0 && bytes + value.length > limit) break;
      bytes += value.length;
      if (value.length < SMALL_BATCH_BYTES) {
        small.push(value);
        smallNext = lastOffsetOf(value) + 1;
      } else {
        keepSmall();
        keep({ buffer: value, nextOffset: lastOffsetOf(value) + 1 });
      }
      if (bytes >= limit) break;
    }
    keepSmall();
    // The records from here to the end have been deleted or compacted.
    if (bytes === 0) assigned.position = next;
    return bytes;
  }

  /**
   * The key of the batch that begins at an offset. It may not exist any more if the batch was merged into one that
   * begins earlier.
   */
  #keyAt({ topicId, partition }: Extent, offset: Offset): Buffer | undefined {
    const gte = positionKey(topicId, partition, offset);
    const lt = positionKey(topicId, partition, offset + 1);
    for (const { key } of this.store.range(BATCHES, { gte, lt, limit: 1, values: false })) return key;
    return undefined;
  }
}
