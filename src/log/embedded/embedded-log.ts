import type { TimestampMs } from '../../base/quantities.ts';
import type { Env } from '../../base/env.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { Log, LogAdmin, ReaderOptions, WriterOptions } from '../api.ts';
import { isCompacted } from '../topic-configs.ts';
import { CommitQueue } from './commit-queue.ts';
import { compact } from './compaction.ts';
import { EmbeddedAdmin, finishDeletes, removeRecords } from './embedded-admin.ts';
import { EmbeddedReader, type Wakeups } from './embedded-reader.ts';
import { EmbeddedWriter } from './embedded-writer.ts';
import { FORMAT_VERSION, META } from './keys.ts';
import { mergeSmallBatches } from './merging.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import { applyRetention } from './retention.ts';
import { ReadCache } from './read-cache.ts';
import { Topics } from './topics.ts';

/**
 * When a commit is safe (docs/operate/durability.md):
 * - `commit`: it is acknowledged only when it is on disk
 * - `interval` (default): it survives the death of the process at once, and a power failure after `fsyncIntervalMs`
 * - `never`: the operating system decides; a flush every half minute only lets LMDB reuse the space that was freed
 *   since
 *   the last one
 */
export type FsyncPolicy = 'commit' | 'interval' | 'never';

export interface EmbeddedLogOptions {
  readonly store: OrderedStore;
  readonly env: Env;
  readonly fsync?: FsyncPolicy;
  /** Default 1000. */
  readonly fsyncIntervalMs?: number;
}

export interface MaintainReport {
  readonly batchesDeleted: number;
  readonly recordsCompacted: number;
}

/** A partition with this many small batches is merged without waiting for maintenance. */
const SMALL_MAX = 512;
const RARE_FLUSH_MS = 30_000;

const VERSION_KEY = Buffer.from('version');

/** Topics, groups and state in one OrderedStore in this process: a commit of all three is one local transaction. */
export class EmbeddedLog implements Log {
  readonly kind = 'embedded';
  readonly admin: LogAdmin;
  /** For reading state (and for tests); writes go through a writer's putState. */
  readonly store: OrderedStore;
  readonly #env: Env;
  readonly #fsync: FsyncPolicy;
  readonly #fsyncIntervalMs: number;
  readonly #topics: Topics;
  readonly #queue: CommitQueue;
  readonly #waiting = new Set<{ readonly isDue: () => boolean; readonly wake: () => void }>();
  readonly #wakeups: Wakeups;
  readonly #cache = new ReadCache();
  /** The number of the newest writer of each transactional id. */
  readonly #epochs = new Map<string, number>();
  #cancelFlush: (() => void) | undefined;
  #maintaining = false;
  #commitsUnlooked = 0;
  #hasFinishedDeletes = false;
  #closed = false;

  /** @throws SluiceError LOG_CORRUPT when the store was written by a version that this one does not know */
  constructor(options: EmbeddedLogOptions) {
    this.store = options.store;
    this.#env = options.env;
    this.#fsync = options.fsync ?? 'interval';
    this.#fsyncIntervalMs = this.#fsync === 'never' ? RARE_FLUSH_MS : (options.fsyncIntervalMs ?? 1000);
    checkVersion(this.store);
    this.#topics = new Topics(this.store);
    this.#queue = new CommitQueue(this.store, options.env, this.#fsync === 'commit', (deleted) =>
      this.#committed(deleted),
    );
    this.admin = new EmbeddedAdmin(this.store, this.#topics, options.env, () => this.#wakeDue());
    this.#wakeups = {
      onCommit: (isDue, wake) => {
        const one = { isDue, wake };
        this.#waiting.add(one);
        return () => this.#waiting.delete(one);
      },
    };
  }

  createReader(options: ReaderOptions = {}): EmbeddedReader {
    const { store } = this;
    const { timers } = this.#env;
    return new EmbeddedReader(
      { store, topics: this.#topics, timers, wakeups: this.#wakeups, cache: this.#cache },
      options,
    );
  }

  async createWriter({ transactionalId, usesReserve }: WriterOptions = {}): Promise<EmbeddedWriter> {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write: the log is closed');
    if (transactionalId === undefined) return new EmbeddedWriter(this.#topics, this.#queue, () => true, usesReserve);
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1;
    this.#epochs.set(transactionalId, epoch);
    return new EmbeddedWriter(
      this.#topics,
      this.#queue,
      () => this.#epochs.get(transactionalId) === epoch,
      usesReserve,
    );
  }

  /**
   * Applies retention and compaction to all topics. Called every few minutes; a call while one is in progress does
   * nothing.
   */
  async maintain(nowMs: TimestampMs): Promise<MaintainReport> {
    let batchesDeleted = 0;
    let recordsCompacted = 0;
    if (this.#maintaining || this.#closed) return { batchesDeleted, recordsCompacted };
    this.#maintaining = true;
    const { breathe, mayGoOn } = this.#pieces;
    try {
      if (!this.#hasFinishedDeletes) await finishDeletes(this.store, breathe);
      this.#hasFinishedDeletes = true;
      // Topics may be created and deleted in between.
      for (const topic of this.#topics.list()) {
        for (const partition of topic.partitions) {
          if (topic.deleted || this.#closed) break;
          batchesDeleted += await applyRetention(this.store, topic, partition, nowMs, breathe);
          if (partition.small > 0 || partition.mergedTo === 0)
            await mergeSmallBatches(this.store, topic, partition, breathe, mayGoOn);
          if (isCompacted(topic.configs)) {
            recordsCompacted += await compact(this.store, topic, partition, nowMs, breathe, mayGoOn);
          }
        }
      }
    } finally {
      this.#maintaining = false;
    }
    return { batchesDeleted, recordsCompacted };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelFlush?.();
    this.#wakeDue();
    await this.store.close();
  }

  get #pieces(): { readonly breathe: () => Promise<void>; readonly mayGoOn: () => boolean } {
    return { breathe: () => this.#env.timers.turn(), mayGoOn: () => !this.#closed };
  }

  /** Merges partitions that have received many small batches, without waiting for the next maintenance. */
  async #mergeSmall(): Promise<void> {
    if (this.#maintaining || this.#closed) return;
    this.#maintaining = true;
    const { breathe, mayGoOn } = this.#pieces;
    try {
      for (const topic of this.#topics.list())
        for (const partition of topic.partitions)
          if (partition.small >= SMALL_MAX) await mergeSmallBatches(this.store, topic, partition, breathe, mayGoOn);
    } catch (error) {
      this.#env.logger.warn('Cannot merge small batches', { error: messageOf(error) });
    } finally {
      this.#maintaining = false;
    }
  }

  /** `deleted`: ids of topics that were deleted while a commit to them was in progress. */
  #committed(deleted: readonly number[]): void {
    this.#wakeDue();
    for (const id of deleted) void removeRecords(this.store, id, this.#pieces.breathe).catch(() => undefined);
    if (++this.#commitsUnlooked >= SMALL_MAX) {
      this.#commitsUnlooked = 0;
      void this.#mergeSmall();
    }
    if (this.#fsync === 'commit' || this.#cancelFlush !== undefined || this.#closed) return;
    this.#cancelFlush = this.#env.timers.after(this.#fsyncIntervalMs, () => {
      this.#cancelFlush = undefined;
      this.store.flush().catch((error: unknown) => {
        this.#env.logger.error('Cannot flush the log to disk', { error: messageOf(error) });
      });
    });
  }

  /** Wakes only the readers that have new data: there may be hundreds, and each commit concerns few. */
  #wakeDue(): void {
    for (const one of this.#waiting) {
      if (!one.isDue()) continue;
      this.#waiting.delete(one);
      one.wake();
    }
  }
}

function checkVersion(store: OrderedStore): void {
  const stored = store.get(META, VERSION_KEY);
  // A folder of an earlier version is upgraded to this version by the first write.
  if (stored === undefined || Number(stored.toString()) < FORMAT_VERSION) {
    store.write((writes) => writes.put(META, VERSION_KEY, Buffer.from(String(FORMAT_VERSION))));
  } else if (Number(stored.toString()) > FORMAT_VERSION) {
    throw new SluiceError(
      'LOG_CORRUPT',
      `Cannot open the log: its format is version ${stored.toString()}, this program knows ${FORMAT_VERSION} at most`,
      { hint: 'Start the version of Sluice that wrote it, or a later one.' },
    );
  }
}
