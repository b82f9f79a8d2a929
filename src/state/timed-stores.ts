import type { Key, Row } from '../types/row.ts';
import type { SessionStore, TimedRow, WindowStore } from './api.ts';
import type { TimedEntries } from './timed-entries.ts';
import type { TimedEntry } from './timed-entry.ts';

/** Windows by start; with `sequence`, several records of one key and time (a join's buffer). */
export class CachedWindowStore implements WindowStore {
  readonly #entries: TimedEntries;
  /** Sequence numbers assigned so far; absent where a put replaces. */
  readonly #sequence: Float64Array | undefined;

  constructor(entries: TimedEntries, sequence: Float64Array | undefined) {
    this.#entries = entries;
    this.#sequence = sequence;
  }

  get observedTime(): number {
    return this.#entries.observedTime;
  }

  get retentionMs(): number {
    return this.#entries.retentionMs;
  }

  fetch(key: Key, windowStart: number): TimedRow | undefined {
    return this.#entries.find(key, windowStart, 0) as TimedRow | undefined;
  }

  fetchRange(key: Key, fromStart: number, toStart: number): readonly TimedRow[] {
    return this.#entries.ofKey(key, fromStart, toStart) as TimedRow[];
  }

  fetchAll(fromStart: number, toStart: number): readonly TimedRow[] {
    return this.#entries.ofAll(fromStart, toStart) as TimedRow[];
  }

  put(key: Key, windowStart: number, row: Row | null, timestamp: number): TimedRow | undefined {
    const extra = this.#sequence === undefined ? 0 : this.#sequence[0]!++;
    return this.#entries.put(key, windowStart, extra, row, timestamp) as TimedRow | undefined;
  }

  update(stored: TimedRow, row: Row, timestamp: number): void {
    this.#entries.update(stored as TimedEntry, row, timestamp);
  }
}

/** Sessions, kept by end. */
export class CachedSessionStore implements SessionStore {
  readonly #entries: TimedEntries;

  constructor(entries: TimedEntries) {
    this.#entries = entries;
  }

  get observedTime(): number {
    return this.#entries.observedTime;
  }

  get retentionMs(): number {
    return this.#entries.retentionMs;
  }

  findSessions(key: Key, earliestEnd: number, latestStart: number): readonly TimedRow[] {
    return this.#entries.ofKey(key, earliestEnd, Infinity).filter((e) => e.extra <= latestStart) as TimedRow[];
  }

  put(key: Key, start: number, end: number, row: Row | null, timestamp: number): void {
    this.#entries.put(key, end, start, row, timestamp);
  }

  fetchByEnd(fromEnd: number, toEnd: number): readonly TimedRow[] {
    return this.#entries.ofAll(fromEnd, toEnd) as TimedRow[];
  }
}
