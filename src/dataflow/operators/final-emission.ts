import type { TimedRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableReceiver } from '../receivers.ts';
import { windowedKey } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import type { EmitThrottle } from './emit-throttle.ts';

/** The windows of a store that the passing of time closes. */
export interface ClosedWindows {
  /**
   * Those that closed when the close time went from `last` (ms; undefined: nothing was emitted yet) to `close` (ms), in the order of their
   * emission. undefined: `close` is too early for any window to have closed.
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
  readonly throttle: EmitThrottle;
  readonly decorate: (row: Row, key: Key) => Row;
  /** [last close time]. Durable. */
  readonly last: Float64Array;
}

/** Last close time while nothing was emitted yet. */
export const NO_CLOSE = -1;

/** EMIT FINAL: each window once, when it has closed, with the timestamp of its state. */
export class FinalEmission {
  readonly #o: FinalEmissionOptions;

  constructor(options: FinalEmissionOptions) {
    this.#o = options;
  }

  /** The close time has moved to `close`. */
  advance(close: number): void {
    const { core, closed, next, keyWidth, throttle, decorate, last } = this.#o;
    if (!throttle.passes()) return;
    const before = last[0] === NO_CLOSE ? undefined : last[0]!;
    if (before !== undefined && close <= before) return;
    const windows = closed.between(before, close);
    if (windows === undefined) return;
    for (const window of windows) {
      const key = windowedKey(window.key, keyWidth, closed.start(window), closed.end(window));
      next.change(key, decorate(core.snapshot(window.row), key), null, window.timestamp);
    }
    last[0] = close;
  }
}
