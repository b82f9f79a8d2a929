import type { TimedRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableReceiver } from '../receivers.ts';
import { windowedKey } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import type { EmitThrottle } from './emit-throttle.ts';

/** The windows of a store that close as time passes. */
export interface ClosedWindows {
  /**
   * Windows that closed when the close time advanced from `last` (ms; undefined: nothing was emitted yet) to `close`
   * (ms), in order of emission. undefined: `close` is too early for any window to have closed.
   */
  between(last: number | undefined, close: number): readonly TimedRow[] | undefined;
  /** ms since the epoch. */
  start(window: TimedRow): number;
  /** ms since the epoch. */
  end(window: TimedRow): number;
}

export interface FinalEmissionOptions {
  readonly core: AggregateCore;
  readonly closed: ClosedWindows;
  readonly next: TableReceiver;
  readonly keyWidth: number;
  readonly throttle: EmitThrottle | undefined;
  readonly decorate: (row: Row, key: Key) => Row;
  /** [last close time]. Durable. */
  readonly last: Float64Array;
}

/** The last close time before anything was emitted. */
export const NO_CLOSE = -1;

/**
 * EMIT FINAL: emits each window once, when it has closed, with the timestamp of its state. Closed windows are emitted
 * together before the commit, or before a record whose own window makes the store drop them. With a throttle it follows
 * Kafka Streams: after a record, when the interval is over; windows that the store has dropped by then are lost.
 */
export class FinalEmission {
  readonly #options: FinalEmissionOptions;
  #close = NO_CLOSE;

  constructor(options: FinalEmissionOptions) {
    this.#options = options;
  }

  /**
   * Called before a record advances the close time to `close`: the store will then drop windows that closed by the
   * close time `dropped`.
   */
  before(close: number, dropped: number): void {
    const { throttle, last } = this.#options;
    if (throttle === undefined && Math.max(0, last[0]!) < dropped) this.#emit(close);
  }

  /** Called after a record; `close` is the current close time. */
  after(close: number): void {
    this.#close = close;
    if (this.#options.throttle?.passes()) this.#emit(close);
  }

  flush(): void {
    if (this.#options.throttle === undefined) this.#emit(this.#close);
  }

  #emit(close: number): void {
    const { core, closed, next, keyWidth, decorate, last } = this.#options;
    const before = last[0] === NO_CLOSE ? undefined : last[0]!;
    if (close <= (before ?? NO_CLOSE)) return;
    const windows = closed.between(before, close);
    if (windows === undefined) return;
    for (const window of windows) {
      const key = windowedKey(window.key, keyWidth, closed.start(window), closed.end(window));
      next.change(key, decorate(core.snapshot(window.row), key), null, window.timestamp);
    }
    last[0] = close;
  }
}
