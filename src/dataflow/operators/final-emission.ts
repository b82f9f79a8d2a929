import type { TimedRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableReceiver } from '../receivers.ts';
import { windowedKey } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import type { EmitThrottle } from './emit-throttle.ts';

/** The windows of a store that the passing of time closes. */
export interface ClosedWindows {
  /**
   * Those that closed when the close time went from `last` (ms; undefined: nothing was emitted yet) to `close` (ms), in
   * the order of their emission. undefined: `close` is too early for any window to have closed.
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

/** Last close time while nothing was emitted yet. */
export const NO_CLOSE = -1;

/**
 * EMIT FINAL: each window once, when it has closed, with the timestamp of its state. Closed windows leave together,
 * before the commit, or before a record whose own window pushes them out of the store. With a throttle, as in Kafka
 * Streams instead: after a record, when the interval is over; what the store has dropped by then is lost.
 */
export class FinalEmission {
  readonly #options: FinalEmissionOptions;
  #close = NO_CLOSE;

  constructor(options: FinalEmissionOptions) {
    this.#options = options;
  }

  /**
   * Before a record is taken in that moves the close time to `close`: the store will drop what had closed by the close
   * time `dropped`.
   */
  before(close: number, dropped: number): void {
    const { throttle, last } = this.#options;
    if (throttle === undefined && Math.max(0, last[0]!) < dropped) this.#emit(close);
  }

  /** A record has been taken in; the close time is `close` now. */
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
