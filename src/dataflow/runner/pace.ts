import type { Clock } from '../../base/env.ts';
import type { TaskSet } from './task-set.ts';

const DEFAULT_COMMIT_INTERVAL_MS = 200;
const DEFAULT_COMMIT_BYTES = 32 << 20;
/** On the embedded log a commit occupies this thread in one piece: these bytes take some milliseconds. */
const EMBEDDED_COMMIT_BYTES = 2 << 20;
const EMBEDDED_COMMIT_ENTRIES = 4000;
const POLL_TIMEOUT_MS = 1000;
/**
 * How long to wait for an input that should have more records before the others continue without it, where fetches take
 * time.
 */
const INPUT_PATIENCE_MS = 2000;

export interface PaceOptions {
  readonly clock: Clock;
  readonly tasks: TaskSet;
  /** On the embedded log a fetch takes no time, so whatever is not there now is not on its way. */
  readonly isEmbedded: boolean;
  readonly commitIntervalMs?: number | undefined;
  readonly commitBytes?: number | undefined;
  readonly commitEntries?: number | undefined;
}

/**
 * Decides when the loop of a query waits, when it continues without an input, and when it commits. Each question is
 * asked once per turn, in this order.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #intervalMs: number;
  readonly #commitBytes: number;
  readonly #commitEntries: number;
  /** Whether there was something to commit in the last turn. */
  #wasDirty = false;
  #dirtySinceMs = 0;
  /** Whether this turn's poll returned anything. */
  #hasFetched = false;
  #lastFetchMs: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#intervalMs = options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS;
    this.#commitBytes = options.commitBytes ?? (options.isEmbedded ? EMBEDDED_COMMIT_BYTES : DEFAULT_COMMIT_BYTES);
    this.#commitEntries = options.commitEntries ?? (options.isEmbedded ? EMBEDDED_COMMIT_ENTRIES : Infinity);
    this.#lastFetchMs = options.clock.monotonicMs();
  }

  /** How long the poll may wait. `hasOtherWork`: state is being restored or written to disk. */
  pollMs(hasOtherWork: boolean): number {
    const { tasks, isEmbedded, clock } = this.#options;
    this.#wasDirty = tasks.isDirty;
    // Not 0, so that everything else in this thread gets a turn, above all heartbeats.
    if (hasOtherWork) return 1;
    if (!this.#wasDirty) return POLL_TIMEOUT_MS;
    if (isEmbedded || !tasks.isWaiting) return 0;
    // A fetch is in progress: its records belong to this commit, unless it takes too long.
    return Math.max(1, this.#intervalMs - (clock.monotonicMs() - this.#dirtySinceMs));
  }

  /** Whether the others continue without an input that should have more records but got none. */
  continuesWithout(hasFetched: boolean): boolean {
    const { isEmbedded, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#hasFetched = hasFetched;
    if (hasFetched) this.#lastFetchMs = nowMs;
    return !hasFetched && (isEmbedded || nowMs - this.#lastFetchMs >= INPUT_PATIENCE_MS);
  }

  /** Whether to commit because there is nothing left to read, so that outputs become visible. */
  isCommitDue(pendingBytes: number): boolean {
    const { tasks, isEmbedded, clock } = this.#options;
    if (!tasks.isDirty) return false;
    const nowMs = clock.monotonicMs();
    if (!this.#wasDirty) this.#dirtySinceMs = nowMs;
    return (
      (isEmbedded && !this.#hasFetched) ||
      tasks.isAtEnd ||
      nowMs - this.#dirtySinceMs >= this.#intervalMs ||
      this.isFull(pendingBytes)
    );
  }

  /** Whether so much is pending that it must be committed before more records are handled. */
  isFull(pendingBytes: number): boolean {
    return pendingBytes >= this.#commitBytes || this.#options.tasks.unsavedEntries >= this.#commitEntries;
  }
}
