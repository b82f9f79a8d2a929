import type { Timers } from '../../base/env.ts';
import { type Fetched, type LogReader, OffsetOutOfRange, type ReaderOptions } from '../api.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import type { ReadCache } from './read-cache.ts';
import type { KnownExtent } from './shared-log.ts';
import { type Reading, StoredReader } from './stored-reader.ts';
import type { Partition, Topics } from './topics.ts';

/** Lets readers wait for further commits. */
export interface Wakeups {
  /** Calls `wake` once, after the first commit for which `isDue` returns true. The returned function cancels it. */
  onCommit(isDue: () => boolean, wake: () => void): () => void;
}

/** The parts of the log that a reader needs. */
export interface EmbeddedReaderParts {
  readonly store: OrderedStore;
  readonly topics: Topics;
  readonly timers: Timers;
  readonly wakeups: Wakeups;
  readonly cache: ReadCache;
}

/** Reads partitions of the embedded log in the thread that owns it. */
export class EmbeddedReader extends StoredReader<Partition> implements LogReader {
  protected readonly store: OrderedStore;
  readonly #topics: Topics;
  readonly #timers: Timers;
  readonly #wakeups: Wakeups;
  #wake: (() => void) | undefined;
  #woken = false;

  constructor({ store, topics, timers, wakeups, cache }: EmbeddedReaderParts, options: ReaderOptions) {
    super(options, cache);
    this.store = store;
    this.#topics = topics;
    this.#timers = timers;
    this.#wakeups = wakeups;
  }

  poll(timeoutMs: number): Promise<readonly Fetched[]> {
    return this.#waitFor(() => this.read(), timeoutMs);
  }

  /** Where unread records are, for a thread that reads the store itself. Waits and fails as `poll` does. */
  extents(timeoutMs: number): Promise<readonly KnownExtent[]> {
    const extentsOf = (assigned: Reading<Partition>, out: KnownExtent[]): void => {
      const { topic, position } = assigned;
      const { topicId, partition, next } = this.sourceOf(assigned);
      if (position < next) out.push({ topic, partition, topicId, next });
    };
    return this.#waitFor(() => this.eachInTurn(extentsOf), timeoutMs);
  }

  wakeup(): void {
    this.#woken = true;
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.markClosed();
    this.#wake?.();
  }

  async #waitFor<T>(read: () => readonly T[], timeoutMs: number): Promise<readonly T[]> {
    this.requireOpen();
    const found = read();
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
          // The commit may have been to other partitions; then the wait continues.
          cancelCommit = this.#wakeups.onCommit(() => this.isClosed || this.#hasMore(), resolve);
        });
        this.#wake = undefined;
        cancelCommit();
        if (this.isClosed) return [];
        if (!timedOut && !this.#woken && !this.#hasMore()) continue;
        // Many readers may wait for the same commit.
        await this.#timers.turn();
        if (this.isClosed) return [];
        const later = read();
        if (later.length > 0 || timedOut || this.#woken) return later;
      }
    } finally {
      this.#woken = false;
      this.#wake = undefined;
      cancelTimer();
    }
  }

  /** Whether a read would return records or fail. */
  #hasMore(): boolean {
    return this.assigned.some(
      (a) =>
        !a.paused &&
        (a.source === undefined || a.position !== a.source.next || a.position < a.source.start || a.source.isGone),
    );
  }

  /** @throws SluiceError NOT_FOUND; OffsetOutOfRange */
  protected override sourceOf(assigned: Reading<Partition>): Partition {
    // A topic that was deleted and created again is another partition object.
    if (assigned.source === undefined || assigned.source.isGone) {
      assigned.source = this.#topics.partition(assigned);
      assigned.aligned = false;
    }
    const { source, position } = assigned;
    if (position < source.start || position > source.next) throw new OffsetOutOfRange(assigned, position);
    return source;
  }
}
