import type { JoinType } from '../../plan/steps/steps.ts';
import type { KeyValueStore, WindowStore } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver } from '../receivers.ts';
import { nullRow, type RowCondition, type RowJoiner } from '../rows.ts';
import type { EmitThrottle } from './emit-throttle.ts';
import { NO_KEY } from './stream-table-join.ts';

export interface StreamStreamJoinOptions {
  readonly joinType: JoinType;
  /** A left record at time t matches right records in [t - before, t + after]. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  readonly join: RowJoiner;
  /** A condition on left rows: a row for which it is not true matches nothing. Absent: only the key decides. */
  readonly matches?: RowCondition | undefined;
  readonly leftWidth: number;
  readonly rightWidth: number;
  readonly leftStore: WindowStore;
  readonly rightStore: WindowStore;
  /**
   * Records that may still have to be emitted null-padded, by (time, is left, key): [left rows, right rows], one of
   * them null. Absent without a GRACE PERIOD, where the padded row is emitted at once.
   */
  readonly unmatched?: KeyValueStore | undefined;
  /** [stream time of both sides, lower bound of the times in `unmatched`]. Durable; initially [-1, Infinity]. */
  readonly time: Float64Array;
  /** With it, padded rows are emitted as in Kafka Streams; without it, before each commit. */
  readonly throttle: EmitThrottle | undefined;
  /** Completes a key from a store with the window end, which stores leave out. */
  readonly completeKey: (key: Key) => Key;
  readonly next: StreamReceiver;
}

const STREAM_TIME = 0;
const MIN_UNMATCHED = 1;

/**
 * Joins two streams by key and time (Kafka Streams' KStreamKStreamJoin). Each side stores its records for before +
 * after + grace, by its own time. Every pair is emitted by whichever record comes second, with the higher timestamp.
 * Left and outer joins emit a record without a match null-padded: at once if no grace is given, otherwise when its
 * window has closed by the time of both sides and the grace is over, or at once if it is over already. (Kafka Streams
 * pads a record behind stream time within the grace, and still joins it later.) Records without a value are ignored,
 * and records without a key matter only on an outer side.
 */
export class StreamStreamJoin {
  readonly left: StreamReceiver;
  readonly right: StreamReceiver;
  readonly #options: StreamStreamJoinOptions;
  readonly #noLeft: Row;
  readonly #noRight: Row;

  constructor(options: StreamStreamJoinOptions) {
    this.#options = options;
    this.#noLeft = nullRow(options.leftWidth);
    this.#noRight = nullRow(options.rightWidth);
    const { joinType, beforeMs, afterMs, leftStore, rightStore } = options;
    this.left = this.#side(true, joinType === 'LEFT' || joinType === 'OUTER', leftStore, rightStore, beforeMs, afterMs);
    this.right = this.#side(
      false,
      joinType === 'RIGHT' || joinType === 'OUTER',
      rightStore,
      leftStore,
      afterMs,
      beforeMs,
    );
  }

  #side(
    isLeft: boolean,
    outer: boolean,
    own: WindowStore,
    other: WindowStore,
    beforeMs: number,
    afterMs: number,
  ): StreamReceiver {
    const { next, time, unmatched, graceMs, throttle, matches } = this.#options;
    return {
      retainsRow: true,
      push: (key, row, timestamp) => {
        const mayMatch = key !== null && (row === null || !isLeft || matches === undefined || matches(row));
        if (mayMatch && row !== null) own.put(key, timestamp, row, timestamp);
        if (timestamp > time[STREAM_TIME]!) time[STREAM_TIME] = timestamp;
        if (row === null) return;
        if (!mayMatch) {
          if (outer) next.push(key, this.#pad(isLeft, row, key ?? NO_KEY), timestamp);
          return;
        }
        if (throttle !== undefined && unmatched !== undefined && timestamp === time[STREAM_TIME]) {
          if (this.#mayHaveClosed(afterMs) && throttle.passes()) this.#emitClosed(unmatched);
        }
        const from = Math.max(0, timestamp - beforeMs);
        const to = Math.max(0, timestamp + afterMs);
        const found = other.fetchRange(key, from, to);
        for (const match of found) {
          if (unmatched !== undefined && match.time >= time[MIN_UNMATCHED]!)
            unmatched.delete([match.time, !isLeft, ...key]);
          const joined = isLeft ? this.#options.join(row, match.row, key) : this.#options.join(match.row, row, key);
          next.push(key, joined, Math.max(timestamp, match.time));
        }
        if (!outer || found.length > 0) return;
        if (unmatched === undefined || to + graceMs < time[STREAM_TIME]!) {
          next.push(key, this.#pad(isLeft, row, key), timestamp);
          return;
        }
        if (timestamp < time[MIN_UNMATCHED]!) time[MIN_UNMATCHED] = timestamp;
        const id = [timestamp, isLeft, ...key];
        const rows = [...rowsOf(unmatched.get(id)?.row ?? [null, null], isLeft), row];
        unmatched.put(id, isLeft ? [rows, null] : [null, rows], timestamp);
      },
    };
  }

  /** Emits the records for which no match can come any more. */
  flush(): void {
    const { unmatched, throttle, beforeMs, afterMs } = this.#options;
    if (unmatched === undefined || throttle !== undefined) return;
    if (this.#mayHaveClosed(Math.min(beforeMs, afterMs))) this.#emitClosed(unmatched);
  }

  /** Avoids needless scans. Kafka Streams uses the `after` of the side at which a record arrives. */
  #mayHaveClosed(afterMs: number): boolean {
    const { time, graceMs } = this.#options;
    return time[MIN_UNMATCHED]! < time[STREAM_TIME]! - afterMs - graceMs;
  }

  /** Emits unmatched records whose window has closed, ordered by time, right side before left, then key. */
  #emitClosed(unmatched: KeyValueStore): void {
    const { time, graceMs, next } = this.#options;
    const now = time[STREAM_TIME]!;
    time[MIN_UNMATCHED] = Infinity;
    let leftOpen = false;
    let rightOpen = false;
    const closed: { id: Key; rows: readonly Row[] }[] = [];
    for (const [id, stored] of unmatched.all()) {
      if (leftOpen && rightOpen) break;
      const at = id[0] as number;
      const isLeft = id[1] as boolean;
      // Whatever remains starts at the earliest open record.
      if (at + (isLeft ? this.#options.afterMs : this.#options.beforeMs) + graceMs >= now) {
        if (at < time[MIN_UNMATCHED]!) time[MIN_UNMATCHED] = at;
        if (isLeft) leftOpen = true;
        else rightOpen = true;
        continue;
      }
      closed.push({ id, rows: rowsOf(stored.row, isLeft) });
    }
    for (const { id, rows } of closed) {
      unmatched.delete(id);
      const key = this.#options.completeKey(id.slice(2));
      for (const row of rows) next.push(key, this.#pad(id[1] as boolean, row, key), id[0] as number);
    }
  }

  #pad(isLeft: boolean, row: Row, key: Key): Row {
    return isLeft ? this.#options.join(row, this.#noRight, key) : this.#options.join(this.#noLeft, row, key);
  }
}

function rowsOf(unmatched: Row, isLeft: boolean): readonly Row[] {
  return (unmatched[isLeft ? 0 : 1] as Row[] | null) ?? [];
}
