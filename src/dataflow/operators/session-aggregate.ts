import type { SessionStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { StreamReceiver, TableNode, TableReceiver } from '../receivers.ts';
import { windowedKey } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';
import { viewOf } from './aggregate.ts';
import type { ClosedWindows, FinalEmission } from './final-emission.ts';

export interface SessionAggregateOptions {
  readonly core: AggregateCore;
  readonly store: SessionStore;
  readonly next: TableReceiver;
  readonly gapMs: number;
  readonly graceMs: number;
  /** Sessions that ended longer ago than this, by the store's time, are no longer merged. */
  readonly mergeableMs: number;
  readonly keyWidth: number;
  /** [stream time]. Durable. */
  readonly time: Float64Array;
  readonly decorate: (row: Row, key: Key) => Row;
  readonly onLate: () => void;
  readonly final?: FinalEmission | undefined;
}

/**
 * Sessions: a record merges all sessions of its key that are at most `gap` away. The replaced sessions are emitted as
 * tombstones with their end as timestamp, then the merged one with its end. A record is dropped when the merged session
 * would end before stream time - grace - gap.
 */
export class SessionAggregate implements StreamReceiver, TableNode {
  readonly retainsRow = false;
  readonly #options: SessionAggregateOptions;
  #sendOld = false;

  constructor(options: SessionAggregateOptions) {
    this.#options = options;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key === null || row === null) return;
    const { core, store, gapMs, graceMs, keyWidth, time, next, decorate, final } = this.#options;
    if (timestamp > time[0]!) time[0] = timestamp;
    const close = time[0]! - graceMs - gapMs;
    final?.before(close, timestamp - store.retentionMs);
    const earliestEnd = Math.max(timestamp - gapMs, store.observedTime - this.#options.mergeableMs);
    const merged = store.findSessions(key, earliestEnd, timestamp + gapMs);
    let start = timestamp;
    let end = timestamp;
    for (const session of merged) {
      if (session.extra < start) start = session.extra;
      if (session.time > end) end = session.time;
    }
    if (end < close) {
      this.#options.onLate();
      final?.after(close);
      return;
    }
    const state = core.initial();
    for (const session of merged) core.merge(state, session.row);
    const replaced = start !== timestamp || end !== timestamp;
    let prev: Row | null = null;
    for (const session of merged) {
      const sessionKey = windowedKey(key, keyWidth, session.extra, session.time);
      const before = this.#sendOld ? decorate(core.snapshot(session.row), sessionKey) : null;
      if (!replaced) {
        prev = before;
        continue;
      }
      store.put(key, session.extra, session.time, null, session.time);
      if (final === undefined) next.change(sessionKey, null, before, session.time);
    }
    core.add(state, row);
    store.put(key, start, end, state, end);
    if (final === undefined) {
      const sessionKey = windowedKey(key, keyWidth, start, end);
      next.change(
        sessionKey,
        decorate(this.#sendOld ? core.snapshot(state) : core.result(state), sessionKey),
        prev,
        end,
      );
    } else {
      final.after(close);
    }
  }

  get(key: Key): StoredRow | undefined {
    const { keyWidth, store, core } = this.#options;
    const start = key[keyWidth] as number;
    const end = key[keyWidth + 1] as number;
    return viewOf(
      core,
      store.findSessions(key, end, start).find((s) => s.time === end && s.extra === start),
    );
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#sendOld = true;
    return true;
  }
}

/** Closed sessions: those that end in [last close, close), ordered by end, then key. */
export function closedSessions(store: SessionStore): ClosedWindows {
  return {
    between: (last, close) => (close <= 0 ? undefined : store.fetchByEnd(last ?? 0, close - 1)),
    start: (session) => session.extra,
    end: (session) => session.time,
  };
}
