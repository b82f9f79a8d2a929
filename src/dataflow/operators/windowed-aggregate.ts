import type { Clock } from '../../base/env.ts';
import type { StoredRow, WindowStore } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import { windowStarts } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import { viewOf } from './aggregate.ts';
import type { Emission } from './emission.ts';

export interface WindowedAggregateOptions {
  readonly core: AggregateCore;
  readonly store: WindowStore;
  readonly emission: Emission;
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
  /** Key columns; behind them a windowed key has start and end. */
  readonly keyWidth: number;
  /** [stream time]: highest timestamp seen. Durable. */
  readonly time: Float64Array;
  readonly onLate: () => void;
  /** Present with EMIT FINAL. */
  readonly final?: FinalEmission | undefined;
}

/**
 * One state per key and time window. Stream time is the highest timestamp of records with a key and a value; a window is closed, and
 * records for it dropped, once its end <= stream time - grace. Row timestamp: the highest merged so far.
 */
export class WindowedAggregate implements StreamReceiver, TableNode {
  readonly retainsRow = false;
  readonly #o: WindowedAggregateOptions;
  readonly #isTumbling: boolean;

  constructor(options: WindowedAggregateOptions) {
    this.#o = options;
    this.#isTumbling = options.sizeMs === options.advanceMs;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key === null || row === null) return;
    const { time, graceMs, sizeMs } = this.#o;
    if (timestamp > time[0]!) time[0] = timestamp;
    const close = time[0]! - graceMs;
    if (this.#isTumbling) {
      this.#update(key, row, timestamp, timestamp - (timestamp % sizeMs), close);
    } else {
      for (const start of windowStarts(timestamp, sizeMs, this.#o.advanceMs))
        this.#update(key, row, timestamp, start, close);
    }
    this.#o.final?.advance(close);
  }

  get(key: Key): StoredRow | undefined {
    return viewOf(this.#o.core, this.#o.store.fetch(key, key[this.#o.keyWidth] as number));
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#o.emission.sendOld = true;
    return true;
  }

  #update(key: Key, row: Row, timestamp: number, start: number, close: number): void {
    const { core, store, emission, sizeMs } = this.#o;
    if (start + sizeMs <= close) {
      this.#o.onLate();
      return;
    }
    let stored = store.fetch(key, start);
    const windowed = this.#o.final === undefined ? windowedKey(key, this.#o.keyWidth, start, start + sizeMs) : key;
    const prev = this.#o.final === undefined ? emission.before(stored, windowed) : null;
    if (stored === undefined) {
      const state = core.initial();
      core.add(state, row);
      stored = store.put(key, start, state, timestamp);
      if (stored === undefined) return;
    } else {
      core.add(stored.row, row);
      store.update(stored, stored.row, Math.max(stored.timestamp, timestamp));
    }
    if (this.#o.final === undefined) emission.changed(windowed, stored, prev);
  }
}

export function windowedKey(key: Key, width: number, start: number, end: number): Key {
  const windowed = key.slice(0, width);
  windowed.push(start, end);
  return windowed;
}

/** Looks for windows that have closed: wall-clock throttle as in Kafka Streams (`__emit.interval.ms.kstreams.windowed.aggregation__`). */
export class EmitThrottle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #nextMs = -Infinity;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** True at most once per interval. */
  passes(): boolean {
    if (this.#intervalMs <= 0) return true;
    const now = this.#clock.nowMs();
    if (now < this.#nextMs) return false;
    this.#nextMs = now + this.#intervalMs;
    return true;
  }
}

/** What EMIT FINAL does when the close time has moved to `close`. */
export interface FinalEmission {
  advance(close: number): void;
}

/** Nothing was emitted yet. */
export const NO_CLOSE = -1;

/**
 * Emits time windows once, when they have closed: those whose start lies behind the last emission's and at most at close - size, by start,
 * then key. Windows that the store no longer keeps are lost, as in Kafka Streams: a jump in time costs results.
 */
export class FinalWindows implements FinalEmission {
  readonly #core: AggregateCore;
  readonly #store: WindowStore;
  readonly #next: TableReceiver;
  readonly #sizeMs: number;
  readonly #keyWidth: number;
  readonly #throttle: EmitThrottle;
  readonly #decorate: (row: Row, key: Key) => Row;
  /** [last close time]. Durable. */
  readonly #last: Float64Array;

  constructor(options: {
    readonly core: AggregateCore;
    readonly store: WindowStore;
    readonly next: TableReceiver;
    readonly sizeMs: number;
    readonly keyWidth: number;
    readonly throttle: EmitThrottle;
    readonly decorate: (row: Row, key: Key) => Row;
    readonly last: Float64Array;
  }) {
    this.#core = options.core;
    this.#store = options.store;
    this.#next = options.next;
    this.#sizeMs = options.sizeMs;
    this.#keyWidth = options.keyWidth;
    this.#throttle = options.throttle;
    this.#decorate = options.decorate;
    this.#last = options.last;
  }

  advance(close: number): void {
    if (!this.#throttle.passes()) return;
    const last = this.#last[0]!;
    if (last !== NO_CLOSE && close <= last) return;
    const to = close - this.#sizeMs;
    if (to < 0) return;
    const from = last === NO_CLOSE ? 0 : Math.max(0, last - this.#sizeMs) + 1;
    if (from <= to) {
      for (const stored of this.#store.fetchAll(from, to)) {
        const key = windowedKey(stored.key, this.#keyWidth, stored.time, stored.time + this.#sizeMs);
        this.#next.change(key, this.#decorate(this.#core.snapshot(stored.row), key), null, stored.timestamp);
      }
    }
    this.#last[0] = close;
  }
}
