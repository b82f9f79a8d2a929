import type { Work } from '../../base/budget/work.ts';
import type { StoredRow, WindowStore } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { PartialReceiver, TableNode } from '../receivers.ts';
import { windowedKey, windowStarts } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import { viewOf } from './aggregate.ts';
import type { Emission } from './emission.ts';
import type { ClosedWindows, FinalEmission } from './final-emission.ts';

export interface WindowedAggregateOptions {
  readonly core: AggregateCore;
  readonly store: WindowStore;
  readonly emission: Emission;
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
  /** Number of key columns; a windowed key has start and end after them. */
  readonly keyWidth: number;
  /** [stream time]: highest timestamp seen. Durable. */
  readonly time: Float64Array;
  readonly onLate: (records: number) => void;
  /** Counts the windows of each record: whoever runs a task gives others their turn after costly ones. */
  readonly work: Work;
  /** Present for EMIT FINAL. */
  readonly final?: FinalEmission | undefined;
}

/** A window is fetched, changed and emitted for each record that it has: 2 to 10 µs. */
const STEPS_A_WINDOW = 200;

/**
 * Keeps one state per key and time window. Stream time is the highest timestamp of records with a key and a value. A
 * window is closed, and records for it are dropped, once its end <= stream time - grace. A row's timestamp is the
 * highest merged so far.
 */
export class WindowedAggregate implements PartialReceiver, TableNode {
  readonly retainsRow = false;
  readonly #options: WindowedAggregateOptions;
  readonly #isTumbling: boolean;

  constructor(options: WindowedAggregateOptions) {
    this.#options = options;
    this.#isTumbling = options.sizeMs === options.advanceMs;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key !== null && row !== null) this.#add(key, row, timestamp, 0);
  }

  pushPartial(key: Key, state: Row, timestamp: number, rows: number): void {
    this.#add(key, state, timestamp, rows);
  }

  /** `partialOf`: the number of rows whose state `added` is; 0: it is a row. */
  #add(key: Key, added: Row, timestamp: number, partialOf: number): void {
    const { time, graceMs, sizeMs, advanceMs, store } = this.#options;
    if (timestamp > time[0]!) time[0] = timestamp;
    const close = time[0]! - graceMs;
    const newest = timestamp - (timestamp % advanceMs);
    if (this.#options.final !== undefined) {
      const dropped = Math.floor((newest - store.retentionMs - 1) / advanceMs) * advanceMs;
      this.#options.final.before(close, dropped < 0 ? 0 : dropped + sizeMs);
    }
    if (this.#isTumbling) {
      this.#update(key, added, timestamp, newest, close, partialOf);
    } else {
      const starts = windowStarts(timestamp, sizeMs, advanceMs);
      // Counted, but never the row's error: ksql.window.max.per.record is the limit.
      this.#options.work.spent += starts.length * STEPS_A_WINDOW;
      for (const start of starts) this.#update(key, added, timestamp, start, close, partialOf);
    }
    this.#options.final?.after(close);
  }

  get(key: Key): StoredRow | undefined {
    return viewOf(this.#options.core, this.#options.store.fetch(key, key[this.#options.keyWidth] as number));
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#options.emission.sendOld = true;
    return true;
  }

  #update(key: Key, added: Row, timestamp: number, start: number, close: number, partialOf: number): void {
    const { core, store, emission, sizeMs } = this.#options;
    if (start + sizeMs <= close) {
      this.#options.onLate(partialOf === 0 ? 1 : partialOf);
      return;
    }
    let stored = store.fetch(key, start);
    const windowed =
      this.#options.final === undefined ? windowedKey(key, this.#options.keyWidth, start, start + sizeMs) : key;
    const prev = this.#options.final === undefined ? emission.before(stored, windowed) : null;
    if (stored === undefined) {
      const state = core.initial();
      if (partialOf === 0) core.add(state, added);
      else core.merge(state, added);
      stored = store.put(key, start, state, timestamp);
      if (stored === undefined) return;
    } else {
      if (partialOf === 0) core.add(stored.row, added);
      else core.merge(stored.row, added);
      store.update(stored, stored.row, Math.max(stored.timestamp, timestamp));
    }
    if (this.#options.final === undefined) emission.changed(windowed, stored, prev);
  }
}

/**
 * Closed time windows: those that start after the last emission's and at most at close - size, ordered by start, then
 * key.
 */
export function closedWindows(store: WindowStore, sizeMs: number): ClosedWindows {
  return {
    between: (last, close) => {
      const to = close - sizeMs;
      if (to < 0) return undefined;
      const from = last === undefined ? 0 : Math.max(0, last - sizeMs) + 1;
      return from <= to ? store.fetchAll(from, to) : [];
    },
    start: (window) => window.time,
    end: (window) => window.time + sizeMs,
  };
}
