import type { Key, Row } from '../../types/row.ts';
import type { PartialReceiver, StreamReceiver } from '../receivers.ts';
import type { RecordContext } from '../task/record-context.ts';
import { windowStarts } from '../windows.ts';
import type { AggregateCore } from './aggregate-core.ts';

export interface LocalAggregateOptions {
  readonly core: AggregateCore;
  /** Gives equal ids for equal keys. */
  readonly id: (key: Key) => unknown;
  readonly context: RecordContext;
  /** The windows of the aggregation after the exchange; tumbling ones advance by their size. */
  readonly window?: { readonly sizeMs: number; readonly advanceMs: number; readonly graceMs: number } | undefined;
  readonly next: PartialReceiver;
}

/** Groups that are held at most until they are sent without waiting for the commit. */
const MAX_GROUPS = 16_384;
/** So many rows tell whether aggregating first pays: below 3 rows a group it does not. */
const SAMPLE_ROWS = 4_096;
const WORTHWHILE_ROWS_A_GROUP = 3;
/** Where it does not pay, this many rows pass before it is tried again. */
const PASSING_ROWS = 64 * SAMPLE_ROWS;

interface Group {
  readonly key: Key;
  readonly state: Row;
  timestamp: number;
  rows: number;
  /** Which change was its last. */
  changed: number;
}

/**
 * The first phase of a two-phase aggregation: aggregates the rows of a group between two commits, so that one record of
 * each goes to the repartition topic. The second phase gets exactly the results that it would get from the rows, in the
 * order of the groups' last rows:
 *
 * - Rows of hopping windows are aggregated by pane: a stretch of time whose rows belong to the same windows.
 * - A row that may be late for one of its windows is not aggregated: it is sent by itself, after all that came before.
 *   So no row is counted for a window that it would have found closed, and none of those before it finds one closed
 *   that was open.
 * - A row with headers, which belong to it alone, is sent in the same way.
 */
export class LocalAggregate implements StreamReceiver {
  readonly retainsRow = false;
  readonly #options: LocalAggregateOptions;
  readonly #paneMs: number;
  /** By pane (0 without windows), then by the key's id. */
  readonly #panes = new Map<number, Map<unknown, Group>>();
  #pane = NaN;
  #groups = new Map<unknown, Group>();
  #held = 0;
  #rows = 0;
  #changes = 0;
  /** The highest time of what is held. */
  #time = -1;
  #passing = 0;

  constructor(options: LocalAggregateOptions) {
    this.#options = options;
    const { window } = options;
    this.#paneMs = window === undefined ? 0 : greatestCommonDivisor(window.sizeMs, window.advanceMs);
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key === null || row === null) return;
    const { core, context, id, next } = this.#options;
    if (this.#passing > 0) {
      this.#passing--;
      next.push(key, row, timestamp);
      return;
    }
    if (timestamp > this.#time) this.#time = timestamp;
    if (context.headerCount > 0 || (timestamp < this.#time && this.#mayBeLate(timestamp))) {
      this.#sendBefore();
      next.push(key, row, timestamp);
      return;
    }
    const pane = this.#paneMs === 0 ? 0 : timestamp - (timestamp % this.#paneMs);
    if (pane !== this.#pane) this.#turnTo(pane);
    const ref = id(key);
    let group = this.#groups.get(ref);
    if (group === undefined) {
      group = { key, state: core.initial(), timestamp, rows: 0, changed: 0 };
      this.#groups.set(ref, group);
      this.#held++;
    } else if (timestamp > group.timestamp) {
      group.timestamp = timestamp;
    }
    core.add(group.state, row);
    group.rows++;
    group.changed = this.#changes++;
    this.#rows++;
    if (this.#held >= MAX_GROUPS) this.#sendBefore();
  }

  /** Sends what is held while a record is in progress, whose headers are not those of what came before it. */
  #sendBefore(): void {
    const { context } = this.#options;
    const { headerCount } = context;
    context.headerCount = 0;
    this.flush();
    context.headerCount = headerCount;
  }

  /** Sends what is held. Called before each commit. */
  flush(): void {
    if (this.#held === 0) return;
    const groups: Group[] = [];
    for (const ofPane of this.#panes.values()) for (const group of ofPane.values()) groups.push(group);
    groups.sort((a, b) => a.changed - b.changed);
    for (const { key, state, timestamp, rows } of groups) this.#options.next.pushPartial(key, state, timestamp, rows);
    if (this.#rows >= SAMPLE_ROWS && this.#rows < WORTHWHILE_ROWS_A_GROUP * this.#held) this.#passing = PASSING_ROWS;
    this.#panes.clear();
    this.#pane = NaN;
    this.#held = 0;
    this.#rows = 0;
    this.#changes = 0;
    this.#time = -1;
  }

  #turnTo(pane: number): void {
    let groups = this.#panes.get(pane);
    if (groups === undefined) this.#panes.set(pane, (groups = new Map()));
    this.#pane = pane;
    this.#groups = groups;
  }

  /** Whether the first window of the time has ended, with its grace, for one who has seen what is held. */
  #mayBeLate(timestamp: number): boolean {
    const { window } = this.#options;
    if (window === undefined) return false;
    const { sizeMs, advanceMs, graceMs } = window;
    const first =
      sizeMs === advanceMs
        ? timestamp - (timestamp % sizeMs)
        : (windowStarts(timestamp, sizeMs, advanceMs)[0] ?? timestamp);
    return first + sizeMs + graceMs <= this.#time;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
