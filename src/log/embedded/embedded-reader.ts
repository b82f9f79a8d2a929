import { SluiceError } from '../../base/errors.ts';
import type { Timers } from '../../base/env.ts';
import { type Fetched, type LogReader, OffsetOutOfRange, type ReaderOptions, type TopicPartition } from '../api.ts';
import { type Assigned, AssignedReader } from '../assigned-reader.ts';
import { lastOffsetOf } from '../record-batch/batch-header.ts';
import { BATCHES, partitionEnd, positionKey } from './keys.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import { batchKeyFor, type Partition, type Topics } from './topics.ts';

/** Batches below this are put side by side in one buffer; larger ones are handed out as they are stored. */
const SMALL_BATCH_BYTES = 32 << 10;

/** Of one poll, unless told otherwise: what is read is copied in one piece. */
const DEFAULT_MAX_BYTES = 1 << 20;

interface Reading extends Assigned {
  /** Found at the first poll, so that assign does not throw. */
  source: Partition | undefined;
  /** True when a batch begins at `position`, or none holds it: known after reading on, not after a seek. */
  aligned: boolean;
}

/** Lets readers wait for what is committed next. */
export interface Wakeups {
  /** Calls `wake` after the next commit, once. The answer takes that back. */
  onCommit(wake: () => void): () => void;
}

/** Reads partitions of the embedded log. */
export class EmbeddedReader extends AssignedReader<Reading> implements LogReader {
  readonly #store: OrderedStore;
  readonly #topics: Topics;
  readonly #timers: Timers;
  readonly #wakeups: Wakeups;
  /** Where the next poll begins, so that no partition waits behind a busy one for ever. */
  #turn = 0;
  #wake: (() => void) | undefined;
  #woken = false;
  #closed = false;

  constructor(store: OrderedStore, topics: Topics, timers: Timers, wakeups: Wakeups, options: ReaderOptions) {
    super({ maxBytes: DEFAULT_MAX_BYTES, ...options });
    this.#store = store;
    this.#topics = topics;
    this.#timers = timers;
    this.#wakeups = wakeups;
  }

  protected begin(at: Assigned): Reading {
    return { ...at, source: undefined, aligned: false };
  }

  override seek(at: TopicPartition, offset: number): void {
    super.seek(at, offset);
    this.require(at).aligned = false;
  }

  async poll(timeoutMs: number): Promise<readonly Fetched[]> {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot poll: the reader is closed');
    const found = this.#read();
    if (found.length > 0 || timeoutMs <= 0 || this.#woken) {
      this.#woken = false;
      return found;
    }
    let timedOut = false as boolean;
    const cancelTimer = this.#timers.after(timeoutMs, () => {
      timedOut = true;
      this.#wake?.();
    });
    try {
      for (;;) {
        let cancelCommit = (): void => {};
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          cancelCommit = this.#wakeups.onCommit(resolve);
        });
        this.#wake = undefined;
        cancelCommit();
        if (this.#closed) return [];
        // A commit may have been to other partitions: wait on.
        if (!timedOut && !this.#woken && !this.#hasMore()) continue;
        // Many may wait for the same commit.
        await this.#timers.turn();
        if (this.#closed) return [];
        const later = this.#read();
        if (later.length > 0 || timedOut || this.#woken) return later;
      }
    } finally {
      this.#woken = false;
      this.#wake = undefined;
      cancelTimer();
    }
  }

  wakeup(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.assign([]);
    this.#wake?.();
  }

  /** Whether reading would bring something, or fail. */
  #hasMore(): boolean {
    return this.assigned.some(
      (a) =>
        !a.paused &&
        (a.source === undefined ||
          a.position !== a.source.next ||
          a.position < a.source.start ||
          this.#topics.find(a.topic)?.partitions[a.partition] !== a.source),
    );
  }

  #read(): Fetched[] {
    const out: Fetched[] = [];
    const n = this.assigned.length;
    let left = this.maxBytes;
    for (let i = 0; i < n && left > 0; i++) {
      const assigned = this.assigned[(this.#turn + i) % n]!;
      if (assigned.paused) continue;
      try {
        left -= this.#readPartition(assigned, Math.min(left, this.maxPartitionBytes), out);
      } catch (error) {
        if (out.length === 0) throw error;
        // What others have given is handed out first: they stand behind it already. The next poll finds this again.
        break;
      }
    }
    if (n > 0) this.#turn = (this.#turn + 1) % n;
    return out;
  }

  /** Appends what the partition has at its position, up to `limit` bytes but at least one batch. Returns the bytes. */
  #readPartition(assigned: Reading, limit: number, out: Fetched[]): number {
    // A topic that was deleted and made again is another partition object.
    if (
      assigned.source === undefined ||
      this.#topics.find(assigned.topic)?.partitions[assigned.partition] !== assigned.source
    ) {
      assigned.source = this.#topics.partition(assigned);
      assigned.aligned = false;
    }
    const { source } = assigned;
    if (assigned.position < source.start || assigned.position > source.next)
      throw new OffsetOutOfRange(assigned, assigned.position);
    if (assigned.position === source.next) return 0;
    const gte =
      (assigned.aligned ? this.#keyAt(source, assigned.position) : undefined) ??
      batchKeyFor(this.#store, source, assigned.position);
    let small: Buffer[] = [];
    let bytes = 0;
    const handOut = (buffer: Buffer, nextOffset: number): void => {
      out.push({
        topic: assigned.topic,
        partition: assigned.partition,
        buffer,
        from: 0,
        to: buffer.length,
        startOffset: assigned.position,
        nextOffset,
        highWatermark: source.next,
      });
      assigned.position = nextOffset;
      assigned.aligned = true;
    };
    let smallNext = 0;
    const handOutSmall = (): void => {
      if (small.length > 0) handOut(small.length === 1 ? small[0]! : Buffer.concat(small), smallNext);
      small = [];
    };
    for (const { value } of this.#store.range(BATCHES, { gte, lt: partitionEnd(source.topicId, source.partition) })) {
      if (bytes > 0 && bytes + value.length > limit) break;
      bytes += value.length;
      if (value.length < SMALL_BATCH_BYTES) {
        small.push(value);
        smallNext = lastOffsetOf(value) + 1;
      } else {
        handOutSmall();
        handOut(value, lastOffsetOf(value) + 1);
      }
      if (bytes >= limit) break;
    }
    handOutSmall();
    // The records from here to the end were deleted or compacted away.
    if (bytes === 0) assigned.position = source.next;
    return bytes;
  }

  /**
   * The key of the batch that begins at an offset. There may be none any more: it was merged into one that begins
   * before it.
   */
  #keyAt({ topicId, partition }: Partition, offset: number): Buffer | undefined {
    const gte = positionKey(topicId, partition, offset);
    const lt = positionKey(topicId, partition, offset + 1);
    for (const { key } of this.#store.range(BATCHES, { gte, lt, limit: 1, values: false })) return key;
    return undefined;
  }
}
